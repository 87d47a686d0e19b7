"""Affine coupling, the layer of Real NVP. Uses torch only."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from skflowmix.flows.base import Bijection
from skflowmix.flows.networks import StackedMLP


class AffineCoupling(Bijection):
    r"""The first half of the features scales and shifts the second half.

    .. math:: z_a = x_a, \quad z_b = x_b \odot e^{s(x_a)} + t(x_a)

    The log-scales are bounded, :math:`|s| < c`, by :math:`c \tanh(\cdot / c)`: near zero this
    is the identity, far out no single layer can blow up. It begins as the identity.

    Parameters
    ----------
    n_stack, n_features : int
        Number S of maps and number d >= 2 of features.
    hidden : sequence of int
        Widths of the hidden layers of the network behind s and t.
    activation : str
        A key of `skflowmix.flows.ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights.
    max_log_scale : float, default=2.0
        The bound c.

    References
    ----------
    Dinh, Sohl-Dickstein and Bengio (2017), Density estimation using Real NVP, equations 7-8.
    """

    def __init__(
        self,
        n_stack: int,
        n_features: int,
        hidden: Sequence[int],
        activation: str,
        generator: Generator,
        max_log_scale: float = 2.0,
    ) -> None:
        super().__init__()
        if n_features < 2:
            raise ValueError(f"A coupling needs two features or more, got {n_features}.")
        self.n_kept = n_features // 2
        self.max_log_scale = max_log_scale
        n_out = 2 * (n_features - self.n_kept)
        self.network = StackedMLP(n_stack, self.n_kept, n_out, hidden, activation, generator)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = x[..., : self.n_kept], x[..., self.n_kept :]
        log_scale, shift = self._log_scale_and_shift(kept)
        moved = torch.addcmul(shift, moved, log_scale.exp())
        return torch.cat([kept, moved], -1), log_scale.sum(-1)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = z[..., : self.n_kept], z[..., self.n_kept :]
        log_scale, shift = self._log_scale_and_shift(kept)
        moved = (moved - shift) * torch.exp(-log_scale)
        return torch.cat([kept, moved], -1), -log_scale.sum(-1)

    def _log_scale_and_shift(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        raw, shift = self.network(kept).chunk(2, -1)  # (S, n, d - n_kept) each
        return self.max_log_scale * torch.tanh(raw / self.max_log_scale), shift
