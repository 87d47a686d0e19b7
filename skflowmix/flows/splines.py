"""Monotone rational-quadratic splines: their knots, and their inverse. Uses torch only.

The forward direction is in `skflowmix.flows.fused.splines`. Knots are one tensor
``(..., 3, K + 1)`` for K bins: their places on the x-axis, their images, and the slopes there.
The leading axes are those of the numbers to map, or broadcast to them.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

from skflowmix.flows.networks import bounded

BOUND = 4.0
"""Splines act on [-4, 4], a convention for rows that are standardised or whitened: of a Gaussian
one number in 16,000 lies beyond, and each of 8 bins is one standard deviation wide."""
MAX_LOG = 2.0
"""Bound of the logarithms of widths, heights and slopes, so that no bin closes. A convention: it
is the bound of an affine transformer's log-scales."""
GAIN = 0.25
"""Factor of the raw parameters: each moves all the knots behind it, so that steps that suit an
affine transformer are too large. A convention: no comparison of values is on record."""


def knots_of(raw: Tensor) -> Tensor:
    """Make knots ``(..., 3, K + 1)`` of raw parameters ``(..., 3 K - 1)``.

    Each parameter is the logarithm of a positive number, which is bounded: K widths and K
    heights, up to a common factor, and the slopes at the inner knots. Zeros make the identity.
    The outermost knots stay at plus and minus `BOUND` with slope 1, so that the identity can go
    on beyond.
    """
    n_bins = (raw.shape[-1] + 1) // 3
    sizes, slopes = bounded(GAIN * raw, MAX_LOG).exp().split([2 * n_bins, n_bins - 1], -1)
    reached = pad(sizes.unflatten(-1, (2, n_bins)).cumsum(-1), (1, 0))  # (..., 2, K + 1)
    places = reached * (2 * BOUND / reached[..., -1:]) - BOUND
    return torch.cat([places, pad(slopes, (1, 1), value=1.0).unsqueeze(-2)], -2)


def inverse_spline(y: Tensor, knots: Tensor) -> tuple[Tensor, Tensor]:
    """Undo the spline through ``knots`` that is the identity beyond them.

    Returns x and the log-slopes of dx / dy, ``(...)`` each, at ``y (...)``.
    """
    in_range = y.abs() <= BOUND
    x, log_slope = _inverse_within(y.clamp(-BOUND, BOUND), knots)
    return torch.where(in_range, x, y), torch.where(in_range, log_slope, 0)


def _inverse_within(y: Tensor, knots: Tensor) -> tuple[Tensor, Tensor]:
    r"""Undo the spline between the outermost knots.

    Durkan, Bekasov, Murray and Papamakarios (2019), Neural spline flows, equations 6 to 8, with
    :math:`\eta = (y - y_0) / h` and :math:`r = d_0 (1 - \eta) - d_1 \eta`: there
    :math:`b = r + 2 s \eta`, and the discriminant is :math:`r^2 + 4 s^2 \eta (1 - \eta)`, which
    no rounding makes negative. Whichever sign r has, the root is written as a quotient of sums
    of positive numbers.
    """
    (x0, y0, d0), (w, h, d1) = _bin_of(y, knots)
    s, eta = h / w, ((y - y0) / h).clamp(max=1)
    r = d0 * (1 - eta) - d1 * eta
    u = r.abs() + torch.sqrt(r.square() + 4 * s.square() * eta * (1 - eta))
    rises = 2 * s * torch.where(r > 0, eta, 1 - eta)
    xi = torch.where(r > 0, rises, u) / (u + rises)
    return x0 + w * xi, -_log_slope(xi, s, d0, d1)


def _bin_of(y: Tensor, knots: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Find the bin whose images hold ``y``.

    Returns x, y and slope at its left knot, then its width, its height and the slope at its
    right knot.
    """
    left = (y.unsqueeze(-1) >= knots[..., 1, 1:-1]).sum(-1)[..., None, None]
    both = torch.cat([left, left + 1], -1).expand(*y.shape, 3, 2)
    ends = knots.expand(*y.shape, *knots.shape[-2:]).gather(-1, both)  # (..., 3, 2)
    (x0, y0, d0), (x1, y1, d1) = (end.unbind(-1) for end in ends.unbind(-1))
    return [x0, y0, d0], [x1 - x0, y1 - y0, d1]


def _log_slope(xi: Tensor, s: Tensor, d0: Tensor, d1: Tensor) -> Tensor:
    """Log-slope of the spline at a share ``xi`` of a bin of slope ``s``; equation 5."""
    mixed, rest = xi * (1 - xi), 1 - xi
    numerator = d1 * xi.square() + 2 * s * mixed + d0 * rest.square()
    return torch.log(numerator * (s / (s + (d0 + d1 - 2 * s) * mixed)).square())
