"""Groups of a neighbour graph: cut fine along its spectrum, then merged by average linkage.

Two rows are linked by the share of their neighbours that they have in common, so a link does
not depend on the density around it, and groups may have any shape. This is done several times,
and the grouping that the others agree with most is kept. Knows numpy, scipy and
scikit-learn.
"""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from scipy.linalg import eigh
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh
from sklearn.neighbors import NearestNeighbors

from skflowmix.data.agreement import adjusted_rand_indices, membership
from skflowmix.data.problem import Problem
from skflowmix.starts.clusters import fit_kmeans
from skflowmix.starts.thinning import START_ROWS, thin

GRAPH_NEIGHBORS = (15, 20, 30)
"""Neighbours of a row, in several graphs; at most half the rows of a group of fair size. By hand,
as the next two: the start has a mean ARI of .92 on 27 sets of the clustering benchmark, which were
in view when these were set, and no measurement of other numbers is on record."""
GRAPH_PIECES = (40, 60)
"""Pieces that a graph is cut into, in turn, before they are merged. By hand."""
CUTS_PER_SIZE = 2
"""How often each of these is done, as the pieces depend on chance. By hand."""
ROWS_PER_PIECE = 10
"""No more pieces than would hold so many rows on average. By hand; no measurement is on record."""
LINKS_AT_ONCE = 2**17
"""Links whose rows' neighbours are laid out at once, as all of them would take a gigabyte."""
DENSE_ROWS = 300
"""Up to so many rows a dense eigensolver is safer and no slower."""
LANCZOS_TOL = 1e-4
"""Relative accuracy of the eigenvalues of larger graphs. By hand; no measurement is on record."""


