"""Distinct rows in an order of their own, whatever the order they came in. Knows numpy only."""

from dataclasses import dataclass

import numpy as np

MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""Factors of the finaliser of SplitMix64."""
STEP = np.uint64(0x9E3779B97F4A7C15)
"""Added for each column, so that equal values in two columns do not look alike."""


@dataclass(frozen=True)
class Distinct:
    """The distinct rows of a table, in the order of a hash of their values.

    Which rows come first looks like chance and depends on their values alone: the first m of them
    are a sample that stays as it is where rows change places or are doubled, and loses no more
    than what is left out where rows are left out.

    Attributes
    ----------
    first : ndarray of shape (m,)
        Number of the first row of each kind.
    inverse : ndarray of shape (n,)
        Which kind each row is of.
    weights : ndarray of shape (m,)
        Sums of the weights of the rows of each kind, with mean 1.
    """

    first: np.ndarray
    inverse: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, weights: np.ndarray) -> "Distinct":
        """Tell rows ``(n, d)`` of positive weights ``(n,)`` apart."""
        _, first, inverse = np.unique(row_hashes(X), return_index=True, return_inverse=True)
        totals = np.bincount(inverse, weights)
        return cls(first, inverse, totals / totals.mean() if len(totals) else totals)


def row_hashes(X: np.ndarray) -> np.ndarray:
    """Hash the values of rows ``(n, d)`` to ``(n,)`` integers of 64 bits.

    References
    ----------
    Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, figure 16.
    """
    hashes = np.zeros(len(X), dtype=np.uint64)
    for column in np.asarray(X, dtype=np.float64).T:
        bits = (column + 0.0).view(np.uint64)  # -0.0 is 0.0
        hashes = _mixed(hashes + STEP + _mixed(bits))
    return hashes


def _mixed(bits: np.ndarray) -> np.ndarray:
    bits = (bits ^ (bits >> np.uint64(30))) * MIX[0]
    bits = (bits ^ (bits >> np.uint64(27))) * MIX[1]
    return bits ^ (bits >> np.uint64(31))
