"""Starts become responsibilities, rows become tensors, and some of them are held out."""

from dataclasses import dataclass

import numpy as np
import torch

from skflowmix.data.dequantising import dequantising_noise
from skflowmix.data.problem import Problem
from skflowmix.data.rows import Rows
from skflowmix.data.splitting import MAX_HELD_OUT, held_out
from skflowmix.families import Family
from skflowmix.families.architecture import AUTO
from skflowmix.fitting.task import Answers, Task
from skflowmix.incomplete import conditional_moments
from skflowmix.mixtures import Moments
from skflowmix.starts import (
    modes_from_labels,
    new_groups,
    propose,
    respect_labels,
    split_modes,
)
from skflowmix.warning import warn

LEAST_RIDGE = 1e-6
"""Added to variances while moments of rows with gaps are found, so that they can be inverted."""


@dataclass(frozen=True)
class Split:
    """All rows of a fit, and the two parts that they are split into.

    Without early stopping all rows are trained on and held out.

    Attributes
    ----------
    everything, training, held : Rows
    mask : ndarray of shape (H, n)
        Which rows are held out from the training of each start; H is 1 where it is all the same.
    holds_out : bool
        Whether any row is, on any process.
    """

    everything: Rows
    training: Rows
    held: Rows
    mask: np.ndarray
    holds_out: bool

    @classmethod
    def of(cls, rows: Rows, mask: np.ndarray) -> "Split":
        """Split rows by a mask of those to hold out."""
        training, held = rows.split(mask)
        return cls(rows, training, held, mask, rows.together.any(bool(mask.any())))

    def of_starts(self, starts: list[int] | np.ndarray) -> "Split":
        """Return the split with some of the starts only."""
        return Split(
            self.everything.of_starts(starts),
            self.training.of_starts(starts),
            self.held.of_starts(starts),
            self.mask if len(self.mask) == 1 else self.mask[starts],
            self.holds_out,
        )

    @property
    def alone(self) -> "Split":
        """The rows of this process, as if there were no others."""
        everything, training = self.everything.alone, self.training.alone
        return Split(everything, training, self.held.alone, self.mask, self.holds_out)

    def seen_by(self, starts: list[int]) -> Rows:
        """Return the rows that some of the starts are trained on, with the first of these."""
        rows = self.training if len(starts) == 1 else self.everything
        return rows.of_starts(starts[:1])

    @property
    def unseen(self) -> np.ndarray:
        """Which rows no start was trained on, ``(n,)``."""
        return np.asarray(self.mask.all(0))


@dataclass(frozen=True)
class StartMoments:
    """Moments of the rows under the starts, of the rows trained on and of all rows."""

    training: Moments
    everything: Moments

    @classmethod
    def of(cls, split: Split, family: Family) -> "StartMoments":
        """Look at every row once."""
        training = _moments(split.training, family)
        if not split.holds_out:
            return cls(training, training)
        if len(split.mask) > 1:
            return cls(training, _moments(split.everything, family))
        weights, mean = split.everything.weights, split.everything.together.mean
        out = torch.from_numpy(split.mask[0]).to(weights.device)
        held = _moments(split.held, family).scaled(mean(weights[out]).double())
        return cls(training, training.scaled(mean(weights[~out]).double()) + held)

    def of_starts(self, starts: list[int] | np.ndarray) -> "StartMoments":
        """Return the moments of some of the starts only."""
        index = torch.as_tensor(starts)
        return StartMoments(self.training.of_starts(index), self.everything.of_starts(index))


def _moments(rows: Rows, family: Family) -> Moments:
    n_numbers = family.architecture.n_features
    if rows.gaps is not None:
        shares = rows.start * rows.weights.unsqueeze(-1)
        opened, filled = rows.gaps.opened(rows.x)[:, :n_numbers], rows.x[:, :n_numbers]
        return conditional_moments(opened, shares, filled, LEAST_RIDGE)
    own = Moments.total(
        Moments.of(part.x[:, :n_numbers].unsqueeze(0), part.start * part.weights.unsqueeze(-1))
        for part in family.chunks(rows)
    )
    return own.over(rows.together)


@dataclass(frozen=True)
class Candidates:
    """Starts that are trained side by side.

    Attributes
    ----------
    names : list of str
    split : Split
        Rows, with the responsibilities of the starts.
    moments : StartMoments
        Of the rows under each start.
    unseen : ndarray of bool, of shape (m,)
        Which rows of the task's problem no start is trained on.
    """

    names: list[str]
    split: Split
    moments: StartMoments
    unseen: np.ndarray


def propose_candidates(task: Task, random_state: np.random.RandomState) -> Candidates:
    """Let starts propose groupings, add noise to quantised columns and hold rows out."""
    own_state = task.together.own_state(random_state)
    groups_of = starting_groups if task.previous is None else undecided_groups
    names, groups = groups_of(task, random_state)
    if len(groups) < task.n_averaged:
        groups = groups.repeat(task.n_averaged, axis=0)
    noise = noise_for(task, own_state)
    rows = Rows.of(task.own, groups, task.device, noise, task.together, task.gaps)
    if rows.gaps is not None:
        rows.gaps.fill(rows.x, task.generator)
    split = Split.of(rows, rows_to_hold_out(task, own_state))
    unseen = task.seen.collect(split.unseen)
    return Candidates(names, split, StartMoments.of(split, task.family), unseen)


