"""What a fit costs as rows become more: seconds, and memory above that of the rows.

Eight bent groups in 16 columns, in a file that is mapped into memory; each fit in one thread of a
process of its own. "Seconds to train" are those of the choice among starts, before the first step
of training. "Seconds to near" are until the end of the first epoch whose score of the rows
that early stopping holds out is close to the best of all epochs: by such rows the package itself
chooses, and their scores are to be had without a second look, which would take time. Memory
is the most that a process had, files not counted, above what it had just before the fit. "Spread"
is the distance of the quartiles over the runs, each of another seed.

Runs are written to ``results/speed_growth_runs.csv`` as they end and are not repeated while they
are there, of the same code and machine.
"""

import time
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import reports
from benchmarks.papers.rivals import FLOWS
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Record, Run, commits
from benchmarks.speed.data import bent_groups_in_a_file
from benchmarks.speed.memory import PeakMemory, in_fresh_process
from benchmarks.speed.options import Options
from benchmarks.speed.timing import median_and_spread, one_thread

N_FEATURES, N_GROUPS = 16, 8
SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (400,)
QUICK_ITERATIONS = 2
NEAR = 0.05
"""Nats a row."""
HEADER = (
    "estimator",
    "n",
    "d",
    "K",
    "runs",
    "epochs",
    "seconds to train",
    "spread",
    "seconds",
    "spread",
    "seconds to near",
    "spread",
    "MiB above X",
    "spread",
    "MiB of X",
    reports.COMMIT,
)


class Cell(NamedTuple):
    """One fit."""

    estimator: str
    n: int
    seed: int


class Metrics(NamedTuple):
    """What it took."""

    epochs: int
    seconds_to_train: float
    seconds: float
    seconds_to_near: float
    mebibytes: float


class EpochEnds:
    """Callback that notes when training begins and its epochs end, in seconds since it was made.

    It asks for no model, and so costs nothing.
    """

    to_train = float("nan")

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.seconds: list[float] = []

    def setup(self, estimator, context):
        """Look at the clock: the start is there."""
        self.to_train = time.perf_counter() - self.begun

    def teardown(self, estimator, context):
        """Do nothing."""

    on_fit_task_begin = teardown

    def on_fit_task_end(self, estimator, context):
        """Look at the clock."""
        if context.task_name == "epoch":
            self.seconds.append(time.perf_counter() - self.begun)


def first_near(scores: np.ndarray, seconds: list[float]) -> float:
    """Seconds at the end of the first epoch that is close to the best."""
    near = np.flatnonzero(scores >= np.nanmax(scores) - NEAR)
    return seconds[near[0]]


def fit(cell: Cell, path: Path, settings: dict[str, Any]) -> Metrics:
    """Fit rows of a file; meant for a fresh process."""
    X = np.load(path, mmap_mode="r")
    make = FLOWS[cell.estimator]
    with one_thread():
        warm_up = make(2, 0).set_params(max_iter=1, device="cpu")
        fitted(warm_up, np.random.default_rng(0).normal(size=(50, 2)))
        model = make(N_GROUPS, cell.seed).set_params(device="cpu", **settings)
        with PeakMemory() as peak:
            ends = EpochEnds()
            _, seconds = fitted(model.set_callbacks(ends), X)
    near = first_near(model.validation_scores_, ends.seconds)
    return Metrics(model.n_iter_, ends.to_train, seconds, near, peak.mebibytes)


def measure(cell: Cell, settings: dict[str, Any]) -> Metrics:
    """Draw rows and fit them in a process of its own."""
    with bent_groups_in_a_file(cell.n, N_FEATURES, N_GROUPS) as path:
        return in_fresh_process(fit, cell, path, settings)


def line(estimator: str, n: int, runs: list[Run]) -> tuple:
    """Medians and spreads over the seeds."""
    epochs, *columns = zip(*(run.metrics for run in runs), strict=True)
    found = [number for column in columns for number in median_and_spread(column)]
    size = n * N_FEATURES * np.dtype(np.float64).itemsize / 2**20
    shape = (estimator, n, N_FEATURES, N_GROUPS, len(runs), int(np.median(epochs)))
    return (*shape, *found, size, commits(runs))


def run(options: Options) -> None:
    """Do the fits that are missing and report."""
    sizes = QUICK_SIZES if options.quick else [n for n in SIZES if n <= options.most_rows]
    n_seeds = 1 if options.quick else options.runs
    settings = {"max_iter": QUICK_ITERATIONS, "init_params": "kmeans"} if options.quick else {}
    record = Record(reports.RESULTS / f"{options.result('growth')}_runs.csv", Cell, Metrics)
    if options.quick:  # there to see that it runs, so it has to run
        record.path.unlink(missing_ok=True)
    cells = [Cell(*key) for key in product(FLOWS, sizes, range(n_seeds))]
    runs = record.completed(cells, partial(measure, settings=settings))
    lines = [
        line(name, n, [runs[Cell(name, n, seed)] for seed in range(n_seeds)])
        for name, n in product(FLOWS, sizes)
    ]
    reports.report_runs(options.result("growth"), HEADER, lines)