def neighbour_graph(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Group the rows that hang together in their neighbour graph, whatever the shape."""
    sample, nearest = thin(problem, START_ROWS, random_state)
    groups = graph_groups(sample, problem.n_components, random_state)
    return np.eye(problem.n_components)[groups[nearest]]


def unscaled_neighbour_graph(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Do the same in the units that the columns came in: a narrow one may be mere noise."""
    return neighbour_graph(problem.unscaled, random_state)


def graph_groups(
    problem: Problem, n_groups: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Group rows that hang together.

    Parameters
    ----------
    problem : Problem
        Of n rows, of which labels and weights do not matter.
    n_groups : int
        Number of groups wanted, at most n.
    random_state : RandomState
        Source of the beginnings of k-means.

    Returns
    -------
    groups : ndarray of shape (n,)
        Numbers below ``n_groups``.

    References
    ----------
    The graph is that of Levine et al. (2015), Data-driven phenotypic dissection of AML, and
    the embedding that of Ng, Jordan and Weiss (2001), On spectral clustering.
    """
    n_rows = len(problem.X)
    if n_groups in (1, n_rows):
        return np.arange(n_rows) % n_groups
    widest = problem.limit_n_neighbors(max(GRAPH_NEIGHBORS), n_groups)
    nearest = problem.neighbours(widest).indices
    n_vectors = max(min(max(GRAPH_PIECES), n_rows // ROWS_PER_PIECE), n_groups)
    groupings = []
    for n_neighbors in GRAPH_NEIGHBORS:
        graph = jaccard_graph(nearest[:, :n_neighbors])
        vectors = leading_vectors(graph, n_vectors, random_state)
        for n_pieces in GRAPH_PIECES * CUTS_PER_SIZE:
            pieces = cut(graph, vectors[:, -max(n_pieces, n_groups) :], random_state)
            groupings += merge(graph, pieces, [n_groups], problem.X)
    return most_central(groupings)


def jaccard_graph(nearest: np.ndarray) -> sp.csr_array:
    """Link each row to its neighbours by the share of neighbours in common, symmetrically."""
    n_rows, n_neighbors = nearest.shape
    begins = np.arange(0, nearest.size + 1, n_neighbors)
    linked = sp.csr_array((np.ones(nearest.size), nearest.ravel(), begins), (n_rows, n_rows))
    rows, columns = sp.triu(linked + linked.T, k=1).nonzero()
    near = (linked + sp.eye_array(n_rows)).tocsr()  # a row is among its own neighbours
    parts = np.array_split(np.arange(len(rows)), len(rows) // LINKS_AT_ONCE + 1)
    shared = np.concatenate([near[rows[p]].multiply(near[columns[p]]).sum(axis=1) for p in parts])
    share = shared / (2 * (n_neighbors + 1) - shared)
    half = sp.coo_array((share, (rows, columns)), shape=(n_rows, n_rows))
    return (half + half.T).tocsr()


def normalised(graph: sp.csr_array) -> sp.csr_array:
    """Divide each link by the root of the degrees of the two rows that it joins."""
    scale = sp.diags_array(1 / np.sqrt(np.maximum(graph.sum(axis=1), 1e-12)))
    return scale @ graph @ scale


def leading_vectors(
    graph: sp.csr_array, n_vectors: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Eigenvectors ``(n, n_vectors)`` of the normalised adjacency, the leading ones last."""
    n_rows = graph.shape[0]
    adjacency = normalised(graph)
    if n_rows <= max(DENSE_ROWS, 2 * n_vectors):
        return eigh(adjacency.toarray(), subset_by_index=[n_rows - n_vectors, n_rows - 1])[1]
    begin = random_state.uniform(size=n_rows)
    return eigsh(adjacency, n_vectors, which="LA", v0=begin, tol=LANCZOS_TOL)[1]


def cut(
    graph: sp.csr_array, vectors: np.ndarray, random_state: np.random.RandomState
) -> np.ndarray:
    """Cut a graph into about as many pieces as vectors, none with two unconnected parts.

    Parameters
    ----------
    graph : csr_array of shape (n, n)
        Links.
    vectors : ndarray of shape (n, m)
        Embedding of the rows, of which only the directions count.
    random_state : RandomState
        Source of the beginnings of k-means.

    Returns
    -------
    pieces : ndarray of shape (n,)
        Numbers from 0 on.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions = vectors / np.maximum(lengths, 1e-12)
    clusters = fit_kmeans(directions, vectors.shape[1], random_state).labels_
    parts = np.column_stack([clusters, connected_components(graph)[1]])
    return np.unique(parts, axis=0, return_inverse=True)[1].ravel()


def merge(
    graph: sp.csr_array, groups: np.ndarray, sizes: Sequence[int], X: np.ndarray
) -> list[np.ndarray]:
    """Merge groups, each time the two with the heaviest link on average over pairs of rows.

    Where no two groups are linked any more, the smallest joins the group that its rows are
    nearest to.

    Parameters
    ----------
    graph : csr_array of shape (n, n)
        Links.
    groups : ndarray of shape (n,)
        Numbers from 0 on.
    sizes : sequence of int
        Numbers of groups to merge them to, each at most as many as there are.
    X : ndarray of shape (n, d)
        Rows.

    Returns
    -------
    groupings : list of ndarray of shape (n,)
        Numbers from 0 on, one vector for each of the sizes.
    """
    pieces = _Pieces(graph, groups, X)
    merged = {n_groups: pieces.merged_to(n_groups) for n_groups in sorted(set(sizes))[::-1]}
    return [merged[n_groups] for n_groups in sizes]


class _Pieces:
    """Groups of rows while they are merged."""

    def __init__(self, graph: sp.csr_array, groups: np.ndarray, X: np.ndarray):
        member = membership(groups)
        self.groups, self.X = groups.copy(), X
        self.sizes = np.bincount(groups).astype(float)
        self.links = (member.T @ graph @ member).toarray()

    def merged_to(self, n_groups: int) -> np.ndarray:
        """Merge down to so many groups and return those of the rows, numbered from 0 on."""
        for _ in range(np.count_nonzero(self.sizes) - n_groups):
            self._merge(*self._closest())
        return np.unique(self.groups, return_inverse=True)[1]

    def _closest(self) -> tuple[np.intp, np.intp]:
        average = self.links / np.maximum(np.outer(self.sizes, self.sizes), 1)
        np.fill_diagonal(average, 0)
        one, other = np.unravel_index(average.argmax(), average.shape)
        if average[one, other]:
            return one, other
        smallest = np.where(self.sizes > 0, self.sizes, np.inf).argmin()
        return smallest, _nearest_group(self.X, self.groups, smallest)

    def _merge(self, gone: np.intp, kept: np.intp) -> None:
        links, sizes = self.links, self.sizes
        links[kept] += links[gone]
        links[:, kept] += links[:, gone]
        links[gone] = links[:, gone] = 0
        sizes[kept] += sizes[gone]
        sizes[gone] = 0
        self.groups[self.groups == gone] = kept


def _nearest_group(X: np.ndarray, groups: np.ndarray, group: np.intp) -> np.intp:
    own, others = groups == group, np.flatnonzero(groups != group)
    distances, nearest = NearestNeighbors(n_neighbors=1).fit(X[others]).kneighbors(X[own])
    return groups[others[nearest[distances.argmin(), 0]]]


def most_central(groupings: list[np.ndarray]) -> np.ndarray:
    """Choose the grouping that agrees best with all others."""
    return groupings[int(adjusted_rand_indices(groupings).sum(axis=1).argmax())]
