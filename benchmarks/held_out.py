"""Held-out log-likelihood of real tables, beside a Gaussian mixture with as many components.

Run ``python -m benchmarks.held_out --data FOLDER``. The table says, over the seeds, the mean
and the worst difference to the Gaussian mixture in nats a row, and the time as a multiple.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import DensityMixin
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split

from benchmarks.problems import DATA, TABLES, Problem
from benchmarks.reports import report
from skflowmix import FlowGMM, VariationalFlowMixture

BASELINE = "GaussianMixture"
ESTIMATORS: dict[str, Callable[[int, int], DensityMixin]] = {
    BASELINE: lambda k, seed: GaussianMixture(k, n_init=5, random_state=seed),
    "FlowGMM": lambda k, seed: FlowGMM(k, random_state=seed),
    "VariationalFlowMixture": lambda k, seed: VariationalFlowMixture(k, random_state=seed),
}
HEADER = (
    "data",
    "n",
    "d",
    "K",
    "estimator",
    "log-likelihood",
    "sd over seeds",
    "mean gain",
    "worst gain",
    "time ratio",
)


def measure(problem: Problem, estimator: str, seed: int) -> tuple[float, float]:
    """Mean held-out log-likelihood in nats a row, and the seconds of the fit."""
    train, test = train_test_split(problem.X, test_size=0.2, random_state=seed)
    model = ESTIMATORS[estimator](problem.n_components, seed)
    begin = time.perf_counter()
    model.fit(train)
    return model.score(test), time.perf_counter() - begin


def rows(problem: Problem, n_seeds: int) -> list[tuple]:
    """Lines of the table for one data set."""
    results = {
        name: np.array([measure(problem, name, seed) for seed in range(n_seeds)])
        for name in ESTIMATORS
    }  # (seeds, 2) each: log-likelihood, seconds
    baseline = results[BASELINE]
    n, d = problem.X.shape
    lines: list[tuple] = []
    for name, result in results.items():
        gain = result[:, 0] - baseline[:, 0]
        scores = (result[:, 0].mean(), result[:, 0].std(), gain.mean(), gain.min())
        ratio = np.median(result[:, 1] / baseline[:, 1])
        lines.append(
            (problem.name, n, d, problem.n_components, name, *map(float, (*scores, ratio)))
        )
    return lines


def main() -> None:
    """Measure every table and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="data sets to work on at once")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.error(f"there is no folder {arguments.data}: name the data by --data")
    problems = [problem for load in TABLES for problem in load(arguments.data)]
    tables = Parallel(arguments.jobs)(delayed(rows)(p, arguments.seeds) for p in problems)
    report("held_out", HEADER, [line for table in tables for line in table])


if __name__ == "__main__":
    main()
