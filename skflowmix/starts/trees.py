"""Minimum spanning trees of rows, and two ways to cut them. Knows numpy and scipy only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class SpanningTree:
    """A tree over n rows, as it grows from row 0.

    Attributes
    ----------
    rows : ndarray of shape (n - 1,)
        The rows in the order in which they join, without the first.
    parents : ndarray of shape (n - 1,)
        Row that each of them is linked to, which has joined before.
    lengths : ndarray of shape (n - 1,)
        Of these links.
    """

    rows: np.ndarray
    parents: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, distances: np.ndarray, cores: np.ndarray | None = None) -> "SpanningTree":
        """Grow the shortest tree, by Prim's algorithm.

        Parameters
        ----------
        distances : ndarray of shape (n, n)
            Between all rows.
        cores : ndarray of shape (n,), default=None
            Distances of rows to a neighbour, the same for all. If given, no link counts as
            shorter than the core distance of either of its ends: mutual reachability.

        References
        ----------
        Campello, Moulavi and Sander (2013), Density-based clustering based on hierarchical
        density estimates, definition 3.3.
        """
        n_rows, row = len(distances), 0
        nearest = np.full(n_rows, np.inf)
        nearest[0] = -1  # has joined
        parents = np.zeros(n_rows, dtype=int)
        order, lengths = np.empty(n_rows - 1, dtype=int), np.empty(n_rows - 1)
        for step in range(n_rows - 1):
            reach = distances[row]
            if cores is not None:
                reach = np.maximum(np.maximum(reach, cores), cores[row])
            closer = reach < nearest
            nearest[closer], parents[closer] = reach[closer], row
            row = int(np.where(nearest < 0, np.inf, nearest).argmin())
            order[step], lengths[step] = row, nearest[row]
            nearest[row] = -1
        return cls(order, parents[order], lengths)


def cut_by_gini(tree: SpanningTree, threshold: float, sizes: Sequence[int]) -> list[np.ndarray]:
    """Merge along the shortest links, but the smallest groups first where sizes are too unequal.

    Parameters
    ----------
    tree : SpanningTree
        Of n rows.
    threshold : float
        Gini index of the groups' sizes, above which the next merge must take in one of the
        smallest groups.
    sizes : sequence of int
        Numbers of groups wanted, at most n.

    Returns
    -------
    groupings : list of ndarray of shape (n,)
        Group of each row, one for each number of groups.

    References
    ----------
    Gagolewski, Bartoszuk and Cena (2016), Genie: a new, fast, and outlier-resistant hierarchical
    clustering algorithm, section 3.
    """
    merges = _MergesByGini(tree, threshold)
    return joined(merges.in_order(), len(tree.rows) + 1, sizes)


class _MergesByGini:
    """The state of the merging: groups, their sizes, and the links that are left."""

    def __init__(self, tree: SpanningTree, threshold: float):
        order = np.argsort(tree.lengths, kind="stable")
        self.links = list(
            zip(tree.rows[order].tolist(), tree.parents[order].tolist(), strict=True)
        )
        self.threshold = threshold
        self.n_rows = len(self.links) + 1
        self.group = list(range(self.n_rows))
        self.size = [1] * self.n_rows
        self.counts = {1: self.n_rows}
        self.inequality = 0  # sum of the differences of sizes over pairs of groups
        self.taken = bytearray(len(self.links))
        self.first = 0  # no link before this one is left
        self.smallest, self.passed = 0, 0  # no link before takes in a group of the smallest size

    def in_order(self) -> list[tuple[int, int]]:
        """Return the links in the order in which they are taken."""
        return [self._take(left) for left in range(self.n_rows, 1, -1)]

    def _take(self, n_groups: int) -> tuple[int, int]:
        index = self.inequality / ((n_groups - 1) * self.n_rows)
        link = self._shortest() if index <= self.threshold else self._shortest_of_smallest()
        self.taken[link] = 1
        self._merge(*(self._root(row) for row in self.links[link]))
        return self.links[link]

    def _shortest(self) -> int:
        while self.taken[self.first]:
            self.first += 1
        return self.first

    def _shortest_of_smallest(self) -> int:
        smallest = min(self.counts)
        if smallest != self.smallest:  # groups only grow: what was passed over stays so until then
            self.smallest, self.passed = smallest, self._shortest()
        while self.taken[self.passed] or not self._takes_in(smallest):
            self.passed += 1
        return self.passed

    def _takes_in(self, size: int) -> bool:
        one, other = self.links[self.passed]
        return self.size[self._root(one)] == size or self.size[self._root(other)] == size

    def _root(self, row: int) -> int:
        group = self.group
        while group[row] != row:
            group[row] = group[group[row]]
            row = group[row]
        return row

    def _merge(self, first: int, second: int) -> None:
        if self.size[first] < self.size[second]:
            first, second = second, first
        a, b = self.size[first], self.size[second]
        self._remove(a)
        self._remove(b)
        self.inequality += self._differences(a + b)
        self.counts[a + b] = self.counts.get(a + b, 0) + 1
        self.group[second] = first
        self.size[first] = a + b

    def _remove(self, size: int) -> None:
        self.counts[size] -= 1
        if not self.counts[size]:
            del self.counts[size]
        self.inequality -= self._differences(size)

    def _differences(self, size: int) -> int:
        return sum(number * abs(size - other) for other, number in self.counts.items())


def joined(
    links: Sequence[tuple[int, int]] | np.ndarray, n_rows: int, sizes: Sequence[int]
) -> list[np.ndarray]:
    """Join rows by the first of the links, as many as leave each number of groups.

    Parameters
    ----------
    links : sequence of (int, int) or ndarray of shape (n - 1, 2)
        Rows of two groups, in the order in which these merge.
    n_rows : int
        n, the number of rows.
    sizes : sequence of int
        Numbers of groups wanted, at most n.

    Returns
    -------
    groupings : list of ndarray of shape (n,)
        Group of each row, one for each number of groups.
    """
    ends = np.array(links, dtype=int).reshape(-1, 2)
    groupings = []
    for size in sizes:
        rows, others = ends[: n_rows - size].T
        linked = sp.coo_array((np.ones(len(rows)), (rows, others)), shape=(n_rows, n_rows))
        groupings.append(connected_components(linked, directed=False)[1])
    return groupings


def cut_longest(tree: SpanningTree, share: float, sizes: Sequence[int]) -> list[np.ndarray]:
    """Cut the longest links that leave no small group on either side.

    Parameters
    ----------
    tree : SpanningTree
        Of n rows.
    share : float
        Least size of a group as a share of the mean size. It is halved until there are enough
        links to cut.
    sizes : sequence of int
        Numbers of groups wanted, at most n.

    Returns
    -------
    groupings : list of ndarray of shape (n,)
        Group of each row, one for each number of groups.
    """
    return [_cut_into(tree, n_groups, share) for n_groups in sizes]


def _cut_into(tree: SpanningTree, n_groups: int, share: float) -> np.ndarray:
    n_rows = len(tree.rows) + 1
    while True:
        cuts = _longest_links(tree, n_groups - 1, max(share * n_rows / n_groups, 1))
        if len(cuts) == n_groups - 1:
            return _parts(tree, cuts)
        share /= 2


def _longest_links(tree: SpanningTree, n_links: int, least: float) -> list[int]:
    """Rows whose links to their parents are cut, each part having ``least`` rows."""
    parents = [-1] * (len(tree.rows) + 1)
    below = [1] * len(parents)  # rows that hang on each within its part, itself among them
    for row, parent in zip(tree.rows[::-1].tolist(), tree.parents[::-1].tolist(), strict=True):
        parents[row] = parent
        below[parent] += below[row]
    cuts: list[int] = []
    for row in tree.rows[np.argsort(-tree.lengths, kind="stable")].tolist():
        if len(cuts) == n_links:
            break
        if below[row] < least:
            continue
        above = _path(parents, row)
        if below[above[-1]] - below[row] >= least:
            for each in above:
                below[each] -= below[row]
            parents[row] = -1
            cuts.append(row)
    return cuts


def _path(parents: list[int], row: int) -> list[int]:
    """Rows above one, up to the first of its part."""
    path = []
    while (row := parents[row]) >= 0:
        path.append(row)
    return path


def _parts(tree: SpanningTree, cuts: list[int]) -> np.ndarray:
    groups = np.zeros(len(tree.rows) + 1, dtype=int)
    number = {row: part for part, row in enumerate(cuts, start=1)}
    for row, parent in zip(tree.rows.tolist(), tree.parents.tolist(), strict=True):
        groups[row] = number.get(row, groups[parent])
    return groups
