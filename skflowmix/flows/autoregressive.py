"""Autoregressive maps: each feature is moved by those before it. Uses torch only."""

import itertools
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from skflowmix.flows.base import Bijection
from skflowmix.flows.networks import StackedMLP
from skflowmix.flows.transformers import Transformer


class Autoregressive(Bijection):
    """A masked network of the features before it moves each feature.

    The map to the latent space is one pass. The way back takes as many passes as there are
    features, so sampling is slow with many of them. It begins as the identity.

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
    Papamakarios, Pavlakou and Murray (2017), Masked autoregressive flow for density estimation,
    equations 3 and 4, with the masks of Germain, Gregor, Murray and Larochelle (2015), MADE.
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
            raise ValueError(
                f"An autoregressive map needs two features or more, got {n_features}."
            )
        self.transformer = transformer
        feature_index = transformer.feature_index(n_features)
        masks = autoregressive_masks(n_features, hidden, feature_index)
        self.network = StackedMLP(
            n_stack, n_features, len(feature_index), hidden, activation, generator, masks
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z, log_slope = self.transformer.forward(x, self.network(x))
        return z, log_slope.sum(-1)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        x, log_slope = z, z
        for _ in range(z.shape[-1]):  # each pass gets one more feature right
            x, log_slope = self.transformer.inverse(z, self.network(x))
        return x, log_slope.sum(-1)


def autoregressive_masks(
    n_features: int, hidden: Sequence[int], feature_index: Tensor
) -> list[Tensor]:
    """Which links of a network to keep, ``(n_in, n_out)`` for each of its layers.

    A hidden unit of degree k may see the features up to number k; what is said of a feature may
    see those before it. Degrees of the units take turns.
    """
    degrees = [torch.arange(n_features)]
    degrees += [torch.arange(width) % (n_features - 1) for width in hidden]
    masks = [after >= before[:, None] for before, after in itertools.pairwise(degrees)]
    return [*masks, feature_index > degrees[-1][:, None]]
