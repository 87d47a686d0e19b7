"""Groups by Ward's linkage. Knows numpy and scipy only."""

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from skflowmix.data.problem import Problem
from skflowmix.starts.base import one_hot
from skflowmix.starts.thinning import thin
from skflowmix.starts.trees import joined

LINKED_ROWS = 5000
"""Most rows that are merged one by one, as all distances between them are laid out."""


def ward(
    problem: Problem, sizes: Sequence[int], random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Merge rows, each time the two groups that add the least variance within groups.

    References
    ----------
    Ward (1963), Hierarchical grouping to optimize an objective function.
    """
    sample, nearest = thin(problem, LINKED_ROWS, random_state)
    if len(sample.X) == 1:
        return [one_hot(np.zeros(len(nearest), dtype=int), size) for size in sizes]
    tree = linkage(pdist(sample.X), "ward")
    groupings = joined(_links(tree), len(sample.X), sizes)
    return [one_hot(groups[nearest], size) for groups, size in zip(groupings, sizes, strict=True)]


def _links(tree: np.ndarray) -> np.ndarray:
    """One row of either group of each merger, ``(n - 1, 2)``, of a tree as scipy writes it."""
    mergers = tree[:, :2].astype(int)
    some = list(range(len(tree) + 1))  # a row of each group, those that merge by and by included
    for group in mergers[:, 0].tolist():
        some.append(some[group])
    return np.array(some)[mergers]
