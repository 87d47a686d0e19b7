"""How features are moved, each by itself, given numbers that a network says. Uses torch only."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from skflowmix.flows.fused_splines import splined
from skflowmix.flows.networks import bounded
from skflowmix.flows.splines import inverse_rational_quadratic, knots_of, with_tails


class Move(ABC):
    """A monotone map of each of m features, which is the identity where all numbers are zero.

    Numbers are ``raw (S, n, m * n_parameters)``; both directions return the image ``(S, n, m)``
    and its log-slopes, one for each feature.
    """

    n_parameters: int
    """How many numbers it takes to move one feature."""

    @abstractmethod
    def forward(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Move ``x (S, n, m)``."""

    @abstractmethod
    def inverse(self, z: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Undo it."""

    @abstractmethod
    def owners(self, n_features: int) -> Tensor:
        """Return which of m features each number is for, ``(m * n_parameters,)``."""


@dataclass(frozen=True)
class AffineMove(Move):
    r"""Scale and shift: :math:`z = x e^s + t`.

    The log-scales are bounded, :math:`|s| < c`, by :math:`c \tanh(\cdot / c)`: near zero this
    is the identity, far out no single layer can blow up.

    Attributes
    ----------
    max_log_scale : float, default=2.0
        The bound c.

    References
    ----------
    Dinh, Sohl-Dickstein and Bengio (2017), Density estimation using Real NVP, equations 7-8.
    """

    max_log_scale: float = 2.0
    n_parameters = 2

    def forward(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self._log_scale_and_shift(raw)
        return torch.addcmul(shift, x, log_scale.exp()), log_scale

    def inverse(self, z: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self._log_scale_and_shift(raw)
        return (z - shift) * torch.exp(-log_scale), -log_scale

    def owners(self, n_features: int) -> Tensor:
        return torch.arange(n_features).repeat(2)

    def _log_scale_and_shift(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = raw.chunk(2, -1)  # (S, n, m) each
        return bounded(log_scale, self.max_log_scale), shift


@dataclass(frozen=True)
class SplineMove(Move):
    """Bend each feature by a monotone spline.

    The spline is rational-quadratic on an interval and the identity beyond it; see
    `skflowmix.flows.splines`. Only the gradients of ``forward`` have no gradients.

    Attributes
    ----------
    n_bins : int, default=8
        Number K of bins of each spline.

    References
    ----------
    Durkan, Bekasov, Murray and Papamakarios (2019), Neural spline flows, equations 4-8.
    """

    n_bins: int = 8

    @property
    def n_parameters(self) -> int:  # type: ignore[override]
        return 3 * self.n_bins - 1

    def forward(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        return splined(x, raw)

    def inverse(self, z: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        knots = knots_of(raw.unflatten(-1, (z.shape[-1], -1)))  # (S, n, m, 3, K + 1)
        return with_tails(inverse_rational_quadratic, z, knots)

    def owners(self, n_features: int) -> Tensor:
        return torch.arange(n_features).repeat_interleave(self.n_parameters)
