"""Which of several groupings to believe. Knows numpy, torch and scikit-learn only."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from sklearn.metrics import adjusted_rand_score
from torch import Tensor

MOVED = 0.4
"""Conviction that a grouping loses if its model keeps nothing of it."""
LESS_LIKELY = 0.05
"""The most that it loses for being less likely than a rival, in nats a row."""
LEAST_ENTROPY = 1e-6
"""Entropy of the groups' sizes, in nats, below which there is one group and no doubt."""

Table = dict[str, np.ndarray]
"""Criteria of several starts by their names, one array ``(R,)`` each; higher is better."""


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


def criteria(joint: Tensor, start: Tensor, weights: Tensor) -> dict[str, Tensor]:
    """Compare models by their groups: how certain, how lasting, how likely.

    None of the three would do alone. Likelihood rewards a cut through a dense region wherever
    that makes the halves simpler, by any amount, so it may take away a little only. Along such
    a cut a model is uncertain, and training moves it; but a sliver at the border of a cloud is
    certain too, and only less likely.

    Parameters
    ----------
    joint : Tensor of shape (R, n, K)
        Log p(x, k) of R models.
    start : Tensor of shape (R, n, K)
        Responsibilities that the models started from.
    weights : Tensor of shape (n,)
        Of the rows, with mean 1.

    Returns
    -------
    criteria : dict
        ``certainty`` is the share of the entropy of the groups' sizes that knowing a row takes
        away, ``agreement`` the adjusted Rand index of the groups with those of the start,
        ``log_likelihood`` in nats a row, and ``conviction`` what the three amount to, at most 1.
    """
    posterior = joint.softmax(-1)
    before, after = start.argmax(-1).cpu(), posterior.argmax(-1).cpu()
    kept = [adjusted_rand_score(*pair) for pair in zip(before, after, strict=True)]
    found = {
        "certainty": certainty(posterior, weights),
        "agreement": torch.tensor(kept).to(posterior),
        "log_likelihood": (joint.logsumexp(-1) * weights).mean(-1),
    }
    return {"conviction": conviction(found), **found}


def conviction(
    found: dict[str, Tensor], moved: float = MOVED, less_likely: float = LESS_LIKELY
) -> Tensor:
    """What certainty, agreement and log-likelihood amount to, ``(R,)``."""
    behind = found["log_likelihood"].max() - found["log_likelihood"]
    change = 1 - found["agreement"]
    return found["certainty"] - moved * change - behind.clamp(max=less_likely)


def certainty(posterior: Tensor, weights: Tensor) -> Tensor:
    """Share of the entropy of the groups' sizes that knowing a row takes away, ``(R,)``."""
    entropy = torch.special.entr(posterior).sum(-1)  # (R, n)
    doubt = (entropy * weights).mean(-1)
    sizes = (posterior * weights.unsqueeze(-1)).mean(-2)  # (R, K)
    return 1 - doubt / torch.special.entr(sizes).sum(-1).clamp(min=LEAST_ENTROPY)
