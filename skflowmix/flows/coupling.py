"""Couplings: some features decide how the others are moved. Uses torch only."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from skflowmix.flows.base import Bijection
from skflowmix.flows.networks import StackedMLP
from skflowmix.flows.transformers import Transformer


class Coupling(Bijection):
    """The first half of the features stays, and a network of it moves the second half.

    It begins as the identity.

    Parameters
    ----------
    transformer : Transformer
        How features are moved, given what the network says.
    n_stack, n_features : int
        Number S of maps and number d >= 2 of features.
    hidden : sequence of int
        Widths of the hidden layers of the network.
    activation : str
        A key of `skflowmix.flows.ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights.

    References
    ----------
    Dinh, Sohl-Dickstein and Bengio (2017), Density estimation using Real NVP, section 3.2.
    """

    def __init__(
        self,
        transformer: Transformer,
        n_stack: int,
        n_features: int,
        hidden: Sequence[int],
        activation: str,
        generator: Generator,
    ) -> None:
        super().__init__()
        if n_features < 2:
            raise ValueError(f"A coupling needs two features or more, got {n_features}.")
        self.transformer = transformer
        self.n_kept = n_features // 2
        n_out = transformer.n_parameters * (n_features - self.n_kept)
        self.network = StackedMLP(n_stack, self.n_kept, n_out, hidden, activation, generator)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = x[..., : self.n_kept], x[..., self.n_kept :]
        moved, log_slope = self.transformer.forward(moved, self.network(kept))
        return torch.cat([kept, moved], -1), log_slope.sum(-1)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = z[..., : self.n_kept], z[..., self.n_kept :]
        moved, log_slope = self.transformer.inverse(moved, self.network(kept))
        return torch.cat([kept, moved], -1), log_slope.sum(-1)
