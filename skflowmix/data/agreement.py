"""How far partitions of the same rows agree. Knows numpy and scipy only."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp


def membership(groups: np.ndarray) -> sp.csr_array:
    """Which row is in which group, ``(n, K)``, by ones."""
    return sp.csr_array((np.ones(len(groups)), (np.arange(len(groups)), groups)))


def adjusted_rand_indices(groupings: Sequence[np.ndarray]) -> np.ndarray:
    """Adjusted Rand index of each pair of groupings, ``(G, G)``, all from one sparse product.

    Parameters
    ----------
    groupings : sequence of ndarray of shape (n,)
        Numbers of groups, from 0 on.

    References
    ----------
    Hubert and Arabie (1985), Comparing partitions, equation 5.
    """
    members = [membership(grouping) for grouping in groupings]
    begins = np.cumsum([0, *(member.shape[1] for member in members[:-1])])
    member = sp.hstack(members, format="csr")
    shared = (member.T @ member).toarray()  # rows that two groups have in common
    pairs = np.add.reduceat(np.add.reduceat(shared * (shared - 1), begins, 0), begins, 1)
    own = pairs.diagonal()
    return _beyond_chance(pairs, own[:, None], own, len(groupings[0]))


def adjusted_rand_index(groups: np.ndarray, others: np.ndarray) -> float:
    """Adjusted Rand index of two groupings ``(n,)``; for two, sparse products take too long.

    Groupings are numbers of groups, from 0 on.
    """
    groups, others = groups.astype(np.int64), others.astype(np.int64)  # narrow ones overflow
    joint = (groups * (others.max() + 1) + others, groups, others)
    both, one, other = (_n_pairs(np.bincount(numbers)) for numbers in joint)
    return float(_beyond_chance(both, one, other, len(groups)))


def _n_pairs(counts: np.ndarray) -> float:
    """How many ordered pairs of rows have the same number, by how many rows have each."""
    return float((counts * (counts - 1.0)).sum())


def _beyond_chance(
    both: np.ndarray | float, one: np.ndarray | float, other: np.ndarray | float, n_rows: int
) -> np.ndarray:
    """The index from numbers of pairs that are together by both groupings, and by each."""
    by_chance = one * other / max(n_rows * (n_rows - 1), 1)
    gain, room = both - by_chance, (one + other) / 2 - by_chance
    return np.divide(gain, room, out=np.ones_like(gain), where=room > 0)
