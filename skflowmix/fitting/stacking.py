"""How much a flow, its guard and the guard's tails weigh, by rows that were held out."""

from typing import Any

import torch
from torch import Tensor

from skflowmix.data.rows import Rows
from skflowmix.families import Family
from skflowmix.families.losses import log_likelihood
from skflowmix.fitting.training import over_gaps
from skflowmix.mixtures import SCALES, stacked_weights

PSEUDO_ROWS = (0.0, 0.75, *[0.25 / (len(SCALES) - 1)] * (len(SCALES) - 1))
"""How many rows, beside those held out, speak for the flow, the guard and its tails."""


def weights_of_guard(mixture: Any, family: Family, held: Rows) -> Tensor:
    """Return the weights ``(S,)`` of a guard's scales at which held-out rows are most probable.

    The rows that a flow is trained on make its own weight too large. What it does not know, such
    as rows unlike the others, those held out show.
    """
    of_parts = log_prob_of_parts(mixture, family, held)  # (1 + S, R, n)
    gather = held.together.gather_rows
    weights = gather(held.weights.expand_as(of_parts[0])).flatten()
    log_prob = gather(of_parts).flatten(1)  # (1 + S, R * n)
    return most_probable_weights(log_prob, weights)[1:]


@torch.no_grad()
def log_prob_of_parts(mixture: Any, family: Family, rows: Rows) -> Tensor:
    """Return log p(x) of each row, with its label if it has one, under flow and scales.

    Returns
    -------
    log_prob : Tensor of shape (1 + S, R, n)
    """

    def log_prob(part: Rows) -> Tensor:
        return log_likelihood(mixture.joint_of_parts(part.x), part.log_mask)

    return over_gaps(log_prob, family, rows)


def most_probable_weights(log_prob: Tensor, row_weights: Tensor) -> Tensor:
    """Return weights ``(1 + S,)`` of a flow and the scales of its guard, by EM.

    Beside the rows ``log_prob (1 + S, n)``, of which those of weight zero do not count, the guard
    has `PSEUDO_ROWS` of its own.
    """
    return stacked_weights(log_prob, row_weights, log_prob.double().new_tensor(PSEUDO_ROWS))
