"""Rows that are there several times: which of them are copies. Knows numpy and collectives only.

A copy says nothing new. Were it held out while its twin is trained on, no one would see that a
density runs away to the rows it was shown.
"""

import numpy as np

from skflowmix.collective import ALONE, Collective
from skflowmix.data.dequantising import counts_in_steps
from skflowmix.data.distinct import Distinct, row_hashes

BY_CHANCE = 0.1
"""How many others a row may expect to equal it, for equal rows to be copies. By hand."""


def without_copies(
    X: np.ndarray, codes: np.ndarray, weights: np.ndarray, together: Collective = ALONE
) -> tuple[np.ndarray, np.ndarray]:
    """Choose one of the rows that are copies of each other, in an order of their own.

    The order depends on the ranks of the values alone: it matters neither in which order the rows
    came nor in which units. Of copies on several processes the first process has the row.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    codes : ndarray of shape (n,)
        Classes, -1 for unlabelled rows. Rows of unlike codes are no copies.
    weights : ndarray of shape (n,)
        Positive weights.

    Returns
    -------
    numbers : ndarray of shape (m,)
        Which rows they are.
    weights : ndarray of shape (m,)
        Their own, with those of their copies.
    """
    distinct = Distinct.of(np.column_stack([*map(ranks, X.T), codes]), weights)
    n_distinct = together.added(len(distinct.first))
    has_equals = together.any(len(distinct.first) < len(X))
    if has_equals and not are_copies(X, n_distinct, together):
        numbers = np.argsort(distinct.inverse, kind="stable")
        return numbers, weights[numbers]
    totals = np.bincount(distinct.inverse, weights)
    if together.n_processes == 1:
        return distinct.first, totals
    kinds = np.column_stack([X, codes])[distinct.first]
    is_own, totals = _claimed(row_hashes(kinds), totals, together)
    return distinct.first[is_own], totals[is_own]


def _claimed(
    hashes: np.ndarray, weights: np.ndarray, together: Collective
) -> tuple[np.ndarray, np.ndarray]:
    """Which rows no earlier process has, ``(m,)``, and the weights of all that are equal."""
    everyone = together.gather(hashes)
    _, first, inverse = np.unique(everyone, return_index=True, return_inverse=True)
    own = together.begin_of(len(hashes)) + np.arange(len(hashes))
    totals = np.bincount(inverse, together.gather(weights))
    return first[inverse[own]] == own, totals[inverse[own]]


def ranks(column: np.ndarray) -> np.ndarray:
    """Return how many distinct values are below each ``(n,)``: the same in all units."""
    return np.unique(column, return_inverse=True)[1]


def are_copies(X: np.ndarray, n_distinct: int, together: Collective = ALONE) -> bool:
    """Whether equal rows ``(n, d)`` are copies, rather than alike by chance.

    They are if a column is continuous, or if, were the columns independent, hardly one of the
    distinct rows would have its equal. A value that most rows have, such as zero, makes
    rows alike by chance.
    """
    n_rows, log_chance = together.added(len(X)), 0.0
    for column in X.T:
        found = counts_in_steps(column, together)
        if found is None:
            return True
        log_chance += np.log(np.square(found[1] / n_rows).sum())
    return bool(n_distinct * np.exp(log_chance) <= BY_CHANCE)
