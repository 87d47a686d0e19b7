"""Autoregressive maps: each feature is transformed given those before it. Uses torch only."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor

from skflowmix.flows.conditioned import Conditioned


class Autoregressive(Conditioned):
    """A masked network of the features before it transforms each feature.

    The map to the latent space is one pass. The inverse takes as many passes as there are
    features, so sampling is slow with many of them. `Conditioned` describes the parameters.

    References
    ----------
    Papamakarios, Pavlakou and Murray (2017), Masked autoregressive flow for density estimation,
    equations 3 and 4, with the masks of Germain, Gregor, Murray and Larochelle (2015), MADE.
    """

    def connections(self, hidden: Sequence[int]) -> tuple[int, int, list[Tensor]]:
        feature_index = self.transformer.feature_index(self.n_features)
        masks = autoregressive_masks(self.n_features, hidden, feature_index)
        return self.n_features, len(feature_index), masks

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
    """Return the mask ``(n_in, n_out)`` of each layer of a network: which weights to keep.

    A hidden unit of degree k depends on the features up to number k; degrees 0 to d - 2 take
    turns. An output depends on the features before the one that it is for, which
    ``feature_index (n_out,)`` says.
    """
    degrees = [torch.arange(n_features)]
    degrees += [torch.arange(width) % (n_features - 1) for width in hidden]
    masks = [after >= before[:, None] for before, after in itertools.pairwise(degrees)]
    return [*masks, feature_index > degrees[-1][:, None]]
