"""What fits say of a table, as plain data: groups, how they were chosen, and unusual rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skflowmix import OutlierDetector
from skflowmix.command_line.fitting import Fit
from skflowmix.command_line.requests import Request
from skflowmix.command_line.tables import Table

MOST_DIFFERENCES, MOST_CAUSES, MOST_UNUSUAL = 3, 3, 10
"""Columns told of a group and of a row, and rows told of a table."""
LEAST_DIFFERENCE = 0.3
"""Difference of means, in deviations of the column, from which on it is told."""


@dataclass(frozen=True)
class Difference:
    """A column by which a group differs from all other rows.

    Attributes
    ----------
    column : str
    mean, rest : float
        Means of the group and of all other rows; of categories, shares of a level.
    effect : float
        Their difference in deviations of the column; of categories, in those of a column that is
        1 where the level is and else 0.
    level : str or None, default=None
        Of categories, that which the group has more of.
    """

    column: str
    mean: float
    rest: float
    effect: float
    level: str | None = None

    @property
    def direction(self) -> str:
        """Whether the group is higher or lower."""
        return "higher" if self.effect > 0 else "lower"


@dataclass(frozen=True)
class Group:
    """A component of a mixture.

    Attributes
    ----------
    name : str
    size : int
        Number of rows.
    share : float
        Of all rows.
    certainty : float
        Mean probability of the group for its rows; NaN without any.
    differences : tuple of Difference
        Where it differs most from the rest.
    """

    name: str
    size: int
    share: float
    certainty: float
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Choice:
    """How the number of groups was chosen.

    Attributes
    ----------
    fewest, most : int
        Numbers that were tried.
    score : float
        Selection score of the number that was chosen.
    next_number : int
        The runner-up.
    next_score : float
        Its score.
    """

    fewest: int
    most: int
    score: float
    next_number: int
    next_score: float


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of the rows that were fitted.

    Attributes
    ----------
    components : ndarray of shape (n_used,)
        Group of each row.
    probability : ndarray of shape (n_used,)
        How probable it is.
    log_likelihood : ndarray of shape (n_used,)
        Log-density of each row, in nats.
    groups : tuple of Group
        In the order of the components.
    choice : Choice or None
        None where the number of groups was given.
    trained : bool
        Whether training was kept.
    start : str
        Name of the start that was kept.
    """

    components: np.ndarray
    probability: np.ndarray
    log_likelihood: np.ndarray
    groups: tuple[Group, ...]
    choice: Choice | None
    trained: bool
    start: str


@dataclass(frozen=True)
class Cause:
    """A column that makes a row unusual.

    Attributes
    ----------
    column : str
    value, median : float
        Of the row, and of all rows.
    share : float
        Of the row's score.
    """

    column: str
    value: float
    median: float
    share: float


@dataclass(frozen=True)
class UnusualRow:
    """How unusual a row is, and why.

    Attributes
    ----------
    row : int
        Its number in the file, from 0 on.
    name : str
        What it is called.
    score : float
        Of the detector, in nats; less is more unusual.
    is_outlier : bool
    rank : int
        1 for the most unusual row.
    causes : tuple of Cause
        Those that add most, first.
    """

    row: int
    name: str
    score: float
    is_outlier: bool
    rank: int
    causes: tuple[Cause, ...]


@dataclass(frozen=True, eq=False)
class Outliers:
    """Which rows are outliers.

    Attributes
    ----------
    scores : ndarray of shape (n_used,)
        In nats; less is more unusual.
    is_outlier : ndarray of bool of shape (n_used,)
    offset : float
        Score below which a row is an outlier.
    rows : tuple of UnusualRow
        The most unusual ones, first.
    """

    scores: np.ndarray
    is_outlier: np.ndarray
    offset: float
    rows: tuple[UnusualRow, ...]


@dataclass(frozen=True)
class RowAnswer:
    """What is said of one row.

    Attributes
    ----------
    unusual : UnusualRow
    offset : float
        Score below which a row is an outlier.
    n_rows : int
        Number of rows that were fitted.
    memberships : tuple of (str, float)
        The most probable groups and their probabilities; empty without groups.
    share_less_dense : float or None
        Share of the rows with a lower density; None without groups.
    """

    unusual: UnusualRow
    offset: float
    n_rows: int
    memberships: tuple[tuple[str, float], ...]
    share_less_dense: float | None


