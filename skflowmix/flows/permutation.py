"""A fixed reordering of the features, shared by the whole stack. Uses torch only."""

import torch
from torch import Tensor

from skflowmix.flows.base import Bijection


class Permutation(Bijection):
    """Reorder the features; volume stays what it is.

    Parameters
    ----------
    order : Tensor of shape (d,)
        Feature ``order[j]`` of the input becomes feature j of the output.
    """

    order: Tensor

    def __init__(self, order: Tensor) -> None:
        super().__init__()
        self.register_buffer("order", order)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.index_select(-1, self.order), x.new_zeros(x.shape[:-1])

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return z.index_select(-1, torch.argsort(self.order)), z.new_zeros(z.shape[:-1])
