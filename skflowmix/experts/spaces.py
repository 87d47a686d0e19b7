"""Columns as experts look at them: standardised, or as normal scores. Knows numpy and scipy."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

FARTHEST = 1e3
"""Standardised values beyond this are moved to it: trees take no values beyond single precision,
and from 1e155 on squares overflow. Rows of equal weight have values beyond this only if they are
more than a million."""
KNOTS = 1000
"""Most values of a column that are kept to rank others by. By hand: normal scores are then within
a hundredth between the fifth and the last fifth part of a column."""


@dataclass(frozen=True)
class Standardised:
    """Standardised rows as they are, but for values that are out of all bounds."""

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return rows ``(n, d)`` of rows ``(n, d)``."""
        return np.clip(X, -FARTHEST, FARTHEST)


@dataclass(frozen=True)
class Ranks:
    """Normal scores of the ranks that values have among those of a fit.

    Attributes
    ----------
    knots : ndarray of shape (q, d)
        Sorted values of each column.
    """

    knots: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray) -> "Ranks":
        """Take quantiles of the columns of rows ``(n, d)``."""
        n_knots = min(len(X), KNOTS)
        places = np.linspace(0, len(X) - 1, n_knots).round().astype(int)
        return cls(np.sort(X, axis=0)[places])

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return normal scores ``(n, d)`` of rows ``(n, d)``; equal values share their rank."""
        n_knots = len(self.knots)
        below = np.empty(X.shape)
        for values, knots, own in zip(X.T, self.knots.T, below.T, strict=True):
            own[:] = np.searchsorted(knots, values, "left")
            own += np.searchsorted(knots, values, "right")
        return ndtri((below + 1) / (2 * n_knots + 2))


Space = Standardised | Ranks
"""What rows are mapped to before an expert looks at them."""
