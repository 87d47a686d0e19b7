"""Small pieces of the rows, merged where neighbours link them. Cheap, and of any shape."""

from collections.abc import Sequence

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.starts.base import one_hot
from skflowmix.starts.clusters import fit_kmeans
from skflowmix.starts.graph import jaccard_graph, merge
from skflowmix.starts.thinning import START_ROWS, thin

N_PIECES = 60
"""Pieces that rows are cut into before any are merged. By hand, as the next three; no measurement
of other numbers is on record."""
ROWS_PER_PIECE = 10
"""No more pieces than would hold so many rows on average."""
LINK_NEIGHBORS = 15
"""Neighbours that a row is linked to, fewer where groups are small."""
PIECE_RESTARTS = 3
"""How often k-means begins anew."""


def linked_pieces(
    problem: Problem, sizes: Sequence[int], random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Cut rows into pieces by k-means, and merge those that share the most neighbours.

    It is `neighbour_graph` without eigenvectors, which are most of that one's price.
    """
    sample, nearest = thin(problem, START_ROWS, random_state)
    n_rows = len(sample.X)
    if n_rows == 1:
        return [one_hot(np.zeros(len(nearest), dtype=int), size) for size in sizes]
    graph = jaccard_graph(_neighbours(sample, sizes))
    n_pieces = max(min(N_PIECES, n_rows // ROWS_PER_PIECE), *sizes)
    labels = fit_kmeans(sample.X, n_pieces, random_state, sample.sample_weight, PIECE_RESTARTS)
    pieces = np.unique(labels.labels_, return_inverse=True)[1]
    most = int(pieces.max()) + 1
    groupings = merge(graph, pieces, [min(size, most) for size in sizes], sample.X)
    return [one_hot(groups[nearest], size) for groups, size in zip(groupings, sizes, strict=True)]


def _neighbours(problem: Problem, sizes: Sequence[int]) -> np.ndarray:
    return problem.neighbours(problem.limit_n_neighbors(LINK_NEIGHBORS, min(sizes))).indices


def unscaled_linked_pieces(
    problem: Problem, sizes: Sequence[int], random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Do the same in the units that the columns came in."""
    return linked_pieces(problem.unscaled, sizes, random_state)
