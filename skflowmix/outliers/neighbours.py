"""How far away the next rows are."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.neighbors import NearestNeighbors

from skflowmix.data.distinct import row_hashes
from skflowmix.outliers.base import View
from skflowmix.outliers.training import TrainingRows

N_NEIGHBOURS = 20
"""Rows within the distance that counts, as in `sklearn.neighbors.LocalOutlierFactor`; in small
tables half of the others."""
MOST_ROWS = 10_000
"""Distinct rows that are kept to be neighbours."""
MOST_FEATURES_OF_TREES = 12
"""With more columns than this a tree looks at nearly all rows, and slowly."""
MOST_NUMBERS = 4_000_000
"""Differences to neighbours that are held at a time."""


@dataclass(frozen=True)
class Neighbours(View):
    """Distances among standardised rows.

    A row that equals one of the rows kept is taken for it, and is not its own neighbour; so the
    rows of the fit are scored as others are.

    Attributes
    ----------
    Z : ndarray of shape (m, d)
        Standardised rows.
    weights : ndarray of shape (m,)
        How many rows each of them stands for.
    n_neighbours : float
        How many neighbours are within the distance.

    References
    ----------
    Ramaswamy, Rastogi and Shim (2000), Efficient algorithms for mining outliers from large data
    sets, definition 2.1.
    """

    Z: np.ndarray
    weights: np.ndarray
    n_neighbours: float

    @classmethod
    def of(cls, rows: TrainingRows) -> "Neighbours":
        """Keep the first rows; their order looks like chance."""
        Z, weights = rows.Z[:MOST_ROWS], rows.weights[:MOST_ROWS]
        return cls(Z, weights, min(N_NEIGHBOURS, (weights.sum() - 1) / 2))

    def unusualness(self, Z: np.ndarray) -> np.ndarray:
        """Return the distance ``(n,)`` within which the neighbours of rows ``(n, d)`` are."""
        parts = [
            np.sqrt(((part - self.Z[near[np.arange(len(part)), last]]) ** 2).sum(1))
            for part, near, last in self._neighbours(Z)
        ]
        return np.concatenate(parts)

    def by_column(self, Z: np.ndarray) -> np.ndarray:
        """Return what each column adds to the distance, ``(n, d)``.

        It is shared by the mean squared differences to all of the neighbours, so that only the
        sums are exact.
        """
        columns = [
            self._squares(part, near, last).mean(1) for part, near, last in self._neighbours(Z)
        ]
        squares = np.concatenate(columns)  # (n, d)
        total = squares.sum(1, keepdims=True)
        even = np.full_like(squares, 1 / Z.shape[1])
        shares = np.divide(squares, total, out=even, where=total > 0)
        return shares * self.unusualness(Z)[:, None]

    def _squares(self, part: np.ndarray, near: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Squared differences ``(n, k, d)`` of rows to their neighbours, 0 beyond the last."""
        is_within = np.arange(near.shape[1]) <= last[:, None]
        return (part[:, None] - self.Z[near]) ** 2 * is_within[:, :, None]

    def _neighbours(self, Z: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Some rows ``(m, d)``, the rows near them ``(m, k)``, and the place of the last."""
        size = max(1, MOST_NUMBERS // (self._n_asked * (Z.shape[1] + 1)))
        for begin in range(0, len(Z), size):
            part = Z[begin : begin + size]
            near = self._index.kneighbors(part, return_distance=False)
            weights = self.weights[near]
            weights -= (near == self._same(part)[:, None]) * np.minimum(weights, 1)
            is_enough = np.cumsum(weights, axis=1) >= self.n_neighbours * (1 - 1e-9)
            yield part, near, np.where(is_enough.any(1), is_enough.argmax(1), near.shape[1] - 1)

    def _same(self, Z: np.ndarray) -> np.ndarray:
        """Number of the kept row that each row ``(n, d)`` equals, or -1."""
        hashes, own = self._hashes
        wanted = row_hashes(Z)
        place = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
        return np.where(hashes[place] == wanted, own[place], -1)

    @cached_property
    def _hashes(self) -> tuple[np.ndarray, np.ndarray]:
        """Hashes of the kept rows in order, and whose they are."""
        hashes = row_hashes(self.Z)
        order = np.argsort(hashes)
        return hashes[order], order

    @cached_property
    def _n_asked(self) -> int:
        """How many rows are enough whatever their weights, if one of them is no neighbour."""
        filled = np.cumsum(np.sort(self.weights))
        return min(int(np.searchsorted(filled, self.n_neighbours + 1)) + 1, len(filled))

    @cached_property
    def _index(self) -> NearestNeighbors:
        kind = "kd_tree" if self.Z.shape[1] <= MOST_FEATURES_OF_TREES else "brute"
        return NearestNeighbors(n_neighbors=self._n_asked, algorithm=kind).fit(self.Z)
