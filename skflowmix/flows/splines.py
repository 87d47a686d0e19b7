"""Monotone rational-quadratic splines, as functions of numbers and knots. Uses torch only.

Knots are one tensor ``(..., 3, K + 1)`` for K bins: where they are, what they map to, and the
slope there. The leading axes are those of the numbers to map, or broadcast to them.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad

from skflowmix.flows.networks import bounded

BOUND = 4.0
"""Splines act on [-4, 4]. The rows that reach them are standardised or whitened, so that of a
Gaussian one number in 16,000 lies beyond, and with 8 bins each is one standard deviation wide."""
MAX_LOG = 2.0
"""Bound of log-widths, log-heights and log-slopes, so that no bin closes and none is beyond
measure; the same as that of an affine coupling."""
GAIN = 0.25
"""What a unit of a network's output adds to them. Steps that suit an affine coupling would throw
these knots about: every one of them moves all the knots behind it."""

Spline = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Maps numbers ``(...)`` by knots to images ``(...)`` and log-slopes ``(...)``."""


def knots_of(raw: Tensor, bound: float = BOUND) -> Tensor:
    """Make knots ``(..., 3, K + 1)`` of any numbers ``raw (..., 3 K - 1)``.

    Each says the logarithm of a positive number, which is bounded: K widths and K heights, up
    to a common factor, and the slopes at the inner knots. Zeros make the identity. The outermost
    knots stay at plus and minus ``bound`` with slope 1, so that the identity can go on beyond.
    """
    n_bins = (raw.shape[-1] + 1) // 3
    sizes, slopes = bounded(GAIN * raw, MAX_LOG).exp().split([2 * n_bins, n_bins - 1], -1)
    reached = pad(sizes.unflatten(-1, (2, n_bins)).cumsum(-1), (1, 0))  # (..., 2, K + 1)
    places = reached * (2 * bound / reached[..., -1:]) - bound
    return torch.cat([places, pad(slopes, (1, 1), value=1.0).unsqueeze(-2)], -2)


def rational_quadratic(x: Tensor, knots: Tensor) -> tuple[Tensor, Tensor]:
    """Map ``x (...)``, which lies between the outermost knots, and return its log-slopes.

    Durkan, Bekasov, Murray and Papamakarios (2019), Neural spline flows, equations 4 and 5.
    """
    (x0, y0, d0), (w, h, d1) = _bin_of(x, knots, axis=0)
    s, xi = h / w, (x - x0) / w
    mixed = xi * (1 - xi)
    y = y0 + h * (s * xi.square() + d0 * mixed) / (s + (d0 + d1 - 2 * s) * mixed)
    return y, _log_slope(xi, s, d0, d1)


def inverse_rational_quadratic(y: Tensor, knots: Tensor) -> tuple[Tensor, Tensor]:
    r"""Undo `rational_quadratic`, and return the log-slopes of doing so.

    Equations 6 to 8, with :math:`\eta = (y - y_0) / h` and
    :math:`r = d_0 (1 - \eta) - d_1 \eta`: there :math:`b = r + 2 s \eta`, and the discriminant
    is :math:`r^2 + 4 s^2 \eta (1 - \eta)`, which no rounding makes negative. Whichever sign r
    has, the root is written as a quotient of sums of positive numbers.
    """
    (x0, y0, d0), (w, h, d1) = _bin_of(y, knots, axis=1)
    s, eta = h / w, ((y - y0) / h).clamp(max=1)
    r = d0 * (1 - eta) - d1 * eta
    u = r.abs() + torch.sqrt(r.square() + 4 * s.square() * eta * (1 - eta))
    rises = 2 * s * torch.where(r > 0, eta, 1 - eta)
    xi = torch.where(r > 0, rises, u) / (u + rises)
    return x0 + w * xi, -_log_slope(xi, s, d0, d1)


def with_tails(
    spline: Spline, x: Tensor, knots: Tensor, bound: float = BOUND
) -> tuple[Tensor, Tensor]:
    """Apply a spline within plus and minus ``bound``, and the identity beyond."""
    is_within = x.abs() <= bound
    image, log_slope = spline(x.clamp(-bound, bound), knots)
    return torch.where(is_within, image, x), torch.where(is_within, log_slope, 0)


def _bin_of(value: Tensor, knots: Tensor, axis: int) -> tuple[list[Tensor], list[Tensor]]:
    """Find the bin that holds each value on an axis, 0 for x and 1 for y.

    Returns x, y and slope at its left knot, then its width, its height and the slope at its
    right knot.
    """
    left = (value.unsqueeze(-1) >= knots[..., axis, 1:-1]).sum(-1)[..., None, None]
    both = torch.cat([left, left + 1], -1).expand(*value.shape, 3, 2)
    ends = knots.expand(*value.shape, *knots.shape[-2:]).gather(-1, both)  # (..., 3, 2)
    (x0, y0, d0), (x1, y1, d1) = (end.unbind(-1) for end in ends.unbind(-1))
    return [x0, y0, d0], [x1 - x0, y1 - y0, d1]


def _log_slope(xi: Tensor, s: Tensor, d0: Tensor, d1: Tensor) -> Tensor:
    """Log-slope at a share ``xi`` of a bin of slope ``s`` between slopes ``d0`` and ``d1``."""
    mixed, rest = xi * (1 - xi), 1 - xi
    numerator = d1 * xi.square() + 2 * s * mixed + d0 * rest.square()
    return torch.log(numerator * (s / (s + (d0 + d1 - 2 * s) * mixed)).square())
