"""Which of several groupings to believe, and whether training was worth it.

Knows numpy, torch, scikit-learn and calibration only.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from skflowmix.calibration import Calibration

DEPTH = 4.0
"""Conviction that a grouping loses if its borders run through its densest rows."""
UNLIKELY = 4.0
"""Conviction that it loses for each nat a feature that it is less likely than a rival."""
MOST_UNLIKELY = 0.2
"""The most that it loses for this."""
N_NEIGHBORS = 10
"""Neighbours of a row that are looked at; at most half the rows of a group of fair size."""
LEAST_SHARE = 0.125
"""Share of a fair size from which a group is one, however few its rows."""
MOST_ROWS = 5000
"""Rows whose neighbours are looked at, among each other."""
LEAST_ENTROPY = 1e-6
"""Entropy of the groups' sizes, in nats, below which there is one group and no doubt."""
MOST_FORGOTTEN = 1.5
"""How many times their log-loss before training labels may have after it. The start was made of
these labels, so that a little more is no harm."""

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
    """Compares models by their groups: how certain, how deep their borders run, how likely.

    None of these would do alone. Likelihood rewards a cut through a dense region wherever that
    makes the halves simpler, by any amount, so it may take away a little only. Along such a cut
    a model is uncertain, but so it is wherever groups are of a shape that it cannot follow yet.
    The border of groups that lie apart runs through their emptiest rows, whatever the shape; of
    groups that overlap in many features, it runs through all.

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
    density : ndarray of shape (m,)
        The higher, the nearer is the farthest of these neighbours.
    """

    weights: np.ndarray
    n_features: int
    some: np.ndarray
    nearest: np.ndarray
    density: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, weights: np.ndarray, n_groups: int) -> "Judge":
        """Find the neighbours of all rows, or of some of them if they are many."""
        some = np.linspace(0, len(X) - 1, min(len(X), MOST_ROWS)).astype(int)
        n_neighbors = min(N_NEIGHBORS, max(len(some) // (2 * n_groups), 1))
        distances, nearest = NearestNeighbors(n_neighbors=n_neighbors).fit(X[some]).kneighbors()
        return cls(weights, X.shape[1], some, nearest, -distances[:, -1])

    def criteria(self, joint: Tensor, grouping: Tensor) -> dict[str, Tensor]:
        """Judge R models.

        Parameters
        ----------
        joint : Tensor of shape (R, n, K)
            Log p(x, k) of all rows.
        grouping : Tensor of shape (R, n, K)
            Scores whose highest says a row's group: of the models themselves, or of the
            groupings that they were made of and cannot follow yet.

        Returns
        -------
        criteria : dict
            Each ``(R,)``. ``certainty`` is the share of the entropy of the groups' sizes that
            knowing a row takes away, ``depth`` that of the borders of the grouping,
            ``log_likelihood`` in nats a row, and ``conviction`` what the three amount to.
        """
        weights = torch.from_numpy(self.weights).to(joint)
        depths = [self.depth(own, joint.shape[-1]) for own in grouping.argmax(-1).cpu().numpy()]
        found = {
            "certainty": certainty(joint.softmax(-1), weights),
            "depth": joint.new_tensor(depths),
            "log_likelihood": (joint.logsumexp(-1) * weights).mean(-1),
        }
        return {"conviction": conviction(found, self.n_features), **found}

    def depth(self, groups: np.ndarray, n_groups: int) -> float:
        """How dense the rows are that have a neighbour in another group, the mean over groups.

        A row counts as the share of its group's rows that are less dense: 0 at the emptiest
        fringe and close to 1 at the core. A group without such rows has 0. One of fewer rows
        than neighbours has no inside, be it outliers or nothing at all, and counts as 1, unless
        groups are small throughout.
        """
        own, weights = groups[self.some], self.weights[self.some]
        at_border = weights * (own[self.nearest] != own[:, None]).any(axis=1)
        total = np.bincount(own, at_border, minlength=n_groups)
        deep = np.bincount(own, at_border * _ranks(self.density, own), minlength=n_groups)
        depths = np.divide(deep, total, out=np.zeros(n_groups), where=total > 0)
        least = max(min(self.nearest.shape[1], LEAST_SHARE * len(groups) / n_groups), 1)
        depths[np.bincount(groups, minlength=n_groups) < least] = 1
        return float(depths.mean())


def _ranks(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Share of the members of its group that come before each, by increasing values."""
    order = np.lexsort((values, groups))
    sizes = np.bincount(groups)
    first = (np.cumsum(sizes) - sizes)[groups[order]]
    ranks = np.empty(len(values))
    ranks[order] = (np.arange(len(values)) - first) / sizes[groups[order]]
    return ranks


def conviction(
    found: dict[str, Tensor],
    n_features: int,
    depth: float = DEPTH,
    unlikely: float = UNLIKELY,
    most_unlikely: float = MOST_UNLIKELY,
) -> Tensor:
    """What certainty, depth and log-likelihood amount to, ``(R,)``, at most 1."""
    behind = (found["log_likelihood"].max() - found["log_likelihood"]) / n_features
    loss = (unlikely * behind).clamp(max=most_unlikely)
    return found["certainty"] - depth * found["depth"] - loss


def certainty(posterior: Tensor, weights: Tensor) -> Tensor:
    """Share of the entropy of the groups' sizes that knowing a row takes away, ``(R,)``."""
    entropy = torch.special.entr(posterior).sum(-1)  # (R, n)
    doubt = (entropy * weights).mean(-1)
    sizes = (posterior * weights.unsqueeze(-1)).mean(-2)  # (R, K)
    return 1 - doubt / torch.special.entr(sizes).sum(-1).clamp(min=LEAST_ENTROPY)


@dataclass(frozen=True)
class Standing:
    """How R models stand, to compare them before and after training.

    Attributes
    ----------
    log_prob : Tensor of shape (R, n)
        Of the rows that were held out.
    label_loss : ndarray of shape (R,)
        Log-loss of the labels in nats, calibrated on them; 0 without labels.
    """

    log_prob: Tensor
    label_loss: np.ndarray

    @classmethod
    def of(
        cls, log_prob: Tensor, joint: Tensor, codes: Tensor, weights: Tensor, n_features: int
    ) -> "Standing":
        """Look at labelled rows with log p(x, k) ``joint (R, m, K)``."""
        label, weight = codes.cpu().numpy(), weights.double().cpu().numpy()
        losses = [
            _label_loss(own, label, weight, n_features) for own in joint.double().cpu().numpy()
        ]
        return cls(log_prob, np.array(losses))

    def beats(self, before: "Standing", start: int) -> bool:
        """Whether training has gained in density, by more than chance, and not lost the labels.

        A density of many features can gain from what has nothing to do with classes.
        """
        gain = self.log_prob[start] - before.log_prob[start]
        is_gain = len(gain) > 1 and bool(gain.mean() > gain.std() / math.sqrt(len(gain)))
        return is_gain and self.label_loss[start] <= MOST_FORGOTTEN * before.label_loss[start]


def _label_loss(
    joint: np.ndarray, codes: np.ndarray, weights: np.ndarray, n_features: int
) -> float:
    if not len(codes):
        return 0.0
    calibration = Calibration.of(joint, codes, weights, n_features)
    return calibration.log_loss(joint, codes, weights)
