"""Ten labels a class and a fifth of missing values: how many new rows are told right.

Rows to fit and rows of the test have values hidden at random. Classifiers of scikit-learn, the
best of those in `benchmarks.few_labels`, get rows that an imputer has filled.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from benchmarks import reports
from benchmarks.few_labels.peers import ESTIMATORS, FAR, ON_ALL_ROWS
from benchmarks.few_labels.splitting import split
from benchmarks.missing.gaps import AT_RANDOM
from benchmarks.missing.imputers import IMPUTERS, RIDGE, filled
from benchmarks.missing.part import Asked, Part
from benchmarks.missing.tables import Split
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Runs, commits
from skflowmix import FlowGMM

SHARE = 0.2
LABELS = 10
MOST_ROWS = 2000
"""Most rows to fit beside the labelled ones, and most rows of the test."""
QUICK_ROWS, QUICK_ITERATIONS = 100, 1
SETS = (
    *("dry_bean", "letter", "magic_gamma", "optdigits", "pendigits"),
    *("robot_sensors", "waveform40", "body_performance", "digits", "wine"),
    *("breast_cancer", "date_fruit", "olive", "penguins"),
)
OURS = "FlowGMM"
CLASSIFIERS = (FAR, "SelfTraining(forest)", "logistic, C chosen", "forest", "MLP")
FILLED = {
    f"{imputer}, then {classifier}": (imputer, classifier)
    for imputer, classifier in product(("SimpleImputer, mean", RIDGE), CLASSIFIERS)
}
METHODS = (OURS, *FILLED)
HEADER = ("data", "method", "seeds", "accuracy", "deviation", "seconds", reports.COMMIT)
ALL = "mean of all"


class Cell(NamedTuple):
    """One run."""

    data: str
    method: str
    seed: int


class Metrics(NamedTuple):
    """Share of new rows that are told right, and seconds of the fit."""

    accuracy: float
    seconds: float


class Labelled(NamedTuple):
    """Incomplete rows, labels that are shown (-1 for none), and classes of the test."""

    rows: Split
    shown: np.ndarray
    truth: np.ndarray


def cells(asked: Asked) -> list[Cell]:
    """All runs."""
    data = ("penguins",) if asked.is_quick else SETS
    return [Cell(name, method, seed) for seed, name, method in product(asked.seeds, data, METHODS)]


def labelled(cell: Cell, asked: Asked) -> Labelled:
    """The rows and labels of a run, the same for all methods."""
    (train, shown), (test, truth) = split(cell.data, LABELS, asked.folder, cell.seed)
    most = QUICK_ROWS if asked.is_quick else MOST_ROWS
    kept = np.flatnonzero((shown >= 0) | (np.arange(len(shown)) < most))  # in random order
    rows = Split(train[kept], test[:most]).incomplete(AT_RANDOM, SHARE, cell.seed)
    return Labelled(rows, shown[kept], truth[:most])


def measure(cell: Cell, asked: Asked) -> Metrics:
    """Fit to incomplete rows with a few labels and tell others."""
    (train, test), shown, truth = labelled(cell, asked)
    if cell.method == OURS:
        model = FlowGMM(random_state=cell.seed)
        if asked.is_quick:
            model.set_params(max_iter=QUICK_ITERATIONS)
        model, seconds = fitted(model, train, shown)
    else:
        imputer, classifier = FILLED[cell.method]
        train, test = (filled(IMPUTERS[imputer](cell.seed), train, rows) for rows in (train, test))
        rows = slice(None) if classifier in ON_ALL_ROWS else shown >= 0
        model = ESTIMATORS[classifier](truth.max() + 1, cell.seed)
        model, seconds = fitted(model, train[rows], shown[rows])
    return Metrics(float((model.predict(test) == truth).mean()), seconds)


def lines(runs: Runs) -> list[tuple]:
    """A line for each set and method, and the means over all sets that have all methods."""
    names = [name for name in SETS if any(cell.data == name for cell in runs)]
    groups = dict.fromkeys([*((name,) for name in names), tuple(names)])
    return [line for own in groups for name in METHODS if (line := _line(runs, own, name))]


def _line(runs: Runs, names: Sequence[str], method: str) -> tuple:
    """Means over seeds of means over sets; nothing if a set lacks a run."""
    own = {cell: run for cell, run in runs.items() if cell[1] == method and cell[0] in names}
    if {cell.data for cell in own} != set(names):
        return ()
    seeds = sorted({cell.seed for cell in own})
    accuracy = np.array(
        [np.mean([run.metrics[0] for cell, run in own.items() if cell[2] == s]) for s in seeds]
    )
    seconds = float(np.median([run.metrics.seconds for run in own.values()]))
    name = names[0] if len(names) == 1 else ALL
    summary = (float(accuracy.mean()), reports.deviation(accuracy), seconds)
    return (name, method, len(seeds), *summary, commits(own.values()))


PART = Part("labels", Cell, Metrics, METHODS, (OURS,), cells, measure, {"": (HEADER, lines)})
