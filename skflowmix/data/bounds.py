"""Columns that cannot leave a range, and maps that take the range to the whole line.

A density on the line, mapped back, is one on the range: it integrates to 1 there, and no draw
leaves it. Knows numpy, scipy and scaling only.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from skflowmix.data.scaling import Scaling

LEAST, MOST = 1e-300, 1e300
"""Distances from a bound, in units of the map, beyond which values count as that far from it."""
INSIDE = 1e-9
"""Distance from the end, in units of the map, at which values outside are taken to be. Nearer
ones would be farther on the line than any row, where the widest component has them all."""


@dataclass(frozen=True)
class _Map(ABC):
    """A monotone map of the numbers between two ends to the line.

    Attributes
    ----------
    low, high : float
        The ends, infinite where there is none.
    unit : float
        Distance from an only end beyond which the map is nearly the identity.
    """

    low: float
    high: float
    unit: float

    def _from_ends(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """Distances from both ends in units, positive for all numbers."""
        distances = (x - self.low) / self.unit, (self.high - x) / self.unit
        return tuple(np.where(each <= 0, INSIDE, np.clip(each, LEAST, MOST)) for each in distances)

    @abstractmethod
    def apply(self, x: np.ndarray) -> np.ndarray:
        """Map numbers ``(n,)``, those outside as ones that are just inside."""

    @abstractmethod
    def undo(self, u: np.ndarray) -> np.ndarray:
        """Map numbers ``(n,)`` back; some may come to lie on an end, by rounding."""

    @abstractmethod
    def log_slope(self, x: np.ndarray) -> np.ndarray:
        """Log of the slope of `apply`, ``(n,)``."""


class _Above(_Map):
    """The inverse of softplus, which is like a logarithm at the end and like x far from it."""

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Map numbers above the lower end."""
        t = self._from_ends(x)[0]
        return t + np.log(-np.expm1(-t))

    def undo(self, u: np.ndarray) -> np.ndarray:
        """Map numbers back."""
        return self.low + self.unit * np.logaddexp(0, u)

    def log_slope(self, x: np.ndarray) -> np.ndarray:
        """Log of the slope."""
        return -np.log(-np.expm1(-self._from_ends(x)[0])) - np.log(self.unit)


class _Below(_Map):
    """The same, mirrored."""

    @property
    def _mirrored(self) -> _Above:
        return _Above(-self.high, -self.low, self.unit)

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Map numbers below the upper end."""
        return -self._mirrored.apply(-x)

    def undo(self, u: np.ndarray) -> np.ndarray:
        """Map numbers back."""
        return -self._mirrored.undo(-u)

    def log_slope(self, x: np.ndarray) -> np.ndarray:
        """Log of the slope."""
        return self._mirrored.log_slope(-x)


class _Between(_Map):
    """The logit, of where a number is between the ends; the unit is their distance."""

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Map numbers between the ends."""
        from_low, from_high = self._from_ends(x)
        return np.log(np.minimum(from_low, 1)) - np.log(np.minimum(from_high, 1))

    def undo(self, u: np.ndarray) -> np.ndarray:
        """Map numbers back, from the nearer end."""
        from_end = self.unit * expit(-np.abs(u))
        return np.where(u < 0, self.low + from_end, self.high - from_end)

    def log_slope(self, x: np.ndarray) -> np.ndarray:
        """Log of the slope."""
        from_low, from_high = self._from_ends(x)
        return -np.log(from_low) - np.log(from_high) - np.log(self.unit)


