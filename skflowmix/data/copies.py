"""Rows that are there several times: which of them are copies. Knows numpy only.

A copy says nothing new. Were it held out while its twin is trained on, no one would see that a
density runs away to the rows it was shown.
"""

import numpy as np

from skflowmix.data.dequantising import comes_in_steps
from skflowmix.data.distinct import Distinct

BY_CHANCE = 0.1
"""How many others a row may expect to equal it, for equal rows to be copies. By hand."""


def without_copies(
    X: np.ndarray, codes: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Choose one of the rows that are copies of each other, in an order of their own.

    The order depends on the ranks of the values alone: it matters neither in which order the rows
    came nor in which units.

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
    if len(distinct.first) < len(X) and not are_copies(X, distinct.first):
        numbers = np.argsort(distinct.inverse, kind="stable")
        return numbers, weights[numbers]
    return distinct.first, np.bincount(distinct.inverse, weights)


def ranks(column: np.ndarray) -> np.ndarray:
    """Return how many distinct values are below each ``(n,)``: the same in all units."""
    return np.unique(column, return_inverse=True)[1]


def are_copies(X: np.ndarray, first: np.ndarray) -> bool:
    """Whether equal rows ``(n, d)`` are copies, rather than alike by chance.

    They are if a column is continuous, or if, were the columns independent, hardly one of the
    ``first`` of equal rows would have its equal. A value that most rows have, such as zero, makes
    rows alike by chance.
    """
    if not all(comes_in_steps(column) for column in X.T):
        return True
    counts = (np.unique(column, return_counts=True)[1] for column in X.T)
    log_chance = sum(np.log(np.square(count / len(X)).sum()) for count in counts)
    return bool(len(first) * np.exp(log_chance) <= BY_CHANCE)
