"""Anomalies that nobody has marked: how well ``-score_samples`` and ``predict`` tell them.

Run ``python -m benchmarks.anomalies --data FOLDER``. Sets of `ADBench
<https://github.com/Minqi824/ADBench>`_, at most 10,000 rows of each, without constant columns, are
split 70 : 30 by the seed and standardised by the larger part, anomalies and all: training sees
them, unmarked. Measured on the other part are the area under the ROC curve and the average
precision of ``-score_samples``. Every estimator is taken as it comes, but for its threshold: it is
told the share of anomalies in the part that it is fitted to, and precision and recall are those of
``predict``. Densities have no threshold.

PyOD's detectors are run where it is installed (``pip install -e ".[benchmarks]"``); else they are
left out, which is said.

Runs are written to ``results/anomalies_runs.csv`` as they end and are not repeated while the code
and the machine are the same.
"""

import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_outlier_detector
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.metrics import (
    average_precision_score,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM
from threadpoolctl import threadpool_limits

from benchmarks import origin, reports
from benchmarks.arguments import Command
from benchmarks.data_sets import MissingDataError
from benchmarks.papers.runs import fitted
from benchmarks.pyod_detectors import MODULES, PyODDetector
from benchmarks.resumable import Record, Run, Runs, commits
from skflowmix import FlowGMM, OutlierDetector

MOST_ROWS = 10_000
TEST_SHARE = 0.3


DETECTORS: dict[str, Callable[[int], Any]] = {
    "EllipticEnvelope": lambda seed: EllipticEnvelope(random_state=seed),
    "IsolationForest": lambda seed: IsolationForest(random_state=seed),
    "OneClassSVM": lambda seed: OneClassSVM(),
    "LocalOutlierFactor": lambda seed: LocalOutlierFactor(novelty=True),
    "PyOD ECOD": lambda seed: PyODDetector("ECOD"),
    "PyOD KNN": lambda seed: PyODDetector("KNN"),
    "PyOD CBLOF": lambda seed: PyODDetector("CBLOF", random_state=seed),
    "PyOD MCD": lambda seed: PyODDetector("MCD", random_state=seed),
    "GaussianMixture": lambda seed: GaussianMixture(random_state=seed),
    "GaussianMixture(4)": lambda seed: GaussianMixture(4, random_state=seed),
    "GaussianMixture(8)": lambda seed: GaussianMixture(8, random_state=seed),
    "FlowGMM": lambda seed: FlowGMM(random_state=seed),
    "OutlierDetector": lambda seed: OutlierDetector(),
    "OutlierDetector with FlowGMM": lambda seed: OutlierDetector(
        density=FlowGMM(random_state=seed)
    ),
}
MOST_FEATURES = {"EllipticEnvelope": 500, "PyOD MCD": 500}
"""Detectors that would take hours with more columns than this, and are left out there."""
PACKAGES = {f"PyOD {name}": "pyod" for name in MODULES}
"""Packages of those that need one more."""
HEADER = (
    "data",
    "rows",
    "d",
    "detector",
    "seeds",
    "AUROC",
    "deviation",
    "worst",
    "average precision",
    "precision",
    "recall",
    "seconds",
    reports.COMMIT,
)
HEADER_OF_MEANS = (
    "detector",
    "sets",
    "seeds",
    "AUROC",
    "deviation",
    "average precision",
    "precision",
    "recall",
    reports.COMMIT,
)


class Cell(NamedTuple):
    """One run."""

    data: str
    detector: str
    seed: int


class Metrics(NamedTuple):
    """How well anomalies were told, and what it took; NaN where a detector has no threshold."""

    n_rows: int
    n_features: int
    auroc: float
    average_precision: float
    precision: float
    recall: float
    seconds: float


class Split(NamedTuple):
    """Rows ``(n, d)`` to train on and the share of anomalies there, and rows of the test."""

    train: np.ndarray
    share: float
    test: np.ndarray
    y: np.ndarray


def set_names(folder: Path) -> list[str]:
    """Names of the sets in a folder."""
    names = sorted(path.stem for path in folder.glob("*.npz"))
    if not names:
        raise MissingDataError(f"there are no sets in {folder}: name the data by --data")
    return names


def split(path: Path, seed: int) -> Split:
    """Return the parts of a set; 1 in y are the anomalies of the test."""
    with np.load(path) as file:
        X, y = file["X"].astype(np.float64), file["y"]
    order = np.random.default_rng(seed).permutation(len(X))[:MOST_ROWS]
    test, train = np.split(order, [int(TEST_SHARE * len(order))])
    varies = X[train].std(axis=0) > 0
    scaler = StandardScaler().fit(X[train][:, varies])
    standardised = [scaler.transform(X[part][:, varies]) for part in (train, test)]
    return Split(standardised[0], float(y[train].mean()), standardised[1], y[test])


def measure(cell: Cell, folder: Path) -> Metrics:
    """Fit a detector, and score and tell the rows of the test."""
    parts = split(folder / f"{cell.data}.npz", cell.seed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ties and singular covariances, which are many here
        share = min(max(parts.share, 1 / len(parts.train)), 0.5)
        made = knowing(DETECTORS[cell.detector](cell.seed), share)
        model, seconds = fitted(made, parts.train)
        scores = model.score_samples(parts.test)
        told = predicted(model, parts, share)
    areas = [float(area(parts.y, -scores)) for area in (roc_auc_score, average_precision_score)]
    return Metrics(*parts.train.shape, *areas, *told, seconds)


def knowing(detector: Any, share: float) -> Any:
    """Tell a detector the share of outliers, if that moves its threshold and nothing else."""
    if "contamination" in detector.get_params():
        return detector.set_params(contamination=share)
    return detector


def predicted(model: Any, parts: Split, share: float) -> tuple[float, float]:
    """Precision and recall of what is called an outlier, NaN for densities."""
    if isinstance(model, OneClassSVM):  # its share changes the scores, which are as they come
        model = OneClassSVM(nu=share).fit(parts.train)
    if not is_outlier_detector(model):
        return float("nan"), float("nan")
    is_outlier = model.predict(parts.test) == -1
    precision = precision_score(parts.y, is_outlier, zero_division=0.0)
    return float(precision), float(recall_score(parts.y, is_outlier))


def record() -> Record:
    """The file of all runs."""
    return Record(reports.RESULTS / "anomalies_runs.csv", Cell, Metrics, _library)


def _library(cell: Cell) -> str:
    if cell.detector.startswith(("FlowGMM", "OutlierDetector")):
        return origin.PACKAGE
    return PACKAGES.get(cell.detector, "scikit-learn")


def lines(runs: Runs) -> list[tuple]:
    """Means over seeds, of every set and of all sets by detector."""
    groups: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for cell in sorted(runs, key=lambda cell: (cell.data, list(DETECTORS).index(cell.detector))):
        groups[cell.data, cell.detector].append(runs[cell])
    return [_line(data, name, own) for (data, name), own in groups.items()]


def _line(data: str, detector: str, own: list[Run]) -> tuple:
    found = np.array([run.metrics.auroc for run in own])
    seconds = float(np.median([run.metrics.seconds for run in own]))
    summary = (float(found.mean()), reports.deviation(found), float(found.min()), *_others(own))
    return (data, *own[0].metrics[:2], detector, len(own), *summary, seconds, commits(own))


def _others(own: list[Run]) -> list[float]:
    """Means of average precision, precision and recall: of each set, and of these."""
    by_set: dict[str, list[tuple]] = defaultdict(list)
    for run in own:
        by_set[run.cell.data].append(run.metrics[3:6])
    return np.mean([np.mean(found, axis=0) for found in by_set.values()], axis=0).tolist()


def means(runs: Runs) -> list[tuple]:
    """Mean over the sets that all detectors were run on, and its deviation over the seeds."""
    names = [name for name in DETECTORS if any(cell.detector == name for cell in runs)]
    sets = {name: {cell.data for cell in runs if cell.detector == name} for name in names}
    common = set.intersection(*sets.values())
    shared = [run for run in runs.values() if run.cell.data in common]
    return [
        _mean(name, len(common), [run for run in shared if run.cell.detector == name])
        for name in names
    ]


def _mean(detector: str, n_sets: int, own: list[Run]) -> tuple:
    by_seed: dict[int, list[float]] = defaultdict(list)
    for run in own:
        by_seed[run.cell.seed].append(run.metrics.auroc)
    found = np.array([np.mean(areas) for areas in by_seed.values()])
    summary = (float(found.mean()), reports.deviation(found), *_others(own))
    return (detector, n_sets, len(found), *summary, commits(own))


def wanted(
    names: Sequence[str], detectors: Sequence[str], n_seeds: int, folder: Path
) -> list[Cell]:
    """All runs, without those that would take too long or whose package is missing."""
    apt = [key for key in product(names, detectors) if _is_apt(*key, folder)]
    return [Cell(*key, seed) for key in apt for seed in range(n_seeds)]


def _is_apt(name: str, detector: str, folder: Path) -> bool:
    """Whether a set has few enough columns; it is not read for those that take any number."""
    if detector in missing():
        return False
    if detector not in MOST_FEATURES:
        return True
    return split(folder / f"{name}.npz", 0).train.shape[1] <= MOST_FEATURES[detector]


def missing() -> dict[str, str]:
    """Detectors that cannot be run here, and why."""
    return {
        name: f"{package} is not installed"
        for name, package in PACKAGES.items()
        if find_spec(package) is None
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Do the runs that are missing and report."""
    command = Command("anomalies", __doc__, ("data", "seeds", "jobs"))
    command.add_names("detectors", DETECTORS)
    asked = command.asked(argv)
    folder = asked.data / "anomaly"
    with command.needing_data():
        names = set_names(folder)
    for name in asked.detectors:
        if name in missing():
            print(f"{name} is left out: {missing()[name]}")
    cells = wanted(names, asked.detectors, asked.seeds, folder)
    runs = record().completed(cells, partial(measure, folder=folder), asked.jobs)
    reports.report_runs("anomalies_by_set", HEADER, lines(runs))
    reports.report_runs("anomalies", HEADER_OF_MEANS, means(runs))


if __name__ == "__main__":
    main()
