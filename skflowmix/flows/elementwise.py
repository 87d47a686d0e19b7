"""Bijections that treat every feature by itself. Uses torch only."""

import torch
from torch import Tensor, nn

from skflowmix.flows.base import Bijection

FARTHEST = 80.0
"""Arguments of sinh beyond this are moved to it, as sinh of more overflows in single precision,
and what comes of infinities is NaN. The identity gets there from 1e34 on."""


class SinhArcsinh(Bijection):
    r"""Skew and stretch the tails of each feature.

    .. math:: z = \sinh(\delta \, \mathrm{arcsinh}(a x + b) - \epsilon)

    with :math:`a, \delta > 0`, kept as logarithms. It begins as the identity. Several of them
    in a row bend one feature into many shapes; it is the layer for one-dimensional data, where
    a coupling has nothing to look at.

    Parameters
    ----------
    n_stack, n_features : int
        Number S of maps and number d of features.

    References
    ----------
    Jones and Pewsey (2009), Sinh-arcsinh distributions, Biometrika 96(4), equation 1.
    """

    def __init__(self, n_stack: int, n_features: int) -> None:
        super().__init__()
        zeros = torch.zeros(n_stack, 1, n_features)
        self.log_scale, self.shift = nn.Parameter(zeros.clone()), nn.Parameter(zeros.clone())
        self.log_tail, self.skew = nn.Parameter(zeros.clone()), nn.Parameter(zeros.clone())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        inner = x * self.log_scale.exp() + self.shift
        angle = self.log_tail.exp() * torch.asinh(inner) - self.skew
        angle = angle.clamp(-FARTHEST, FARTHEST)
        slope = self.log_scale + self.log_tail + _log_cosh(angle) - _log_hypot(inner)
        return torch.sinh(angle), slope.sum(-1)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        angle = torch.asinh(z)
        undone = (angle + self.skew) * torch.exp(-self.log_tail)
        inner = torch.sinh(undone.clamp(-FARTHEST, FARTHEST))
        slope = self.log_scale + self.log_tail + _log_cosh(angle) - _log_hypot(inner)
        return (inner - self.shift) * torch.exp(-self.log_scale), -slope.sum(-1)


def _log_cosh(x: Tensor) -> Tensor:
    """Return log cosh(x) up to the constant log 2, which `_log_hypot` shares."""
    return torch.logaddexp(x, -x)


def _log_hypot(x: Tensor) -> Tensor:
    """Return log(2 sqrt(1 + x^2)), the log-cosh of arcsinh(x) with the same constant."""
    return _log_cosh(torch.asinh(x))
