"""Gaussian mixtures of filled rows, and what they say of incomplete ones."""

from typing import Any, Self

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split

SIZES = (1, 2, 4, 8, 16)
"""Numbers of components to choose from."""
VALIDATION_SHARE = 0.2


def marginal_log_prob(mixture: GaussianMixture, X: np.ndarray) -> np.ndarray:
    """Log p of what is there, ``(n,)``, in rows ``(n, d)`` with NaN; 0 of a row without values."""
    is_there = ~np.isnan(X)
    found = np.zeros(len(X))
    patterns, of_row = np.unique(is_there, axis=0, return_inverse=True)
    for number, seen in enumerate(patterns):
        if seen.any():
            rows = of_row == number
            found[rows] = _log_prob(mixture, X[rows][:, seen], seen)
    return found


def _log_prob(mixture: GaussianMixture, X: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Log p of the columns that are seen, ``(n, m)``."""
    parts = [
        multivariate_normal(mean[seen], covariance[np.ix_(seen, seen)], allow_singular=True)
        for mean, covariance in zip(mixture.means_, mixture.covariances_, strict=True)
    ]
    joint = np.stack([np.atleast_1d(part.logpdf(X)) for part in parts], axis=1)  # (n, K)
    return logsumexp(joint + np.log(mixture.weights_), axis=1)


class FilledMixture:
    """`GaussianMixture` of rows that an imputer has filled.

    The number of components has the largest log p of a fifth of the rows, held out.

    Parameters
    ----------
    imputer : transformer
    random_state : int
    """

    def __init__(self, imputer: Any, random_state: int) -> None:
        self.imputer = imputer
        self.random_state = random_state

    def fit(self, X: np.ndarray) -> Self:
        """Fill rows ``(n, d)`` with NaN, choose the number of components, and fit to all."""
        parts = train_test_split(X, test_size=VALIDATION_SHARE, random_state=self.random_state)
        filled, validation = self.imputer.fit_transform(parts[0]), parts[1]
        scores = {
            K: marginal_log_prob(self._mixture(K).fit(filled), validation).mean()
            for K in SIZES
            if len(filled) >= K
        }
        best = max(scores, key=lambda K: scores[K])
        self.mixture_ = self._mixture(best).fit(self.imputer.fit_transform(X))
        return self

    def _mixture(self, n_components: int) -> GaussianMixture:
        return GaussianMixture(n_components, random_state=self.random_state)

    def score_samples(self, X: np.ndarray) -> np.ndarray:
        """Log p of what is there in rows with NaN, ``(n,)``."""
        return marginal_log_prob(self.mixture_, X)
