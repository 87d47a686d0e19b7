"""From observations to a task: rows drawn and scaled, a family for them."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Generator

from skflowmix.collective import Collective
from skflowmix.data.bounds import BoundedScaling
from skflowmix.data.copies import without_copies
from skflowmix.data.dequantising import quantisation_widths
from skflowmix.data.embedding import Embedding
from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.data.splitting import subsample
from skflowmix.data.steps import Steps
from skflowmix.experts import MOST_STEPS, Learned, Sample, learn_pool
from skflowmix.families import Family
from skflowmix.families.architecture import unless_auto
from skflowmix.fitted import Fitted
from skflowmix.fitting.bounding import scaling_of
from skflowmix.fitting.gathering import Seen
from skflowmix.fitting.monitoring import START, Monitor
from skflowmix.fitting.options import Observations, Options
from skflowmix.incomplete import Gaps, beside_categories, conditional_means, fit_gaussians
from skflowmix.selection import Choice, choose, choose_mixed, most_steps
from skflowmix.starts import PROFILES, find_profiles, modes_from_labels

MAX_BATCH, MAX_BATCH_OF_DENSITY, MIN_BATCH, BATCHES = 512, 256, 32, 10
"""Rows of a batch at most and at least, and how many batches an epoch is to have. A step of the
couplings of groups takes hardly longer for 512 rows than for 256; one of the splines of densities
takes twice as long."""
MAX_ITER, MAX_ITER_OF_GROUPS, MAX_ITER_WITH_LABELS = 100, 50, 25
"""Most epochs by default: of a density, of groups, and with labels. What others cost and gain,
``python -m benchmarks.schedule`` tells. With labels, what is predicted settles before the density
does: after 25 epochs accuracy on new rows was that after 12 or 50 on six tables of ``python -m
benchmarks.few_labels`` with ten labels a class."""

N_AVERAGED = ((20_000, 5), (100_000, 3), (math.inf, 2))
"""Up to how many numbers in a table how many models are averaged by default. The fewer, the more
an average brings and the less it costs: up to 1,000 rows five brought .5 nats and more on most of
15 tables and took twice the time of one; with 5,000 rows three brought 1.7 and .3 on two tables
and took 2.4 and 1.5 times as long."""

PATIENCE = 10
"""Epochs without a gain, after the warm-up, after which training ends by default. Several models
wait for the last of them to rest: with 10 their averages scored as with 25 on ``cancer``,
``diabetes`` and ``olive``, and took half of the time."""


@dataclass(frozen=True)
class Answers:
    """What labels say of the rows of a fit, by a pool of experts.

    Attributes
    ----------
    learned : Learned
        What was learned from a sample of the rows.
    sample : Sample
        This sample.
    """

    learned: Learned
    sample: Sample

    @property
    def proba(self) -> np.ndarray:
        """Probabilities of the classes, ``(m, C)``."""
        return np.exp(self.learned.log_proba)[self.sample.nearest]


@dataclass(frozen=True)
class Task:
    """What a fit works on, the same from its first step to its last.

    Attributes
    ----------
    data : Observations
    options : Options
    previous : Fitted or None
        The fit to go on from.
    device : torch.device
        Where to train.
    generator : torch.Generator
        Source of first weights and of the order of rows.
    numbers : ndarray of shape (n,)
        Which observations are fitted, one of each that are copies.
    own : Problem
        These rows, standardised.
    seen : Seen
        What this process sees of the rows of all; all its rows where there are no others.
    n_rows : int
        How many rows all processes fit.
    n_named : int
        How many components labels have named, in this fit or in the one it goes on from.
    scaling : Scaling
    family : Family
    monitor : Monitor
        Who is told of every start that proposes a grouping.
    choice : Choice or None
        The groupings that were tried, where nothing says how to begin.
    answers : Answers or None
        What labels say of the rows that are seen, where nothing else says how to begin.
    gaps : Gaps or None
        What is missing from the rows, where something is.
    profiles : ndarray of shape (m, M) or None
        Responsibilities of the modes of the one component of a density that has categories.
    embedding : Embedding or None
        How starts and experts see categories.
    """

    data: Observations
    options: Options
    previous: Fitted | None
    device: torch.device
    generator: Generator
    numbers: np.ndarray
    own: Problem
    seen: Seen
    n_rows: int
    n_named: int
    scaling: Scaling
    family: Family
    monitor: Monitor
    choice: Choice | None = None
    answers: Answers | None = None
    gaps: Gaps | None = None
    profiles: np.ndarray | None = None
    embedding: Embedding | None = None

    @property
    def problem(self) -> Problem:
        """The rows that are seen, standardised, ``(m, d)``: the same on all processes."""
        return self.seen.problem

    def share_of(self, amount: int) -> int:
        """Return how much of an amount for all rows is that of this process."""
        return max(round(amount * len(self.numbers) / self.n_rows), 1)

    @property
    def together(self) -> Collective:
        """The processes that fit one model."""
        return self.data.together

    @property
    def max_iter(self) -> int:
        """Most epochs that training may take."""
        if self.family.architecture.is_single_gaussian:
            return 0
        usual = MAX_ITER_OF_GROUPS if has_groups(self.problem) else MAX_ITER
        usual = MAX_ITER_WITH_LABELS if self.problem.n_classes else usual
        return unless_auto(self.options.max_iter, usual)

    @property
    def n_iter_no_change(self) -> int:
        """After how many epochs without a gain training ends."""
        return unless_auto(self.options.n_iter_no_change, PATIENCE)

    @property
    def batch_rows(self) -> int:
        """How many rows a batch has, of all processes."""
        size = self.options.batch_size
        if isinstance(size, str):
            most = MAX_BATCH if has_groups(self.problem) else MAX_BATCH_OF_DENSITY
            return min(max(self.n_rows // BATCHES, MIN_BATCH), most)
        return min(size, self.n_rows)

    @property
    def n_averaged(self) -> int:
        """How many models are averaged in the end; with 1 the best of those trained is kept."""
        return self.family.architecture.n_estimators

    @property
    def n_models(self) -> int:
        """How many models are trained side by side, R."""
        if self.n_averaged > 1 or self.previous is not None:
            return self.n_averaged
        return self.options.n_init

    @property
    def width(self) -> int:
        """Most numbers that one batch fills in one layer of all models."""
        return self.batch_rows * self.n_models * self.family.architecture.width

    @cached_property
    def noise_widths(self) -> np.ndarray:
        """Widths of the noise for columns that come in steps, else 0: ``(D,)``, standardised.

        A fit that goes on keeps the widths it had, by which its density was found; only a column
        that was continuous gets the width that is found now, lest its density runs away.
        """
        present = self.own.present[:, : self.own.rows.shape[1]]
        found = quantisation_widths(present, self.together)
        found = np.pad(found, (0, self.scaling.n_columns - len(found)))  # none of categories
        if self.previous is None or self.previous.noise_widths is None:
            return found
        before = self.previous.noise_widths / self.scaling.spread
        return np.where(before > 0, before, found)

    @cached_property
    def steps(self) -> Steps:
        """Values of the columns that have noise, to round samples to.

        A fit that goes on keeps those it had of columns which are continuous now.
        """
        X, scaling = self.data.X[self.numbers].astype(np.float64), self.scaling
        if isinstance(scaling, BoundedScaling):  # where widths are those of mapped columns
            scaling = Scaling.of(X, self.own.sample_weight, self.together)
        found = Steps.of(X, scaling.undo_widths(self.noise_widths), self.together)
        return found.or_else(None if self.previous is None else self.previous.steps)


def prepare(
    data: Observations,
    kind: type[Family],
    options: Options,
    previous: Fitted | None,
    device: torch.device,
    random_state: np.random.RandomState,
    monitor: Monitor,
) -> Task:
    """Draw rows, scale them and choose a family; a fit that goes on keeps what it had."""
    together = data.together
    numbers, weights = rows_to_fit(data, options.subsample, together.own_state(random_state))
    if previous is not None and previous.family.architecture.is_single_gaussian:
        previous = None  # there is nothing that training could go on with
    check_columns_have_values(data, numbers)
    own, scaling = scaled_problem(data, numbers, weights, options, previous)
    own, gaps = without_gaps(own, data)
    embedding = embedding_for(own, data, previous)
    seen = Seen.of(own, rows_as_they_came(data, numbers, own, scaling), weights, together)
    if embedding is not None:
        seen = seen.embedded(embedding)
    named, n_rows = n_named(data, previous), together.added(len(numbers))
    sizes = sizes_to_try(seen.problem, options) if previous is None else ()
    is_taught = teaches(seen.problem, options, named)
    monitor.stage(START, most_start_steps(options, sizes, is_taught, previous))
    choice = None
    if sizes:
        search = choose if data.categories is None else choose_mixed
        choice = together.from_first(lambda: search(seen.problem, seen.X, sizes, monitor.step))
    if choice is not None:
        data = replace(data, classes=np.arange(choice.n_groups))
        seen, own = seen.grouped(choice.n_groups), replace(own, n_components=choice.n_groups)
    problem = seen.problem
    kept = None if previous is None else previous.family
    profiles = profiles_for(problem, data, options) if kept is None else None
    n_modes = default_modes(problem, kind) if profiles is None else profiles.shape[1]
    n_levels = () if data.categories is None else data.categories.n_levels
    family = kept
    if family is None:
        family = family_for(problem, kind, options, n_rows, n_modes, n_levels)
    answers = None
    if is_taught:
        answers = together.from_first(lambda: answers_for(problem, seen.X, options, monitor))
    generator = Generator().manual_seed(first_seed(random_state, together))
    return Task(
        data,
        options,
        previous,
        device,
        generator,
        numbers,
        own,
        seen,
        n_rows,
        named,
        scaling,
        family,
        monitor,
        choice,
        answers,
        gaps,
        profiles,
        embedding,
    )


def first_seed(random_state: np.random.RandomState, together: Collective) -> int:
    """Draw a seed, which is that of the first process."""
    return int(together.collected(random_state.randint(2**31 - 1))[0])


def rows_to_fit(
    data: Observations, subsample_size: int | None, random_state: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Draw numbers of observations that have weight, without copies, and return their weights."""
    together = data.together
    numbers = rows_to_draw(data, subsample_size, random_state)
    if together.added(len(numbers)) < data.n_components:
        raise ValueError(
            f"subsample={subsample_size} is less than the {data.n_components} components: "
            "raise it, or set it to None."
        )
    own = (data.X[numbers], data.codes[numbers], data.weights[numbers])
    chosen, weights = without_copies(*own, together)
    if together.added(len(chosen)) < data.n_components:
        return numbers, own[-1]
    return numbers[chosen], weights


