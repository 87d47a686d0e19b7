"""The time of a fit beside that of a Gaussian mixture with a hundred restarts.

Run ``python -m benchmarks.speed``. All fits are in one thread, and are not the first of the
process. Round groups are where a Gaussian mixture is at its fastest; the bent ones are as many,
with every column but the first bent along the one before it; and one cloud has no groups at all.
"One start" is a fit from the Gaussian mixture alone, without the choice among starts.
"""

import argparse
from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from benchmarks import reports
from benchmarks.papers.rivals import FLOWS, Factory
from benchmarks.papers.runs import fitted

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
HEADER = ("data", "n", "d", "K", "estimator", "seconds", "ratio")


def round_groups(n: int, d: int, K: int) -> np.ndarray:
    """Gaussian groups, the closest two of them four deviations apart."""
    return _around_centres(np.random.default_rng(1).normal(size=(n, d)), K)


def bent_groups(n: int, d: int, K: int) -> np.ndarray:
    """The same groups, every column moved by the square of the one before."""
    z = np.random.default_rng(1).normal(size=(n, d))
    z[:, 1:] += z[:, :-1] ** 2 - 1
    return _around_centres(z, K)


def one_cloud(n: int, d: int, K: int) -> np.ndarray:
    """A single Gaussian, however many groups are asked for."""
    return np.random.default_rng(1).normal(size=(n, d))


def _around_centres(z: np.ndarray, K: int) -> np.ndarray:
    centres = np.random.default_rng(0).normal(size=(K, z.shape[1]))
    return centres[np.arange(len(z)) % K] + z * pdist(centres).min() / 4


DATA: dict[str, Callable[[int, int, int], np.ndarray]] = {
    "round groups": round_groups,
    "bent groups": bent_groups,
    "one cloud": one_cloud,
}


def lines(data: str, shape: tuple[int, int, int], n_runs: int) -> list[tuple]:
    """Median seconds of a fit, also as a multiple of the baseline's."""
    X, K = DATA[data](*shape), shape[-1]
    with threadpool_limits(1):
        seconds = {
            name: float(np.median([fitted(make(K, seed), X)[1] for seed in range(n_runs)]))
            for name, make in TIMED.items()
        }
    return [
        (data, *shape, name, taken, taken / seconds[BASELINE]) for name, taken in seconds.items()
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Take the times and report."""
    parser = argparse.ArgumentParser("python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of which the median is taken")
    parser.add_argument("--quick", action="store_true", help="one run, few rows")
    arguments = parser.parse_args(argv)
    shapes, n_runs = (SHAPES[:1], 1) if arguments.quick else (SHAPES, arguments.runs)
    warm_up = np.random.default_rng(0).normal(size=(50, 2))
    for make in FLOWS.values():
        fitted(make(2, 0), warm_up)
    table = [line for shape in shapes for data in DATA for line in lines(data, shape, n_runs)]
    reports.report("quick/speed" if arguments.quick else "speed", HEADER, table)


if __name__ == "__main__":
    main()
