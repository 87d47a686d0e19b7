"""What a fit of a detector has found, as plain data, and all that it can answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from skflowmix.data.scaling import Scaling
from skflowmix.outliers.base import View
from skflowmix.outliers.estimated import Estimated
from skflowmix.outliers.registry import DENSITY, VIEWS, WEIGHTS
from skflowmix.outliers.tails import Tail
from skflowmix.outliers.thresholds import AUTO_VIEW, threshold
from skflowmix.outliers.training import TrainingRows
from skflowmix.versioned import Versioned

CHUNK = 10_000
"""New rows that are looked at a time."""
N_TYPICAL = 200
"""Rows of the fit that say what a column adds to a typical row."""
FORMAT_VERSION = 1
"""Version of what it holds. A change that older pickles cannot follow raises it."""


@dataclass(frozen=True, eq=False)
class FittedDetector(Versioned):
    """Views of rows, and how unusual rows are in each of them: plain data only.

    Attributes
    ----------
    scaling : Scaling
        Of the columns.
    views : dict of View
        By their names; V of them.
    tails : dict of Tail
        One for each view.
    weights : ndarray of shape (V,)
        What the views count; their sum is 1.
    some_rows : ndarray of shape (m, d)
        Some standardised rows of the fit.
    offset : float
        Score below which a row is called an outlier.
    feature_names : ndarray of shape (d,) or None
        Names of the columns.
    format_version : int
    """

    _saved_as = "detector"

    scaling: Scaling
    views: dict[str, View]
    tails: dict[str, Tail]
    weights: np.ndarray
    some_rows: np.ndarray
    offset: float
    feature_names: np.ndarray | None = None
    format_version: int = FORMAT_VERSION

    @property
    def n_features(self) -> int:
        """Number of columns, d."""
        return len(self.scaling.center)

    @property
    def density(self) -> Any:
        """The fitted estimator of the view that a user has added."""
        view = self.views.get(DENSITY)
        if not isinstance(view, Estimated):
            raise AttributeError("there is no density")
        return view.estimator

    def score(self, X: np.ndarray) -> np.ndarray:
        """Return minus the mean log-tail, ``(n,)`` in nats, of rows ``(n, d)``: less is rarer."""
        return self._in_chunks(lambda Z: -self._log_tails(Z) @ self.weights, X)

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """Return what columns add to the mean log-tail, ``(n, d)`` in nats, of rows ``(n, d)``."""
        return self._in_chunks(self._contributions, X)

    def _in_chunks(
        self, function: Callable[[np.ndarray], np.ndarray], X: np.ndarray
    ) -> np.ndarray:
        """``function(Z)`` of standardised rows, chunk by chunk."""
        parts = [X[begin : begin + CHUNK] for begin in range(0, len(X), CHUNK)]
        scaled = (self.scaling.apply(np.asarray(part, dtype=np.float64)) for part in parts)
        return np.concatenate([function(Z) for Z in scaled])

    def _log_tails(self, Z: np.ndarray) -> np.ndarray:
        """Log-tails of each view, ``(n, V)``, of standardised rows ``(n, d)``."""
        found = [self.tails[name](view.unusualness(Z)) for name, view in self.views.items()]
        return np.stack(found, axis=1)

    def _contributions(self, Z: np.ndarray) -> np.ndarray:
        weighed = self._log_tails(Z) * self.weights  # (n, V)
        shares = [self._shares(name, Z) for name in self.views]
        return np.einsum("nv,vnd->nd", weighed, np.stack(shares))

    def _shares(self, name: str, Z: np.ndarray) -> np.ndarray:
        """Shares of columns ``(n, d)`` in what a view says beyond what it says of typical rows."""
        excess = np.maximum(self.views[name].by_column(Z) - self._typical[name], 0)
        total = excess.sum(1, keepdims=True)
        even = np.full_like(excess, 1 / Z.shape[1])
        return np.divide(excess, total, out=even, where=total > 0)

    @cached_property
    def _typical(self) -> dict[str, np.ndarray]:
        """Medians ``(d,)``, by view, of what the columns add to some rows of the fit."""
        return {
            name: np.median(view.by_column(self.some_rows), axis=0)
            for name, view in self.views.items()
        }


def fit_detector(
    X: np.ndarray,
    sample_weight: np.ndarray,
    density: Any = None,
    contamination: float | str = "auto",
    feature_names: np.ndarray | None = None,
) -> FittedDetector:
    """Learn how rare rows like each of ``X (n, d)`` are, in every view.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows of finite numbers.
    sample_weight : ndarray of shape (n,)
        How many rows each of them stands for; two or more are positive.
    density : estimator or None
        One more view: a density estimator, a clone of which is fitted to the densest rows.
    contamination : float or "auto"
        Share of the rows to call outliers, see `threshold`.
    feature_names : ndarray of shape (d,) or None
        Names of the columns.

    Returns
    -------
    fitted : FittedDetector
    """
    rows = TrainingRows.of(X, sample_weight)
    views = {name: make(rows) for name, make in VIEWS.items()}
    if density is not None:
        views[DENSITY] = Estimated.of(rows, density)
    found = {name: view.unusualness(rows.Z) for name, view in views.items()}
    tails = {name: Tail.of(each, rows.weights) for name, each in found.items()}
    weights = np.array([WEIGHTS[name] for name in views])
    weights /= weights.sum()
    heights = np.stack([tails[name](each) for name, each in found.items()], axis=1)  # (n, V)
    scores = -heights @ weights
    offset = threshold(scores, found[AUTO_VIEW], rows.weights, contamination)
    some = rows.Z[:N_TYPICAL]
    return FittedDetector(rows.scaling, views, tails, weights, some, offset, feature_names)