def rows_to_draw(
    data: Observations, most: int | None, random_state: np.random.RandomState
) -> np.ndarray:
    """Draw some of the rows that have weight, at most so many of all processes."""
    most = most or data.together.added(len(data.X))
    if data.weights.all():  # there may be many rows, so that their numbers are not laid out
        return places_to_draw(data.codes, most, random_state, data.together)
    present = np.flatnonzero(data.weights)
    return present[places_to_draw(data.codes[present], most, random_state, data.together)]


def places_to_draw(
    codes: np.ndarray, most: int, random_state: np.random.RandomState, together: Collective
) -> np.ndarray:
    """Draw some of the rows with such codes ``(n,)``, at most so many of all processes."""
    if together.n_processes == 1:
        return subsample(codes, most, random_state)
    n_known = int((codes >= 0).sum())
    n_all_known = together.added(n_known)
    if n_all_known > most / 2:
        return subsample(codes, together.share(most, len(codes)), random_state, False)
    of_others = together.share(most - n_all_known, len(codes) - n_known)
    return subsample(codes, n_known + of_others, random_state, True)


def scaled_problem(
    data: Observations,
    numbers: np.ndarray,
    weights: np.ndarray,
    options: Options,
    previous: Fitted | None,
) -> tuple[Problem, Scaling]:
    """Return some observations of given weights standardised, and how they were."""
    together, p = data.together, data.n_numbers
    X = data.X[numbers].astype(np.float64)
    of_numbers = scaling_of(X[:, :p], weights, data, options.bounds, previous)
    problem = Problem(
        of_numbers.apply_to_fit(X[:, :p]),
        data.codes[numbers],
        data.n_components,
        weights / (together.added(weights.sum()) / together.added(len(weights))),
        options.reg_covar,
        of_numbers.relative_spread,
        levels=None if data.categories is None else X[:, p:],
    )
    return problem, of_numbers.beside(X.shape[1] - p)


