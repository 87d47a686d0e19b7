"""Anomalies by their density: how well ``-score_samples`` tells rows that nobody has marked.

Run ``python -m benchmarks.anomalies --data FOLDER``. Sets of `ADBench
<https://github.com/Minqi824/ADBench>`_, at most 10,000 rows of each, without constant columns, are
split 70 : 30 by the seed and standardised by the larger part, anomalies and all: training sees
them, unmarked. The score is the area under the ROC curve over the other part. Every estimator is
taken as it comes.

Runs are written to ``results/anomalies_runs.csv`` as they end and are not repeated while the code
and the machine are the same.
"""

import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM
from threadpoolctl import threadpool_limits

from benchmarks import origin, reports
from benchmarks.arguments import Command
from benchmarks.data_sets import MissingDataError
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Record, Run, Runs, commits
from skflowmix import FlowGMM

MOST_ROWS = 10_000
TEST_SHARE = 0.3
MOST_FEATURES = {"EllipticEnvelope": 500}
"""Detectors that would take hours with more columns than this, and are left out there."""


DETECTORS: dict[str, Callable[[int], Any]] = {
    "EllipticEnvelope": lambda seed: EllipticEnvelope(random_state=seed),
    "IsolationForest": lambda seed: IsolationForest(random_state=seed),
    "OneClassSVM": lambda seed: OneClassSVM(),
    "LocalOutlierFactor": lambda seed: LocalOutlierFactor(novelty=True),
    "GaussianMixture": lambda seed: GaussianMixture(random_state=seed),
    "GaussianMixture(8)": lambda seed: GaussianMixture(8, random_state=seed),
    "FlowGMM": lambda seed: FlowGMM(random_state=seed),
}
HEADER = (
    "data",
    "rows",
    "d",
    "detector",
    "seeds",
    "AUROC",
    "deviation",
    "worst",
    "seconds",
    reports.COMMIT,
)
HEADER_OF_MEANS = ("detector", "sets", "seeds", "AUROC", "deviation", reports.COMMIT)


class Cell(NamedTuple):
    """One run."""

    data: str
    detector: str
    seed: int


class Metrics(NamedTuple):
    """Area under the curve, and what it took."""

    n_rows: int
    n_features: int
    auroc: float
    seconds: float


def set_names(folder: Path) -> list[str]:
    """Names of the sets in a folder."""
    names = sorted(path.stem for path in folder.glob("*.npz"))
    if not names:
        raise MissingDataError(f"there are no sets in {folder}: name the data by --data")
    return names


def split(path: Path, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to train on, rows to score, and which of these are anomalies."""
    with np.load(path) as file:
        X, y = file["X"].astype(np.float64), file["y"]
    order = np.random.default_rng(seed).permutation(len(X))[:MOST_ROWS]
    test, train = np.split(order, [int(TEST_SHARE * len(order))])
    varies = X[train].std(axis=0) > 0
    scaler = StandardScaler().fit(X[train][:, varies])
    return scaler.transform(X[train][:, varies]), scaler.transform(X[test][:, varies]), y[test]


def measure(cell: Cell, folder: Path) -> Metrics:
    """Fit a detector and score the rows of the test."""
    train, test, y = split(folder / f"{cell.data}.npz", cell.seed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ties and singular covariances, which are many here
        model, seconds = fitted(DETECTORS[cell.detector](cell.seed), train)
        scores = model.score_samples(test)
    return Metrics(*train.shape, float(roc_auc_score(y, -scores)), seconds)


def record() -> Record:
    """The file of all runs."""
    return Record(reports.RESULTS / "anomalies_runs.csv", Cell, Metrics, _library)


def _library(cell: Cell) -> str:
    return origin.PACKAGE if cell.detector.startswith("FlowGMM") else "scikit-learn"


def lines(runs: Runs) -> list[tuple]:
    """Means over seeds, of every set and of all sets by detector."""
    groups: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for cell in sorted(runs, key=lambda cell: (cell.data, list(DETECTORS).index(cell.detector))):
        groups[cell.data, cell.detector].append(runs[cell])
    return [_line(data, name, own) for (data, name), own in groups.items()]


def _line(data: str, detector: str, own: list[Run]) -> tuple:
    found = np.array([run.metrics.auroc for run in own])
    seconds = float(np.median([run.metrics.seconds for run in own]))
    summary = (float(found.mean()), reports.deviation(found), float(found.min()))
    return (data, *own[0].metrics[:2], detector, len(own), *summary, seconds, commits(own))


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
    summary = (float(found.mean()), reports.deviation(found))
    return (detector, n_sets, len(found), *summary, commits(own))


def wanted(
    names: Sequence[str], detectors: Sequence[str], n_seeds: int, folder: Path
) -> list[Cell]:
    """All runs, without those that would take too long."""
    apt = [key for key in product(names, detectors) if _is_apt(*key, folder)]
    return [Cell(*key, seed) for key in apt for seed in range(n_seeds)]


def _is_apt(name: str, detector: str, folder: Path) -> bool:
    """Whether a set has few enough columns; it is not read for those that take any number."""
    if detector not in MOST_FEATURES:
        return True
    return split(folder / f"{name}.npz", 0)[0].shape[1] <= MOST_FEATURES[detector]


def main(argv: Sequence[str] | None = None) -> None:
    """Do the runs that are missing and report."""
    command = Command("anomalies", __doc__, ("data", "seeds", "jobs"))
    command.add_names("detectors", DETECTORS)
    asked = command.asked(argv)
    folder = asked.data / "anomaly"
    with command.needing_data():
        names = set_names(folder)
    cells = wanted(names, asked.detectors, asked.seeds, folder)
    runs = record().completed(cells, partial(measure, folder=folder), asked.jobs)
    reports.report_runs("anomalies_by_set", HEADER, lines(runs))
    reports.report_runs("anomalies", HEADER_OF_MEANS, means(runs))


if __name__ == "__main__":
    main()
