"""Groups by Ward's linkage. Knows numpy and scipy only."""

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import cut_tree, linkage

from skflowmix.data.problem import Problem
from skflowmix.starts.base import one_hot
from skflowmix.starts.thinning import thin

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
    distinct, place = np.unique(sizes, return_inverse=True)
    groupings = cut_tree(linkage(sample.X, "ward"), distinct)[nearest]  # (n, number of sizes)
    return [one_hot(groupings[:, at], size) for at, size in zip(place, sizes, strict=True)]