def embedding_for(
    problem: Problem, data: Observations, previous: Fitted | None
) -> Embedding | None:
    """Return how starts and experts see the categories of a problem, if it has any."""
    if data.categories is None or problem.levels is None:
        return None
    if previous is not None:
        return previous.embedding
    weights, n_levels = problem.sample_weight, data.categories.n_levels
    return Embedding.of(problem.levels, n_levels, weights, data.n_numbers)


def profiles_for(problem: Problem, data: Observations, options: Options) -> np.ndarray | None:
    """Return responsibilities of the modes of a density that has categories, ``(m, M)``.

    With a single mode, categories would be independent of the numbers.
    """
    n_modes = options.design.n_modes
    if data.categories is None or has_groups(problem) or n_modes == 1:
        return None
    sizes = PROFILES if isinstance(n_modes, str) else (n_modes,)
    return find_profiles(problem, sizes)


def default_modes(problem: Problem, kind: type[Family]) -> int:
    """Return the most modes that a component has by its labels, of kinds that ask these."""
    if not kind.splits_classes:
        return 1
    return int(modes_from_labels(problem.codes, problem.n_components).max())


def check_columns_have_values(data: Observations, numbers: np.ndarray) -> None:
    """Refuse columns that have no value in any row that is fitted."""
    least = data.X[numbers].min(0, initial=np.inf, where=~np.isnan(data.X[numbers]))
    empty = data.column_names[data.together.largest(-least) == -np.inf]
    if len(empty):
        raise ValueError(
            f"The columns {empty.tolist()} have no value in the rows that are fitted: leave them "
            "out."
        )


