"""Mixtures whose components are a Gaussian of the numbers times a table for each category."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal


@dataclass(frozen=True)
class Products:
    """A mixture of ``K`` components.

    Attributes
    ----------
    weights : ndarray of shape (K,)
    means : ndarray of shape (K, p)
    covariances : ndarray of shape (K, p, p)
    tables : list of ndarray of shape (K, n_levels)
        Probabilities of the levels of each category.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    tables: Sequence[np.ndarray]

    def log_density(self, numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Logs ``(n,)`` of the density of numbers ``(n, p)`` and codes ``(n, q)``."""
        gaussians = [
            multivariate_normal(mean, covariance, allow_singular=True).logpdf(numbers)
            for mean, covariance in zip(self.means, self.covariances, strict=True)
        ]
        logs = np.stack(gaussians, axis=1) + np.log(self.weights)  # (n, K)
        for table, code in zip(self.tables, codes.T, strict=True):
            logs += np.log(table).T[code]
        return logsumexp(logs, axis=1)

    def sample(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw numbers ``(n, p)`` and codes ``(n, q)``."""
        of = rng.choice(len(self.weights), n, p=self.weights)
        numbers = np.array(
            [rng.multivariate_normal(self.means[k], self.covariances[k]) for k in of]
        )
        codes = [[rng.choice(table.shape[1], p=table[k]) for k in of] for table in self.tables]
        return numbers, np.array(codes).T
