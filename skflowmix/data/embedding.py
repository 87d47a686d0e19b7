"""Rows with categories as points of a space, for what looks at distances and moments.

Knows numpy and scipy only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import helmert

MOST_CORNERS = 10
"""Levels of a category that have a corner of their own; rarer ones share one. By hand, as 500
levels would be 499 columns."""


@dataclass(frozen=True)
class Embedding:
    """Standardised numbers, with the levels of each category as corners of a regular simplex.

    Two levels are as far from each other as any other two, and the squared distance between two
    rows of chance is in the mean that of a standardised number: a category of two levels is a
    standardised column of 0 and 1. What is missing is at the mean.

    Attributes
    ----------
    n_numbers : int
        p.
    corners : tuple of ndarray of shape (n_levels, e)
        Of each category.

    References
    ----------
    Pages (2014), Multiple factor analysis by example using R, chapter 3, for numbers and
    categories that are balanced like this.
    """

    n_numbers: int
    corners: tuple[np.ndarray, ...]

    @classmethod
    def of(
        cls, levels: np.ndarray, n_levels: Sequence[int], weights: np.ndarray, n_numbers: int
    ) -> "Embedding":
        """Place the levels of categories ``(n, q)`` by how often they are there."""
        counts = [
            np.bincount(own[there].astype(int), weights[there], minlength=n)
            for own, n, there in zip(levels.T, n_levels, ~np.isnan(levels.T), strict=True)
        ]
        return cls(n_numbers, tuple(map(_corners, counts)))

    def apply(self, rows: np.ndarray) -> np.ndarray:
        """Place rows ``(n, p + q)``."""
        pairs = zip(self.corners, rows.T[self.n_numbers :], strict=True)
        return np.hstack([rows[:, : self.n_numbers], *(_placed(*pair) for pair in pairs)])


def _corners(counts: np.ndarray) -> np.ndarray:
    """Corners ``(L, e)`` of levels that are there so often ``(L,)``, with a mean of 0."""
    place = np.empty(len(counts), dtype=int)
    place[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    place = np.minimum(place, MOST_CORNERS)
    n_corners = place.max() + 1
    shares = np.bincount(place, counts) / counts.sum()
    if n_corners == 1:
        return np.zeros((len(counts), 0))
    corners = helmert(n_corners).T / np.sqrt(1 - np.square(shares).sum())
    return (corners - shares @ corners)[place]


def _placed(corners: np.ndarray, levels: np.ndarray) -> np.ndarray:
    with_mean = np.vstack([corners, np.zeros(corners.shape[1])])
    return with_mean[np.where(np.isnan(levels), -1, levels).astype(int)]
