"""The tables whose values are hidden."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from sklearn.preprocessing import StandardScaler

from benchmarks.density.tables import TABLES as DENSITIES
from benchmarks.density.tables import spread_over_units
from benchmarks.missing.gaps import hidden, with_gaps
from benchmarks.tables.sources import arrays

MOST_ROWS = 1000
"""Most rows to fit, and most rows of the test."""
QUICK_ROWS = 100
TEST_SHARE = 0.3
MOST_OF_ONE_VALUE = 0.95
"""A column with one value in a larger share of its rows is left out: its deviation says little."""

TABLES: dict[str, Callable[[Path], np.ndarray]] = {
    "wine": DENSITIES["wine_cultivars"],
    "breast_cancer": DENSITIES["breast_cancer"],
    "pendigits": DENSITIES["pendigits"],
    "protein": DENSITIES["protein"],
    "house8L": lambda folder: arrays(folder / "density/house8L.npz")["X"],
    "gvhd": DENSITIES["gvhd"],
    "dry_bean": lambda folder: arrays(folder / "semisup/dry_bean.npz")["X"],
    "digits": DENSITIES["digits"],
}


class Split(NamedTuple):
    """Rows ``(n, d)`` to fit and of the test, in the deviations of the rows to fit."""

    train: np.ndarray
    test: np.ndarray

    def incomplete(self, mechanism: str, share: float, seed: int) -> Self:
        """The same with NaN where values are hidden, in both by the same column if by one."""
        both = np.vstack(self)
        rows = with_gaps(both, hidden(both, mechanism, share, seed))
        return type(self)(*np.split(rows, [len(self.train)]))


def split(name: str, folder: Path, seed: int, is_quick: bool, spread: bool = False) -> Split:
    """Random complete rows of a table; with ``spread``, columns of few values have noise."""
    X = varied(TABLES[name](folder).astype(np.float64))
    if spread:
        X = spread_over_units(X)
    order = np.random.default_rng(seed).permutation(len(X))
    most = QUICK_ROWS if is_quick else MOST_ROWS
    n_test = min(round(TEST_SHARE * len(X)), most)
    train, test = order[n_test:][:most], order[:n_test]
    scaler = StandardScaler().fit(X[train])
    return Split(scaler.transform(X[train]), scaler.transform(X[test]))


def varied(X: np.ndarray) -> np.ndarray:
    """The columns of rows ``(n, d)`` of which no value has nearly all rows."""
    return X[:, [_commonest(column) < MOST_OF_ONE_VALUE for column in X.T]]


def _commonest(column: np.ndarray) -> float:
    return np.unique(column, return_counts=True)[1].max() / len(column)
