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


def n_modes_from_labels(codes: np.ndarray) -> int:
    """Modes that the labels of a class can tell of: one for every `LABELS_PER_MODE` of them.

    Labels that spread over other rows carry their mistakes along. The finer a class is
    described, the better it fits what it is, and the closer to these mistakes; the more labels,
    the fewer they are.
    """
    labelled = codes[codes >= 0]
    if not len(labelled):
        return 1
    n_labels = len(labelled) // (labelled.max() + 1)
    return int(np.clip(n_labels // LABELS_PER_MODE, 1, MOST_MODES))


def split_modes(
    responsibilities: np.ndarray,
    problem: Problem,
    n_modes: int,
    random_state: np.random.RandomState,
) -> np.ndarray:
    """Split each column of responsibilities ``(n, K)`` by k-means: ``(n, K * n_modes)``.

    A group of too few rows is split into fewer modes, and the others stay without rows.
    """
    groups = responsibilities.argmax(axis=1)
    columns = [
        own[:, None] * _split(problem, groups == k, n_modes, random_state)
        for k, own in enumerate(responsibilities.T)
    ]
    return np.hstack(columns)


def _split(
    problem: Problem, members: np.ndarray, n_modes: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Mode of every row if it were in this group, by ones: ``(n, n_modes)``."""
    n_rows, n_features = problem.X.shape
    most = min(n_modes, int(members.sum()) // (ROWS_PER_FEATURE * n_features))
    modes = np.zeros(n_rows, dtype=int)
    if most > 1:
        own = problem.take(np.flatnonzero(members))
        model = fit_kmeans(own.X, most, random_state, own.sample_weight, MODE_RESTARTS)
        modes = model.predict(problem.X)
    return np.eye(n_modes)[modes]