@dataclass(frozen=True, eq=False)
class Findings:
    """All that was found.

    Attributes
    ----------
    groups : Groups or None
    outliers : Outliers or None
    row : RowAnswer or None
        What is said of the row that was asked for.
    seconds : float
        What the fits took.
    warnings : tuple of str
        What they warned of.
    """

    groups: Groups | None
    outliers: Outliers | None
    row: RowAnswer | None
    seconds: float
    warnings: tuple[str, ...]


def find(table: Table, fit: Fit, request: Request) -> Findings:
    """Ask fits all that is to be told.

    Parameters
    ----------
    table : Table
        What was read.
    fit : Fit
        What was fitted to it.
    request : Request
        What is asked for.

    Returns
    -------
    findings : Findings
    """
    groups = None if fit.mixture is None else _groups(fit.mixture, table)
    whole = replace(table, X=fit.filled[table.numbers])
    outliers = None if fit.detector is None else _outliers(fit.detector, whole)
    row = None if request.row is None else _row_answer(request, table, fit, groups)
    return Findings(groups, outliers, row, fit.seconds, fit.warnings)


# Groups.


def _groups(mixture: Any, table: Table) -> Groups:
    components = mixture.predict(table.X)
    probability = mixture.predict_proba(table.X).max(axis=1)
    groups = tuple(
        _group(str(name), components == name, probability, table) for name in mixture.classes_
    )
    return Groups(
        components,
        probability,
        mixture.score_samples(table.X),
        groups,
        _choice(mixture),
        bool(mixture.trained_),
        str(mixture.start_),
    )


def _group(name: str, is_in: np.ndarray, probability: np.ndarray, table: Table) -> Group:
    size = int(is_in.sum())
    certainty = float(probability[is_in].mean()) if size else np.nan
    return Group(name, size, size / len(is_in), certainty, _differences(is_in, table))


def _differences(is_in: np.ndarray, table: Table) -> tuple[Difference, ...]:
    """Columns in which some rows ``(n,)`` are farthest from the others."""
    if is_in.all() or not is_in.any():
        return ()
    found = [*_of_numbers(is_in, table), *_of_categories(is_in, table)]
    found.sort(key=lambda each: -abs(each.effect))
    return tuple(each for each in found[:MOST_DIFFERENCES] if abs(each.effect) >= LEAST_DIFFERENCE)


def _of_numbers(is_in: np.ndarray, table: Table) -> list[Difference]:
    """How far means of columns among some rows ``(n,)`` are from those of the others."""
    X = table.X[table.numbers].to_numpy()
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers near the largest
        own, rest = _means(X[is_in]), _means(X[~is_in])  # (d,)
        spread = np.nanstd(X, axis=0)
        effects = np.divide(own - rest, spread, out=np.zeros_like(spread), where=spread > 0)
    effects = np.nan_to_num(effects)  # of a group without values
    cells = zip(own.tolist(), rest.tolist(), effects.tolist(), strict=True)
    return [Difference(name, *each) for name, each in zip(table.numbers, cells, strict=True)]


def _of_categories(is_in: np.ndarray, table: Table) -> list[Difference]:
    """The level of each column that some rows ``(n,)`` have most more of than the others."""
    found = []
    for name in table.categories:
        levels, codes = table.X[name].cat.categories, table.X[name].cat.codes.to_numpy()
        own, rest, all_rows = (
            _shares(codes[some], len(levels)) for some in (is_in, ~is_in, slice(None))
        )
        j = int(np.argmax(own - rest))
        spread = np.sqrt(all_rows[j] * (1 - all_rows[j]))
        effect = float((own[j] - rest[j]) / spread) if spread > 0 else 0.0
        found.append(Difference(name, float(own[j]), float(rest[j]), effect, str(levels[j])))
    return found


def _shares(codes: np.ndarray, n_levels: int) -> np.ndarray:
    """Shares ``(L,)`` of levels in rows ``(n,)`` of their numbers, of which -1 is missing."""
    counts = np.bincount(codes[codes >= 0], minlength=n_levels)
    return counts / max(counts.sum(), 1)


def _means(X: np.ndarray) -> np.ndarray:
    """Means of the values that columns ``(n, d)`` have; NaN of a column that has none."""
    present = ~np.isnan(X)
    with np.errstate(invalid="ignore"):
        return X.sum(axis=0, where=present) / present.sum(axis=0)


