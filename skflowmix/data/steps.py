"""Values of columns that come in steps, which draws from a density are rounded back to.

Knows numpy, collectives and dequantising only.
"""

from dataclasses import dataclass

import numpy as np

from skflowmix.collective import ALONE, Collective
from skflowmix.data.dequantising import FEW_VALUES, counts_in_steps


@dataclass(frozen=True, eq=False)
class Steps:
    """What columns hold that come in steps, in the units of the data.

    Attributes
    ----------
    values : tuple of d ndarrays of shape (v,)
        Distinct values of each column of few, in ascending order. Of a continuous column that has
        one value in most of the rows it is this one, and of any other there are none.
    reaches : ndarray of shape (d,)
        How far from its values a column is rounded to them: to the end of the cell of the one
        value that most rows have, and any distance where values are few.
    """

    values: tuple[np.ndarray, ...]
    reaches: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, widths: np.ndarray, together: Collective = ALONE) -> "Steps":
        """Find the values of those columns of rows ``(n, d)`` that have cells of some width."""
        nothing = (np.empty(0), 0.0)
        found = [
            _values_of(column, width, together) if width > 0 else nothing
            for column, width in zip(X.T, widths, strict=True)
        ]
        return cls(tuple(values for values, _ in found), np.array([reach for _, reach in found]))

    def round(self, X: np.ndarray) -> np.ndarray:
        """Return rows ``(..., d)`` with the nearest value in place of each that is in reach."""
        rounded = X.copy()
        for number, (values, reach) in enumerate(zip(self.values, self.reaches, strict=True)):
            if len(values):
                rounded[..., number] = _rounded(X[..., number], values, reach)
        return rounded

    def or_else(self, other: "Steps | None") -> "Steps":
        """Return these, with those of another for columns of which nothing is known here."""
        if other is None:
            return self
        pairs = list(zip(self.values, other.values, strict=True))
        is_known = np.array([len(own) > 0 for own, _ in pairs])
        values = tuple(own if len(own) else others for own, others in pairs)
        return Steps(values, np.where(is_known, self.reaches, other.reaches))


def _values_of(column: np.ndarray, width: float, together: Collective) -> tuple[np.ndarray, float]:
    """Values ``(v,)`` to round a column to, and how far from them, where its cells are so wide."""
    present = column[~np.isnan(column)]
    found = counts_in_steps(present, together)
    if found is None:
        return np.empty(0), 0.0
    values, counts = found
    if len(values) <= FEW_VALUES * counts.sum() or counts.min() > 1:
        return values, np.inf
    return values[[counts.argmax()]], width / 2


def _rounded(column: np.ndarray, values: np.ndarray, reach: float) -> np.ndarray:
    """Move numbers to the nearest of some values, where it is no farther than that."""
    ends = values[:-1] / 2 + values[1:] / 2  # as differences of the largest numbers overflow
    nearest = values[np.searchsorted(ends, column)]
    with np.errstate(over="ignore"):
        return np.where(np.abs(column - nearest) <= reach, nearest, column)
