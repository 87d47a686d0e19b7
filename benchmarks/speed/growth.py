"""What a fit costs as rows, columns and groups become more: seconds, and memory above the rows.

One of them at a time grows from a base, of bent groups in a file that is mapped into memory; each
fit in one thread of a process of its own, which has fitted a few rows before. Memory is the most
that a process had, files not counted, above what it had just before the fit. The slope is that of
a line through the points on logarithmic axes: 1 is as much more as there is more of the axis.

A fit of more than a minute is ended, and those of the same estimator that are larger are not
tried: both have infinite seconds, and memory that nobody knows.

Fits are written to ``results/speed_growth_runs.csv`` as they end and are not repeated while they
are there, of the same code and machine.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import NamedTuple

import numpy as np
from joblib import parallel_config

from benchmarks import reports
from benchmarks.papers import pictures
from benchmarks.resumable import Record, Runs, commits
from benchmarks.speed.data import bent_groups_in_a_file
from benchmarks.speed.growing import Cell, Metrics, fit, installed
from benchmarks.speed.growth_picture import drawn
from benchmarks.speed.memory import in_fresh_process
from benchmarks.speed.options import Options

BASE = {"n": 5000, "d": 8, "K": 5}
"""Rows, columns and groups, of which one at a time is another."""
AXES: dict[str, tuple[int, ...]] = {
    "n": (1000, 5000, 20_000, 100_000),
    "d": (2, 8, 32, 256),
    "K": (1, 5, 32, 200),
}
QUICK_BASE: dict[str, int] = {"n": 200, "d": 2, "K": 2}
QUICK_AXES: dict[str, tuple[int, ...]] = {"n": (100, 200), "K": (1,)}
LIMIT = 60
"""Seconds of a fit, with what warms its process up."""
HEADER = ("axis", "value", "estimator", "seconds", "MiB above X", reports.COMMIT)
SLOPES = ("axis", "estimator", "slope of seconds", "slope of MiB above X", reports.COMMIT)


TOO_LONG = Metrics(np.inf, np.nan)


class Axis(NamedTuple):
    """What grows, and the fits of an estimator along it."""

    name: str
    estimator: str
    cells: Mapping[int, Cell]


def axes(options: Options) -> list[Axis]:
    """All axes, with the fits of each estimator that is there."""
    base, values = (QUICK_BASE, QUICK_AXES) if options.quick else (BASE, AXES)
    return [
        Axis(name, one, {v: Cell(one, **base | {name: v}) for v in along if _is_asked(v, options)})
        for name, along in values.items()
        for one in installed()
    ]


def _is_asked(value: int, options: Options) -> bool:
    return value <= options.most_rows


def measure(cell: Cell, record: Record, is_brief: bool) -> Metrics:
    """Draw rows and fit them in a process of its own, unless smaller fits were too long."""
    here = record.here(cell)
    ended = [r.cell for r in record.rows() if r.origin == here and np.isinf(r.metrics.seconds)]
    if any(is_larger(cell, other) for other in ended):
        return TOO_LONG
    with bent_groups_in_a_file(cell.n, cell.d, cell.K) as path:
        try:
            return in_fresh_process(fit, cell, path, is_brief, limit=LIMIT)
        except BrokenProcessPool:
            return TOO_LONG


def is_larger(cell: Cell, other: Cell) -> bool:
    """Whether a fit is of the same estimator and nowhere smaller than another."""
    pairs = zip(cell[1:], other[1:], strict=True)
    return cell.estimator == other.estimator and all(own >= least for own, least in pairs)


def lines(along: Sequence[Axis], runs: Runs) -> list[tuple]:
    """A line for each fit; the base stands on every axis."""
    return [
        (axis.name, value, axis.estimator, *runs[cell].metrics, commits([runs[cell]]))
        for axis in along
        for value, cell in axis.cells.items()
    ]


def slopes(along: Sequence[Axis], runs: Runs) -> list[tuple]:
    """A line for each estimator and axis."""
    found = []
    for axis in along:
        own = [runs[cell] for cell in axis.cells.values()]
        columns = zip(*(run.metrics for run in own), strict=True)
        each = [slope(list(axis.cells), column) for column in columns]
        found.append((axis.name, axis.estimator, *each, commits(own)))
    return found


def slope(values: Sequence[float], measured: Sequence[float]) -> float:
    """Slope on logarithmic axes of what is known and positive; of fewer than two it is none."""
    x, y = np.array(values, float), np.array(measured, float)
    known = np.isfinite(y) & (y > 0)
    if known.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(x[known]), np.log(y[known]), 1)[0])


def run(options: Options) -> None:
    """Do the fits that are missing, report and draw."""
    record = Record(reports.RESULTS / f"{options.result('growth')}_runs.csv", Cell, Metrics)
    if options.quick:  # there to see that it runs, so it has to run
        record.path.unlink(missing_ok=True)
    along = axes(options)
    cells = sorted({cell for axis in along for cell in axis.cells.values()})
    fit_each = partial(measure, record=record, is_brief=options.quick)
    with parallel_config("threading"):  # each starts a process, which workers of joblib cannot
        runs = record.completed(cells, fit_each, options.jobs)
    found = lines(along, runs)
    reports.report_runs(options.result("growth"), HEADER, found)
    reports.report_runs(options.result("growth_slopes"), SLOPES, slopes(along, runs))
    pictures.save(drawn(found), options.result("growth"), folder="")
