"""Rows of all processes that are brought to each of them, to look for a start.

One process sees all its rows. Several see the same ones, as many as `Collective.most_rows`, and
each has its other rows follow the nearest of them.
"""

from dataclasses import dataclass, replace

import numpy as np

from skflowmix.collective import Collective
from skflowmix.data.copies import ranks
from skflowmix.data.distinct import row_hashes
from skflowmix.data.embedding import Embedding
from skflowmix.data.nearest import nearest
from skflowmix.data.problem import Problem


@dataclass(frozen=True)
class Seen:
    """Rows that every process sees, and how its own are among them.

    Attributes
    ----------
    problem : Problem
        Of m standardised rows.
    X : ndarray of shape (m, d)
        The rows as they came.
    weights : ndarray of shape (m,)
        Theirs, with those of their copies, before they had a mean of 1.
    order : ndarray of shape (m,)
        Their order, where the rows of the first process come first and then those of the next.
    own : ndarray of shape (l,)
        Which of the n rows of this process are among them.
    places : ndarray of shape (l,)
        Where among them these are.
    together : Collective
    """

    problem: Problem
    X: np.ndarray
    weights: np.ndarray
    order: np.ndarray
    own: np.ndarray
    places: np.ndarray
    together: Collective

    @classmethod
    def of(
        cls, problem: Problem, X: np.ndarray, weights: np.ndarray, together: Collective
    ) -> "Seen":
        """Bring together rows of the problems ``(n, d)`` of all processes."""
        own = rows_to_show(X, problem.codes, together)
        X, weights = (together.gather(_taken(values, own)) for values in (X, weights))
        codes = together.gather(_taken(problem.codes, own))
        if together.n_processes == 1:
            return cls(problem, X, weights, own, own, own, together)
        order = order_of(X, codes)
        everyone = replace(
            problem,
            X=together.gather(problem.X[own])[order],
            codes=codes[order],
            sample_weight=together.gather(problem.sample_weight[own])[order],
        )
        begin = together.begin_of(len(own))
        places = np.argsort(order)[begin : begin + len(own)]
        return cls(everyone, X[order], weights[order], order, own, places, together)

    def collect(self, values: np.ndarray) -> np.ndarray:
        """Return what processes know of rows of theirs, ``(n, ...)``, of those seen."""
        if self.together.n_processes == 1:
            return values
        return self.together.gather(values[self.own])[self.order]

    def follow(self, groups: np.ndarray, problem: Problem) -> np.ndarray:
        """Return responsibilities ``(R, n, M)`` of the own problem from those of rows seen.

        A row that is not among them follows the nearest one; with a label, the nearest one of
        its class.
        """
        if self.together.n_processes == 1:
            return groups
        if len(self.own) == len(problem.X):
            return groups[:, self.places]
        followed = np.empty(len(problem.X), dtype=int)
        for code in np.unique(problem.codes):
            of_code = np.flatnonzero(problem.codes == code)
            among = np.arange(len(self.X)) if code < 0 else np.flatnonzero(self.codes == code)
            found = nearest(problem.X[of_code], self.problem.X[among])
            followed[of_code] = among[found]
        followed[self.own] = self.places
        return groups[:, followed]

    def embedded(self, embedding: Embedding) -> "Seen":
        """Return the same rows, with places for their categories."""
        return replace(self, problem=self.problem.embedded(embedding))

    def grouped(self, n_components: int) -> "Seen":
        """Return the same rows, of another number of components."""
        return replace(self, problem=replace(self.problem, n_components=n_components))

    @property
    def codes(self) -> np.ndarray:
        """Component of each labelled row, ``(m,)``, -1 for the others."""
        return self.problem.codes


def _taken(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return values if len(numbers) == len(values) else values[numbers]


def order_of(X: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return an order ``(m,)`` of rows by themselves, which is that of `without_copies`."""
    return np.argsort(row_hashes(np.column_stack([*map(ranks, X.T), codes])), kind="stable")


def rows_to_show(X: np.ndarray, codes: np.ndarray, together: Collective) -> np.ndarray:
    """Choose own rows ``(n, d)`` so that not too many of all processes are shown.

    They are the first in the order of a hash of their values. Where some have labels, up to half
    of them are of those, in the same share of each class, and one of each at least.
    """
    known = codes >= 0
    n_known, n_other = together.added(np.array([known.sum(), (~known).sum()]))
    if n_known + n_other <= together.most_rows:
        return np.arange(len(X))
    most = int(together.most_rows)
    most_known = min(n_known, max(most // 2, most - n_other))
    hashes = row_hashes(X)
    is_shown = np.zeros(len(X), dtype=bool)
    is_shown[known] = _are_first(_places(hashes[known], codes[known]), most_known, together)
    is_shown[~known] = _are_first(hashes[~known], most - most_known, together)
    return np.flatnonzero(is_shown)


def _places(hashes: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Places of rows ``(n,)`` within their classes by hash, from 0 to below 1."""
    places = np.zeros(len(hashes))
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        places[own[np.argsort(hashes[own], kind="stable")]] = np.arange(len(own)) / len(own)
    return places


def _are_first(keys: np.ndarray, most: int, together: Collective) -> np.ndarray:
    """Which own keys ``(n,)`` are among the least of all processes, and their equals."""
    least = np.sort(together.gather(np.sort(keys)[:most]))[:most]
    return keys <= least[-1] if len(least) else np.zeros(len(keys), dtype=bool)
