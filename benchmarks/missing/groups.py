"""What a fifth of missing values costs groupings, with the number of groups given.

Sets are those of `benchmarks.clustering` and real tables; values are hidden at random. The
adjusted Rand index is that of all rows, and that of rows that are complete, which says what
becomes of the fit alone: of a row with one of two coordinates nobody can know the group.
"""

from collections.abc import Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.preprocessing import StandardScaler

from benchmarks import clustering, reports
from benchmarks.clustering import Set, n_groups
from benchmarks.missing.gaps import AT_RANDOM, hidden, with_gaps
from benchmarks.missing.imputers import IMPUTERS, RIDGE, filled
from benchmarks.missing.part import Asked, Part
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Runs, commits
from skflowmix import FlowGMM

SHARE = 0.2
SUITES = ("fcps", "graves", "other", "real")
QUICK_SUITE, QUICK_ITERATIONS = "fcps", 1
COMPLETE, INCOMPLETE = "complete rows", "FlowGMM"
FILLED = {f"{name}, then FlowGMM": name for name in ("SimpleImputer, mean", RIDGE, "KNNImputer")}
METHODS = (COMPLETE, INCOMPLETE, *FILLED)
HEADER = (
    "data",
    "n",
    "d",
    "method",
    "seeds",
    "index",
    "lost",
    "deviation of lost",
    "lost by complete rows",
    "seconds",
    reports.COMMIT,
)
ALL = "mean of all"


class Cell(NamedTuple):
    """One run."""

    data: str
    method: str
    seed: int


class Metrics(NamedTuple):
    """Adjusted Rand index of all rows and of those without gaps, and seconds of the fits."""

    n_rows: int
    n_features: int
    index: float
    of_complete: float
    seconds: float


@cache
def sets(folder: Path) -> dict[str, Set]:
    """The sets by their titles."""
    return {data.title: data for data in clustering.load(folder, SUITES)}


def cells(asked: Asked) -> list[Cell]:
    """All runs."""
    titles = list(sets(asked.folder))
    if asked.is_quick:
        titles = [title for title in titles if title.startswith(QUICK_SUITE)][:1]
    return [
        Cell(title, method, seed) for seed, title, method in product(asked.seeds, titles, METHODS)
    ]


def measure(cell: Cell, asked: Asked) -> Metrics:
    """Group rows once for each number of groups, and keep the best of the references."""
    data = sets(asked.folder)[cell.data]
    X = StandardScaler().fit_transform(data.X)
    is_hidden = hidden(X, AT_RANDOM, SHARE, cell.seed)
    rows, taken = rows_to_group(X, is_hidden, cell), 0.0
    groups = {}
    for K in data.sizes:
        model = FlowGMM(K, random_state=cell.seed)
        if asked.is_quick:
            model.set_params(max_iter=QUICK_ITERATIONS)
        model, seconds = fitted(model, rows)
        groups[K], taken = model.labels_, taken + seconds
    return Metrics(*X.shape, *best_scores(data, groups, ~is_hidden.any(axis=1)), taken)


def rows_to_group(X: np.ndarray, is_hidden: np.ndarray, cell: Cell) -> np.ndarray:
    """Rows as a method sees them, ``(n, d)``."""
    if cell.method == COMPLETE:
        return X
    rows = with_gaps(X, is_hidden)
    if cell.method == INCOMPLETE:
        return rows
    return filled(IMPUTERS[FILLED[cell.method]](cell.seed), rows, rows)


def best_scores(
    data: Set, groups: dict[int, np.ndarray], is_complete: np.ndarray
) -> tuple[float, float]:
    """Index of all rows and of some of them, of the reference that all rows agree with best."""
    found = [
        (
            clustering.score(reference, (own := groups[n_groups(reference)])),
            clustering.score(reference[is_complete], own[is_complete]),
        )
        for reference in data.references
    ]
    return max(found)


def lines(runs: Runs) -> list[tuple]:
    """A line for each set and method, and the means over all sets that have all methods."""
    names = list(dict.fromkeys(cell.data for cell in runs))
    groups = dict.fromkeys([*((name,) for name in names), tuple(names)])
    return [line for own in groups for name in METHODS if (line := _line(runs, own, name))]


def _line(runs: Runs, names: Sequence[str], method: str) -> tuple:
    """Means over seeds of means over sets; nothing if a set lacks a run."""
    own = {cell: run for cell, run in runs.items() if cell[1] == method and cell[0] in names}
    pairs = {
        cell: (run.metrics, whole.metrics)
        for cell, run in own.items()
        if (whole := runs.get(cell._replace(method=COMPLETE)))
    }
    seeds = sorted({cell.seed for cell in pairs})
    if {cell.data for cell in pairs} != set(names):
        return ()
    by_seed = np.array(
        [np.mean([_figures(*p) for c, p in pairs.items() if c.seed == s], axis=0) for s in seeds]
    )  # (seeds, 4)
    index, lost, of_complete, seconds = by_seed.mean(axis=0).tolist()
    shape = next(iter(pairs.values()))[0][:2] if len(names) == 1 else ("-", "-")
    name = names[0] if len(names) == 1 else ALL
    summary = (index, lost, reports.deviation(by_seed[:, 1]), of_complete, seconds)
    return (name, *shape, method, len(seeds), *summary, commits(own.values()))


def _figures(own: Metrics, whole: Metrics) -> tuple[float, float, float, float]:
    lost = whole.index - own.index
    return own.index, lost, whole.of_complete - own.of_complete, own.seconds


PART = Part(
    "groups", Cell, Metrics, METHODS, (COMPLETE, INCOMPLETE), cells, measure, {"": (HEADER, lines)}
)
