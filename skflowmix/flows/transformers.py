"""How one feature is transformed, given parameters from a network. Uses torch only."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from skflowmix.flows.fused.splines import rational_quadratic_spline
from skflowmix.flows.networks import bounded
from skflowmix.flows.splines import inverse_spline, knots_of


class Transformer(ABC):
    """A monotone map of each of m features, the identity where all its parameters are zero.

    The parameters are the outputs of a network, ``raw (S, n, m * n_parameters)``. Both
    directions return the image ``(S, n, m)`` and its log-slopes ``(S, n, m)``.
    """

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Number of parameters of the map of one feature."""

    @abstractmethod
    def forward(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Transform ``x (S, n, m)``."""

    @abstractmethod
    def inverse(self, z: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Undo `forward`: ``z (S, n, m)``."""

    @abstractmethod
    def feature_index(self, n_features: int) -> Tensor:
        """Return which of m features each parameter belongs to, ``(m * n_parameters,)``."""


@dataclass(frozen=True)
class AffineTransformer(Transformer):
    r"""Scale and shift: :math:`z = x e^s + t`.

    The log-scales are bounded, :math:`|s| < c`, by :math:`c \tanh(\cdot / c)`: near zero this
    is the identity, far out no single layer can blow up.

    Attributes
    ----------
    max_log_scale : float, default=2.0
        The bound c. The default is a convention: no comparison of values is on record.

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

    def feature_index(self, n_features: int) -> Tensor:
        return torch.arange(n_features).repeat(2)

    def _log_scale_and_shift(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = raw.chunk(2, -1)  # (S, n, m) each
        return bounded(log_scale, self.max_log_scale), shift


@dataclass(frozen=True)
class SplineTransformer(Transformer):
    """Bend each feature by a monotone spline.

    The spline is rational-quadratic on an interval and the identity beyond it; see
    `skflowmix.flows.splines`. Gradients of ``forward`` cannot be differentiated again.

    Attributes
    ----------
    n_bins : int, default=8
        Number K of bins of each spline. The default is the one of zuko's neural spline flow.

    References
    ----------
    Durkan, Bekasov, Murray and Papamakarios (2019), Neural spline flows, equations 4-8.
    """

    n_bins: int = 8

    @property
    def n_parameters(self) -> int:
        return 3 * self.n_bins - 1

    def forward(self, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        return rational_quadratic_spline(x, raw)

    def inverse(self, z: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        knots = knots_of(raw.unflatten(-1, (z.shape[-1], -1)))  # (S, n, m, 3, K + 1)
        return inverse_spline(z, knots)

    def feature_index(self, n_features: int) -> Tensor:
        return torch.arange(n_features).repeat_interleave(self.n_parameters)
