"""What a start is, and what it owes to the labels.

Knows numpy, scipy and collectives only.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from skflowmix.collective import ALONE, Collective
from skflowmix.data.problem import Problem

Start = Callable[[Problem, np.random.RandomState], np.ndarray]
"""Proposes responsibilities ``(n, K)``: not negative, with rows that sum to 1. Columns may come
in any order, whatever the labels, see `respect_labels`."""

Grouper = Callable[[Problem, Sequence[int], np.random.RandomState], list[np.ndarray]]
"""Proposes responsibilities ``(n, K)`` for several numbers of groups K, which share what they
have in common; how many components the problem has, and labels, do not matter."""


def one_size(grouper: Grouper) -> Start:
    """Have a grouper propose as many groups as a problem has components."""

    def start(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
        return grouper(problem, [problem.n_components], random_state)[0]

    return start


def each_size(start: Start) -> Grouper:
    """Have a start propose groupings one by one."""

    def grouper(
        problem: Problem, sizes: Sequence[int], random_state: np.random.RandomState
    ) -> list[np.ndarray]:
        return [start(replace(problem, n_components=size), random_state) for size in sizes]

    return grouper


def one_hot(groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Responsibilities ``(n, K)`` of rows that are sure of their groups ``(n,)``."""
    return np.eye(n_groups)[groups]


def respect_labels(
    responsibilities: np.ndarray, codes: np.ndarray, together: Collective = ALONE
) -> np.ndarray:
    """Order the columns to suit the labelled rows, and give these rows their class.

    Parameters
    ----------
    responsibilities : ndarray of shape (n, K)
        What a start proposes.
    codes : ndarray of shape (n,)
        Component of each labelled row, -1 for the others.
    together : Collective, default=ALONE
        Processes that have rows, each its own.

    Returns
    -------
    ordered : ndarray of shape (n, K)
        A copy, or the same array where no row has a label.
    """
    labelled = codes >= 0
    if not together.any(bool(labelled.any())):
        return responsibilities
    n_components = responsibilities.shape[1]
    one_hot = np.eye(n_components)[codes[labelled]]
    shared = together.added(one_hot.T @ responsibilities[labelled])  # (K classes, K columns)
    _, order = linear_sum_assignment(-shared)
    ordered = responsibilities[:, order].copy()
    ordered[labelled] = one_hot
    return ordered
