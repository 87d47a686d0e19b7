"""The rational-quadratic spline in plain operations, as a reference for the one in the package."""

import torch

from skflowmix.flows.splines import BOUND, knots_of


def plain_spline(x, raw):
    """Bend ``x (S, n, m)`` by ``raw (S, n, m (3 K - 1))``; return images and log-slopes."""
    return through_knots(x, knots_of(raw.unflatten(-1, (x.shape[-1], -1))))


def through_knots(x, knots):
    """Map ``x (...)`` through ``knots (..., 3, K + 1)``, and leave what lies beyond them alone."""
    is_within = x.abs() <= BOUND
    image, log_slope = _rational_quadratic(x.clamp(-BOUND, BOUND), knots)
    return torch.where(is_within, image, x), torch.where(is_within, log_slope, 0)


def _rational_quadratic(x, knots):
    """Durkan, Bekasov, Murray and Papamakarios (2019), equations 4 and 5."""
    (x0, y0, d0), (x1, y1, d1) = _ends_of_the_bin(x, knots)
    s, xi = (y1 - y0) / (x1 - x0), (x - x0) / (x1 - x0)
    mixed = xi * (1 - xi)
    denominator = s + (d0 + d1 - 2 * s) * mixed
    y = y0 + (y1 - y0) * (s * xi.square() + d0 * mixed) / denominator
    numerator = d1 * xi.square() + 2 * s * mixed + d0 * (1 - xi).square()
    return y, torch.log(numerator * (s / denominator).square())


def _ends_of_the_bin(x, knots):
    """Place, image and slope at both knots of the bin that holds each x."""
    left = (x.unsqueeze(-1) >= knots[..., 0, 1:-1]).sum(-1)[..., None, None]
    both = torch.cat([left, left + 1], -1).expand(*x.shape, 3, 2)
    ends = knots.expand(*x.shape, *knots.shape[-2:]).gather(-1, both)  # (..., 3, 2)
    return [end.unbind(-1) for end in ends.unbind(-1)]
