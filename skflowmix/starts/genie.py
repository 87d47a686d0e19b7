"""Groups of a minimum spanning tree whose sizes are not too unequal, of any shape."""

from collections.abc import Sequence

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.starts.base import one_hot
from skflowmix.starts.thinning import thin
from skflowmix.starts.trees import SpanningTree, cut_by_gini

TREE_ROWS = 5000
"""Most rows of a tree, as all distances between them are laid out."""
THRESHOLD = 0.5
"""Gini index of the sizes that is not exceeded. By hand: of .1, .3 and .5 the best on pictures,
which these starts are for."""
CORE_NEIGHBORS = 10
"""Neighbours within the core distance of a row. By hand; no measurement is on record."""


def unscaled_genie(
    problem: Problem, sizes: Sequence[int], random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Merge rows along their spanning tree, in the units that the columns came in.

    References
    ----------
    Gagolewski, Bartoszuk and Cena (2016), Genie: a new, fast, and outlier-resistant hierarchical
    clustering algorithm.
    """
    sample, nearest = thin(problem.unscaled, TREE_ROWS, random_state)
    return _cut(SpanningTree.of(sample.distances), sizes, nearest)


def reachability_genie(
    problem: Problem, sizes: Sequence[int], random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Do the same along the tree of mutual reachability of standardised rows.

    References
    ----------
    Campello, Moulavi and Sander (2013), Density-based clustering based on hierarchical density
    estimates.
    """
    sample, nearest = thin(problem, TREE_ROWS, random_state)
    n_neighbors = min(CORE_NEIGHBORS, len(sample.X) - 1)
    cores = np.partition(sample.distances, n_neighbors, axis=1)[:, n_neighbors]
    return _cut(SpanningTree.of(sample.distances, cores), sizes, nearest)


def _cut(tree: SpanningTree, sizes: Sequence[int], nearest: np.ndarray) -> list[np.ndarray]:
    groupings = cut_by_gini(tree, THRESHOLD, sizes)
    return [one_hot(groups[nearest], size) for groups, size in zip(groupings, sizes, strict=True)]
