"""A density that no clump of anomalies can bend.

A good density finds clumps of anomalies dense, as they are. Two densities cannot bend to them: a
Gaussian, which sees how columns depend on each other, and a product of column densities, which
sees tails, steps and gaps. Half of each are a mixture, in which the one that explains rows better
prevails. Knows numpy and torch only.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from skflowmix.mixtures.flow import LOG_2PI

N_BINS = 16
"""Gaussians in the density of a column, each for as many of its values in order."""
BANDWIDTH = 0.2
"""Deviation added to each of them, in deviations of the column."""
WIDE_SHARE, WIDE = 0.05, 10.0
"""Share of one Gaussian more, and its deviation in those of the column: the tails."""
RIDGE = 0.003
"""Added to the variances of the Gaussian: as a share of them, and of those of all rows.

These and the numbers above were set by hand on the 21 tables of ``benchmarks/anomalies.py``; other
values of each kept the mean AUROC between .781 and .783."""


@dataclass(frozen=True)
class Gaussian:
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
    def of(cls, Z: np.ndarray, weights: np.ndarray) -> "Gaussian":
        """Fit standardised rows ``(n, d)`` of given weights."""
        mean = np.average(Z, axis=0, weights=weights)
        centred = (Z - mean) * np.sqrt(weights / weights.sum())[:, None]
        covariance = centred.T @ centred
        ridge = RIDGE * (1 + np.diag(covariance))
        return cls(mean, np.linalg.cholesky(covariance + np.diag(ridge)))

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x), ``(n,)``, of ``x (n, d)``."""
        mean, factor = (torch.from_numpy(each).to(x) for each in (self.mean, self.factor))
        z = torch.linalg.solve_triangular(factor, (x - mean).T, upper=False)  # (d, n)
        log_det = factor.diagonal().log().sum()
        return -0.5 * (z.square().sum(0) + x.shape[1] * LOG_2PI) - log_det

    def sample(self, n_samples: int, random_state: np.random.RandomState) -> np.ndarray:
        """Draw rows ``(n, d)``."""
        return self.mean + random_state.normal(size=(n_samples, len(self.mean))) @ self.factor.T


@dataclass(frozen=True)
class Columns:
    """A density of independent columns, each a mixture of B Gaussians.

    Attributes
    ----------
    weights, means, deviations : ndarray of shape (d, B)
    """

    weights: np.ndarray
    means: np.ndarray
    deviations: np.ndarray

    @classmethod
    def of(cls, Z: np.ndarray, weights: np.ndarray) -> "Columns":
        """Fit standardised rows ``(n, d)`` of given weights."""
        columns = zip(*(_mixture(column, weights) for column in Z.T), strict=True)
        return cls(*(np.array(column) for column in columns))

    @property
    def n_free_parameters(self) -> int:
        """How many numbers are free: weights but one, and means and deviations, a column."""
        return self.means.shape[0] * (3 * self.means.shape[1] - 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x), ``(n,)``, of ``x (n, d)``, column by column to save memory."""
        total = x.new_full((len(x),), -0.5 * x.shape[1] * LOG_2PI)
        scaled = np.log(np.maximum(self.weights, 1e-300) / self.deviations)
        numbers = (torch.from_numpy(each).to(x) for each in (scaled, self.means, self.deviations))
        for column, height, mean, deviation in zip(x.T, *numbers, strict=True):
            z = (column.unsqueeze(1) - mean) / deviation  # (n, B)
            total += (height - 0.5 * z.square()).logsumexp(1)
        return total

    def sample(self, n_samples: int, random_state: np.random.RandomState) -> np.ndarray:
        """Draw rows ``(n, d)``."""
        n_bins = self.weights.shape[1]
        columns = []
        for weight, mean, deviation in zip(self.weights, self.means, self.deviations, strict=True):
            which = random_state.choice(n_bins, n_samples, p=weight / weight.sum())
            columns.append(random_state.normal(mean[which], deviation[which]))
        return np.stack(columns, axis=1)


def _mixture(column: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, means and deviations ``(B,)``: one Gaussian for each part of the sorted values."""
    order = np.argsort(column, kind="stable")
    values, share = column[order], weights[order] / weights.sum()
    bins = ((np.cumsum(share) - share / 2) * N_BINS).astype(int)
    sums = [np.bincount(bins, share * values**power, minlength=N_BINS) for power in range(3)]
    # Moments of the bins, and last of the whole column.
    weight, first, second = (np.append(each, each.sum()) for each in sums)
    mean = first / np.maximum(weight, 1e-300)
    variance = np.maximum(second / np.maximum(weight, 1e-300) - mean**2, 0)
    deviation = np.sqrt(variance + BANDWIDTH**2)
    deviation[-1] *= WIDE
    return np.append(sums[0] * (1 - WIDE_SHARE), WIDE_SHARE), mean, deviation


@dataclass(frozen=True)
class SupportDensity:
    """Half a Gaussian and half a density of columns.

    Attributes
    ----------
    gaussian : Gaussian
    columns : Columns
    """

    gaussian: Gaussian
    columns: Columns

    @classmethod
    def of(cls, Z: np.ndarray, weights: np.ndarray) -> "SupportDensity":
        """Fit standardised rows ``(n, d)`` of given weights."""
        return cls(Gaussian.of(Z, weights), Columns.of(Z, weights))

    @property
    def n_free_parameters(self) -> int:
        """How many numbers of both halves are free."""
        n_features = len(self.gaussian.mean)
        return n_features * (n_features + 3) // 2 + self.columns.n_free_parameters

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x), ``(n,)``, of ``x (n, d)``."""
        return _halves(self.gaussian.log_prob(x), self.columns.log_prob(x))

    def sample(self, n_samples: int, random_state: np.random.RandomState) -> np.ndarray:
        """Draw rows ``(n, d)``."""
        drawn = [part.sample(n_samples, random_state) for part in (self.gaussian, self.columns)]
        return np.where(random_state.uniform(size=(n_samples, 1)) < 0.5, *drawn)


def _halves(one: Tensor, other: Tensor) -> Tensor:
    return torch.logaddexp(one, other) - math.log(2)
