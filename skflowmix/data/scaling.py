"""Rows standardised column by column, and the directions in which they are narrow.

Knows numpy and collectives only.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skflowmix.collective import ALONE, Collective

FAR = 1e30
"""Standardised values beyond this are moved to it, so that no square of one overflows."""
FARTHEST = 1e8
"""Standardised values of rows to fit to beyond this are moved to it, as squares overflow in single
precision. Rows of like weights have none; rows of hardly any weight may lie anywhere."""
NARROW = 0.05
"""Variance of standardised rows below which a direction is stretched to it: the first steps of a
flow move rows in any direction, and would leave what is narrower far behind. Without it, affine
flows did not leave their start on protein, landsat and ALOI (-4.8 became 0.7 nats on protein)."""
LEAST_VARIANCE = 1e-12
"""Variance of standardised rows below which no direction is stretched any more."""
LEAST_WEIGHT = 1e-16
"""Rows of less weight than this share of the heaviest are not looked at: sums lose it anyway, and
deviations of rows of weight 1 beside rows of weight 1e-300 would be none at all."""
SMALLEST, LARGEST = np.finfo(np.float64).smallest_subnormal, np.finfo(np.float64).max


@dataclass(frozen=True)
class Scaling:
    """Centre and spread of each column.

    The mean of a column may lie between two neighbouring numbers: times in nanoseconds are 256
    apart. So it is the sum of two numbers, and the first of them is subtracted first, which has no
    rounding error for values near it.

    Attributes
    ----------
    center, spread : ndarray of shape (d,)
    offset : ndarray of shape (d,) or float, default=0.0
        What the mean is beyond ``center``.
    """

    center: np.ndarray
    spread: np.ndarray
    offset: np.ndarray | float = 0.0

    @classmethod
    def of(cls, X: np.ndarray, weights: np.ndarray, together: Collective = ALONE) -> "Scaling":
        """Measure weighted means and deviations; a constant column is scaled by its own size.

        They are those of the values that are there: NaN is none.
        """
        if together.any(bool(np.isnan(X.min(initial=0)))):
            return cls._of_present(X, weights, together)
        counted = weights > LEAST_WEIGHT * together.largest(weights.max(initial=0))
        X, weights = X[counted], weights[counted]
        exponents = _exponents(together.largest(np.abs(X).max(0, initial=0)))
        unit = np.ldexp(X, -exponents)  # within [-1, 1], so that no sum or difference overflows
        least = -together.largest(-unit.min(0, initial=np.inf))
        most = together.largest(unit.max(0, initial=-np.inf))
        center = np.clip(_average(unit, weights, together), least, most)
        off = unit - center
        offset = _average(off, weights, together)
        spread = np.sqrt(_average((off - offset) ** 2, weights, together))
        spread = np.minimum(spread, np.nextafter(1, 0))  # that of the largest numbers is rounded
        is_constant = least == most
        spread = np.where(is_constant, np.where(center == 0, 1, np.abs(center)), spread)
        offset = np.where(is_constant, 0, offset)
        center, spread, offset = (np.ldexp(part, exponents) for part in (center, spread, offset))
        return cls(center, np.maximum(spread, SMALLEST), offset)

    @classmethod
    def _of_present(cls, X: np.ndarray, weights: np.ndarray, together: Collective) -> "Scaling":
        """Measure each column by the rows that have a value in it."""
        seen = ~np.isnan(X)
        parts = [
            cls.of(X[rows, j : j + 1], weights[rows], together) for j, rows in enumerate(seen.T)
        ]
        return cls(
            np.concatenate([part.center for part in parts]),
            np.concatenate([part.spread for part in parts]),
            np.concatenate([np.atleast_1d(part.offset) for part in parts]),
        )

    @property
    def n_columns(self) -> int:
        """Number of columns, d."""
        return len(self.spread)

    def first(self, n_columns: int) -> "Scaling":
        """Return the scaling of so many columns, the first ones."""
        if n_columns == self.n_columns:
            return self
        offset = np.broadcast_to(self.offset, self.spread.shape)
        return Scaling(self.center[:n_columns], self.spread[:n_columns], offset[:n_columns])

    def beside(self, n_columns: int) -> "Scaling":
        """Return the scaling of rows in which so many more columns stay as they are."""
        if not n_columns:
            return self
        nothing = np.zeros(n_columns)
        return Scaling(
            np.concatenate([self.center, nothing]),
            np.concatenate([self.spread, nothing + 1]),
            np.concatenate([np.broadcast_to(self.offset, self.spread.shape), nothing]),
        )

    def __post_init__(self) -> None:
        _ = (
            self.log_det,
            self.log_dets,
            self._scaled,
        )  # now, as processors may be told to see denormals as zero

    @cached_property
    def log_det(self) -> float:
        """Log-determinant of `apply`, in nats."""
        return -float(np.log(self.spread).sum())

    @cached_property
    def log_dets(self) -> np.ndarray:
        """What each column adds to the log-determinant, ``(d,)``, in nats."""
        return -np.log(self.spread)

    @property
    def mean_log_det(self) -> float:
        """Mean log-determinant over the rows of the fit, which is the same for all, in nats."""
        return self.log_det

    def on_line(self, X: np.ndarray) -> np.ndarray:
        """Return rows ``(n, d)`` as they are before they are standardised; here as they came."""
        return X

    def log_det_of_maps(
        self, X: np.ndarray, counted: np.ndarray | bool = True
    ) -> np.ndarray | float:
        """What maps of columns before the scaling add at rows ``(n, d)``; 0 as there are none."""
        return 0.0

    @property
    def relative_spread(self) -> np.ndarray:
        """Spread of each column as a share of the widest, ``(d,)``."""
        return self.spread / self.spread.max()

    @cached_property
    def _scaled(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Exponents of two, ``(d,)``, and center, spread and offset over these powers.

        Numbers are then near 1, so none overflows or loses digits on the way.
        """
        exponents = _exponents(np.maximum(np.abs(self.center), self.spread))
        center, spread = (np.ldexp(part, -exponents) for part in (self.center, self.spread))
        return exponents, center, spread, np.ldexp(self.offset, -exponents)

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Standardise rows."""
        exponents, center, spread, offset = self._scaled
        with np.errstate(over="ignore", under="ignore"):
            scaled = np.ldexp(np.asarray(X, dtype=np.float64), -exponents)
            return np.clip((scaled - center - offset) / spread, -FAR, FAR)

    def apply_to_fit(self, X: np.ndarray) -> np.ndarray:
        """Standardise rows to fit to, which are not to be out of all bounds."""
        return np.clip(self.apply(X), -FARTHEST, FARTHEST)

    def undo(self, Z: np.ndarray) -> np.ndarray:
        """Put standardised rows back into the units of the data, no farther than numbers go."""
        exponents, center, spread, offset = self._scaled
        with np.errstate(over="ignore", under="ignore"):
            rows = np.ldexp(center + (offset + Z * spread), exponents)
        return np.clip(rows, -LARGEST, LARGEST)

    def undo_widths(self, widths: np.ndarray) -> np.ndarray:
        """Put widths of standardised columns ``(d,)`` into the units of the data."""
        with np.errstate(over="ignore", under="ignore"):
            return np.minimum(widths * self.spread, LARGEST)


def _average(values: np.ndarray, weights: np.ndarray, together: Collective) -> np.ndarray:
    """Weighted means of columns ``(n, d)`` over the rows of all processes, ``(d,)``."""
    weights = weights[:, None]
    sums = np.multiply(values, weights).sum(0)
    return together.added(sums) / together.added(weights.sum(0))


def _exponents(sizes: np.ndarray) -> np.ndarray:
    """Exponents of the least powers of two above sizes ``(d,)``; 0 of zero."""
    return np.frexp(sizes)[1]


def stretch_of(Z: np.ndarray, weights: np.ndarray, least: float) -> np.ndarray | None:
    """Find the symmetric matrix ``(d, d)`` that widens the narrow directions of rows ``(n, d)``.

    Variances below ``least`` count as that. None means that no direction is narrow.
    """
    covariance = (Z.T * (weights / weights.sum())) @ Z
    variances, directions = np.linalg.eigh(covariance)
    is_narrow = variances < NARROW
    if not is_narrow.any():
        return None
    factors = np.sqrt(NARROW / np.maximum(variances, np.clip(least, LEAST_VARIANCE, NARROW)))
    return (directions * np.where(is_narrow, factors, 1.0)) @ directions.T
