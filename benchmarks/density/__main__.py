"""Held-out log-likelihood, and how soon it is reached.

Run ``python -m benchmarks.density --data FOLDER``. A table without constant columns, dequantised
where values repeat, is split 80 : 10 : 10 by the seed and standardised by the first part. Scores
are those of the last part, in nats a row: the mean, which the worst rows rule, and the median.
Flows of other libraries are trained in two ways. As users do it: by Adam, 1e-3, batches of 256,
until 15 epochs in a row are no better on the middle part. And by "our schedule", near that of this
package: AdamW, a clipped gradient, at most 100 epochs of at most 50 batches under a rate that
falls to zero from the first step, 25 epochs of patience, the first rate chosen by the middle part,
and linear maps between the transforms.
Numbers of components, bandwidths and the trees of a vine are chosen by the middle part too. What
a library is missing for, or what a method refuses, is a run without a score that says why.

Runs are written to ``results/density_runs.csv`` as they end and are not repeated while the code
and the machine are the same; the curves of score against seconds beside it, which are about 2,000
rows of the test at most. A second table says how soon ours come to the score that the best flow
of another library ends with. A summary of all methods that are asked for is over the tables where
each of them has a score, those that defaults were set on and the others apart.

``--repeats N`` measures something else instead: the first split, fitted with N random states, so
that the deviation is that of the fit alone.
"""

from argparse import Namespace
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import answers, origin, reports
from benchmarks.arguments import Command
from benchmarks.density import summary
from benchmarks.density.fits import Fitted
from benchmarks.density.summary import Asked
from benchmarks.density.tables import TABLES, Split, load
from benchmarks.papers import pictures
from benchmarks.resumable import Record, Run, Runs, commits

METHODS = {
    "GaussianMixture": ("scikit_learn", "gaussian_mixture"),
    "BayesianGaussianMixture": ("scikit_learn", "bayesian_gaussian_mixture"),
    "KernelDensity": ("scikit_learn", "kernel_density"),
    "nflows RealNVP": ("nflows_flows", "real_nvp"),
    "zuko MAF": ("zuko_flows", "masked_autoregressive_flow"),
    "zuko NSF": ("zuko_flows", "spline_flow"),
    "zuko MAF, our schedule": ("zuko_flows", "masked_autoregressive_flow_our_schedule"),
    "zuko NSF, our schedule": ("zuko_flows", "spline_flow_our_schedule"),
    "vine copula": ("vines", "vine_copula"),
    "FlowGMM, start": ("skflowmix_flows", "start_of_flow_gmm"),
    "FlowGMM": ("skflowmix_flows", "flow_gmm"),
    "VariationalFlowMixture": ("skflowmix_flows", "variational_flow_mixture"),
}
"""Module and function of each, imported when used: not everyone has every library."""
LIBRARIES = {
    "scikit_learn": "scikit-learn",
    "nflows_flows": "nflows",
    "zuko_flows": "zuko",
    "vines": "pyvinecopulib",
    "skflowmix_flows": origin.PACKAGE,
}
"""The package behind each module."""
HEADER = (
    "data",
    "d",
    "method",
    "seeds",
    "mean",
    "deviation",
    "median",
    "worst row",
    "seconds",
    reports.COMMIT,
)


class Cell(NamedTuple):
    """One run."""

    data: str
    method: str
    seed: int


class Repeat(NamedTuple):
    """One run on the first split, with a random state of its own."""

    data: str
    method: str
    random_state: int


class Metrics(NamedTuple):
    """Log-likelihood of test rows in nats, seconds of the fit, and what validation chose."""

    n_features: int
    mean: float
    median: float
    worst: float
    seconds: float
    chosen: str


class Point(NamedTuple):
    """A point of a run's curve."""

    seconds: float
    score: float


class Measured(NamedTuple):
    """What a run measured, and its curve."""

    metrics: Metrics
    curve: Sequence[tuple[float, float]] = ()


class Curve(NamedTuple):
    """Points of a run, and the commit that it is from."""

    points: list[tuple[float, float]]
    commit: str = origin.UNRECORDED


Curves = dict[Cell, Curve]
OURS = ("FlowGMM", "VariationalFlowMixture")
FLOW_PEERS = (
    "nflows RealNVP",
    "zuko MAF",
    "zuko NSF",
    "zuko MAF, our schedule",
    "zuko NSF, our schedule",
)
REPEATS = ("data", "d", "method", "random states", "mean", "deviation", "seconds", reports.COMMIT)
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
    reports.COMMIT,
)


