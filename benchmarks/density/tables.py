"""The tables, split and standardised."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.preprocessing import StandardScaler

from benchmarks.data_sets import MissingDataError, spread

FEW_VALUES = 0.05
"""A column with fewer distinct values than this share of the rows is near-discrete."""
SOME_ROWS = 1000


@dataclass(frozen=True)
class Split:
    """Rows of a table, 80 : 10 : 10, standardised by the first part.

    Attributes
    ----------
    train, validation, test : ndarray of shape (n, d)
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, seed: int) -> "Split":
        """Shuffle, split and standardise rows."""
        order = np.random.default_rng(seed).permutation(len(X))
        tenth = len(X) // 10
        parts = X[order[2 * tenth :]], X[order[:tenth]], X[order[tenth : 2 * tenth]]
        scaler = StandardScaler().fit(parts[0])
        return cls(*(scaler.transform(part) for part in parts))


def _stored(path: str, key: str = "X") -> Callable[[Path], np.ndarray]:
    def load(folder: Path) -> np.ndarray:
        if not (folder / path).is_file():
            raise MissingDataError(f"there is no {folder / path}: an array {key!r}, (n, d).")
        with np.load(folder / path) as file:
            return file[key]

    return load


def _one_sample(folder: Path) -> np.ndarray:
    path = "clustering/cytometry/flowcap1_gvhd12.npz"
    sample = _stored(path, "sample")(folder)
    return _stored(path)(folder)[sample == sample.min()]


def _some(
    stored: Callable[[Path], np.ndarray], n_columns: int | None = None
) -> Callable[[Path], np.ndarray]:
    """A thousand random rows, the same each time, of the first columns."""

    def load(folder: Path) -> np.ndarray:
        X = stored(folder)
        return X[np.random.default_rng(0).permutation(len(X))[:SOME_ROWS], :n_columns]

    return load


SHARED: dict[str, Callable[[Path], np.ndarray]] = {
    "galaxy": _stored("density/galaxy82.npz"),
    "wine": _stored("density/uci_wine.npz"),
    "digits": lambda folder: load_digits().data,
    "pendigits": _stored("semisup/pendigits.npz"),
    "gvhd": _one_sample,
    "protein": _stored("density/uci_protein.npz"),
    "power": _stored("density/power_head48k.npz"),
}
"""Tables that defaults of this package were set on."""
SMALL: dict[str, Callable[[Path], np.ndarray]] = {
    "penguins": _stored("clustering/real/penguins.npz"),
    "diabetes": lambda folder: load_diabetes(scaled=False).data,
    "wine_cultivars": lambda folder: load_wine().data,
    "breast_cancer": lambda folder: load_breast_cancer().data,
    "date_fruit": _stored("clustering/real/date_fruit.npz"),
    "dry_bean_1000": _some(_stored("semisup/dry_bean.npz")),
    "magic_gamma_1000": _some(_stored("semisup/magic_gamma.npz")),
    "body_performance_1000": _some(_stored("semisup/body_performance.npz")),
    "waveform_1000": _some(_stored("semisup/waveform40.npz"), 21),  # 19 more are noise
    "house8L_1000": _some(_stored("density/house8L.npz")),
}
"""Tables of few rows. Other samples of them said how many models to average, and which tails."""
OTHER: dict[str, Callable[[Path], np.ndarray]] = {
    "cal_housing": _stored("density/cal_housing.npz"),
    "robot_sensors": _stored("semisup/robot_sensors.npz"),
    "cardiotocography": _stored("anomaly/7_Cardiotocography.npz"),
    "landsat": _stored("anomaly/19_landsat.npz"),
    "page_blocks": _stored("anomaly/27_PageBlocks.npz"),
    "pima": _stored("anomaly/29_Pima.npz"),
    "spam": _stored("anomaly/35_SpamBase.npz"),
    "stamps": _stored("anomaly/37_Stamps.npz"),
    "yeast": _stored("anomaly/47_yeast.npz"),
}
"""Tables whose densities nothing was set on."""
TABLES = SHARED | SMALL | OTHER
GROUPS = {"shared": tuple(SHARED), "small": tuple(SMALL), "other": tuple(OTHER)}


def load(name: str, folder: Path) -> np.ndarray:
    """Rows of a table, without constant columns, dequantised."""
    X = TABLES[name](folder).astype(np.float64)
    return spread_over_units(X[:, X.std(axis=0) > 0])


def spread_over_units(X: np.ndarray) -> np.ndarray:
    """Add uniform noise of one unit in the last place to columns of few distinct values.

    Their likelihood would be unbounded. The unit is the least distance between two values.
    """
    return spread(X, np.array([_unit(column) for column in X.T]))


def _unit(column: np.ndarray) -> float:
    values = np.unique(column)
    whole = bool((values == np.round(values)).all())
    if not whole and len(values) > FEW_VALUES * len(column):
        return 0.0
    return float(np.diff(values).min())
