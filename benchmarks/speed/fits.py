"""The time of a fit beside that of a Gaussian mixture with a hundred restarts.

All fits are in one thread, and are not the first of the process. Round groups are where a Gaussian
mixture is at its fastest; the bent ones are as many, with every column but the first bent along
the one before it; and one cloud has no groups at all. "One start" is a fit from the Gaussian
mixture alone, without the choice among starts.
"""

import numpy as np
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from benchmarks import reports
from benchmarks.papers.rivals import FLOWS, Factory
from benchmarks.papers.runs import fitted
from benchmarks.speed.data import DATA
from benchmarks.speed.options import Options
from benchmarks.speed.timing import median_and_spread

BASELINE = "GaussianMixture(n_init=100)"


def one_start(name: str) -> Factory:
    """The same flow without a choice among starts."""
    return lambda K, seed: FLOWS[name](K, seed).set_params(init_params="gaussian_mixture")


TIMED: dict[str, Factory] = {
    BASELINE: lambda K, seed: GaussianMixture(K, n_init=100, random_state=seed),
    **{f"{name}, one start": one_start(name) for name in FLOWS},
    **FLOWS,
}
SHAPES = ((1000, 2, 3), (10_000, 16, 10))
"""Rows, columns and groups."""
HEADER = ("data", "n", "d", "K", "estimator", "seconds", "spread", "ratio")


def lines(data: str, shape: tuple[int, int, int], n_runs: int) -> list[tuple]:
    """Median seconds of a fit with their spread, and as a multiple of the baseline's."""
    X, K = DATA[data](*shape), shape[-1]
    with threadpool_limits(1):
        seconds = {
            name: median_and_spread([fitted(make(K, seed), X)[1] for seed in range(n_runs)])
            for name, make in TIMED.items()
        }
    baseline = seconds[BASELINE][0]
    return [
        (data, *shape, name, median, spread, median / baseline)
        for name, (median, spread) in seconds.items()
    ]


def run(options: Options) -> None:
    """Take the times and report."""
    shapes, n_runs = (SHAPES[:1], 1) if options.quick else (SHAPES, options.runs)
    warm_up = np.random.default_rng(0).normal(size=(50, 2))
    for make in FLOWS.values():
        fitted(make(2, 0), warm_up)
    table = [line for shape in shapes for data in DATA for line in lines(data, shape, n_runs)]
    reports.report(options.result("fits"), HEADER, table)
