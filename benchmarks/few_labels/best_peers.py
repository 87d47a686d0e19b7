"""Beside the best peer of each set, which no one knows before the labels of the test are seen."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks import origin, reports
from benchmarks.few_labels.means import MEANS, Key, by_key, names, shown, without
from benchmarks.few_labels.peers import OURS
from benchmarks.resumable import Run, Runs, commits

LEVEL = 0.01
"""Accuracies that differ by no more are level."""
EVERY = "all three"
SETS_HEADER = (
    "data",
    "labels a class",
    "draw",
    "estimator",
    "seeds",
    "accuracy",
    "best peer",
    "its accuracy",
    "difference",
    reports.COMMIT,
)
GROUPS_HEADER = (
    "sets",
    "labels a class",
    "draw",
    "estimator",
    "number",
    "peers",
    "ahead",
    "level",
    "behind",
    "accuracy",
    "best peers",
    "difference",
    "worst difference",
    "behind on",
    reports.COMMIT,
)
"""``ahead`` and ``behind`` count sets by more than a point, ``level`` the others."""


class Beside(NamedTuple):
    """An estimator beside the best peer of a set, over the seeds that it was run with."""

    data: str
    labels: int
    draw: str
    estimator: str
    seeds: int
    accuracy: float
    best: str
    best_accuracy: float
    n_peers: int
    commit: str

    @property
    def difference(self) -> float:
        """Accuracy above that of the best peer."""
        return self.accuracy - self.best_accuracy


def compared(runs: Runs, families: Collection[str] = ()) -> list[Beside]:
    """Each flow beside the best peer on each set where some peer was run with its seeds."""
    groups = by_key(without(runs, families))
    found = [_beside(key, groups) for key in groups if key[-1] in OURS]
    return [one for one in found if one is not None]


def _beside(key: Key, groups: dict[Key, list[Run]]) -> Beside | None:
    seeds = {run.cell.seed for run in groups[key]}
    peers = {}
    for other in groups:
        if other[:-1] == key[:-1] and other[-1] not in OURS:
            own = [run for run in groups[other] if run.cell.seed in seeds]
            if len(own) == len(seeds):
                peers[other[-1]] = own
    if not peers:
        return None
    best = max(peers, key=lambda name: _accuracy(peers[name]))
    mixed = commits([*groups[key], *peers[best]])
    numbers = len(seeds), _accuracy(groups[key]), best, _accuracy(peers[best]), len(peers)
    return Beside(*key, *numbers, mixed)


def _accuracy(runs: Sequence[Run]) -> float:
    return float(np.mean([run.metrics.accuracy for run in runs]))


def lines_of_sets(found: Sequence[Beside]) -> list[tuple]:
    """A line for each set, number of labels and flow."""
    return [
        (
            own.data,
            *shown(own.labels, own.draw),
            *(own.estimator, own.seeds, own.accuracy, own.best, own.best_accuracy),
            *(own.difference, own.commit),
        )
        for own in found
    ]


def lines_of_groups(found: Sequence[Beside], families: Collection[str] = ()) -> list[tuple]:
    """A line for each group of sets, number of labels and flow that was run on all of them.

    The last lines are of the groups together.
    """
    members = {group: names(group, families) for group in MEANS}
    members[EVERY] = [name for group in MEANS for name in members[group]]
    rows: dict[tuple, dict[str, Beside]] = defaultdict(dict)
    for own in found:
        rows[own.labels or np.inf, own.draw, own.estimator][own.data] = own
    return [
        _line(group, [rows[key][name] for name in sets])
        for group, sets in members.items()
        for key in sorted(rows, key=lambda key: key[:2])
        if sets and set(sets) <= set(rows[key])
    ]


def _line(group: str, own: Sequence[Beside]) -> tuple:
    first, differences = own[0], np.array([one.difference for one in own])  # (sets,)
    differences = differences.round(9)  # a point is a point, whatever it was subtracted from
    ahead, behind = differences > LEVEL, differences < -LEVEL
    counts = len(own), min(one.n_peers for one in own), *map(int, _counts(ahead, behind))
    means = np.mean([(one.accuracy, one.best_accuracy) for one in own], axis=0).tolist()
    lost = " ".join(one.data for one, is_lost in zip(own, behind, strict=True) if is_lost)
    return (
        group,
        *shown(first.labels, first.draw),
        first.estimator,
        *counts,
        *means,
        float(differences.mean()),
        float(differences.min()),
        lost or "-",
        origin.joined(one.commit for one in own),
    )


def _counts(ahead: np.ndarray, behind: np.ndarray) -> tuple[int, int, int]:
    return ahead.sum(), len(ahead) - ahead.sum() - behind.sum(), behind.sum()
