"""Couplings: half of the features is transformed given the other half. Uses torch only."""

from collections.abc import Sequence

import torch
from torch import Tensor

from skflowmix.flows.conditioned import Conditioned


class Coupling(Conditioned):
    """The first half of the features is kept; a network of it transforms the second half.

    `Conditioned` describes the parameters.

    References
    ----------
    Dinh, Sohl-Dickstein and Bengio (2017), Density estimation using Real NVP, section 3.2.
    """

    @property
    def n_kept(self) -> int:
        """Number of features that are kept."""
        return self.n_features // 2

    def connections(self, hidden: Sequence[int]) -> tuple[int, int, None]:
        n_moved = self.n_features - self.n_kept
        return self.n_kept, self.transformer.n_parameters * n_moved, None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = x[..., : self.n_kept], x[..., self.n_kept :]
        moved, log_slope = self.transformer.forward(moved, self.network(kept))
        return torch.cat([kept, moved], -1), log_slope.sum(-1)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = z[..., : self.n_kept], z[..., self.n_kept :]
        moved, log_slope = self.transformer.inverse(moved, self.network(kept))
        return torch.cat([kept, moved], -1), log_slope.sum(-1)
