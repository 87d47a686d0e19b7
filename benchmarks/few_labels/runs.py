"""One run: an estimator fitted to one draw of labels and tested; and the file of all runs."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import origin, reports
from benchmarks.few_labels.peers import ESTIMATORS, ON_ALL_ROWS, OURS, PACKAGES
from benchmarks.few_labels.splitting import split
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Record

N_BINS = 15


class Cell(NamedTuple):
    """One run: which set, how many labels a class, how drawn, which estimator and seed."""

    data: str
    labels: int
    draw: str
    estimator: str
    seed: int


class Metrics(NamedTuple):
    """What a run measured on the test rows, and what there was to know of its fit.

    ``trained`` is 1 where training was kept and 0 where the start was; ``n_labels`` is the number
    of rows that showed their labels.
    """

    accuracy: float
    log_loss: float
    ece: float
    trained: float
    n_labels: int
    seconds: float


def record() -> Record:
    """The file of all runs."""
    return Record(reports.RESULTS / "few_labels_runs.csv", Cell, Metrics, _library)


def _library(cell: Cell) -> str:
    if cell.estimator in OURS:
        return origin.PACKAGE
    return PACKAGES.get(cell.estimator, "scikit-learn")


def measure(cell: Cell, folder: Path) -> Metrics:
    """Fit one estimator to one draw of labels and test it."""
    (train, shown), (test, truth) = split(cell.data, cell.labels, folder, cell.seed, cell.draw)
    sees_all = cell.estimator in {*ON_ALL_ROWS, *OURS}
    rows = slice(None) if sees_all else shown >= 0
    with threadpool_limits(1):
        estimator = ESTIMATORS[cell.estimator](truth.max() + 1, cell.seed)
        model, seconds = fitted(estimator, train[rows], shown[rows])
        accuracy, *calibrated = tested(model, test, truth)
    trained = float(getattr(model, "trained_", np.nan))
    return Metrics(accuracy, *calibrated, trained, int((shown >= 0).sum()), seconds)


def tested(model: Any, test: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Accuracy, log-loss and calibration error; the last two only of a model of probabilities."""
    if not hasattr(model, "predict_proba"):
        return float((model.predict(test) == truth).mean()), np.nan, np.nan
    with np.errstate(invalid="ignore"):  # label spreading divides 0 by 0 where no label reaches
        proba = np.nan_to_num(model.predict_proba(test), nan=1 / len(model.classes_))
    accuracy = float((proba.argmax(axis=1) == truth).mean())
    return accuracy, *calibration(proba, truth)


def calibration(proba: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Log-loss in nats, at most 27.6 a row, and expected calibration error."""
    own = np.take_along_axis(proba, truth[:, None], axis=1)
    sure, right = proba.max(axis=1), proba.argmax(axis=1) == truth
    bins = np.minimum((sure * N_BINS).astype(int), N_BINS - 1)
    gaps = np.abs(np.bincount(bins, sure - right, minlength=N_BINS))
    return float(-np.log(np.maximum(own, 1e-12)).mean()), float(gaps.sum() / len(truth))
