"""The densest rows, and a density of them that no clump of anomalies can bend.

A good density finds clumps of anomalies dense, as they are. Two densities cannot bend to them: a
Gaussian, which sees how columns depend on each other, and a product of column densities, which
sees tails, steps and gaps. Half of each are a mixture, in which the one that explains rows better
prevails: a row is unusual if both say so. Knows numpy and these densities.
"""

from collections.abc import Callable

import numpy as np

from skflowmix.outliers.densities import Blend, Columns, Density, Gaussian

RIDGE = 0.003
"""Added to the variances of the Gaussian: as a share of them, and of those of all rows. Set as the
constants of the columns were."""
MAX_ITER = 30
"""Most fits of a density to the rows that it finds densest: an end to a search that circles."""
DECIMALS = 9
"""Rows whose log-densities agree so far are as dense as each other."""


def fit_gaussian(Z: np.ndarray, weights: np.ndarray) -> Gaussian:
    """Fit a Gaussian to standardised rows ``(n, d)``."""
    return Gaussian.of(Z, weights, relative=RIDGE, absolute=RIDGE)


def fit_halves(Z: np.ndarray, weights: np.ndarray) -> Blend:
    """Fit half a Gaussian and half a density of columns to standardised rows ``(n, d)``."""
    return _halves(fit_gaussian(Z, weights), Columns.of(Z, weights))


def _halves(gaussian: Gaussian, columns: Columns) -> Blend:
    return Blend((gaussian, columns), np.log([0.5, 0.5]))


def find_support(Z: np.ndarray, weights: np.ndarray, fraction: float) -> tuple[np.ndarray, Blend]:
    """Find the densest standardised rows ``(n, d)``, and the density of them.

    Parameters
    ----------
    Z : ndarray of shape (n, d)
    weights : ndarray of shape (n,)
        Above 0.
    fraction : float
        Share of the weight that these rows have.

    Returns
    -------
    support : ndarray of shape (n,)
        How much of the weight of each row is in the support: all or nothing but for rows at its
        border, which share what is left.
    density : Blend
        Half a Gaussian and half a product of column densities.

    References
    ----------
    Rousseeuw and van Driessen (1999), A fast algorithm for the minimum covariance determinant
    estimator, for the steps; Hadi and Luceno (1997), Maximum trimmed likelihood
    estimators, for likelihoods in the place of distances.
    """
    core = densest(_closeness(Z, weights), weights, fraction)
    core = _concentrated(fit_gaussian, core, Z, weights, fraction)
    begin = _halves(_of_support(fit_gaussian, Z, core), Columns.of(Z, weights))
    core = densest(begin.log_prob(Z), weights, fraction)
    core = _concentrated(fit_halves, core, Z, weights, fraction)
    return core, _of_support(fit_halves, Z, core)


def densest(log_prob: np.ndarray, weights: np.ndarray, fraction: float) -> np.ndarray:
    """Return how much of each weight ``(n,)`` is among the densest of a share of all weight."""
    _, rank = np.unique(-log_prob.round(DECIMALS), return_inverse=True)
    totals = np.bincount(rank, weights)
    room = fraction * totals.sum() - (np.cumsum(totals) - totals)
    return weights * np.clip(room / totals, 0, 1)[rank]


def _concentrated(
    fit: Callable[[np.ndarray, np.ndarray], Density],
    core: np.ndarray,
    Z: np.ndarray,
    weights: np.ndarray,
    fraction: float,
) -> np.ndarray:
    """Fit a density to the rows that it finds densest, in turn, until these stay the same."""
    for _ in range(MAX_ITER):
        density = _of_support(fit, Z, core)
        before, core = core, densest(density.log_prob(Z), weights, fraction)
        if (np.abs(core - before) <= 1e-9 * weights).all():
            break
    return core


def _of_support(fit: Callable[[np.ndarray, np.ndarray], Density], Z: np.ndarray, core: np.ndarray):
    return fit(Z[core > 0], core[core > 0])


def medians(Z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the medians ``(d,)`` of columns; of two values in the middle, their mean."""
    around = [0.5 - 1e-9, 0.5 + 1e-9]  # so that no last digit of a weight decides
    return np.quantile(Z, around, axis=0, weights=weights, method="inverted_cdf").mean(0)


def _closeness(Z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How close rows are to the medians, in mean deviations of each column: more is closer."""
    away = np.abs(Z - medians(Z, weights))
    spread = np.average(away, axis=0, weights=weights)
    return -((away / np.maximum(spread, 1e-12)) ** 2).sum(1)
