"""Means over the seeds of each table, and over the tables where all methods have runs."""

from collections.abc import Sequence

import numpy as np

from benchmarks import reports
from benchmarks.resumable import Run, Runs, commits

BASELINE, REAL = "independent columns", "training rows"
HEADER = (
    "data",
    "method",
    "seeds",
    "log-probability",
    "deviation",
    "told apart",
    "usefulness",
    "seconds",
    reports.COMMIT,
)
MEANS = (
    "method",
    "tables",
    "over independent columns",
    "first on",
    "told apart, from 0.5",
    "usefulness",
    "below training rows",
    "seconds",
    reports.COMMIT,
)
Grouped = dict[tuple[str, str], list[Run]]
"""Runs of a table and a method."""


def lines(runs: Runs, methods: Sequence[str]) -> list[tuple]:
    """A line for each table and method."""
    return [
        (*key, len(own), *_figures(own), commits(own))
        for key, own in _grouped(runs, methods).items()
    ]


def _figures(own: Sequence[Run]) -> tuple[float, ...]:
    log_p, apart, useful, seconds = _columns(own)
    spread = reports.deviation(log_p)
    figures = (log_p.mean(), spread, apart.mean(), useful.mean(), np.median(seconds))
    return tuple(map(float, figures))


def _columns(own: Sequence[Run]) -> np.ndarray:
    return np.array([run.metrics[:4] for run in own]).T  # (4, runs)


def _grouped(runs: Runs, methods: Sequence[str]) -> Grouped:
    found: Grouped = {}
    for cell in sorted(runs, key=lambda cell: (cell.data, methods.index(cell.method), cell.seed)):
        found.setdefault((cell.data, cell.method), []).append(runs[cell])
    return found


def means(runs: Runs, methods: Sequence[str]) -> list[tuple]:
    """A line for each method: means over the tables, which count alike.

    Tables that some method has no run of are left out for all, and so are seeds.
    """
    complete = _complete(runs, methods)
    grouped = _grouped(complete, methods)
    tables = list(dict.fromkeys(data for data, _ in grouped))
    there = [method for method in methods if any(key[1] == method for key in grouped)]
    best = {data: max(_log_p(grouped, data, method) for method in there) for data in tables}
    return [_mean_line(grouped, method, best) for method in there]


def _complete(runs: Runs, methods: Sequence[str]) -> Runs:
    """Runs of tables and seeds that all methods with any run have."""
    there = {cell.method for cell in runs} & set(methods)
    shared = {
        (cell.data, cell.seed)
        for cell in runs
        if all(cell._replace(method=method) in runs for method in there)
    }
    return {cell: run for cell, run in runs.items() if (cell.data, cell.seed) in shared}


def _log_p(grouped: Grouped, data: str, method: str) -> float:
    """Minus infinity for methods without a density."""
    return float(np.nan_to_num(_columns(grouped[data, method])[0].mean(), nan=-np.inf))


def _mean_line(grouped: Grouped, method: str, best: dict[str, float]) -> tuple:
    own = {data: _columns(grouped[data, method]).mean(axis=1) for data in best}
    log_p, apart, useful, seconds = np.array(list(own.values())).T  # (tables,) each
    base, real = (_over_tables(grouped, name, list(best)) for name in (BASELINE, REAL))
    first = sum(_log_p(grouped, data, method) == top for data, top in best.items())
    figures = (
        (log_p - base[:, 0]).mean(),
        np.abs(apart - 0.5).mean(),
        useful.mean(),
        (real[:, 2] - useful).mean(),
        np.median(seconds),
    )
    over, *others = map(float, figures)
    used = [run for data in best for run in grouped[data, method]]
    return method, len(best), over, first, *others, commits(used)


def _over_tables(grouped: Grouped, method: str, tables: Sequence[str]) -> np.ndarray:
    """Means ``(tables, 4)`` of a method, NaN where it has no runs."""
    missing = np.full(4, np.nan)
    return np.array(
        [
            _columns(grouped[data, method]).mean(axis=1) if (data, method) in grouped else missing
            for data in tables
        ]
    )
