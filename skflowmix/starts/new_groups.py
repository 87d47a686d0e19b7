"""Groups that no label has named. Knows numpy and the neighbour graph."""

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.starts.graph import graph_groups
from skflowmix.starts.thinning import thin

GRAPH_ROWS = 20_000
"""Most rows in the graph that is looked at; further rows follow their nearest. By hand; no
measurement is on record."""
PARTS_PER_COMPONENT, LABELS_PER_PART = 2, 4
"""Parts of the graph that are looked at for new groups, and labelled rows that one should have.
By hand; no measurement is on record."""


def new_groups(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Find groups in the parts of the neighbour graph that have no labelled row.

    Parameters
    ----------
    problem : Problem
        Of n rows, with labels.
    random_state : RandomState
        Source of the beginnings of k-means.

    Returns
    -------
    groups : ndarray of shape (n,)
        Component beyond the classes of the rows in such parts, -1 of all others.
    """
    n_new = problem.n_components - problem.n_classes
    if not n_new:
        return np.full(len(problem.X), -1)
    sample, nearest = thin(problem, GRAPH_ROWS, random_state)
    groups = np.full(len(sample.X), -1)
    parts = graph_groups(sample, _n_parts(sample), random_state)
    rows = np.flatnonzero(~np.isin(parts, parts[sample.labelled]))
    if len(rows):
        new = graph_groups(sample.take(rows), min(n_new, len(rows)), random_state)
        groups[rows] = problem.n_classes + new
    return groups[nearest]


def _n_parts(problem: Problem) -> int:
    """How many parts to look at: the more, the more labels tell of them, but K at least."""
    n_components = problem.n_components
    most = min(PARTS_PER_COMPONENT * n_components, len(problem.X))
    return int(np.clip(problem.labelled.sum() // LABELS_PER_PART, n_components, most))
