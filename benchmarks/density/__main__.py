"""Held-out log-likelihood, and how soon it is reached.

Run ``python -m benchmarks.density --data FOLDER``. A table without constant columns, dequantised
where values repeat, is split 80 : 10 : 10 by the seed and standardised by the first part. Scores
are those of the last part, in nats a row: the mean, which the worst rows rule, and the median.
Flows of other libraries are trained by Adam, 1e-3, batches of 256, until 15 epochs in a row are
no better on the middle part, which is also what the number of components is chosen by.

Runs are written to ``results/density_runs.csv`` as they end and are not repeated; the curves of
score against seconds beside it, which are about 2,000 rows of the test at most. A second table
says how soon ours come to the score that the best flow of another library ends with.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import reports
from benchmarks.data_sets import DATA, MissingDataError
from benchmarks.density.fits import Fitted
from benchmarks.density.tables import TABLES, Split, load
from benchmarks.papers import pictures
from benchmarks.resumable import Record

METHODS = {
    "GaussianMixture": ("scikit_learn", "gaussian_mixture"),
    "BayesianGaussianMixture": ("scikit_learn", "bayesian_gaussian_mixture"),
    "KernelDensity": ("scikit_learn", "kernel_density"),
    "nflows RealNVP": ("nflows_flows", "real_nvp"),
    "zuko MAF": ("zuko_flows", "masked_autoregressive_flow"),
    "zuko NSF": ("zuko_flows", "spline_flow"),
    "FlowGMM": ("skflowmix_flows", "flow_gmm"),
    "VariationalFlowMixture": ("skflowmix_flows", "variational_flow_mixture"),
}
"""Module and function of each, imported when used: not everyone has every library."""
HEADER = ("data", "d", "method", "seeds", "mean", "deviation", "median", "worst row", "seconds")


class Cell(NamedTuple):
    """One run."""

    data: str
    method: str
    seed: int


class Metrics(NamedTuple):
    """Log-likelihood of test rows in nats, seconds of the fit, and what validation chose."""

    n_features: int
    mean: float
    median: float
    worst: float
    seconds: float
    chosen: str


OURS = ("FlowGMM", "VariationalFlowMixture")
FLOW_PEERS = ("nflows RealNVP", "zuko MAF", "zuko NSF")
SOONER = (
    "data",
    "best flow of a peer",
    "method",
    "seeds",
    "its seconds",
    "seconds",
    "ratio",
    "least",
    "most",
)


Curves = dict[Cell, list[tuple[float, float]]]


def record() -> Record:
    """The file of all runs."""
    return Record(reports.RESULTS / "density_runs.csv", Cell, Metrics)


def fitted(method: str, split: Split, seed: int, limit: float) -> Fitted:
    """Fit one density."""
    module, function = METHODS[method]
    return getattr(import_module(f"benchmarks.density.{module}"), function)(split, seed, limit)


def measure(cell: Cell, folder: Path, limit: float) -> Metrics:
    """Fit one density and score the rows of the test; its curve goes into a file."""
    split = Split.of(load(cell.data, folder), cell.seed)
    n_features = split.train.shape[1]
    with threadpool_limits(1):
        try:
            fit = fitted(cell.method, split, cell.seed, limit)
        except ValueError as error:
            return Metrics(n_features, np.nan, np.nan, np.nan, np.nan, str(error))
        scores = fit.score(split.test)
    _write_curve(cell, fit.curve)
    found = float(scores.mean()), float(np.median(scores)), float(scores.min())
    return Metrics(n_features, *found, fit.seconds, fit.chosen)


def _write_curve(cell: Cell, curve: list[tuple[float, float]]) -> None:
    path = reports.RESULTS / "density_curves.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", newline="") as file:
        rows = [[*cell, f"{seconds:.2f}", f"{score:.4f}"] for seconds, score in curve]
        csv.writer(file, lineterminator="\n").writerows(rows)


def read_curves() -> Curves:
    """Seconds and scores of all runs that have a curve."""
    curves: Curves = defaultdict(list)
    path = reports.RESULTS / "density_curves.csv"
    if path.is_file():
        with open(path, newline="") as file:
            for data, method, seed, seconds, score in csv.reader(file):
                curves[Cell(data, method, int(seed))].append((float(seconds), float(score)))
    return curves


def lines(runs: dict[Cell, Metrics]) -> list[tuple]:
    """Means over seeds, a line for each table and method."""
    groups: dict[tuple[str, str], list[Metrics]] = defaultdict(list)
    for cell in sorted(runs, key=_order):
        groups[cell.data, cell.method].append(runs[cell])
    return [
        (data, own[0].n_features, method, len(own), *_summary(own))
        for (data, method), own in groups.items()
    ]


def _order(cell: Cell) -> tuple[int, int, int]:
    return list(TABLES).index(cell.data), list(METHODS).index(cell.method), cell.seed


def _summary(own: list[Metrics]) -> tuple[float, ...]:
    means = np.array([run.mean for run in own])
    medians, worst = [run.median for run in own], [run.worst for run in own]
    seconds = [run.seconds for run in own]
    found = (
        means.mean(),
        reports.deviation(means),
        np.mean(medians),
        np.min(worst),
        np.median(seconds),
    )
    return tuple(map(float, found))


class Race(NamedTuple):
    """Seconds of the best flow among the peers, and of ours to the score that it ends with."""

    data: str
    method: str
    peer: str
    seconds: float
    taken: float


def races(curves: Curves) -> list[Race]:
    """Ours against the best flow of a peer, for every table, method and seed."""
    found = []
    for cell in sorted((cell for cell in curves if cell.method in OURS), key=_order):
        ends = {
            peer: curves[key][-1]
            for peer in FLOW_PEERS
            if (key := Cell(cell.data, peer, cell.seed)) in curves
        }
        if ends:
            peer = max(ends, key=lambda name: ends[name][1])
            seconds, score = ends[peer]
            taken = _reached(curves[cell], score)
            found.append(Race(cell.data, cell.method, peer, seconds, taken))
    return found


def sooner(curves: Curves) -> list[tuple]:
    """Medians over the seeds, and how the times compare; a score never reached counts as inf."""
    groups: dict[tuple[str, str], list[Race]] = defaultdict(list)
    for race in races(curves):
        groups[race.data, race.method].append(race)
    table = []
    for (data, method), own in groups.items():
        ratios = np.array([race.taken / race.seconds for race in own])
        peers = "/".join(dict.fromkeys(race.peer for race in own))
        seconds, taken = (np.median([getattr(r, key) for r in own]) for key in Race._fields[3:])
        found = map(float, (seconds, taken, np.median(ratios), ratios.min(), ratios.max()))
        table.append((data, peers, method, len(own), *found))
    return table


def _reached(curve: list[tuple[float, float]], score: float) -> float:
    """Seconds until a curve is as high as this; infinite if it never is."""
    return min((seconds for seconds, found in curve if found >= score), default=float("inf"))


def draw(runs: dict[Cell, Metrics], curves: Curves) -> Any:
    """A figure of log-likelihood against seconds, a panel for each table, of the first seed.

    What is far below the better half is cut off. Ours go on with the chosen number of components
    alone, so their curves end before the seconds of all fits.
    """
    import matplotlib.pyplot as plt

    tables = [name for name in TABLES if any(cell.data == name for cell in runs)]
    n_rows = -(-len(tables) // 3)
    figure, axes = plt.subplots(n_rows, 3, figsize=(9.5, 3 * n_rows), layout="constrained")
    for ax, data in zip(axes.flat, tables, strict=False):
        for number, method in enumerate(METHODS):
            _draw_run(ax, runs.get(Cell(data, method, 0)), curves, (data, method), number)
        ax.set(title=data, xscale="log", xlabel="seconds")
        scores = [run.mean for cell, run in runs.items() if cell[::2] == (data, 0)]
        best, lead = np.nanmax(scores), np.nanmax(scores) - np.nanmedian(scores)
        if lead > 0:
            ax.set_ylim(best - 3 * lead, best + 0.3 * lead)
    for ax in axes.flat[len(tables) :]:
        ax.set_axis_off()
    handles, names = axes.flat[0].get_legend_handles_labels()
    figure.supylabel("held-out log-likelihood, nats a row")
    figure.legend(handles, names, loc="outside lower center", ncols=4)
    return figure


def _draw_run(
    ax: Any, run: Metrics | None, curves: Curves, key: tuple[str, str], number: int
) -> None:
    look = {"color": f"C{number}", "label": key[1]}
    if run is None or np.isnan(run.mean):
        ax.plot([], [], **look, marker="o", linestyle="none")
        return
    curve = np.array(curves.get(Cell(*key, 0), [])).reshape(-1, 2)
    if len(curve):
        ax.plot(curve[:, 0], curve[:, 1], color=look["color"])
    ax.plot(run.seconds, run.mean, marker="o", linestyle="none", **look)


def main(argv: Sequence[str] | None = None) -> None:
    """Do the runs that are missing, report and draw."""
    parser = argparse.ArgumentParser("python -m benchmarks.density", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--sets", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=240.0, help="seconds of a peer's training")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once")
    asked = parser.parse_args(argv)
    cells = [Cell(*key) for key in product(asked.sets, asked.methods, range(asked.seeds))]
    fit = partial(measure, folder=asked.data, limit=asked.limit)
    try:
        runs = record().completed(cells, fit, asked.jobs)
    except MissingDataError as error:
        parser.exit(2, f"{error}\n")
    reports.report("density", HEADER, lines(runs))
    reports.report("density_sooner", SOONER, sooner(read_curves()))
    pictures.save(draw(runs, read_curves()), "density", folder="")


if __name__ == "__main__":
    main()
