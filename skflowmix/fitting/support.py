"""Which rows to fit to where others may be anomalies. Knows numpy, torch and support densities."""

from collections.abc import Callable

import numpy as np
import torch

from skflowmix.mixtures.support import Columns, Gaussian, SupportDensity

MAX_ITER = 30
"""Most fits of a density to the rows that it finds densest: an end to a search that circles."""


def find_support(
    Z: np.ndarray, weights: np.ndarray, fraction: float
) -> tuple[np.ndarray, SupportDensity]:
    """Find the densest standardised rows ``(n, d)``, and the density of them.

    Parameters
    ----------
    Z : ndarray of shape (n, d)
    weights : ndarray of shape (n,)
    fraction : float
        Share of the weight that these rows have.

    Returns
    -------
    support : ndarray of shape (m,)
        Numbers of these rows, in order.
    density : SupportDensity

    References
    ----------
    Rousseeuw and van Driessen (1999), A fast algorithm for the minimum covariance determinant
    estimator, for the steps; Hadi and Luceno (1997), Maximum trimmed likelihood
    estimators, for likelihoods in the place of distances.
    """
    x = torch.from_numpy(Z)

    def refitted(kind: type[Gaussian | SupportDensity]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda support: kind.of(Z[support], weights[support]).log_prob(x).numpy()

    support = _concentrated(refitted(Gaussian), _central(Z, weights), weights, fraction)
    begin = SupportDensity(Gaussian.of(Z[support], weights[support]), Columns.of(Z, weights))
    support = _concentrated(refitted(SupportDensity), begin.log_prob(x).numpy(), weights, fraction)
    return support, SupportDensity.of(Z[support], weights[support])


def _concentrated(
    log_prob: Callable[[np.ndarray], np.ndarray],
    first: np.ndarray,
    weights: np.ndarray,
    fraction: float,
) -> np.ndarray:
    """Fit a density to the rows that it finds densest, in turn, until these stay the same."""
    support = _densest(first, weights, fraction)
    for _ in range(MAX_ITER):
        before, support = support, _densest(log_prob(support), weights, fraction)
        if np.array_equal(support, before):
            break
    return support


def _densest(log_prob: np.ndarray, weights: np.ndarray, fraction: float) -> np.ndarray:
    """Numbers of the densest rows that have a share of the weight, in order."""
    order = np.argsort(-log_prob, kind="stable")
    filled = np.cumsum(weights[order]) / weights.sum()
    return np.sort(order[: np.searchsorted(filled, fraction - 1e-9) + 1])


def _central(Z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How close rows are to the medians, in mean deviations of each column: more is closer."""
    median = np.quantile(Z, 0.5, axis=0, weights=weights, method="inverted_cdf")
    away = np.abs(Z - median)
    spread = np.average(away, axis=0, weights=weights)
    return -((away / np.maximum(spread, 1e-12)) ** 2).sum(1)
