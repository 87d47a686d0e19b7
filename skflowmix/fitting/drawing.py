"""Which rows are fitted: those of weight, without copies, at most so many; and their scaling."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from skflowmix.collective import Collective
from skflowmix.data.copies import without_copies
from skflowmix.data.embedding import Embedding
from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.data.splitting import subsample
from skflowmix.fitted import Fitted
from skflowmix.fitting.bounding import scaling_of
from skflowmix.fitting.gaps import (
    COMPLETIONS,
    check_columns_have_values,
    completions,
    rows_as_they_came,
    without_gaps,
)
from skflowmix.fitting.gathering import Seen
from skflowmix.fitting.options import Observations, Options
from skflowmix.incomplete import Gaps


@dataclass(frozen=True)
class Drawn:
    """The rows of a fit; `skflowmix.fitting.task.Task` says what each of the fields is."""

    data: Observations
    numbers: np.ndarray
    own: Problem
    seen: Seen
    n_rows: int
    scaling: Scaling
    gaps: Gaps | None
    embedding: Embedding | None

    @property
    def problem(self) -> Problem:
        """The rows that are seen, standardised, ``(m, d)``."""
        return self.seen.problem

    @property
    def tables(self) -> Iterator[tuple[Problem, np.ndarray]]:
        """The rows that are seen, standardised and as they came, to look for groups.

        Where values are missing, the same rows several times, with other draws in their gaps.
        """
        if self.gaps is None:
            yield self.problem, self.seen.X
            return
        for own in completions(self.own, self.gaps):
            yield own, rows_as_they_came(self.data, self.numbers, own, self.scaling)

    @property
    def n_tables(self) -> int:
        """How many these are at most."""
        return 1 if self.gaps is None else COMPLETIONS

    def grouped(self, n_components: int) -> "Drawn":
        """Return the same rows, of another number of components that go by their numbers."""
        return replace(
            self,
            data=replace(self.data, classes=np.arange(n_components)),
            seen=self.seen.grouped(n_components),
            own=replace(self.own, n_components=n_components),
        )


def draw(
    data: Observations,
    options: Options,
    previous: Fitted | None,
    random_state: np.random.RandomState,
) -> Drawn:
    """Draw rows, scale them, fill their gaps, and bring together what all processes see."""
    together = data.together
    numbers, weights = rows_to_fit(data, options.subsample, together.own_state(random_state))
    check_columns_have_values(data, numbers)
    own, scaling = scaled_problem(data, numbers, weights, options, previous)
    own, gaps = without_gaps(own, data)
    embedding = embedding_for(own, data, previous)
    seen = Seen.of(own, rows_as_they_came(data, numbers, own, scaling), weights, together)
    if embedding is not None:
        seen = seen.embedded(embedding)
    n_rows = together.added(len(numbers))
    return Drawn(data, numbers, own, seen, n_rows, scaling, gaps, embedding)


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
