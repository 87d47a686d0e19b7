"""Imputation: how far what is filled in is from the values that were hidden.

Imputers are fitted to incomplete rows and fill other incomplete rows. Errors are in the standard
deviations of the complete rows to fit. Of imputers that draw, the continuous ranked probability
score is that of their draws, of the others it is their mean absolute error, as both are in the
same units.
"""

import time
from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks import reports
from benchmarks.missing.gaps import MECHANISMS, ranked_probability, root_mean_square
from benchmarks.missing.imputers import CAN_DRAW, IMPUTERS, OURS, drawn, filled
from benchmarks.missing.part import Asked, Part
from benchmarks.missing.tables import TABLES, split
from benchmarks.resumable import Run, Runs, commits

METHODS = tuple(IMPUTERS)
LEVELS = (10, 30, 50)
"""Percent of the values that are hidden."""
HEADER = (
    "data",
    "missing",
    "percent",
    "method",
    "seeds",
    "error",
    "deviation of error",
    "CRPS",
    "deviation of CRPS",
    "seconds",
    reports.COMMIT,
)
ALL = "mean of all"


class Cell(NamedTuple):
    """One run."""

    data: str
    missing: str
    percent: int
    method: str
    seed: int


class Metrics(NamedTuple):
    """Root of the mean square error and CRPS, in deviations, and seconds of a fit and filling."""

    error: float
    crps: float
    seconds: float


def cells(asked: Asked) -> list[Cell]:
    """All runs."""
    data = ("wine",) if asked.is_quick else TABLES
    levels = LEVELS[1:2] if asked.is_quick else LEVELS
    return [
        Cell(name, missing, percent, method, seed)
        for seed, method, name, missing, percent in product(
            asked.seeds, METHODS, data, MECHANISMS, levels
        )
    ]


def measure(cell: Cell, asked: Asked) -> Metrics:
    """Fit an imputer, fill the rows of the test, and compare."""
    complete = split(cell.data, asked.folder, cell.seed, asked.is_quick)
    train, test = complete.incomplete(cell.missing, cell.percent / 100, cell.seed)
    is_hidden = np.isnan(test)
    truth = complete.test[is_hidden]
    begin = time.perf_counter()
    found = filled(IMPUTERS[cell.method](cell.seed), train, test)[is_hidden]
    seconds = time.perf_counter() - begin
    draws = found[None]
    if cell.method in CAN_DRAW:
        draws = drawn(IMPUTERS[cell.method](cell.seed), train, test)[:, is_hidden]
    error = root_mean_square(found - truth)
    return Metrics(error, ranked_probability(draws, truth), seconds)


def lines(runs: Runs) -> list[tuple]:
    """A line for each table, mechanism, level and method, and one for each mean over tables."""
    order = list(product(MECHANISMS, LEVELS, METHODS))
    names = [name for name in TABLES if any(cell.data == name for cell in runs)]
    found = []
    for name, key in product([*names, ALL], order):
        own = [run for cell, run in runs.items() if cell[1:4] == key and _is_of(cell, name)]
        if own and (name != ALL or {run.cell.data for run in own} == set(names)):
            found.append((name, *key, *_figures(own)))
    return found


def _is_of(cell: Cell, name: str) -> bool:
    return name in (cell.data, ALL)


def _figures(own: Sequence[Run]) -> tuple:
    """Means over tables and seeds, and deviations over the seeds of means over tables."""
    seeds = sorted({run.cell.seed for run in own})
    by_seed = np.array(
        [
            np.mean([run.metrics[:2] for run in own if run.cell.seed == seed], axis=0)
            for seed in seeds
        ]
    )  # (seeds, 2)
    seconds = float(np.median([run.metrics.seconds for run in own]))
    summary = [
        figure
        for column in by_seed.T
        for figure in (float(column.mean()), reports.deviation(column))
    ]
    return len(seeds), *summary, seconds, commits(own)


PART = Part("imputation", Cell, Metrics, METHODS, (OURS,), cells, measure, {"": (HEADER, lines)})
