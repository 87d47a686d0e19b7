"""Fixed reorderings of the features. Uses torch only."""

import torch
from torch import Tensor, nn

from skflowmix.flows.base import Bijection


class Permutation(Bijection):
    """Reorder the features, of all maps of the stack alike; volume stays what it is.

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


class Reordering(Bijection):
    """Reorder the features, of each map of the stack in its own way.

    Parameters
    ----------
    orders : Tensor of shape (S, d)
        Feature ``orders[s, j]`` of the input becomes feature j of the output of map s.
    """

    n_free = 0
    """Nothing moves an order."""

    def __init__(self, orders: Tensor) -> None:
        super().__init__()
        self.orders = nn.Parameter(orders, requires_grad=False)  # each map has its own

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self._taken(x, self.orders)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return self._taken(z, torch.argsort(self.orders))

    def _taken(self, x: Tensor, orders: Tensor) -> tuple[Tensor, Tensor]:
        index = orders.unsqueeze(1).expand(x.shape)  # (S, n, d)
        return x.gather(-1, index), x.new_zeros(x.shape[:-1])