@dataclass(frozen=True, eq=False)
class Bounds:
    """The ranges of columns.

    Between two ends the map is a logit. With one end it is the inverse of softplus, which is
    like a logarithm near the end and nearly the identity beyond a unit from it.

    Attributes
    ----------
    low, high : ndarray of shape (d,)
        Ends, infinite where there is none; values lie strictly between them.
    unit : ndarray of shape (d,)
        Positive units of the columns, such as their spread.

    References
    ----------
    Stan Development Team (2024), Stan reference manual, Constraint transforms, for log and logit;
    Dugas, Bengio, Belisle, Nadeau and Garcia (2001), Incorporating second-order functional
    knowledge for better option pricing, for softplus.
    """

    low: np.ndarray
    high: np.ndarray
    unit: np.ndarray

    @property
    def columns(self) -> np.ndarray:
        """Numbers of the columns that have an end, ``(b,)``."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))

    def first(self, n_columns: int) -> "Bounds":
        """Return the ranges of so many columns, the first ones."""
        return Bounds(self.low[:n_columns], self.high[:n_columns], self.unit[:n_columns])

    def beside(self, n_columns: int) -> "Bounds":
        """Return the ranges of rows in which so many more columns have none."""
        open_ends = np.full(n_columns, np.inf)
        return Bounds(
            np.concatenate([self.low, -open_ends]),
            np.concatenate([self.high, open_ends]),
            np.concatenate([self.unit, np.ones(n_columns)]),
        )

    def _map_of(self, column: int) -> _Map:
        low, high, unit = (float(each[column]) for each in (self.low, self.high, self.unit))
        if not np.isfinite(high):
            return _Above(low, high, unit)
        return _Below(low, high, unit) if not np.isfinite(low) else _Between(low, high, high - low)

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Map rows ``(n, d)``; a value outside as one just inside, NaN to NaN."""
        rows = np.array(X, dtype=np.float64)
        with np.errstate(over="ignore"):
            for column in self.columns:
                rows[:, column] = self._map_of(column).apply(rows[:, column])
        return rows

    def undo(self, U: np.ndarray) -> np.ndarray:
        """Map rows ``(..., d)`` back, to numbers strictly between the ends."""
        rows = np.array(U, dtype=np.float64)
        with np.errstate(over="ignore", under="ignore"):
            for column in self.columns:
                undone = self._map_of(column).undo(rows[..., column])
                least = np.nextafter(self.low[column], np.inf)
                rows[..., column] = np.clip(
                    undone, least, np.nextafter(self.high[column], -np.inf)
                )
        return rows

    def log_det(self, X: np.ndarray, counted: np.ndarray | bool = True) -> np.ndarray:
        """Log-determinant of `apply` at rows ``(n, d)``, ``(n,)``, in nats.

        It is minus infinity at rows outside. Missing values, and columns that are not
        ``counted (d,)``, add nothing.
        """
        total = np.where(self.contain(X), 0.0, -np.inf)
        for column in self.columns[np.broadcast_to(counted, self.low.shape)[self.columns]]:
            slopes = self._map_of(column).log_slope(X[:, column].astype(np.float64))
            total += np.where(np.isnan(slopes), 0.0, slopes)
        return total

    def contain(self, X: np.ndarray) -> np.ndarray:
        """Whether all values of rows ``(n, d)`` lie strictly between the ends, or are missing."""
        some = X[:, self.columns]
        is_outside = (some <= self.low[self.columns]) | (some >= self.high[self.columns])
        return ~is_outside.any(axis=1)


@dataclass(frozen=True)
class BoundedScaling(Scaling):
    """Columns with bounds, mapped to the line and standardised there.

    Attributes
    ----------
    center, spread, offset
        Of the columns on the line.
    bounds : Bounds
    mean_of_maps : float
        Mean log-determinant of the maps over the rows of a fit, in nats.
    """

    bounds: Bounds | None = None
    mean_of_maps: float = 0.0

    @classmethod
    def around(cls, scaling: Scaling, bounds: Bounds, mean_of_maps: float) -> "BoundedScaling":
        """Put maps before a scaling of what they make of the rows."""
        return cls(scaling.center, scaling.spread, scaling.offset, bounds, mean_of_maps)

    def first(self, n_columns: int) -> Scaling:
        """Return the scaling of so many columns, the first ones, which have all bounds."""
        scaling, bounds = super().first(n_columns), self._unbounded.first(n_columns)
        return self if scaling is self else self.around(scaling, bounds, self.mean_of_maps)

    def beside(self, n_columns: int) -> Scaling:
        """Return the scaling of rows in which so many more columns stay as they are."""
        scaling, bounds = super().beside(n_columns), self._unbounded.beside(n_columns)
        return self if scaling is self else self.around(scaling, bounds, self.mean_of_maps)

    @property
    def _unbounded(self) -> Bounds:
        assert self.bounds is not None
        return self.bounds

    @property
    def mean_log_det(self) -> float:
        """Mean log-determinant over the rows of the fit, in nats."""
        return self.log_det + self.mean_of_maps

    def log_det_of_maps(self, X: np.ndarray, counted: np.ndarray | bool = True) -> np.ndarray:
        """What the maps add to the log-determinant at rows ``(n, d)``, see `Bounds.log_det`."""
        return self._unbounded.log_det(X, counted)

    def on_line(self, X: np.ndarray) -> np.ndarray:
        """Map rows to the line."""
        return self._unbounded.apply(X)

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Map rows to the line and standardise them."""
        return super().apply(self.on_line(X))

    def undo(self, Z: np.ndarray) -> np.ndarray:
        """Put standardised rows back into their ranges."""
        return self._unbounded.undo(super().undo(Z))
