"""Any density estimator as a view of rows. Knows scikit-learn's interface of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from skflowmix.outliers.densities import Density
from skflowmix.outliers.support import medians
from skflowmix.outliers.training import TrainingRows


@dataclass(frozen=True)
class Estimated(Density):
    """A density that an estimator has found among the densest rows.

    Attributes
    ----------
    estimator : estimator
        Fitted.
    centre : ndarray of shape (d,)
        Medians of the densest rows.
    """

    estimator: Any
    centre: np.ndarray

    @classmethod
    def of(cls, rows: TrainingRows, estimator: Any) -> "Estimated":
        """Fit a clone to the densest rows.

        If its `fit` takes no weights, it is given rows as often as they weigh, rounded.
        """
        Z, weights = rows.Z[rows.core > 0], rows.core[rows.core > 0]
        centre = medians(Z, weights)
        fitted = clone(estimator)
        if has_fit_parameter(fitted, "sample_weight"):
            fitted.fit(Z, sample_weight=weights)
        else:
            fitted.fit(np.repeat(Z, np.maximum(weights.round(), 1).astype(int), axis=0))
        return cls(fitted, centre)

    def log_prob(self, Z: np.ndarray) -> np.ndarray:
        """Return log p, ``(n,)`` in nats, of standardised rows ``(n, d)``."""
        return np.asarray(self.estimator.score_samples(Z), dtype=np.float64)

    def by_column(self, Z: np.ndarray) -> np.ndarray:
        """Return how much likelier a row is with one column at its median, ``(n, d)``.

        The sums are not exact: columns may be unusual together alone.
        """
        here = self.log_prob(Z)
        found = np.empty(Z.shape)
        for j, middle in enumerate(self.centre):
            moved = Z.copy()
            moved[:, j] = middle
            found[:, j] = self.log_prob(moved) - here
        return found
