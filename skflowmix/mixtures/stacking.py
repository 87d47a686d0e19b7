"""How much each of several densities weighs among them all. Uses torch only."""

import torch
from torch import Tensor

EM_STEPS = 100
"""Of the weights."""


def stacked_weights(log_prob: Tensor, row_weights: Tensor, pseudo_rows: Tensor) -> Tensor:
    """Return the weights ``(S,)`` of densities at which rows are most probable, by EM.

    Rows ``log_prob (S, n)`` were not fitted to, and those of weight zero do not count. Each
    density has ``pseudo_rows (S,)`` beside them.

    References
    ----------
    Smyth and Wolpert (1999), Linearly combining density estimators via stacking.
    """
    counted = row_weights > 0
    log_prob, rows = log_prob[:, counted].double(), row_weights[counted].double()
    rows = rows / rows.mean()
    weights = torch.full_like(pseudo_rows, 1 / len(pseudo_rows))
    for _ in range(EM_STEPS):
        shares = (weights.log().unsqueeze(1) + log_prob).softmax(0)
        weights = (shares @ rows + pseudo_rows) / (len(rows) + pseudo_rows.sum())
    return weights