def _choice(mixture: Any) -> Choice | None:
    tried = mixture.starts_
    if "selection_score" not in tried:
        return None
    numbers, scores = tried["n_components"], tried["selection_score"]
    best = {int(number): float(scores[numbers == number].max()) for number in np.unique(numbers)}
    others = {number: score for number, score in best.items() if number != mixture.n_components_}
    if not others:
        return None
    next_number = max(others, key=lambda number: others[number])
    score = best[mixture.n_components_]
    return Choice(min(best), max(best), score, next_number, others[next_number])


# Rows.


def _outliers(detector: OutlierDetector, table: Table) -> Outliers:
    scores = detector.score_samples(table.X)
    most = np.argsort(scores, kind="stable")[:MOST_UNUSUAL].tolist()
    rows = _unusual_rows(detector, table, scores, most)
    return Outliers(scores, scores < detector.offset_, float(detector.offset_), rows)


def _unusual_rows(
    detector: OutlierDetector, table: Table, scores: np.ndarray, places: Sequence[int]
) -> tuple[UnusualRow, ...]:
    contributions = detector.explain(table.X.iloc[list(places)])  # (m, d)
    medians = table.X.median().to_numpy()
    return tuple(
        UnusualRow(
            row := int(table.rows[place]),
            table.name_of(row),
            float(scores[place]),
            bool(scores[place] < detector.offset_),
            int((scores < scores[place]).sum()) + 1,
            _causes(table.X.iloc[place].to_numpy(), medians, own, list(table.X.columns)),
        )
        for place, own in zip(places, contributions, strict=True)
    )


def _causes(
    values: np.ndarray, medians: np.ndarray, added: np.ndarray, names: list[str]
) -> tuple[Cause, ...]:
    """Columns that add most to the score of a row, of ``(d,)`` values and contributions."""
    shares = added / max(added.sum(), np.finfo(float).tiny)
    return tuple(
        Cause(names[j], float(values[j]), float(medians[j]), float(shares[j]))
        for j in np.argsort(-added, kind="stable")[:MOST_CAUSES]
        if added[j] > 0
    )


def place_of(table: Table, name: str) -> int:
    """Return the place among the fitted rows of a row of the file.

    Parameters
    ----------
    table : Table
        What was read.
    name : str
        Number of the row from 0 on, or its name in the column of names.

    Returns
    -------
    place : int

    Raises
    ------
    ValueError
        If there is no such row, several have the name, or it was left out.
    """
    row = _row_number(table, name)
    found = np.flatnonzero(table.rows == row)
    if not len(found):
        cells = table.file.frame.iloc[row]
        empty = [column.name for column in table.used if cells[[column.name]].isna().any()]
        raise ValueError(f"--row {name}: there is no answer, as {_list(empty)} is empty there.")
    return int(found[0])


def _row_number(table: Table, name: str) -> int:
    if table.row_names is not None:
        places = [i for i, each in enumerate(table.row_names) if each == name]
        if len(places) != 1:
            told = "no row has" if not places else f"{len(places)} rows have"
            raise ValueError(f"--row {name}: {told} this name in the column of --index.")
        return places[0]
    if not name.isdecimal() or int(name) >= table.n_rows:
        raise ValueError(
            f"--row {name}: rows of {table.file.name} are numbered from 0 to {table.n_rows - 1}; "
            "a column of names can be given by --index."
        )
    return int(name)


def _list(names: Sequence[str]) -> str:
    return " and ".join(repr(name) for name in names) or "a cell"


def _row_answer(request: Request, table: Table, fit: Fit, groups: Groups | None) -> RowAnswer:
    place = place_of(table, str(request.row))
    whole = replace(table, X=fit.filled[table.numbers])
    scores, offset = fit.detector.score_samples(whole.X), float(fit.detector.offset_)
    (unusual,) = _unusual_rows(fit.detector, whole, scores, [place])
    if groups is None:
        return RowAnswer(unusual, offset, len(table.X), (), None)
    proba = fit.mixture.predict_proba(table.X.iloc[[place]])[0]  # (K,)
    order = np.argsort(-proba, kind="stable")[:2]
    memberships = tuple((str(fit.mixture.classes_[k]), float(proba[k])) for k in order)
    less = float((groups.log_likelihood < groups.log_likelihood[place]).mean())
    return RowAnswer(unusual, offset, len(table.X), memberships, less)
