"""What all experiments share: options, seeds, accuracy by matching, tables over seeds."""

import time
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.cluster import contingency_matrix

from benchmarks.data_sets import DATA
from benchmarks.reports import report

Metrics = dict[str, float]
"""What one run of one estimator measured; higher is better, but for its ``seconds``."""

Results = dict[tuple[str, str], list[Metrics]]
"""By data set and estimator, one entry a seed."""

SUMMARIES: dict[str, Callable] = {"": np.mean, "worst ": np.min}
DEVIATION: dict[str, Callable] = {"deviation of ": np.std}
"""What a table says of a metric over the seeds, by what precedes its name."""


@dataclass(frozen=True)
class Options:
    """What the command line asks of every experiment.

    Attributes
    ----------
    seeds : int
        Number of seeds, from 0.
    quick : bool
        Two seeds and less data at most: to see that everything runs, not for results.
    data : Path
        Folder of the real data sets.
    jobs : int
        Runs at once.
    """

    seeds: int = 10
    quick: bool = False
    data: Path = DATA
    jobs: int = 1

    @property
    def seed_range(self) -> range:
        """The seeds to run."""
        return range(min(self.seeds, 2) if self.quick else self.seeds)


def over_seeds(
    measure: Callable[[str, str, int], Metrics],
    data_sets: Collection[str],
    estimators: Collection[str],
    options: Options,
) -> Results:
    """Call ``measure(data_set, estimator, seed)`` for all of them."""
    cells = list(product(data_sets, estimators))
    runs = Parallel(options.jobs)(
        delayed(measure)(*cell, seed) for cell in cells for seed in options.seed_range
    )
    n_seeds = len(options.seed_range)
    return {cell: runs[i * n_seeds : (i + 1) * n_seeds] for i, cell in enumerate(cells)}


def report_over_seeds(name: str, results: Results, deviations: bool = False) -> None:
    """Print and write a table: mean and worst seed of each metric, and seconds a fit.

    With ``deviations`` there is the standard deviation over the seeds as well.
    """
    summaries = {**SUMMARIES, **DEVIATION} if deviations else SUMMARIES
    metrics = [metric for metric in next(iter(results.values()))[0] if metric != "seconds"]
    columns = [prefix + metric for metric in metrics for prefix in summaries]
    header = ("data", "estimator", *columns, "seconds")
    lines = [_line(*item, metrics, summaries.values()) for item in results.items()]
    report(f"papers/{name}", header, lines)


def _line(
    cell: tuple[str, str],
    runs: Sequence[Metrics],
    metrics: Sequence[str],
    summaries: Collection[Callable],
) -> tuple:
    values = [np.array([run[metric] for run in runs]) for metric in metrics]
    cells = [float(summary(value)) for value in values for summary in summaries]
    return (*cell, *cells, float(np.median([run["seconds"] for run in runs])))


def fitted(estimator: Any, *arguments: np.ndarray) -> tuple[Any, float]:
    """Fit an estimator and return it with the seconds that took."""
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a peer that has not converged is still a result
        estimator.fit(*arguments)
    return estimator, time.perf_counter() - begin


def matching(truth: np.ndarray, groups: np.ndarray) -> dict:
    """The class that each group matches best, one to one; groups left over have no entry."""
    shared = contingency_matrix(truth, groups)  # (classes, groups)
    classes, columns = linear_sum_assignment(-shared)
    pairs = zip(np.unique(groups)[columns], np.unique(truth)[classes], strict=True)
    return {group.item(): name.item() for group, name in pairs}


def matched(truth: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Rename groups to the classes they match best; groups left over become -1."""
    names = matching(truth, groups)
    return np.array([names.get(group, -1) for group in groups])


def matched_accuracy(truth: np.ndarray, groups: np.ndarray) -> float:
    """Share of the rows whose group is matched to their class."""
    return float((matched(truth, groups) == truth).mean())


def selected(experiments: Mapping[str, Callable], name: str | None) -> dict[str, Callable]:
    """The experiment of this name, or all of them."""
    return dict(experiments) if name is None else {name: experiments[name]}
