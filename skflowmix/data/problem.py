"""The rows of one fit with what is known of them. Knows numpy, scipy and scikit-learn."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.neighbors import NearestNeighbors

from skflowmix.data.embedding import Embedding

FORBIDDEN = -1e30
"""Log-mask of a component that a row's label excludes: no probability, yet no NaN from 0 * inf."""

TIE = 1e-9
"""Relative difference up to which two distances are equal: well above what rounding makes of
equal ones, well below any that matters. By hand."""


@dataclass(frozen=True)
class Neighbours:
    """The nearest other rows of each row.

    Attributes
    ----------
    indices : ndarray of shape (n, k)
        Numbers of the rows, nearest first.
    distances : ndarray of shape (n, k)
        Euclidean, in the units of the rows.
    """

    indices: np.ndarray
    distances: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, n_neighbors: int) -> "Neighbours":
        """Search among rows ``(n, d)``; no row is a neighbour of its own."""
        distances, indices = NearestNeighbors(n_neighbors=n_neighbors).fit(X).kneighbors()
        return cls(indices, distances)

    @property
    def n_neighbors(self) -> int:
        """How many neighbours each row has."""
        return self.indices.shape[1]

    def first(self, n_neighbors: int) -> "Neighbours":
        """Keep the nearest ones only."""
        return Neighbours(self.indices[:, :n_neighbors], self.distances[:, :n_neighbors])

    def is_unambiguous(self, n_neighbors: int) -> bool:
        """Whether it is clear from these which rows are the nearest ``n_neighbors`` of each."""
        if n_neighbors >= self.n_neighbors:
            return n_neighbors == self.n_neighbors
        last, next_ = self.distances[:, n_neighbors - 1], self.distances[:, n_neighbors]
        return bool((next_ > last * (1 + TIE)).all())


@dataclass(frozen=True)
class Problem:
    """The rows of one fit with what is known of them: all that a start may look at.

    Attributes
    ----------
    X : ndarray of shape (n, d)
        Standardised rows.
    codes : ndarray of shape (n,)
        Component of each labelled row, -1 for the others.
    n_components : int
        K, at least the number of classes.
    sample_weight : ndarray of shape (n,)
        Positive weights.
    reg_covar : float
        Added to the diagonals of covariances.
    spread : ndarray of shape (d,) or float, default=1.0
        Of the columns before they were standardised, up to a common factor.
    missing : ndarray of bool, of shape (n, p), or None
        Which numbers were not there, and are what the others lead to expect.
    levels : ndarray of shape (n, q) or None
        Numbers of the levels in the columns that are categories, NaN where they are missing.
    numbers : ndarray of shape (n, p) or None
        Standardised rows of the columns of numbers, where ``X`` has places for the levels too,
        see `skflowmix.data.embedding.Embedding`.
    """

    X: np.ndarray
    codes: np.ndarray
    n_components: int
    sample_weight: np.ndarray
    reg_covar: float
    spread: np.ndarray | float = 1.0
    missing: np.ndarray | None = None
    levels: np.ndarray | None = None
    numbers: np.ndarray | None = None

    @property
    def n_classes(self) -> int:
        """Number of labelled components; they come first."""
        return int(self.codes.max()) + 1

    @property
    def labelled(self) -> np.ndarray:
        """Which rows have a label, ``(n,)``."""
        return self.codes >= 0

    @property
    def rows(self) -> np.ndarray:
        """Standardised numbers of the rows, ``(n, p)``."""
        return self.X if self.numbers is None else self.numbers

    @property
    def table(self) -> np.ndarray:
        """The rows as a mixture knows them, ``(n, p + q)``: numbers, then levels."""
        return self.beside_levels(self.rows)

    @property
    def present(self) -> np.ndarray:
        """The same with NaN where a number was not there."""
        if self.missing is None:
            return self.table
        return self.beside_levels(np.where(self.missing, np.nan, self.rows))

    def beside_levels(self, numbers: np.ndarray) -> np.ndarray:
        """Put the levels of the rows behind numbers ``(n, p)``."""
        return numbers if self.levels is None else np.hstack([numbers, self.levels])

    def embedded(self, embedding: Embedding) -> "Problem":
        """Return the same rows with places for their levels in ``X``."""
        X = embedding.apply(self.table)
        spread = np.ones(X.shape[1])
        spread[: self.rows.shape[1]] = self.spread
        return replace(self, X=X, spread=spread, numbers=self.rows)

    @property
    def log_mask(self) -> np.ndarray:
        """``(n, K)``: 0 where a row may belong, `FORBIDDEN` where its label says otherwise."""
        mask = np.zeros((len(self.X), self.n_components))
        mask[self.labelled] = FORBIDDEN
        mask[self.labelled, self.codes[self.labelled]] = 0.0
        return mask

    @cached_property
    def unscaled(self) -> "Problem":
        """The same rows in the units that the columns came in, up to a common factor."""
        if np.all(self.spread == 1):
            return self
        return replace(self, X=self.X * self.spread, spread=1.0)

    @property
    def ranked(self) -> "Problem":
        """The same rows with columns of normal scores, which know the order of values only."""
        scores = ndtri((rankdata(self.X, axis=0) - 0.5) / len(self.X))
        spread = scores.std(axis=0)
        return replace(self, X=scores / np.where(spread > 0, spread, 1), spread=1.0)

    @cached_property
    def distances(self) -> np.ndarray:
        """Euclidean distances ``(n, n)`` between all rows. Do not write to them."""
        return cdist(self.X, self.X)

    def take(self, index: np.ndarray) -> "Problem":
        """Return the problem of the rows of these numbers, which is itself for all in order."""
        if np.array_equal(index, np.arange(len(self.X))):
            return self
        return replace(
            self,
            X=self.X[index],
            codes=self.codes[index],
            sample_weight=self.sample_weight[index],
            missing=None if self.missing is None else self.missing[index],
            levels=None if self.levels is None else self.levels[index],
            numbers=None if self.numbers is None else self.numbers[index],
        )

    def limit_n_neighbors(self, most: int, n_groups: int) -> int:
        """Up to ``most``, but no more than half the rows that each group has on average."""
        return min(most, max(len(self.X) // (2 * n_groups), 1))

    def neighbours(self, n_neighbors: int) -> Neighbours:
        """Find the nearest rows of each.

        Rows are searched once: who asks for fewer neighbours than another did before gets the
        first of these. Only where equally near rows stand on both sides of the cut are they
        searched again, so that which of them is taken does not depend on who else has asked.

        Parameters
        ----------
        n_neighbors : int
            At least 1 and less than n.

        Returns
        -------
        neighbours : Neighbours
            With ``n_neighbors`` columns. Do not write to them.
        """
        if n_neighbors not in self._searched:
            wider = [each for each in self._searched.values() if each.is_unambiguous(n_neighbors)]
            found = wider[0].first(n_neighbors) if wider else Neighbours.of(self.X, n_neighbors)
            self._searched[n_neighbors] = found
        return self._searched[n_neighbors]

    @cached_property
    def _searched(self) -> dict[int, Neighbours]:
        """What has been found so far, by the number of neighbours."""
        return {}
