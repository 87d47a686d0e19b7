"""An expert that has labels spread over a neighbour graph. Knows numpy, scipy, scikit-learn."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors

from skflowmix.experts.base import Expert, Learner, doubted
from skflowmix.experts.evidence import N_NEIGHBORS, Evidence
from skflowmix.experts.spaces import Space

TOLERANCE, MOST_STEPS = 1e-9, 1000
"""Relative accuracy of what has spread, and steps to it: the first labels to reach a far row are
faint, and a looser tolerance would lose them."""
DOUBT = 1e-4
"""Share of the uniform distribution in what rows hold. By hand: it is less than the number of
labels would have it, as unlabelled rows tell of the graph."""
FAINTEST = 1e-12
"""What a row holds of a label that hardly reaches it."""


@dataclass(frozen=True)
class SpreadLabels(Expert):
    """Shares of classes that rows hold; a new row has those of its neighbours.

    Attributes
    ----------
    space : Space
    doubt : float
    rows : ndarray of shape (m, d)
        Standardised rows of the graph, in single precision.
    shares : ndarray of shape (m, C)
        What they hold, in single precision.
    """

    rows: np.ndarray
    shares: np.ndarray

    @cached_property
    def _search(self) -> NearestNeighbors:
        n_neighbors = min(N_NEIGHBORS, len(self.rows))
        rows = self.space.apply(self.rows.astype(np.float64))
        return NearestNeighbors(n_neighbors=n_neighbors).fit(rows)

    def proba(self, X: np.ndarray) -> np.ndarray:
        """Average what neighbours hold, those near by more than those far off."""
        distances, nearest = self._search.kneighbors(X)
        farthest = np.maximum(distances[:, -1:], np.finfo(float).tiny)
        weights = np.exp(-((distances / farthest) ** 2))
        weights /= weights.sum(axis=1, keepdims=True)
        return np.einsum("nk,nkc->nc", weights, self.shares[nearest])

    def log_proba_at_fit(self, X: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return what the rows of the graph hold themselves."""
        return doubted(self.shares[rows], self.doubt)


class GraphLearner(Learner):
    """Has labels spread over links between neighbours.

    Parameters
    ----------
    evidence : Evidence
    space : Space
    passed_on : float
        Share of what a row holds of each label that it has from its neighbours: alpha of Zhou et
        al. The nearer to 1, the farther labels go.

    References
    ----------
    Zhou, Bousquet, Lal, Weston and Schoelkopf (2004), Learning with local and global consistency,
    equation 4.
    """

    def __init__(self, evidence: Evidence, space: Space, passed_on: float):
        super().__init__(evidence, space)
        self.rows = evidence.single
        self.system = sp.csr_array(sp.eye_array(len(self.X)) - passed_on * evidence.links)

    def learn(self, evidence: Evidence) -> SpreadLabels:
        """Spread labels until they are at rest; rows that none reaches may be of any class."""
        held = np.maximum(solved(self.system, evidence.label_weights), FAINTEST)
        shares = held / held.sum(axis=1, keepdims=True)
        return SpreadLabels(self.space, DOUBT, self.rows, shares.astype(np.float32))


def solved(system: sp.csr_array, right: np.ndarray) -> np.ndarray:
    """Solve a positive definite system for all columns at once by conjugate gradients.

    Side by side they are several times faster than one by one.

    Parameters
    ----------
    system : csr_array of shape (m, m)
    right : ndarray of shape (m, C)

    Returns
    -------
    solution : ndarray of shape (m, C)

    References
    ----------
    Hestenes and Stiefel (1952), Methods of conjugate gradients for solving linear systems.
    """
    tiny = np.finfo(float).tiny
    solution = np.zeros_like(right)
    residual = direction = right
    size = (right**2).sum(axis=0)
    enough = TOLERANCE**2 * size
    for _ in range(MOST_STEPS):
        if (size <= enough).all():
            break
        image = system @ direction
        step = size / np.maximum((direction * image).sum(axis=0), tiny)
        solution = solution + step * direction
        residual = residual - step * image
        before, size = size, (residual**2).sum(axis=0)
        direction = residual + size / np.maximum(before, tiny) * direction
    return solution