class RecordWithCurves(Record):
    """A file of runs, and one of their curves."""

    def add(self, cell: Cell, measured: Measured) -> None:
        """Write one run."""
        super().add(cell, measured.metrics)
        curve_record().add(cell, *measured.curve)


def record() -> Record:
    """The file of all runs."""
    return RecordWithCurves(reports.RESULTS / "density_runs.csv", Cell, Metrics, _library)


def curve_record() -> Record:
    """The file of all points of curves."""
    return Record(reports.RESULTS / "density_curves.csv", Cell, Point, _library)


def repeat_record() -> Record:
    """The file of all runs on the first split."""
    return Record(reports.RESULTS / "density_repeats_runs.csv", Repeat, Metrics, _library)


def _library(cell: Cell | Repeat) -> str:
    return LIBRARIES[METHODS[cell.method][0]]


def fitted(method: str, split: Split, seed: int, limit: float) -> Fitted:
    """Fit one density."""
    module, function = METHODS[method]
    return getattr(import_module(f"benchmarks.density.{module}"), function)(split, seed, limit)


def measure(cell: Cell, folder: Path, limit: float) -> Measured:
    """Fit one density and score the rows of the test."""
    return _measured(cell.method, Split.of(load(cell.data, folder), cell.seed), cell.seed, limit)


def measure_again(cell: Repeat, folder: Path, limit: float) -> Metrics:
    """Do the same on the first split."""
    split = Split.of(load(cell.data, folder), 0)
    return _measured(cell.method, split, cell.random_state, limit).metrics


def _measured(method: str, split: Split, seed: int, limit: float) -> Measured:
    n_features = split.train.shape[1]
    with threadpool_limits(1):
        try:
            fit = fitted(method, split, seed, limit)
        except (ValueError, ImportError) as error:
            return Measured(Metrics(n_features, *[np.nan] * 4, str(error)))
        scores = fit.score(split.test)
    found = float(scores.mean()), float(np.median(scores)), float(scores.min())
    return Measured(Metrics(n_features, *found, fit.seconds, fit.chosen), fit.curve)


def read_curves(runs: Runs) -> Curves:
    """Seconds and scores of those of the runs that have a curve."""
    curves: Curves = {}
    for cell, point, source in curve_record().rows():
        if cell in runs and runs[cell].origin == source:
            curves.setdefault(cell, Curve([], source.commit)).points.append(point)
    return curves


def lines(runs: Runs) -> list[tuple]:
    """Means over seeds, a line for each table and method."""
    return [(*key, *_summary(own), commits(own)) for key, own in _grouped(runs)]


def repeat_lines(runs: Runs) -> list[tuple]:
    """Means and deviations over random states, a line for each table and method."""
    table = []
    for key, own in _grouped(runs):
        mean, deviation, *_, seconds = _summary(own)
        table.append((*key, mean, deviation, seconds, commits(own)))
    return table


def _grouped(runs: Runs) -> list[tuple[tuple, list[Run]]]:
    """What each line begins with, and its runs."""
    groups: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for cell in sorted(runs, key=_order):
        groups[cell[:2]].append(runs[cell])
    return [
        ((data, own[0].metrics.n_features, method, len(own)), own)
        for (data, method), own in groups.items()
    ]


def _order(cell: Cell | Repeat) -> tuple[int, int, int]:
    return list(TABLES).index(cell.data), list(METHODS).index(cell.method), cell[2]


def _summary(own: list[Run]) -> tuple[float, ...]:
    _, means, medians, worst, seconds, _ = map(
        np.array, zip(*(run.metrics for run in own), strict=True)
    )
    deviation = reports.deviation(means)
    found = (means.mean(), deviation, medians.mean(), worst.min(), np.median(seconds))
    return tuple(map(float, found))


class Race(NamedTuple):
    """Seconds of the best flow among the peers, and of ours to the score that it ends with."""

    data: str
    method: str
    peer: str
    seconds: float
    taken: float
    commits: str


