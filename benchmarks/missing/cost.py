"""Time of a fit with a fifth of missing values over that of the complete table, in one run."""

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from benchmarks import reports
from benchmarks.missing.gaps import AT_RANDOM, hidden, with_gaps
from benchmarks.missing.part import Asked, Part
from benchmarks.missing.tables import split
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Runs, commits
from skflowmix import FlowGMM

SHARE = 0.2
DATA = ("wine", "pendigits", "protein", "gvhd", "dry_bean")
METHODS: dict[str, Callable[[int], Any]] = {
    "groups": lambda seed: FlowGMM(5, random_state=seed),
    "density": lambda seed: FlowGMM(random_state=seed),
    "density, no flow": lambda seed: FlowGMM(n_layers=0, random_state=seed),
}
HEADER = ("data", "fit", "seeds", "complete", "incomplete", "ratio", reports.COMMIT)
"""Times in seconds; the ratio is the median over seeds."""
ALL = "median of all"


class Cell(NamedTuple):
    """One run."""

    data: str
    method: str
    seed: int


class Metrics(NamedTuple):
    """Seconds of both fits, one behind the other."""

    complete: float
    incomplete: float


def cells(asked: Asked) -> list[Cell]:
    """All runs."""
    data = DATA[:1] if asked.is_quick else DATA
    return [Cell(name, method, seed) for seed, name, method in product(asked.seeds, data, METHODS)]


def measure(cell: Cell, asked: Asked) -> Metrics:
    """Fit to complete and to incomplete rows."""
    X = split(cell.data, asked.folder, cell.seed, asked.is_quick, spread=True).train
    rows = with_gaps(X, hidden(X, AT_RANDOM, SHARE, cell.seed))
    make = METHODS[cell.method]
    return Metrics(*(fitted(make(cell.seed), each)[1] for each in (X, rows)))


def lines(runs: Runs) -> list[tuple]:
    """A line for each table and kind of fit, and one for all tables."""
    found = []
    for name, method in product([*DATA, ALL], METHODS):
        own = [r for cell, r in runs.items() if cell[1] == method and name in (cell.data, ALL)]
        if own:
            times = np.array([run.metrics for run in own])  # (m, 2)
            summary = (*np.median(times, axis=0).tolist(), float(np.median(ratios(times))))
            seeds = len({run.cell.seed for run in own})
            found.append((name, method, seeds, *summary, commits(own)))
    return found


def ratios(times: np.ndarray) -> np.ndarray:
    """How many times as long as a complete fit, ``(m,)``, of times ``(m, 2)``."""
    return times[:, 1] / times[:, 0]


PART = Part(
    "cost", Cell, Metrics, tuple(METHODS), tuple(METHODS), cells, measure, {"": (HEADER, lines)}
)
