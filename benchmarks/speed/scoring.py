"""Rows scored a second, and the memory that it takes above that of the rows.

Models of eight components on 16 columns, in one thread. The peer is a flow of zuko's, of the
architecture that FlowGMM has by default, given 4096 rows at a time: alone, and before eight
Gaussians as FlowGMM has them. It is timed in float32, which is what its users take, and in
float64, in which this package scores. Every run is a process of its own, and the methods take
turns. "Spread" is the distance of the quartiles over the runs.
"""

import time
from collections.abc import Callable
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import reports
from benchmarks.papers.rivals import FLOWS
from benchmarks.papers.runs import fitted
from benchmarks.speed.data import bent_groups_in_a_file
from benchmarks.speed.memory import PeakMemory, in_fresh_process
from benchmarks.speed.options import Options
from benchmarks.speed.peers import without
from benchmarks.speed.timing import median_and_spread, one_thread

N_FEATURES, N_GROUPS = 16, 8
QUICK_ROWS = 5000
FITTED_ROWS, ITERATIONS = 1000, 2
"""How little a model is trained that is there to be timed."""
WARM_UP_ROWS = 50
"""Few, so that they leave no memory behind which the others would take again unseen."""
ZUKO = {"zuko RealNVP": 0, "zuko RealNVP and Gaussians": N_GROUPS}
"""Models of zuko, and how many Gaussians each has."""
HEADER = (
    "model",
    "method",
    "precision",
    "rows",
    "runs",
    "thousand rows/s",
    "spread",
    "MiB above X",
    "spread",
)


class Method(NamedTuple):
    """What scores rows, and in which precision."""

    model: str
    method: str
    precision: str


METHODS = (
    *(Method(*key, "float64") for key in product(FLOWS, ("score_samples", "predict"))),
    *(Method(model, "log_prob", bits) for model, bits in product(ZUKO, ("float32", "float64"))),
)


def scorer(method: Method, X: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The function to time, of a model of few of the rows."""
    if method.model in ZUKO:
        peer = import_module("benchmarks.speed.zuko_scores")
        return peer.scorer(X.shape[1], ZUKO[method.model], method.precision)
    model = FLOWS[method.model](N_GROUPS, 0)
    model.set_params(max_iter=ITERATIONS, init_params="kmeans", device="cpu")
    return getattr(fitted(model, X[:FITTED_ROWS])[0], method.method)


def timed(method: Method, path: Path) -> tuple[float, float]:
    """Thousand rows a second and MiB above X; meant for a fresh process."""
    X = np.load(path, mmap_mode="r")
    with one_thread():
        score = scorer(method, X)
        score(X[:WARM_UP_ROWS])
        with PeakMemory() as peak:
            begin = time.perf_counter()
            score(X)
            seconds = time.perf_counter() - begin
    return len(X) / seconds / 1000, peak.mebibytes


def lines(n: int, n_runs: int) -> list[tuple]:
    """Time the methods whose library is there."""
    missing = ZUKO if without(["zuko"]) else ()
    methods = [method for method in METHODS if method.model not in missing]
    with bent_groups_in_a_file(n, N_FEATURES, N_GROUPS) as path:
        rounds = [
            [in_fresh_process(timed, method, path) for method in methods] for _ in range(n_runs)
        ]
    found = np.moveaxis(np.array(rounds), 0, -1)  # (methods, 2, runs)
    return [
        (*method, n, n_runs, *median_and_spread(speeds), *median_and_spread(memories))
        for method, (speeds, memories) in zip(methods, found, strict=True)
    ]


def run(options: Options) -> None:
    """Time and report."""
    n, n_runs = (QUICK_ROWS, 1) if options.quick else (options.most_rows, options.runs)
    reports.report(options.result("scoring"), HEADER, lines(n, n_runs))
