"""Which of several groupings to believe. Knows numpy, torch and scikit-learn only."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

MOVED = 0.4
"""Conviction that a grouping loses if its model keeps nothing of it."""
CUT = 0.5
"""Conviction that it loses if all neighbours of all rows are in other groups."""
LESS_LIKELY = 0.2
"""The most that it loses for being less likely than a rival, in nats a feature."""
N_NEIGHBORS = 5
"""Neighbours of a row that are looked at; at most half the rows of a group of fair size."""
MOST_ROWS = 5000
"""Rows whose neighbours are looked at, among each other."""
LEAST_ENTROPY = 1e-6
"""Entropy of the groups' sizes, in nats, below which there is one group and no doubt."""

Table = dict[str, np.ndarray]
"""Criteria of several starts by their names, one array ``(R,)`` each."""


@dataclass(frozen=True)
class Contest:
    """Starts that compete, and which of them are trained.

    Attributes
    ----------
    names : list of str
        Of all starts.
    trained : ndarray
        Numbers of those that are trained.
    untrained : dict of ndarray, default={}
        Criteria of the Gaussian mixtures of all starts, where these decided.
    """

    names: list[str]
    trained: np.ndarray
    untrained: Table = field(default_factory=dict)

    @classmethod
    def of(cls, names: list[str], untrained: Table, most: int) -> "Contest":
        """Have the ``most`` convincing starts trained."""
        order = np.argsort(-untrained["conviction"], kind="stable")
        return cls(names, np.sort(order[:most]), untrained)

    def outcome(self, ended: Table) -> tuple[str, dict[str, Any]]:
        """Name of the winner, and the table of all starts, from the criteria after training."""
        names = np.array(self.names)
        table = {"start": names, "trained": np.isin(np.arange(len(names)), self.trained)}
        for criterion, values in ended.items():
            table[criterion] = self.untrained.get(criterion, values).copy()
            table[criterion][self.trained] = values
        return names[self.trained][winner(ended)].item(), table


def winner(table: Table) -> int:
    """Number of the start with the most convincing groups; of equals, the likeliest."""
    convictions = table["conviction"].round(3)
    return int(np.lexsort((table["validation_score"], convictions))[-1])


@dataclass(frozen=True)
class Judge:
    """Compares models by their groups: how certain, how well kept, how far apart, how likely.

    None of these would do alone. Likelihood rewards a cut through a dense region wherever that
    makes the halves simpler, by any amount, so it may take away a little only. Along such a cut
    a model is uncertain, keeps less of the grouping it was made of, and parts neighbours; but a
    sliver at the border of a cloud is certain too, and only less likely. With many features
    all models are certain, and the neighbours tell most.

    Attributes
    ----------
    weights : ndarray of shape (n,)
        Of the rows, with mean 1.
    n_features : int
        Number of columns of the rows.
    some : ndarray of shape (m,)
        Numbers of the rows whose neighbours are known.
    nearest : ndarray of shape (m, n_neighbors)
        Their neighbours, by positions in ``some``.
    """

    weights: np.ndarray
    n_features: int
    some: np.ndarray
    nearest: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, weights: np.ndarray, n_groups: int) -> "Judge":
        """Find the neighbours of all rows, or of some of them if they are many."""
        some = np.linspace(0, len(X) - 1, min(len(X), MOST_ROWS)).astype(int)
        n_neighbors = min(N_NEIGHBORS, max(len(some) // (2 * n_groups), 1))
        search = NearestNeighbors(n_neighbors=n_neighbors).fit(X[some])
        return cls(weights, X.shape[1], some, search.kneighbors(return_distance=False))

    def criteria(self, joint: Tensor, start: Tensor) -> dict[str, Tensor]:
        """Judge R models.

        Parameters
        ----------
        joint : Tensor of shape (R, n, K)
            Log p(x, k) of all rows.
        start : Tensor of shape (R, n, K)
            Responsibilities that the models were made of.

        Returns
        -------
        criteria : dict
            Each ``(R,)``. ``certainty`` is the share of the entropy of the groups' sizes that
            knowing a row takes away, ``agreement`` the adjusted Rand index of the groups with
            those of the start, ``cut`` the share of neighbours in other groups,
            ``log_likelihood`` in nats a row, and ``conviction`` what the four amount to, at
            most 1.
        """
        weights = torch.from_numpy(self.weights).to(joint)
        before, groups = (scores.argmax(-1).cpu().numpy() for scores in (start, joint))
        kept = [adjusted_rand_score(*pair) for pair in zip(before, groups, strict=True)]
        cuts = [self.cut(own, joint.shape[-1]) for own in groups]
        found = {
            "certainty": certainty(joint.softmax(-1), weights),
            "agreement": joint.new_tensor(kept),
            "cut": joint.new_tensor(cuts),
            "log_likelihood": (joint.logsumexp(-1) * weights).mean(-1),
        }
        return {"conviction": conviction(found, self.n_features), **found}

    def cut(self, groups: np.ndarray, n_groups: int) -> float:
        """Share of neighbours in other groups, the mean over groups; an empty one has 1."""
        own, weights = groups[self.some], self.weights[self.some]
        elsewhere = (own[self.nearest] != own[:, None]).mean(axis=1)
        total = np.bincount(own, weights, minlength=n_groups)
        left = np.bincount(own, weights * elsewhere, minlength=n_groups)
        shares = np.divide(left, total, out=np.ones(n_groups), where=total > 0)
        return float(shares.mean())


def conviction(
    found: dict[str, Tensor],
    n_features: int,
    moved: float = MOVED,
    cut: float = CUT,
    less_likely: float = LESS_LIKELY,
) -> Tensor:
    """What certainty, agreement, cut and log-likelihood amount to, ``(R,)``."""
    behind = found["log_likelihood"].max() - found["log_likelihood"]
    change = 1 - found["agreement"]
    loss = behind.clamp(max=less_likely / n_features)
    return found["certainty"] - moved * change - cut * found["cut"] - loss


def certainty(posterior: Tensor, weights: Tensor) -> Tensor:
    """Share of the entropy of the groups' sizes that knowing a row takes away, ``(R,)``."""
    entropy = torch.special.entr(posterior).sum(-1)  # (R, n)
    doubt = (entropy * weights).mean(-1)
    sizes = (posterior * weights.unsqueeze(-1)).mean(-2)  # (R, K)
    return 1 - doubt / torch.special.entr(sizes).sum(-1).clamp(min=LEAST_ENTROPY)
