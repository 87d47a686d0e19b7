"""Experts that are Gaussians, one for each class. Knows numpy and scipy."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import softmax

from skflowmix.experts.base import Expert, Learner
from skflowmix.experts.evidence import Evidence
from skflowmix.experts.spaces import Space

LEAST_VARIANCE = 0.05
"""Of a standardised column within a class, beside labels that say less. By hand."""
JITTER = 1e-3
"""Added to variances of standardised columns, which may depend on each other. By hand."""


@dataclass(frozen=True)
class Gaussians(Expert):
    """Posterior of Gaussians, of a temperature of the root of d.

    A density of many columns adds up what each of them says, and where it is wrong they err
    together: log-densities are divided by the root of their number.

    Attributes
    ----------
    space : Space
    doubt : float
    means : ndarray of shape (C, d)
    factors : ndarray of shape (C, d, d)
        Lower Cholesky factors of the covariances.
    log_shares : ndarray of shape (C,)
        Logarithms of the shares of the classes, which no temperature applies to; minus infinity
        of a class without labels.
    """

    means: np.ndarray
    factors: np.ndarray
    log_shares: np.ndarray

    def proba(self, X: np.ndarray) -> np.ndarray:
        """Return the posterior."""
        log_densities = np.empty((len(X), len(self.means)))
        for own, mean, factor in zip(log_densities.T, self.means, self.factors, strict=True):
            z = solve_triangular(factor, (X - mean).T, lower=True)  # (d, n)
            own[:] = -(z**2).sum(axis=0) / 2 - np.log(np.diag(factor)).sum()
        return softmax(log_densities / np.sqrt(X.shape[1]) + self.log_shares, axis=1)


class SharedCovarianceLearner(Learner):
    """Means of the labelled rows of each class, and one covariance for all.

    The covariance is mixed with its diagonal, which counts for as many rows as there are columns.
    """

    def learn(self, evidence: Evidence) -> Gaussians:
        """Estimate means and the covariance within classes."""
        rows, classes, weights = evidence.examples()
        member = np.eye(evidence.n_classes)[classes] * weights[:, None]  # (L, C)
        counts = member.sum(axis=0)
        means = member.T @ self.X[rows] / np.maximum(counts, np.finfo(float).tiny)[:, None]
        off = self.X[rows] - means[classes]
        scatter = (off.T * weights) @ off
        factor = np.linalg.cholesky(_mixed(scatter, counts.sum() - np.count_nonzero(counts)))
        factors = np.broadcast_to(factor, (len(means), *factor.shape))
        with np.errstate(divide="ignore"):
            log_shares = np.log(counts / counts.sum())
        return Gaussians(self.space, evidence.doubt, means, factors, log_shares)


def _mixed(scatter: np.ndarray, n_free: float) -> np.ndarray:
    """Return the covariance ``(d, d)`` of a scatter of so many free rows, never singular."""
    d, n_free = len(scatter), max(n_free, 1.0)
    variances = np.maximum(np.diag(scatter) / n_free, LEAST_VARIANCE)
    return (scatter + d * np.diag(variances)) / (n_free + d) + JITTER * np.eye(d)


def gaussians_of(
    X: np.ndarray, responsibilities: np.ndarray, space: Space, shrinkage: float, doubt: float
) -> Gaussians:
    """Return Gaussians of all rows ``(m, d)``, by responsibilities ``(m, C)``.

    Each covariance is mixed with the pooled one, which has a share of ``shrinkage``.
    """
    counts = responsibilities.sum(axis=0)
    shares = counts / counts.sum()
    means = responsibilities.T @ X / counts[:, None]
    covariances = np.stack(
        [
            ((X - m).T * own) @ (X - m) / own.sum()
            for m, own in zip(means, responsibilities.T, strict=True)
        ]
    )
    pooled = np.tensordot(shares, covariances, 1)
    mixed = (1 - shrinkage) * covariances + shrinkage * pooled + JITTER * np.eye(X.shape[1])
    log_shares = np.log(shares) / np.sqrt(X.shape[1])  # as the temperature makes of weights
    return Gaussians(space, doubt, means, np.linalg.cholesky(mixed), log_shares)
