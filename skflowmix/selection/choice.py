"""The choice of a grouping, and of the number of groups."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skflowmix.data.agreement import adjusted_rand_index, adjusted_rand_indices
from skflowmix.data.problem import Problem
from skflowmix.selection.criteria import CRITERIA, measure
from skflowmix.selection.rule import shipped_rule
from skflowmix.selection.search import Groupings, Sample, has_all_starts, search
from skflowmix.warning import warn

ROWS_PER_GROUP = 4
"""Least number of distinct rows for each group, where the number of groups is open."""
MOST_GROUPS = 20
"""Most groups that are looked for unasked."""
DOUBT = 0.03
"""Difference of selection scores up to which two groupings count as equally good. By hand, as the
next number; no measurement is on record."""
UNLIKE = 0.5
"""Adjusted Rand index below which two groupings say different things."""
EMPTY = 1.0
"""Taken from the score of a grouping that leaves groups empty, where another one does not."""
ONE_GROUP = "gaussian_mixture"
"""Start of one group, where all starts are the same."""


@dataclass(frozen=True)
class Choice:
    """Groupings that were tried, and what was chosen.

    Attributes
    ----------
    n_groups : int
        K, as chosen or as given.
    names : list of str
        Starts of the groupings into K groups, the best first.
    proposals : list of ndarray of shape (m, K)
        Their responsibilities.
    nearest : ndarray of shape (n,)
        Which row that was grouped each row of the table is, or is nearest to.
    table : dict of ndarray
        All groupings of all sizes: ``"start"``, ``"n_components"``, ``"selection_score"``, and
        every criterion by its name.
    """

    n_groups: int
    names: list[str]
    proposals: list[np.ndarray]
    nearest: np.ndarray
    table: dict[str, np.ndarray]

    def best(self, most: int) -> tuple[list[str], list[np.ndarray]]:
        """Return names and responsibilities ``(n, K)`` of the best groupings, the best first."""
        return self.names[:most], [each[self.nearest] for each in self.proposals[:most]]

    def table_with(
        self, names: np.ndarray, criteria: dict[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Return the table with criteria ``(R,)`` of the starts that were trained."""
        is_size = self.table["n_components"] == self.n_groups
        rows = [np.flatnonzero(is_size & (self.table["start"] == name))[0] for name in names]
        placed = {name: _placed(own, rows, len(is_size)) for name, own in criteria.items()}
        return {**self.table, **placed}


def _placed(values: np.ndarray, rows: list[np.intp], n_rows: int) -> np.ndarray:
    """Values in some rows, and False or NaN in the others."""
    column = np.full(n_rows, False if values.dtype == bool else np.nan)
    column[rows] = values
    return column


