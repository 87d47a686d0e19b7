"""Rows standardised column by column, and the directions in which they are narrow.

Knows numpy only.
"""

from dataclasses import dataclass

import numpy as np

FAR = 1e30
"""Standardised values beyond this are moved to it, so that no square of one overflows."""
NARROW = 0.05
"""Variance of standardised rows below which a direction is stretched to it: the first steps of a
flow move rows in any direction, and would leave what is narrower far behind. Without it, affine
flows did not leave their start on protein, landsat and ALOI (-4.8 became 0.7 nats on protein)."""
LEAST_SPREAD = 1e-12
"""Deviation, as a share of the largest value of a column, up to which the column is constant."""


@dataclass(frozen=True)
class Scaling:
    """Centre and spread of each column.

    Attributes
    ----------
    center, spread : ndarray of shape (d,)
    """

    center: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, weights: np.ndarray) -> "Scaling":
        """Measure weighted means and deviations; a constant column is scaled by its own size."""
        size = np.abs(X).max(0)
        size[size == 0] = 1.0
        unit = X / size  # within [-1, 1], so that neither 1e200 nor 1e-200 leaves the range
        center = np.average(unit, axis=0, weights=weights)
        spread = np.sqrt(np.average((unit - center) ** 2, axis=0, weights=weights))
        spread[spread < LEAST_SPREAD] = 1.0
        return cls(center * size, spread * size)

    @property
    def log_det(self) -> float:
        """Log-determinant of `apply`, in nats."""
        return -float(np.log(self.spread).sum())

    @property
    def relative_spread(self) -> np.ndarray:
        """Spread of each column as a share of the widest, ``(d,)``."""
        return self.spread / self.spread.max()

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Standardise rows."""
        with np.errstate(over="ignore"):
            return np.clip((X - self.center) / self.spread, -FAR, FAR)

    def undo(self, Z: np.ndarray) -> np.ndarray:
        """Put standardised rows back into the units of the data."""
        return Z * self.spread + self.center


def stretch_of(Z: np.ndarray, weights: np.ndarray, least: float) -> np.ndarray | None:
    """Find the symmetric matrix ``(d, d)`` that widens the narrow directions of rows ``(n, d)``.

    Variances below ``least`` count as that. None means that no direction is narrow.
    """
    covariance = (Z.T * (weights / weights.sum())) @ Z
    variances, directions = np.linalg.eigh(covariance)
    is_narrow = variances < NARROW
    if not is_narrow.any():
        return None
    factors = np.sqrt(NARROW / np.maximum(variances, max(least, LEAST_SPREAD)))
    return (directions * np.where(is_narrow, factors, 1.0)) @ directions.T
