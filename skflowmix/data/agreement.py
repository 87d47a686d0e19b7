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
    own, n_rows = pairs.diagonal(), len(groupings[0])
    by_chance = np.outer(own, own) / max(n_rows * (n_rows - 1), 1)
    most = (own[:, None] + own) / 2
    gain, room = pairs - by_chance, most - by_chance
    return np.divide(gain, room, out=np.ones_like(gain), where=room > 0)


def adjusted_rand_index(groups: np.ndarray, others: np.ndarray) -> float:
    """Adjusted Rand index of two groupings ``(n,)``."""
    return float(adjusted_rand_indices([groups, others])[0, 1])