def without_gaps(problem: Problem, data: Observations) -> tuple[Problem, Gaps | None]:
    """Fill what is missing by its mean given the rest, under Gaussians of all rows.

    Returns
    -------
    problem : Problem
    gaps : Gaps or None
        Where the gaps are, and the Gaussians that tell of them.
    """
    missing = np.isnan(problem.X)
    if not data.together.any(bool(missing.any())):
        return problem, None
    if data.together.n_processes > 1:
        raise ValueError("Rows of several processes must be whole, and some values are missing.")
    x, weights = torch.from_numpy(problem.X), torch.from_numpy(problem.sample_weight)
    gaussians = fit_gaussians(x, weights)
    if data.categories is not None:
        x = torch.from_numpy(problem.table)
        gaussians = beside_categories(gaussians, x, weights, data.categories.n_levels)
    filled = conditional_means(gaussians, x).numpy()[:, : data.n_numbers]
    gaps = Gaps(torch.from_numpy(missing), gaussians.widened())
    return replace(problem, X=filled, missing=missing), gaps


def rows_as_they_came(
    data: Observations, numbers: np.ndarray, own: Problem, scaling: Scaling
) -> np.ndarray:
    """Return rows in the units of the data, or on the line, with what fills their gaps."""
    rows, p = data.X[numbers], data.n_numbers
    if own.missing is not None:
        filled = np.where(own.missing, scaling.first(p).undo(own.X), rows[:, :p])
        rows = np.hstack([filled, rows[:, p:]])
    return scaling.on_line(rows)


def sizes_to_try(problem: Problem, options: Options) -> tuple[int, ...]:
    """Return the numbers of groups to look for, where neither labels nor the user have groups."""
    sizes = options.sizes or (problem.n_components,)
    is_given = sizes == (1,) or (options.has_start and not options.sizes)
    return () if is_given or problem.n_classes else sizes


def teaches(problem: Problem, options: Options, n_classes: int) -> bool:
    """Whether labels teach experts: there are two classes or more, and no start is given.

    Nobody can tell of a class without labels, as there may be in a fit that goes on, or where
    labelled rows have no weight: the density decides there.
    """
    taught = np.unique(problem.codes[problem.labelled])
    return len(taught) >= max(n_classes, 2) and not options.has_start


def most_start_steps(
    options: Options, sizes: tuple[int, ...], is_taught: bool, previous: Fitted | None
) -> int:
    """Return of how many steps a monitor is told at most before training begins."""
    n_proposals = options.n_init if previous is None else 0
    if is_taught:
        return max(MOST_STEPS, n_proposals)
    n_searched = most_steps(sizes) if sizes else 0
    return n_searched + (n_proposals if options.has_start or not sizes else 0)


def n_named(data: Observations, previous: Fitted | None) -> int:
    """How many components labels have named, in this fit or in the one it goes on from."""
    before = 0 if previous is None else previous.n_classes
    return max(before, data.n_classes)


def answers_for(
    problem: Problem, X: np.ndarray, options: Options, monitor: Monitor
) -> Answers | None:
    """Pool experts that the labels teach, where there are rows enough."""
    sample = Sample.of(problem, X)
    if len(sample.evidence.X) < 2:
        return None
    learned = learn_pool(sample.evidence, options.class_prior, on_step=monitor.step)
    return Answers(learned, sample)


def family_for(
    problem: Problem,
    kind: type[Family],
    options: Options,
    n_rows: int,
    n_modes: int,
    n_levels: tuple[int, ...],
) -> Family:
    """Return the family of a kind that suits a problem, as far as the options leave it open."""
    architecture = options.design.resolved(
        kind.coupling_defaults,
        problem.rows.shape[1],
        problem.n_components,
        n_modes,
        n_averaged_by_default(problem, options, n_rows),
        has_groups=has_groups(problem),
        n_levels=n_levels,
    )
    if architecture.n_estimators > 1 and options.n_init > 1:
        raise ValueError(
            f"n_estimators={architecture.n_estimators} averages models of one start, and "
            f"n_init={options.n_init} trains as many to keep the best: set one of them to 1."
        )
    return kind.for_problem(architecture, problem)


def has_groups(problem: Problem) -> bool:
    """Whether there is more to find than a density."""
    return problem.n_components > 1 or problem.n_classes > 0


def n_averaged_by_default(problem: Problem, options: Options, n_rows: int) -> int:
    """Return how many models to average: several where a density is all there is to find."""
    is_trained = options.max_iter != 0 and options.design.n_layers != 0 and options.n_init == 1
    if not is_trained or has_groups(problem):
        return 1
    n_numbers = n_rows * problem.table.shape[1]
    return next(number for most, number in N_AVERAGED if n_numbers <= most)
