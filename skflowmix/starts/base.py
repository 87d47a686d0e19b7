"""What a start is, and what it owes to the labels. Knows numpy and scipy only."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import linear_sum_assignment

from skflowmix.data.problem import Problem

Start = Callable[[Problem, np.random.RandomState], np.ndarray]
"""Proposes responsibilities ``(n, K)``: not negative, with rows that sum to 1. Columns may come
in any order, whatever the labels, see `respect_labels`."""


def respect_labels(responsibilities: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Order the columns to suit the labelled rows, and give these rows their class.

    Parameters
    ----------
    responsibilities : ndarray of shape (n, K)
        What a start proposes.
    codes : ndarray of shape (n,)
        Component of each labelled row, -1 for the others.

    Returns
    -------
    ordered : ndarray of shape (n, K)
        A copy, or the same array where no row has a label.
    """
    labelled = codes >= 0
    if not labelled.any():
        return responsibilities
    n_components = responsibilities.shape[1]
    one_hot = np.eye(n_components)[codes[labelled]]
    shared = one_hot.T @ responsibilities[labelled]  # (K classes, K columns)
    _, order = linear_sum_assignment(-shared)
    ordered = responsibilities[:, order].copy()
    ordered[labelled] = one_hot
    return ordered