def races(curves: Curves) -> list[Race]:
    """Ours against the best flow of a peer, for every table, method and seed."""
    found = []
    for cell in sorted((cell for cell in curves if cell.method in OURS), key=_order):
        peers = {
            peer: curves[key]
            for peer in FLOW_PEERS
            if (key := Cell(cell.data, peer, cell.seed)) in curves
        }
        if peers:
            peer = max(peers, key=lambda name: peers[name].points[-1][1])
            seconds, score = peers[peer].points[-1]
            taken = _reached(curves[cell].points, score)
            mixed = origin.joined((curves[cell].commit, peers[peer].commit))
            found.append(Race(cell.data, cell.method, peer, seconds, taken, mixed))
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
        seconds, taken = (
            np.median([getattr(r, key) for r in own]) for key in ("seconds", "taken")
        )
        found = map(float, (seconds, taken, np.median(ratios), ratios.min(), ratios.max()))
        mixed = origin.joined(race.commits for race in own)
        table.append((data, peers, method, len(own), *found, mixed))
    return table


def _reached(curve: list[tuple[float, float]], score: float) -> float:
    """Seconds until a curve is as high as this; infinite if it never is."""
    return min((seconds for seconds, found in curve if found >= score), default=float("inf"))


def draw(runs: Runs, curves: Curves) -> Any:
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
        scores = [run.metrics.mean for cell, run in runs.items() if cell[::2] == (data, 0)]
        best, lead = np.nanmax(scores), np.nanmax(scores) - np.nanmedian(scores)
        if lead > 0:
            ax.set_ylim(best - 3 * lead, best + 0.3 * lead)
    for ax in axes.flat[len(tables) :]:
        ax.set_axis_off()
    handles, names = axes.flat[0].get_legend_handles_labels()
    figure.supylabel("held-out log-likelihood, nats a row")
    figure.legend(handles, names, loc="outside lower center", ncols=4)
    return figure


def _draw_run(ax: Any, run: Run | None, curves: Curves, key: tuple[str, str], number: int) -> None:
    from matplotlib import colormaps

    look = {"color": colormaps["tab20"](number), "label": key[1]}
    if run is None or np.isnan(run.metrics.mean):
        ax.plot([], [], **look, marker="o", linestyle="none")
        return
    if run.cell in curves:
        ax.plot(*np.array(curves[run.cell].points).T, color=look["color"])
    ax.plot(run.metrics.seconds, run.metrics.mean, marker="o", linestyle="none", **look)


def main(argv: Sequence[str] | None = None) -> None:
    """Do the runs that are missing, report and draw."""
    command = Command("density", __doc__, ("data", "seeds", "jobs"))
    command.add_names("sets", TABLES)
    command.add_names("methods", METHODS)
    command.add_argument("--limit", type=float, default=240.0, help="seconds of a peer's training")
    command.add_number("repeats", 0, "random states on the first split, instead", least=0)
    asked = command.asked(argv)
    with command.needing_data():
        if asked.repeats:
            _repeat(asked)
        else:
            _compare(asked)


def _compare(asked: Namespace) -> None:
    """Fit split after split; report and draw."""
    cells = [Cell(*key) for key in product(asked.sets, asked.methods, range(asked.seeds))]
    fit = partial(measure, folder=asked.data, limit=asked.limit)
    runs = record().completed(cells, fit, asked.jobs)
    curves, about = read_curves(runs), Asked(asked.sets, asked.methods, asked.seeds)
    reports.report_runs("density", HEADER, lines(runs))
    reports.report_runs("density_sooner", SOONER, sooner(curves))
    reports.report_runs("density_left_out", summary.LEFT_OUT, summary.left_out(runs, about))
    reports.report_runs("density_summary", summary.HEADER, summary.summary(runs, about))
    pictures.save(draw(_present(runs), curves), "density", folder="")


def _present(runs: Runs) -> Runs:
    """Those by code that answers as the present code does."""
    of_these = answers.present()
    return {cell: run for cell, run in runs.items() if run.origin.commit in of_these}


def _repeat(asked: Namespace) -> None:
    """Fit the first split again and again; report."""
    cells = [Repeat(*key) for key in product(asked.sets, asked.methods, range(asked.repeats))]
    fit = partial(measure_again, folder=asked.data, limit=asked.limit)
    runs = repeat_record().completed(cells, fit, asked.jobs)
    reports.report_runs("density_repeats", REPEATS, repeat_lines(runs))


if __name__ == "__main__":
    main()
