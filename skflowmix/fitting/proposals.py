"""Starts become responsibilities, rows become tensors, and some of them are held out."""

from dataclasses import dataclass

import numpy as np
import torch

from skflowmix.data.dequantising import dequantising_noise
from skflowmix.data.problem import Problem
from skflowmix.data.rows import Rows
from skflowmix.data.splitting import held_out
from skflowmix.families import Family
from skflowmix.families.architecture import AUTO
from skflowmix.fitting.preparation import Answers, Task
from skflowmix.mixtures import Moments
from skflowmix.starts import (
    modes_from_labels,
    new_groups,
    propose,
    respect_labels,
    split_modes,
)
from skflowmix.warning import warn


@dataclass(frozen=True)
class Split:
    """All rows of a fit, and the two parts that they are split into.

    Without early stopping all rows are trained on and held out.

    Attributes
    ----------
    everything, training, held : Rows
    mask : ndarray of shape (H, n)
        Which rows are held out from the training of each start; H is 1 where it is all the same.
    """

    everything: Rows
    training: Rows
    held: Rows
    mask: np.ndarray

    @classmethod
    def of(cls, rows: Rows, mask: np.ndarray) -> "Split":
        """Split rows by a mask of those to hold out."""
        training, held = rows.split(mask)
        return cls(rows, training, held, mask)

    def of_starts(self, starts: list[int] | np.ndarray) -> "Split":
        """Return the split with some of the starts only."""
        return Split(
            self.everything.of_starts(starts),
            self.training.of_starts(starts),
            self.held.of_starts(starts),
            self.mask if len(self.mask) == 1 else self.mask[starts],
        )

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
        if not split.mask.any():
            return cls(training, training)
        if len(split.mask) > 1:
            return cls(training, _moments(split.everything, family))
        weights = split.everything.weights
        out = torch.from_numpy(split.mask[0]).to(weights.device)
        held = _moments(split.held, family).scaled(weights[out].mean().double())
        return cls(training, training.scaled(weights[~out].mean().double()) + held)

    def of_starts(self, starts: list[int] | np.ndarray) -> "StartMoments":
        """Return the moments of some of the starts only."""
        index = torch.as_tensor(starts)
        return StartMoments(self.training.of_starts(index), self.everything.of_starts(index))


def _moments(rows: Rows, family: Family) -> Moments:
    return Moments.total(
        Moments.of(part.x.unsqueeze(0), part.start * part.weights.unsqueeze(-1))
        for part in family.chunks(rows)
    )


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
    """

    names: list[str]
    split: Split
    moments: StartMoments


def propose_candidates(task: Task, random_state: np.random.RandomState) -> Candidates:
    """Let starts propose groupings, add noise to quantised columns and hold rows out."""
    groups_of = starting_groups if task.previous is None else undecided_groups
    names, groups = groups_of(task, random_state)
    groups = groups.repeat(task.n_averaged, axis=0)
    noise = noise_for(task, random_state)
    rows = Rows.of(task.problem, groups, task.device, noise)
    split = Split.of(rows, rows_to_hold_out(task, random_state))
    return Candidates(names, split, StartMoments.of(split, task.family))


def starting_groups(
    task: Task, random_state: np.random.RandomState
) -> tuple[list[str], np.ndarray]:
    """Return names and responsibilities ``(R, n, M)`` of all starts, with the labels respected."""
    problem, n_modes = task.problem, task.family.architecture.n_modes
    names, proposals = proposed(task, random_state)
    groupings = [respect_labels(each, problem.codes) for each in proposals]
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
    task: Task, random_state: np.random.RandomState
) -> tuple[list[str], list[np.ndarray]]:
    """Return names and responsibilities ``(n, K)`` of what was chosen, given or asked for."""
    problem, options = task.problem, task.options
    name = options.init_params
    if isinstance(name, np.ndarray):
        own = name[task.numbers]
        return ["given"], [own / own.sum(1, keepdims=True)]
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
    """Draw noise ``(n, d)`` for the columns that come in steps, and name these in a warning."""
    widths = task.noise_widths
    if widths.any():
        names = task.data.column_names[widths > 0].tolist()
        warn(
            f"The columns {names} hold few distinct values, or one in "
            "half of the rows. Densities of such columns have no bound, so noise as wide as their "
            "steps, see noise_widths_, is added while fitting. Compare fits by "
            "score_samples(X, mass=True), and other models on rows with such noise.",
        )
    return dequantising_noise(task.problem.X.shape, widths, random_state)


def rows_to_hold_out(task: Task, random_state: np.random.RandomState) -> np.ndarray:
    """Return the mask ``(H, n)`` of the rows that early stopping looks at; empty without it.

    Models that are averaged hold out rows of their own each.
    """
    codes, options = task.problem.codes, task.options
    if not options.early_stopping or task.max_iter == 0:
        return np.zeros((1, len(codes)), dtype=bool)
    fraction = options.validation_fraction
    held = np.stack(held_out(codes, fraction, task.n_averaged, random_state))
    if held.all(1).any():
        raise ValueError(
            f"validation_fraction={fraction} holds out all {len(codes)} rows: "
            "lower it, or set early_stopping=False."
        )
    return held
