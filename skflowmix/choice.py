"""Which of several trained groupings to believe. Knows torch and scikit-learn only."""

import torch
from sklearn.metrics import adjusted_rand_score
from torch import Tensor

MOVED = 0.4
"""Certainty that a grouping loses if training leaves nothing of it; 0.1 to 0.5 choose alike."""
LEAST_ENTROPY = 1e-6
"""Entropy of the groups' sizes, in nats, below which there is one group and no doubt."""


def conviction(posterior: Tensor, start: Tensor, weights: Tensor) -> Tensor:
    """How certain a model is of its groups, less how far training moved them.

    Likelihood would not do: it rewards a cut through a dense region wherever that makes the
    halves simpler. Along such a cut a model is uncertain, and training moves it; groups that
    lie apart are certain, and stay.

    Parameters
    ----------
    posterior, start : Tensor of shape (R, n, K)
        Responsibilities of R models after training, and those that they started from.
    weights : Tensor of shape (n,)
        Of the rows, with mean 1.

    Returns
    -------
    conviction : Tensor of shape (R,)
        At most 1.
    """
    before, after = start.argmax(-1).cpu(), posterior.argmax(-1).cpu()
    kept = [adjusted_rand_score(*pair) for pair in zip(before, after, strict=True)]
    return certainty(posterior, weights) - MOVED * (1 - torch.tensor(kept).to(posterior))


def certainty(posterior: Tensor, weights: Tensor) -> Tensor:
    """Share of the entropy of the groups' sizes that knowing a row takes away, ``(R,)``."""
    entropy = torch.special.entr(posterior).sum(-1)  # (R, n)
    doubt = (entropy * weights).mean(-1)
    sizes = (posterior * weights.unsqueeze(-1)).mean(-2)  # (R, K)
    return 1 - doubt / torch.special.entr(sizes).sum(-1).clamp(min=LEAST_ENTROPY)
