"""The table of all sets: what the runs of each estimator have on the mean, and means of groups."""

from collections import defaultdict
from collections.abc import Collection, Iterator

import numpy as np

from benchmarks import origin, reports
from benchmarks.few_labels.peers import BASELINE, ESTIMATORS
from benchmarks.few_labels.runs import Cell
from benchmarks.few_labels.sets import GROUPS, SETS
from benchmarks.few_labels.splitting import DRAWS
from benchmarks.resumable import Run, Runs, commits

MEANS = ("SHARED", "MORE", "DRAWN")
"""Groups of sets that means are taken over."""
HEADER = (
    "data",
    "family",
    "labels a class",
    "draw",
    "estimator",
    "seeds",
    "accuracy",
    "deviation",
    "worst",
    "log-loss",
    "ECE",
    "trained",
    "labels",
    "time ratio",
    reports.COMMIT,
)
"""``labels`` counts all rows that show theirs; ``trained`` is the share of runs that kept it."""

Key = tuple[str, int, str, str]
"""A cell without its seed."""


def without(runs: Runs, families: Collection[str]) -> Runs:
    """The runs on sets of other families."""
    return {cell: run for cell, run in runs.items() if SETS[cell.data].family not in families}


def names(group: str, families: Collection[str] = ()) -> list[str]:
    """Names of the sets of a group, but for some families."""
    return [name for name, one in GROUPS[group].items() if one.family not in families]


def by_key(runs: Runs) -> dict[Key, list[Run]]:
    """The runs over the seeds, in the order in which they are reported."""
    groups: dict[Key, list[Run]] = defaultdict(list)
    for cell in sorted(runs, key=_order):
        groups[cell[:-1]].append(runs[cell])
    return groups


def _order(cell: Cell) -> tuple:
    places = list(SETS).index(cell.data), list(ESTIMATORS).index(cell.estimator)
    labels = cell.labels or np.inf  # all come last
    return (places[0], labels, DRAWS.index(cell.draw), places[1], cell.seed)


def lines(runs: Runs, families: Collection[str] = ()) -> list[tuple]:
    """A line for each set, number of labels and estimator, then means over groups of sets.

    Families are left out as if there were no such sets.
    """
    groups = by_key(without(runs, families))
    columns = {key: _summary(key, groups) for key in groups}
    table = [
        (data, SETS[data].family, *shown(labels, draw), name, *columns[data, labels, draw, name])
        for data, labels, draw, name in groups
    ]
    return table + [
        line for group in MEANS for line in _means(group, names(group, families), columns)
    ]


def shown(labels: int, draw: str) -> tuple[int | str, str]:
    """How a number of labels and their draw are written."""
    return (labels, draw) if labels else ("all", "-")


def _summary(key: Key, groups: dict[Key, list[Run]]) -> tuple:
    """Number of seeds; mean, deviation and worst accuracy; means of the rest; time ratio; commits.

    Commits are also those of the runs that the time is a multiple of.
    """
    own = np.array([run.metrics for run in groups[key]])  # (seeds, metrics)
    baseline = groups.get((*key[:-1], BASELINE), [])
    pace = np.median([run.metrics.seconds for run in baseline]) if baseline else np.nan
    accuracy, rest = own[:, 0], own[:, 1:-1].mean(axis=0)
    ratio = float(np.median(own[:, -1]) / pace)
    found = (accuracy.mean(), reports.deviation(accuracy), accuracy.min(), *rest)
    return (len(own), *map(float, found), ratio, commits([*groups[key], *baseline]))


def _means(group: str, sets: list[str], columns: dict[Key, tuple]) -> Iterator[tuple]:
    """Means over the sets of a group of those estimators that were run on all of them."""
    for labels, draw, name in dict.fromkeys(key[1:] for key in columns):
        rows = [found for data in sets if (found := columns.get((data, labels, draw, name)))]
        if sets and len(rows) == len(sets):
            means = np.array([row[1:-1] for row in rows]).mean(axis=0).tolist()
            numbers = (min(row[0] for row in rows), *means)
            mixed = origin.joined(row[-1] for row in rows)
            yield (f"mean of {group}", "-", *shown(labels, draw), name, *numbers, mixed)