def default_sizes(n_rows: int) -> range:
    """Numbers of groups to choose among, from 1 on, if nothing else is said."""
    return range(1, max(min(MOST_GROUPS, math.isqrt(n_rows // 2)), 1) + 1)


@dataclass(frozen=True)
class Tried:
    """Groupings of one table, as many ways and sizes as were tried.

    Attributes
    ----------
    sample : Sample
        The rows that were grouped.
    sizes : list of Groupings
        Those of each size.
    scores : list of ndarray of shape (m,)
        Selection scores of each of these.
    """

    sample: Sample
    sizes: list[Groupings]
    scores: list[np.ndarray]

    @classmethod
    def of(
        cls,
        table: tuple[Problem, np.ndarray],
        sizes: Sequence[int],
        on_step: Callable[[str], bool],
        *,
        in_full: bool,
    ) -> "Tried":
        """Group the rows of a table; see `choose` and `search`."""
        sample = Sample.of(*table)
        is_open = len(sizes) > 1
        possible = possible_sizes(sizes, len(sample.problem.X))
        tried = search(sample.problem, possible, in_full=is_open or in_full, on_step=on_step)
        return cls(sample, tried, _scores(sample.problem, tried, is_open=is_open))

    @property
    def names(self) -> list[tuple[str, ...]]:
        """Starts that were tried, for each size."""
        return [each.names for each in self.sizes]

    def best_groups(self) -> np.ndarray:
        """Group of each row of the table, ``(n,)``, by the grouping with the largest score."""
        size = int(np.argmax([own.max() for own in self.scores]))
        return self.sizes[size].groups[int(self.scores[size].argmax())][self.sample.nearest]

    def chosen(self, *, has_one: bool) -> Choice:
        """Return the grouping with the largest score, or one group where that is worth more."""
        best = _best_size(self.sizes, self.scores, has_one=has_one)
        table = _table(self.sizes, self.scores, has_one=has_one)
        if best is None:
            one = np.ones((len(self.sample.problem.X), 1))
            return Choice(1, [ONE_GROUP], [one], self.sample.nearest, table)
        chosen, order = self.sizes[best], np.argsort(-self.scores[best], kind="stable")
        _warn_of_rivals(chosen, self.scores[best], order)
        names = [chosen.names[place] for place in order]
        proposals = [chosen.proposals[place] for place in order]
        return Choice(chosen.n_groups, names, proposals, self.sample.nearest, table)


def choose(
    tables: Iterable[tuple[Problem, np.ndarray]],
    sizes: Sequence[int],
    on_step: Callable[[str], bool] = lambda name: False,
) -> Choice:
    """Choose a grouping of rows without labels, and the number of groups where several may be.

    Parameters
    ----------
    tables : iterable of pairs
        A problem of n standardised rows, and the rows as they came ``(n, d)``, by which copies are
        told. Of rows with missing values there are several such tables, which differ in what
        fills the gaps: the start is the one with the best mean score, and its grouping that of
        the table on which the others agree best.
    sizes : sequence of int
        Numbers of groups to choose among, increasing.
    on_step : callable
        See `search`.

    Warns
    -----
    UserWarning
        If the best grouping of the size that is chosen has a rival that is as good and says
        something else.
    """
    tried = _comparable(tables, sizes, on_step)
    return _most_central(_with_mean_scores(tried)).chosen(has_one=1 in sizes)


def _comparable(
    tables: Iterable[tuple[Problem, np.ndarray]],
    sizes: Sequence[int],
    on_step: Callable[[str], bool],
) -> list[Tried]:
    """Try groupings of all tables, or of the first alone where its first two agree.

    Where ``on_step`` ends a search, tables that lack a start are left out.
    """
    tried: list[Tried] = []
    for table in tables:
        own = Tried.of(table, sizes, on_step, in_full=bool(tried))
        if tried and own.names != tried[0].names:
            break
        tried.append(own)
        if not has_all_starts(own.sizes):
            break
    return tried


def _with_mean_scores(tried: list[Tried]) -> list[Tried]:
    """Score each start by its mean over tables.

    With gaps, scores of one table depend on draws.
    """
    if len(tried) == 1:
        return tried
    scores = [
        np.mean(of_size, axis=0) for of_size in zip(*(each.scores for each in tried), strict=True)
    ]
    return [replace(each, scores=scores) for each in tried]


def _most_central(tried: list[Tried]) -> Tried:
    """Return the table whose best grouping the others agree with best."""
    if len(tried) == 1:
        return tried[0]
    agreement = adjusted_rand_indices([each.best_groups() for each in tried])
    return tried[int(agreement.sum(axis=1).argmax())]


def possible_sizes(sizes: Sequence[int], n_rows: int) -> list[int]:
    """Return the sizes from 2 on; of several, those that leave some rows to a group."""
    most = n_rows // ROWS_PER_GROUP if len(sizes) > 1 else max(sizes)
    return [size for size in sizes if 1 < size <= most]


def _scores(problem: Problem, tried: list[Groupings], *, is_open: bool) -> list[np.ndarray]:
    """Selection scores ``(m,)`` of the groupings of each size.

    Where the size is given, beside the median of the groupings; where it is open, what the best
    grouping of a size is worth, and less for the others.
    """
    rule = shipped_rule()
    scores = [
        rule.group_scores(each.criteria) - _emptiness(each.groups, each.n_groups) for each in tried
    ]
    if not is_open or not tried:
        return scores
    criteria = [each.criteria for each in tried]
    worth = rule.size_scores([each.n_groups for each in tried], criteria, *problem.X.shape)
    return [own - own.max() + best for own, best in zip(scores, worth, strict=True)]


def _emptiness(groupings: Sequence[np.ndarray], n_groups: int) -> np.ndarray:
    """What groupings ``(n,)`` with fewer groups than others lose of their scores, ``(m,)``."""
    counts = np.array([len(np.unique(groups)) for groups in groupings])
    return np.where((counts < n_groups) & (counts < counts.max()), EMPTY, 0.0)


def _best_size(tried: list[Groupings], scores: list[np.ndarray], *, has_one: bool) -> int | None:
    """Place of the best size; None if that is one group."""
    if not tried:
        return None
    best = int(np.argmax([own.max() for own in scores]))
    is_one = has_one and scores[best].max() <= shipped_rule().one_group
    return None if is_one else best


def _table(
    tried: list[Groupings], scores: list[np.ndarray], *, has_one: bool
) -> dict[str, np.ndarray]:
    """All groupings in one table, one group first if it is one of the choices."""
    one = (ONE_GROUP, 1, shipped_rule().one_group, *[np.nan] * len(CRITERIA))
    first = [one] if has_one or not tried else []
    rows = [
        (name, each.n_groups, score, *criteria)
        for each, own in zip(tried, scores, strict=True)
        for name, score, criteria in zip(each.names, own, each.criteria, strict=True)
    ]
    columns = zip(*(first + rows), strict=True)
    names = ("start", "n_components", "selection_score", *CRITERIA)
    return {name: np.array(column) for name, column in zip(names, columns, strict=True)}


def _warn_of_rivals(chosen: Groupings, scores: np.ndarray, order: np.ndarray) -> None:
    """Warn if a grouping that is as good as the best says something else."""
    best, groups = order[0], chosen.groups
    for place in order[1:]:
        if scores[best] - scores[place] > DOUBT:
            return
        agreement = adjusted_rand_index(groups[best], groups[place])
        if agreement < UNLIKE:
            warn(
                f"Two groupings into {chosen.n_groups} groups are as good as each other and "
                f"unlike: {chosen.names[best]} and {chosen.names[place]} have an adjusted Rand "
                f"index of {agreement:.2f}. See starts_, and choose one of them by init_params.",
            )
            return


def selection_scores(
    problem: Problem, groupings: Sequence[np.ndarray], n_groups: int
) -> np.ndarray:
    """Score groupings ``(n,)`` of the same rows beside each other, ``(m,)``."""
    if len(problem.X) == 1:  # which has no neighbours
        return np.zeros(len(groupings))
    scores = shipped_rule().group_scores(measure(problem, groupings, n_groups))
    return scores - _emptiness(groupings, n_groups)
