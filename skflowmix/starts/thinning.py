"""Fewer rows to look at, which all others follow. Knows numpy and data only."""

import numpy as np

from skflowmix.data.nearest import nearest
from skflowmix.data.problem import Problem

START_ROWS = 40_000
"""Most rows that are grouped, or cut as a graph; all others follow their nearest. By hand; no
measurement is on record."""


def thin(
    problem: Problem, most: int, random_state: np.random.RandomState
) -> tuple[Problem, np.ndarray]:
    """Draw rows by chance where there are too many.

    Parameters
    ----------
    problem : Problem
        Of n rows.
    most : int
        How many rows are not too many. Labelled rows are kept even if they are more.
    random_state : RandomState
        Source of the draw.

    Returns
    -------
    sample : Problem
        Of m rows in their old order; the same problem where all are kept.
    nearest : ndarray of shape (n,)
        Which row of the sample each row is nearest to.
    """
    kept = kept_rows(problem.labelled, most, random_state)
    return problem.take(kept), nearest_of(problem.X, kept)


def kept_rows(labelled: np.ndarray, most: int, random_state: np.random.RandomState) -> np.ndarray:
    """Numbers of all labelled rows and, up to ``most`` in all, of random unlabelled ones."""
    others = np.flatnonzero(~labelled)
    room = max(most - int(labelled.sum()), 0)
    if len(others) > room:
        others = random_state.choice(others, room, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(labelled), others]))


def nearest_of(X: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """For each row, which one of those that are kept it is nearest to, ``(n,)``.

    Where all are kept it is the row itself, even if others are equal to it.
    """
    return np.arange(len(X)) if len(kept) == len(X) else nearest(X, X[kept])
