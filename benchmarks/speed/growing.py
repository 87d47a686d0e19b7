"""The estimators whose fits are timed as rows, columns and groups become more, and such a fit."""

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.cluster import HDBSCAN, SpectralClustering
from sklearn.mixture import GaussianMixture

from benchmarks.papers.rivals import FLOWS, Factory
from benchmarks.papers.runs import fitted
from benchmarks.speed.memory import PeakMemory
from benchmarks.speed.peers import without
from benchmarks.speed.timing import one_thread

ZUKO = "zuko MAF, our schedule"


def _zuko(K: int, seed: int) -> Any:
    return import_module("benchmarks.speed.zuko_fits").ZukoFlow(K, seed)


ESTIMATORS: dict[str, Factory] = {
    **FLOWS,
    "GaussianMixture": lambda K, seed: GaussianMixture(K, random_state=seed),
    "SpectralClustering": lambda K, seed: SpectralClustering(
        K, affinity="nearest_neighbors", n_neighbors=10, random_state=seed
    ),
    "HDBSCAN": lambda K, seed: HDBSCAN(copy=True),
    ZUKO: _zuko,
}
BRIEF: dict[str, dict[str, Any]] = {
    **{name: {"max_iter": 1, "device": "cpu"} for name in FLOWS},
    ZUKO: {"limit": 0.01},
}
"""Parameters of those whose fit of a few rows would take seconds."""
WHOLE: dict[str, dict[str, Any]] = {name: {"device": "cpu"} for name in FLOWS}
"""Parameters of those that would look for a GPU."""


class Cell(NamedTuple):
    """One fit."""

    estimator: str
    n: int
    d: int
    K: int


class Metrics(NamedTuple):
    """What it took."""

    seconds: float
    mebibytes: float


def installed() -> list[str]:
    """Those whose library is there; of the others a line says how to get it."""
    missing = {ZUKO} if without(["zuko"]) else set()
    return [name for name in ESTIMATORS if name not in missing]


def fit(cell: Cell, path: Path, is_brief: bool) -> Metrics:
    """Fit rows of a file; meant for a fresh process."""
    X, name = np.load(path, mmap_mode="r"), cell.estimator
    with one_thread():
        fitted(_made(name, 2, BRIEF), np.random.default_rng(0).normal(size=(50, 2)))
        model = _made(name, cell.K, BRIEF if is_brief else WHOLE)
        with PeakMemory() as peak:
            _, seconds = fitted(model, X)
    return Metrics(seconds, peak.mebibytes)


def _made(name: str, K: int, parameters: dict[str, dict[str, Any]]) -> Any:
    return ESTIMATORS[name](K, 0).set_params(**parameters.get(name, {}))
