"""Log p of what is there in incomplete rows that were held out.

Three tenths of the values are hidden at random, in the rows to fit and in those of the test.
Columns of few values have noise of one unit. The number of components of a Gaussian mixture of
filled rows is chosen on held-out rows.
"""

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from benchmarks import reports
from benchmarks.missing.gaps import AT_RANDOM
from benchmarks.missing.imputers import IMPUTERS, RIDGE
from benchmarks.missing.mixtures import FilledMixture
from benchmarks.missing.part import Asked, Part
from benchmarks.missing.tables import TABLES, split
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Runs, commits
from skflowmix import FlowGMM

SHARE = 0.3
MEAN = "SimpleImputer, mean"
METHODS: dict[str, Callable[[int], Any]] = {
    f"{MEAN}, then GaussianMixture": lambda seed: FilledMixture(IMPUTERS[MEAN](seed), seed),
    f"{RIDGE}, then GaussianMixture": lambda seed: FilledMixture(IMPUTERS[RIDGE](seed), seed),
    "FlowGMM, no flow": lambda seed: FlowGMM(n_layers=0, random_state=seed),
    "FlowGMM": lambda seed: FlowGMM(random_state=seed),
}
OWN = ("FlowGMM, no flow", "FlowGMM")
HEADER = (
    "data",
    "d",
    "method",
    "seeds",
    "mean",
    "deviation",
    "median",
    "seconds",
    reports.COMMIT,
)


class Cell(NamedTuple):
    """One run."""

    data: str
    method: str
    seed: int


class Metrics(NamedTuple):
    """Nats a row, and seconds of the fit."""

    n_features: int
    mean: float
    median: float
    seconds: float


def cells(asked: Asked) -> list[Cell]:
    """All runs."""
    data = ("wine",) if asked.is_quick else TABLES
    return [Cell(name, method, seed) for seed, method, name in product(asked.seeds, METHODS, data)]


def measure(cell: Cell, asked: Asked) -> Metrics:
    """Fit to incomplete rows and score others."""
    complete = split(cell.data, asked.folder, cell.seed, asked.is_quick, spread=True)
    train, test = complete.incomplete(AT_RANDOM, SHARE, cell.seed)
    model, seconds = fitted(METHODS[cell.method](cell.seed), train)
    scores = model.score_samples(test)
    return Metrics(train.shape[1], float(scores.mean()), float(np.median(scores)), seconds)


def lines(runs: Runs) -> list[tuple]:
    """A line for each table and method, means over seeds."""
    found = []
    for name, method in product(TABLES, METHODS):
        own = [run for cell, run in runs.items() if cell[:2] == (name, method)]
        if own:
            figures = np.array([run.metrics[1:] for run in own])  # (seeds, 3)
            mean, median, _ = figures.mean(axis=0).tolist()
            summary = (mean, reports.deviation(figures[:, 0]), median)
            seconds = float(np.median(figures[:, 2]))
            d = own[0].metrics.n_features
            found.append((name, d, method, len(own), *summary, seconds, commits(own)))
    return found


PART = Part("densities", Cell, Metrics, tuple(METHODS), OWN, cells, measure, {"": (HEADER, lines)})
