"""Densities that are plain arrays, and how much each column adds to a row's unlikeliness.

Knows numpy and scipy only.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import log_softmax, logsumexp

from skflowmix.outliers.base import View

LOG_2PI = float(np.log(2 * np.pi))
N_BINS = 16
"""Gaussians in the density of a column, each for as much weight of its values in order."""
BANDWIDTH = 0.2
"""Deviation added to each of them, in deviations of the column."""
WIDE_SHARE, WIDE = 0.05, 10.0
"""Share of one Gaussian more, and its deviation in those of the column: the tails.

These and the numbers above were set by hand on the 21 tables of ``benchmarks/anomalies.py``; other
values of each kept the mean AUROC of the support between .781 and .783."""
LOG_SHARES = np.log(np.append(np.full(N_BINS, (1 - WIDE_SHARE) / N_BINS), WIDE_SHARE))


class Density(View, ABC):
    """A density: a row is as unusual as it is unlikely, -log p in nats."""

    @abstractmethod
    def log_prob(self, Z: np.ndarray) -> np.ndarray:
        """Return log p, ``(n,)`` in nats, of standardised rows ``(n, d)``."""

    def unusualness(self, Z: np.ndarray) -> np.ndarray:
        """Return -log p, ``(n,)`` in nats, of standardised rows ``(n, d)``."""
        return -self.log_prob(Z)


@dataclass(frozen=True)
class Gaussian(Density):
    """A Gaussian.

    Attributes
    ----------
    mean : ndarray of shape (d,)
    factor : ndarray of shape (d, d)
        Lower triangular root of its covariance.
    """

    mean: np.ndarray
    factor: np.ndarray

    @classmethod
    def of(
        cls, Z: np.ndarray, weights: np.ndarray, relative: float, absolute: float
    ) -> "Gaussian":
        """Fit standardised rows ``(n, d)`` of given weights, with a ridge on the variances.

        The ridge is a share of each variance, and of that of all rows, which is 1.
        """
        mean = np.average(Z, axis=0, weights=weights)
        centred = (Z - mean) * np.sqrt(weights / weights.sum())[:, None]
        covariance = centred.T @ centred
        ridge = absolute + relative * np.diag(covariance)
        return cls(mean, np.linalg.cholesky(covariance + np.diag(ridge)))

    @property
    def _log_height(self) -> float:
        """Largest log-density."""
        return -0.5 * len(self.mean) * LOG_2PI - float(np.log(np.diag(self.factor)).sum())

    def log_prob(self, Z: np.ndarray) -> np.ndarray:
        """Return log p, ``(n,)`` in nats, of standardised rows ``(n, d)``."""
        whitened = solve_triangular(self.factor, (Z - self.mean).T, lower=True)  # (d, n)
        return self._log_height - 0.5 * (whitened**2).sum(0)

    def by_column(self, Z: np.ndarray) -> np.ndarray:
        """Return what each column adds to -log p, ``(n, d)``: exact, in no order, with no minus.

        Rows are whitened by the symmetric root of the correlations, so that each whitened column
        stays as close as it can to its own.

        References
        ----------
        Garthwaite and Koch (2016), Evaluating the contributions of individual variables to a
        quadratic form.
        """
        covariance = self.factor @ self.factor.T
        deviation = np.sqrt(np.diag(covariance))
        values, directions = np.linalg.eigh(covariance / np.outer(deviation, deviation))
        root = directions / np.sqrt(np.maximum(values, 1e-12)) @ directions.T
        whitened = (Z - self.mean) / deviation @ root  # (n, d)
        return 0.5 * whitened**2 - self._log_height / len(self.mean)


@dataclass(frozen=True)
class Columns(Density):
    """A density of independent columns, each a mixture of B Gaussians of fixed shares.

    Attributes
    ----------
    means, deviations : ndarray of shape (d, B)
    """

    means: np.ndarray
    deviations: np.ndarray

    @classmethod
    def of(cls, Z: np.ndarray, weights: np.ndarray) -> "Columns":
        """Fit standardised rows ``(n, d)`` of given weights."""
        columns = zip(*(_column(column, weights) for column in Z.T), strict=True)
        return cls(*(np.array(column) for column in columns))

    def log_prob(self, Z: np.ndarray) -> np.ndarray:
        """Return log p, ``(n,)`` in nats, of standardised rows ``(n, d)``."""
        return -self.by_column(Z).sum(1)

    def by_column(self, Z: np.ndarray) -> np.ndarray:
        """Return -log p of each column, ``(n, d)``: exact."""
        heights = LOG_SHARES - np.log(self.deviations) - 0.5 * LOG_2PI  # (d, B)
        found = np.empty(Z.shape)
        for j, column in enumerate(Z.T):  # one by one to save memory
            z = (column - self.means[j][:, None]) / self.deviations[j][:, None]  # (B, n)
            z = heights[j][:, None] - 0.5 * z**2
            most = z.max(0)
            found[:, j] = -most - np.log(np.exp(z - most).sum(0))
        return found


def _column(column: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and deviations ``(B,)``: one for each part of the sorted values, and of all of them.

    A value may lie in two parts, so that all have the same weight and a value of weight two is
    two values.
    """
    order = np.argsort(column, kind="stable")
    filled = np.cumsum(weights[order])
    filled /= filled[-1]
    ends = np.union1d(filled, np.arange(1, N_BINS) / N_BINS)  # of pieces within value and part
    share = np.diff(ends, prepend=0.0)
    middle = ends - share / 2
    values = column[order][np.searchsorted(filled, middle)]
    parts = np.minimum((middle * N_BINS).astype(int), N_BINS - 1)
    mean = np.bincount(parts, share * values, N_BINS) * N_BINS
    variance = np.bincount(parts, share * (values - mean[parts]) ** 2, N_BINS) * N_BINS
    centre = mean.mean()
    spread = variance.mean() + ((mean - centre) ** 2).mean()
    deviation = np.sqrt(np.append(variance, spread) + BANDWIDTH**2)
    deviation[-1] *= WIDE
    return np.append(mean, centre), deviation


@dataclass(frozen=True)
class Blend(Density):
    """A mixture of densities.

    Attributes
    ----------
    parts : tuple of Density
    log_weights : ndarray of shape (K,)
        Logarithms of their shares.
    """

    parts: Sequence[Density]
    log_weights: np.ndarray

    def joint_log_prob(self, Z: np.ndarray) -> np.ndarray:
        """Return log p(z, k), ``(n, K)`` in nats, of standardised rows ``(n, d)``."""
        return np.stack([part.log_prob(Z) for part in self.parts], 1) + self.log_weights

    def log_prob(self, Z: np.ndarray) -> np.ndarray:
        """Return log p, ``(n,)`` in nats, of standardised rows ``(n, d)``."""
        return logsumexp(self.joint_log_prob(Z), axis=1)

    def by_column(self, Z: np.ndarray) -> np.ndarray:
        """Return what each column adds to -log p, ``(n, d)``: exact where it is in the parts.

        With r_k for p(k given z), -log p = sum_k r_k (log r_k - log w_k - log p_k). What is not
        of a part is shared evenly.
        """
        log_shares = log_softmax(self.joint_log_prob(Z), axis=1)  # (n, K)
        shares = np.exp(log_shares)
        even = (shares * (log_shares - self.log_weights)).sum(1) / Z.shape[1]
        columns = zip(self.parts, shares.T, strict=True)
        return sum(share[:, None] * part.by_column(Z) for part, share in columns) + even[:, None]
