"""How rare an unusualness is among the rows of a fit, whatever its unit. Knows numpy only."""

from dataclasses import dataclass

import numpy as np

BEGIN = 0.9
"""Quantile beyond which the mean excess is taken, the scale of what is beyond all rows."""


@dataclass(frozen=True)
class Tail:
    """Minus the logarithm of the share of rows that are more unusual, in nats.

    Beyond the most unusual row of the fit it grows on, by the logarithm of the distance in mean
    excesses, so that farther rows still have an order.

    Attributes
    ----------
    values : ndarray of shape (m,)
        Unusualness of the rows of the fit, in order.
    heights : ndarray of shape (m,)
        Their log-tails.
    excess : float
        Mean excess over the `BEGIN` quantile, above 0.

    References
    ----------
    Li, Zhao, Hu, Botta, Ionescu and Chen (2022), ECOD: Unsupervised outlier detection using
    empirical cumulative distribution functions, for log-tails as a common unit.
    """

    values: np.ndarray
    heights: np.ndarray
    excess: float

    @classmethod
    def of(cls, unusualness: np.ndarray, weights: np.ndarray) -> "Tail":
        """Learn from rows ``(n,)`` and how many each of them stands for, ``(n,)``."""
        values, kind = np.unique(unusualness, return_inverse=True)
        counts = np.bincount(kind, weights)
        filled, total = np.cumsum(counts), counts.sum()
        above = np.cumsum(counts[::-1])[::-1] - counts / 2  # from the end: weights differ by far
        share = (above + 0.5) / (total + 1)  # mid-ranks
        begin = values[min(np.searchsorted(filled, BEGIN * total), len(values) - 1)]
        is_beyond = values >= begin
        excess = np.average(values[is_beyond] - begin, weights=counts[is_beyond])
        return cls(values, -np.log(share), max(float(excess), 1e-9 * max(abs(begin), 1.0)))

    def __call__(self, unusualness: np.ndarray) -> np.ndarray:
        """Return log-tails ``(n,)``, in nats and above 0."""
        within = np.interp(unusualness, self.values, self.heights)
        return within + np.log1p(np.maximum(unusualness - self.values[-1], 0) / self.excess)