def starting_groups(
    task: Task, random_state: np.random.RandomState
) -> tuple[list[str], np.ndarray]:
    """Return names and responsibilities ``(R, n, M)`` of all starts, with the labels respected."""
    given = task.options.init_params
    if isinstance(given, np.ndarray):
        given = given[task.numbers]
        own = given / given.sum(1, keepdims=True)
        if task.family.architecture.n_modes == 1:
            return ["given"], respect_labels(own, task.own.codes, task.together)[None]
        given = task.seen.collect(own)
    together = task.together
    names, groups = together.from_first(lambda: seen_groups(task, given, random_state))
    return names, task.seen.follow(groups, task.own)


def seen_groups(
    task: Task, given: str | np.ndarray, random_state: np.random.RandomState
) -> tuple[list[str], np.ndarray]:
    """Return names and responsibilities ``(R, m, M)`` of the rows that are seen.

    The start is ``given`` by its name or by responsibilities ``(m, K)``.
    """
    problem, n_modes = task.problem, task.family.architecture.n_modes
    names, proposals = proposed(task, given, random_state)
    groupings = [respect_labels(each, problem.codes) for each in proposals]
    if task.profiles is not None:
        return names, task.profiles.repeat(len(names), axis=0)
    if n_modes > 1:
        wanted = modes_of_each(task)
        groupings = [split_modes(each, problem, wanted, random_state) for each in groupings]
    return names, np.stack(groupings)


def modes_of_each(task: Task) -> np.ndarray:
    """Return how many modes each component is to have, ``(K,)``."""
    n_components = task.problem.n_components
    if task.options.design.n_modes == AUTO:
        return modes_from_labels(task.problem.codes, n_components)
    return np.full(n_components, task.family.architecture.n_modes)


def proposed(
    task: Task, name: str | np.ndarray, random_state: np.random.RandomState
) -> tuple[list[str], list[np.ndarray]]:
    """Return names and responsibilities ``(m, K)`` of what was chosen, given or asked for."""
    problem, options = task.problem, task.options
    if isinstance(name, np.ndarray):
        return ["given"], [name]
    if name == "auto" and task.choice is not None:
        return task.choice.best(options.n_init)
    if name == "auto" and task.answers is not None:
        start = responsibilities_by(task.answers, problem, random_state)
        return ["pooled_experts"] * options.n_init, [start] * options.n_init
    names = ["gaussian_mixture" if name == "auto" else name] * options.n_init
    return names, propose(names, problem, random_state, task.monitor.step)


def responsibilities_by(
    answers: Answers, problem: Problem, random_state: np.random.RandomState
) -> np.ndarray:
    """Return responsibilities ``(n, K)`` by what labels say, and groups that they do not name."""
    if problem.n_components == problem.n_classes:
        return answers.proba
    groups = new_groups(problem, random_state)
    responsibilities = np.eye(problem.n_components)[groups]
    known = groups < 0
    responsibilities[known] = 0.0
    responsibilities[known, : problem.n_classes] = answers.proba[known]
    return responsibilities


def undecided_groups(
    task: Task, random_state: np.random.RandomState
) -> tuple[list[str], np.ndarray]:
    """Return a name and equal responsibilities ``(1, n, M)``: a fit that goes on has no start."""
    built = task.family.architecture
    n_modes = built.n_components * built.n_modes
    groups = np.full((1, len(task.numbers), n_modes), 1 / built.n_components)
    return ["last fit"], groups


def noise_for(task: Task, random_state: np.random.RandomState) -> np.ndarray | float:
    """Draw noise ``(n, p)`` for the columns that come in steps, and name these in a warning."""
    widths = task.noise_widths
    if widths.any() and task.together.rank == 0:
        names = task.data.column_names[widths > 0].tolist()
        warn(
            f"The columns {names} hold few distinct values, or one in "
            "half of the rows. Densities of such columns have no bound, so noise as wide as their "
            "steps, see noise_widths_, is added while fitting. Compare fits by "
            "score_samples(X, mass=True), and other models on rows with such noise.",
        )
    shape = task.own.rows.shape
    return dequantising_noise(shape, widths[: shape[1]], random_state)


def rows_to_hold_out(task: Task, random_state: np.random.RandomState) -> np.ndarray:
    """Return the mask ``(H, n)`` of the rows that early stopping looks at; empty without it.

    Models that are averaged hold out rows of their own each.
    """
    codes, options = task.own.codes, task.options
    if not options.early_stopping or task.max_iter == 0:
        return np.zeros((1, len(codes)), dtype=bool)
    fraction, most = options.validation_fraction, task.share_of(MAX_HELD_OUT)
    held = np.stack(held_out(codes, fraction, task.n_averaged, random_state, most))
    if (task.together.added(held.sum(1)) == task.n_rows).any():
        raise ValueError(
            f"validation_fraction={fraction} holds out all {task.n_rows} rows: "
            "lower it, or set early_stopping=False."
        )
    return held
