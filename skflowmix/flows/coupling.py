"""Couplings: some features decide how the others are moved. Uses torch only."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from skflowmix.flows.base import Bijection
from skflowmix.flows.networks import StackedMLP, bounded
from skflowmix.flows.splines import (
    Spline,
    inverse_rational_quadratic,
    knots_of,
    rational_quadratic,
    with_tails,
)


class Coupling(Bijection):
    """The first half of the features stays, and a network of it moves the second half.

    A subclass owes the two directions in which features move, given what the network says.

    Parameters
    ----------
    n_stack, n_features : int
        Number S of maps and number d >= 2 of features.
    n_parameters : int
        How many numbers it takes to move one feature.
    hidden : sequence of int
        Widths of the hidden layers of the network.
    activation : str
        A key of `skflowmix.flows.ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights.
    """

    def __init__(
        self,
        n_stack: int,
        n_features: int,
        n_parameters: int,
        hidden: Sequence[int],
        activation: str,
        generator: Generator,
    ) -> None:
        super().__init__()
        if n_features < 2:
            raise ValueError(f"A coupling needs two features or more, got {n_features}.")
        self.n_kept = n_features // 2
        n_out = n_parameters * (n_features - self.n_kept)
        self.network = StackedMLP(n_stack, self.n_kept, n_out, hidden, activation, generator)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = x[..., : self.n_kept], x[..., self.n_kept :]
        moved, log_det = self._move(moved, self.network(kept))
        return torch.cat([kept, moved], -1), log_det

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = z[..., : self.n_kept], z[..., self.n_kept :]
        moved, log_det = self._move_back(moved, self.network(kept))
        return torch.cat([kept, moved], -1), log_det

    @abstractmethod
    def _move(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Move ``x (S, n, m)`` by ``raw (S, n, n_parameters * m)``; log-dets are ``(S, n)``."""

    @abstractmethod
    def _move_back(self, z: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Undo `_move`."""


class AffineCoupling(Coupling):
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
        super().__init__(n_stack, n_features, 2, hidden, activation, generator)
        self.max_log_scale = max_log_scale

    def _move(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self._log_scale_and_shift(raw)
        return torch.addcmul(shift, x, log_scale.exp()), log_scale.sum(-1)

    def _move_back(self, z: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self._log_scale_and_shift(raw)
        return (z - shift) * torch.exp(-log_scale), -log_scale.sum(-1)

    def _log_scale_and_shift(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = raw.chunk(2, -1)  # (S, n, d - n_kept) each
        return bounded(log_scale, self.max_log_scale), shift


class SplineCoupling(Coupling):
    """The first half of the features bends each of the second half by a monotone spline.

    The spline is rational-quadratic on an interval and the identity beyond it; see
    `skflowmix.flows.splines`. It begins as the identity everywhere.

    Parameters
    ----------
    n_stack, n_features : int
        Number S of maps and number d >= 2 of features.
    hidden : sequence of int
        Widths of the hidden layers of the network behind the knots.
    activation : str
        A key of `skflowmix.flows.ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights.
    n_bins : int, default=8
        Number K of bins of each spline.

    References
    ----------
    Durkan, Bekasov, Murray and Papamakarios (2019), Neural spline flows, equations 4-8.
    """

    def __init__(
        self,
        n_stack: int,
        n_features: int,
        hidden: Sequence[int],
        activation: str,
        generator: Generator,
        n_bins: int = 8,
    ) -> None:
        super().__init__(n_stack, n_features, 3 * n_bins - 1, hidden, activation, generator)

    def _move(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        return _splined(rational_quadratic, x, raw)

    def _move_back(self, z: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        return _splined(inverse_rational_quadratic, z, raw)


def _splined(spline: Spline, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
    """Apply to each feature the spline of its part of ``raw (S, n, m * (3 K - 1))``."""
    knots = knots_of(raw.unflatten(-1, (x.shape[-1], -1)))  # (S, n, m, 3, K + 1)
    image, log_slope = with_tails(spline, x, knots)
    return image, log_slope.sum(-1)
