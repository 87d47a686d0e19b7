"""Many groupings of one table, into one number of groups or several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from skflowmix.data.agreement import adjusted_rand_index
from skflowmix.data.distinct import Distinct
from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.selection.criteria import CRITERIA, measure
from skflowmix.starts import GROUPERS
from skflowmix.starts.thinning import nearest_of

SEARCH_ROWS = 2500
"""Most rows that are grouped; all others follow their nearest."""
UNANIMOUS = 0.95
"""Adjusted Rand index of the first two groupings, which are of different kinds, from which on
there is no need of others. By hand; no measurement of other numbers is on record."""
SEED = 0
"""Of all chance in a search, so that groups do not depend on an estimator's ``random_state``."""


@dataclass(frozen=True)
class Sample:
    """The rows that are grouped: distinct ones, in an order of their own.

    Attributes
    ----------
    problem : Problem
        Of m rows, without labels.
    nearest : ndarray of shape (n,)
        Which of them each row of the table is, or is nearest to.
    """

    problem: Problem
    nearest: np.ndarray

    @classmethod
    def of(cls, problem: Problem, X: np.ndarray, most: int = SEARCH_ROWS) -> "Sample":
        """Choose among rows, by their values ``X (n, d)`` as they came.

        They are standardised anew, as sums over rows in another order differ by rounding, and
        groupings that are hardly decided would follow it.
        """
        X = X.astype(np.float64)
        distinct = Distinct.of(X, problem.sample_weight)
        kept = distinct.first[:most]
        weights = distinct.weights[:most]
        part = replace(
            problem.take(kept),
            codes=np.full(len(kept), -1),
            sample_weight=weights / weights.mean(),
            missing=None,
        )
        if problem.levels is None:  # places of levels stay as they are
            scaling = Scaling.of(X[distinct.first], distinct.weights)
            part = replace(part, X=scaling.apply_to_fit(X[kept]), spread=scaling.relative_spread)
        if len(kept) == len(distinct.first):
            return cls(part, distinct.inverse)
        return cls(part, nearest_of(problem.X, kept))


@dataclass(frozen=True)
class Groupings:
    """Groupings into one number of groups, side by side.

    Attributes
    ----------
    n_groups : int
        K.
    names : tuple of str
        Of the groupings: keys of `GROUPERS`.
    proposals : list of ndarray of shape (n, K)
        Responsibilities.
    criteria : ndarray of shape (m, number of criteria)
        In the order of `skflowmix.selection.criteria.CRITERIA`.
    """

    n_groups: int
    names: tuple[str, ...]
    proposals: list[np.ndarray]
    criteria: np.ndarray

    @classmethod
    def of(cls, problem: Problem, n_groups: int, proposals: dict[str, np.ndarray]) -> "Groupings":
        """Measure what can be seen of proposals."""
        own = list(proposals.values())
        criteria = measure(problem, [each.argmax(axis=1) for each in own], n_groups)
        return cls(n_groups, tuple(proposals), own, criteria)

    @cached_property
    def groups(self) -> list[np.ndarray]:
        """Group of each row, ``(n,)``, by each of the groupings."""
        return [own.argmax(axis=1) for own in self.proposals]


def most_steps(sizes: Sequence[int]) -> int:
    """Return how many steps a search takes at most: ways to group, and numbers of groups."""
    return len(GROUPERS) + len(sizes)


def search(
    problem: Problem,
    sizes: Sequence[int],
    *,
    in_full: bool = False,
    on_step: Callable[[str], bool] = lambda name: False,
) -> list[Groupings]:
    """Group rows in all ways, into each number of groups from 2 on.

    A search for one number of groups ends where the first two groupings agree, unless all are
    asked for ``in_full``, and before it begins where each row may be a group of its own. Any ends
    where ``on_step(name)``, which is called after each way of grouping, returns True. It is called
    for each number of groups as well, and these are looked at in any case.
    """
    if not sizes:
        return []
    if len(sizes) == 1 and sizes[0] >= len(problem.X):
        own = np.eye(sizes[0])[: len(problem.X)]
        return [Groupings(sizes[0], ("kmeans",), [own], np.zeros((1, len(CRITERIA))))]
    may_end = len(sizes) == 1 and not in_full
    found: dict[str, list[np.ndarray]] = {}
    for name, grouper in GROUPERS.items():
        found[name] = grouper(problem, sizes, np.random.RandomState(SEED))
        if on_step(name) or (may_end and _agree([own for (own,) in found.values()])):
            break
    measured = []
    for at, size in enumerate(sizes):
        proposals = {name: own[at] for name, own in found.items()}
        measured.append(Groupings.of(problem, size, proposals))
        on_step(f"{size} components")
    return measured


def has_all_starts(tried: Sequence[Groupings]) -> bool:
    """Whether a search has tried something, and did not end before the last way of grouping."""
    return bool(tried) and len(tried[0].names) == len(GROUPERS)


def _agree(proposals: list[np.ndarray]) -> bool:
    if len(proposals) != 2:
        return False
    return adjusted_rand_index(*(own.argmax(axis=1) for own in proposals)) > UNANIMOUS
