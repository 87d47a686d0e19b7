"""From observations to a task: rows drawn and scaled, a family for them."""

import math

import numpy as np
import torch
from torch import Generator

from skflowmix.collective import Collective
from skflowmix.data.problem import Problem
from skflowmix.experts import MOST_STEPS, Sample, learn_pool
from skflowmix.families import Family
from skflowmix.families.architecture import unless_auto
from skflowmix.fitted import Fitted
from skflowmix.fitting.drawing import Drawn, draw
from skflowmix.fitting.monitoring import START, Monitor
from skflowmix.fitting.options import Observations, Options
from skflowmix.fitting.task import Answers, Task, has_groups
from skflowmix.selection import Choice, choose, choose_mixed, most_steps
from skflowmix.starts import PROFILES, find_profiles, modes_from_labels

N_AVERAGED = ((20_000, 5), (100_000, 3), (math.inf, 2))
"""Up to how many numbers in a table how many models are averaged by default. The fewer, the more
an average brings and the less it costs: up to 1,000 rows five brought .5 nats and more on most of
15 tables and took twice the time of one; with 5,000 rows three brought 1.7 and .3 on two tables
and took 2.4 and 1.5 times as long."""


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
    if previous is not None and previous.family.architecture.is_single_gaussian:
        previous = None  # there is nothing that training could go on with
    drawn, named = draw(data, options, previous, random_state), n_named(data, previous)
    sizes = sizes_to_try(drawn.problem, options) if previous is None else ()
    is_taught = teaches(drawn.problem, options, named)
    monitor.stage(START, most_start_steps(options, sizes, is_taught, previous, drawn.n_tables))
    choice = choice_for(drawn, sizes, monitor)
    if choice is not None:
        drawn = drawn.grouped(choice.n_groups)
    profiles = profiles_for(drawn, options) if previous is None else None
    return Task(
        **vars(drawn),
        options=options,
        previous=previous,
        device=device,
        n_named=named,
        family=family_for(drawn, kind, options, profiles) if previous is None else previous.family,
        monitor=monitor,
        choice=choice,
        answers=answers_for(drawn, options, monitor) if is_taught else None,
        profiles=profiles,
        generator=Generator().manual_seed(first_seed(random_state, data.together)),
    )


def choice_for(drawn: Drawn, sizes: tuple[int, ...], monitor: Monitor) -> Choice | None:
    """Try groupings into several numbers of groups, on the first process, if there are any."""
    if not sizes:
        return None
    if drawn.data.categories is None:
        return drawn.data.together.from_first(lambda: choose(drawn.tables, sizes, monitor.step))
    return drawn.data.together.from_first(
        lambda: choose_mixed(drawn.problem, drawn.seen.X, sizes, monitor.step)
    )


def first_seed(random_state: np.random.RandomState, together: Collective) -> int:
    """Draw a seed, which is that of the first process."""
    return int(together.collected(random_state.randint(2**31 - 1))[0])


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
    options: Options,
    sizes: tuple[int, ...],
    is_taught: bool,
    previous: Fitted | None,
    n_tables: int,
) -> int:
    """Return of how many steps a monitor is told at most before training begins."""
    n_proposals = options.n_init if previous is None else 0
    if is_taught:
        return max(MOST_STEPS, n_proposals)
    n_searched = n_tables * most_steps(sizes) if sizes else 0
    return n_searched + (n_proposals if options.has_start or not sizes else 0)


def n_named(data: Observations, previous: Fitted | None) -> int:
    """How many components labels have named, in this fit or in the one it goes on from."""
    before = 0 if previous is None else previous.n_classes
    return max(before, data.n_classes)


def answers_for(drawn: Drawn, options: Options, monitor: Monitor) -> Answers | None:
    """Pool experts that the labels teach, on the first process."""
    return drawn.data.together.from_first(
        lambda: learn_answers(drawn.problem, drawn.seen.X, options, monitor)
    )


def learn_answers(
    problem: Problem, X: np.ndarray, options: Options, monitor: Monitor
) -> Answers | None:
    """Pool experts that the labels teach, where there are rows enough."""
    sample = Sample.of(problem, X)
    if len(sample.evidence.X) < 2:
        return None
    learned = learn_pool(sample.evidence, options.class_prior, on_step=monitor.step)
    return Answers(learned, sample)


def profiles_for(drawn: Drawn, options: Options) -> np.ndarray | None:
    """Return responsibilities of the modes of a density that has categories, ``(R, m, M)``.

    With a single mode, categories would be independent of the numbers.
    """
    problem, n_modes = drawn.problem, options.design.n_modes
    if drawn.data.categories is None or has_groups(problem) or n_modes == 1:
        return None
    sizes = PROFILES if isinstance(n_modes, str) else (n_modes,)
    by_default = n_averaged_by_default(problem, options, drawn.n_rows)
    return find_profiles(problem, unless_auto(options.design.n_estimators, by_default), sizes)


def default_modes(problem: Problem, kind: type[Family]) -> int:
    """Return the most modes that a component has by its labels, of kinds that ask these."""
    if not kind.splits_classes:
        return 1
    return int(modes_from_labels(problem.codes, problem.n_components).max())


def family_for(
    drawn: Drawn, kind: type[Family], options: Options, profiles: np.ndarray | None
) -> Family:
    """Return the family of a kind that suits the rows, as far as the options leave it open."""
    problem, categories = drawn.problem, drawn.data.categories
    architecture = options.design.resolved(
        kind.coupling_defaults,
        problem.rows.shape[1],
        problem.n_components,
        default_modes(problem, kind) if profiles is None else profiles.shape[2],
        n_averaged_by_default(problem, options, drawn.n_rows),
        has_groups=has_groups(problem),
        n_levels=() if categories is None else categories.n_levels,
    )
    if architecture.n_estimators > 1 and options.n_init > 1:
        raise ValueError(
            f"n_estimators={architecture.n_estimators} averages models of one start, and "
            f"n_init={options.n_init} trains as many to keep the best: set one of them to 1."
        )
    return kind.for_problem(architecture, problem)


def n_averaged_by_default(problem: Problem, options: Options, n_rows: int) -> int:
    """Return how many models to average: several where a density is all there is to find."""
    is_trained = options.max_iter != 0 and options.design.n_layers != 0 and options.n_init == 1
    if not is_trained or has_groups(problem):
        return 1
    n_numbers = n_rows * problem.table.shape[1]
    return next(number for most, number in N_AVERAGED if n_numbers <= most)
