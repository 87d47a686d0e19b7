"""Groups split into modes, for components that are mixtures themselves.

Knows numpy and scikit-learn only.
"""

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.starts.clusters import fit_kmeans

MOST_MODES = 8
"""More modes of a class than this are not made unasked. By hand; no measurement is on record."""
LABELS_PER_MODE = 10
"""Labelled rows that a class has, on average, for each mode. By hand; no measurement is on
record."""
ROWS_PER_FEATURE = 2
"""Rows that a mode must have for each feature, at least, to be made. By hand; no measurement is on
record."""
MODE_RESTARTS = 5
"""How often k-means begins anew. By hand; no measurement is on record."""


def modes_from_labels(codes: np.ndarray, n_components: int) -> np.ndarray:
    """Modes that the labels of each class can tell of: one for every `LABELS_PER_MODE` of them.

    What few labels say of other rows carries mistakes along. The finer a class is described, the
    better it fits what it is, and the closer to these mistakes; the more labels it has, the fewer
    they are.

    Parameters
    ----------
    codes : ndarray of shape (n,)
        Component of each labelled row, -1 for the others.
    n_components : int
        K.

    Returns
    -------
    n_modes : ndarray of shape (K,)
    """
    counts = np.bincount(codes[codes >= 0], minlength=n_components)
    return np.clip(counts // LABELS_PER_MODE, 1, MOST_MODES)


def split_modes(
    responsibilities: np.ndarray,
    problem: Problem,
    n_modes: np.ndarray,
    random_state: np.random.RandomState,
) -> np.ndarray:
    """Split each column of responsibilities by k-means.

    A group of too few rows is split into fewer modes, and the others stay without rows.

    Parameters
    ----------
    responsibilities : ndarray of shape (n, K)
    problem : Problem
        Of n rows.
    n_modes : ndarray of shape (K,)
        Modes wanted of each column.
    random_state : RandomState
        Source of the beginnings of k-means.

    Returns
    -------
    modes : ndarray of shape (n, K * M)
        As many columns for each as the one with the most modes has.
    """
    groups, most = responsibilities.argmax(axis=1), int(n_modes.max())
    columns = [
        own[:, None] * np.eye(most)[_split(problem, groups == k, n_modes[k], random_state)]
        for k, own in enumerate(responsibilities.T)
    ]
    return np.hstack(columns)


def _split(
    problem: Problem, members: np.ndarray, n_modes: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Mode of every row if it were in this group, ``(n,)``."""
    n_rows, n_features = problem.X.shape
    most = min(int(n_modes), int(members.sum()) // (ROWS_PER_FEATURE * n_features))
    if most < 2:
        return np.zeros(n_rows, dtype=int)
    own = problem.take(np.flatnonzero(members))
    model = fit_kmeans(own.X, most, random_state, own.sample_weight, MODE_RESTARTS)
    return model.predict(problem.X)
