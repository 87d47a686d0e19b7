"""The amortised posterior over components. Uses torch only."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from skflowmix.flows import StackedMLP

MAX_LOGIT = 1e30
"""Logits lie between this and its negative, so that no difference of two overflows."""


class PosteriorNetwork(nn.Module):
    """R networks q(k given x), which begin as the uniform distribution.

    Parameters
    ----------
    n_starts, n_features, n_components : int
        R, d and K.
    hidden : sequence of int
        Widths of the hidden layers.
    activation : str
        A key of `skflowmix.flows.ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights.
    """

    def __init__(
        self,
        n_starts: int,
        n_features: int,
        n_components: int,
        hidden: Sequence[int],
        activation: str,
        generator: Generator,
    ) -> None:
        super().__init__()
        self.n_starts = n_starts
        self.network = StackedMLP(
            n_starts, n_features, n_components, hidden, activation, generator
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of q, ``(R, n, K)``, at rows ``x (n, d)``.

        Where the network overflows, q knows nothing: no score notices it in training.
        """
        logits = self.network(x.expand(self.n_starts, *x.shape))
        return logits.nan_to_num(nan=0.0).clamp(-MAX_LOGIT, MAX_LOGIT)


class CategoricalPosterior(nn.Module):
    """R networks that see the levels of categories as columns of 0 and 1.

    Parameters
    ----------
    network : PosteriorNetwork
        Of the p numbers, and a column for each level.
    n_numbers : int
        p.
    n_levels : sequence of int
        Of each category.
    """

    def __init__(self, network: PosteriorNetwork, n_numbers: int, n_levels: Sequence[int]) -> None:
        super().__init__()
        self.network, self.n_numbers, self.n_levels = network, n_numbers, tuple(n_levels)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of q, ``(R, n, K)``, at rows ``x (n, p + q)``."""
        numbers, codes = x[:, : self.n_numbers], x[:, self.n_numbers :]
        columns = [
            (own[:, None] == torch.arange(n, device=x.device)).to(x)  # nowhere where it is missing
            for own, n in zip(codes.unbind(1), self.n_levels, strict=True)
        ]
        return self.network(torch.cat([numbers, *columns], 1))
