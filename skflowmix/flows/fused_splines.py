"""Rational-quadratic splines with tails, with a backward pass written by hand. Uses torch only.

The formulas are those of `skflowmix.flows.splines`, of which one function is made here: from the
numbers that a network says to images and log-slopes. It makes no knots. Bins are sums of sizes
that were never scaled to the interval; the place of a number among them is scaled instead. What a
spline needs of the bin that holds a number is a sum over all bins, weighted by zeros and ones, so
that there is nothing to gather, and nothing to scatter on the way back.

Features come before rows: x is ``(M, n)`` for M features of all the flows together, and raw
numbers are ``(M, 3 K - 1, n)`` for K bins. Each bin is a row of memory then, whatever K is.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

from skflowmix.flows.blocks import at_once, blocks
from skflowmix.flows.splines import BOUND, GAIN, MAX_LOG

BLOCK = 2**20
"""Raw numbers that pass at once on a CPU. Where there are more, as many rows at a time make,
features take turns: about four times as many numbers are made of them on the way."""

_RATE = 2 * GAIN / MAX_LOG
"""The tangent is made of a logistic function, which is faster: tanh(x) = 2 logistic(2 x) - 1."""
_DOUBLINGS = 2 * MAX_LOG / math.log(2)
"""From the least size to the largest. Powers of two are the faster ones."""
_STEEPNESS = 4 * GAIN
"""What the slope of a logistic function, share (1 - share), is short of that of a logarithm."""
_LEAST = torch.tensor(-MAX_LOG, dtype=torch.float64)

_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


def splined(x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
    """Bend ``x (S, n, m)`` by what ``raw (S, n, m (3 K - 1))`` says of each feature.

    Returns the image and its log-slopes, ``(S, n, m)`` each. It agrees with
    `rational_quadratic` of `knots_of` raw numbers `with_tails` up to rounding; only its
    gradients have no gradients.
    """
    return _Splined.apply(x, raw)


class _Splined(Function):
    """The spline as one function of data and raw numbers."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        n_stack, n_rows, n_features = x.shape
        x, raw = _features_first(x), raw.mT.contiguous()
        raw = raw.view(len(x), raw.shape[1] // n_features, n_rows)
        z, log_slope, ctx.seen = bend(x, raw, any(ctx.needs_input_grad))
        return _rows_first(z, n_stack), _rows_first(log_slope, n_stack)

    @staticmethod
    def backward(ctx: Any, dz: Tensor, d_log_slope: Tensor) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled():  # they would be taken for constants
            raise NotImplementedError(
                "Gradients of a SplineTransformer have no gradients; "
                "those of splines.with_tails do."
            )
        n_stack = len(dz)
        dx, d_raw = unbend(_features_first(dz), _features_first(d_log_slope), ctx.seen)
        return _rows_first(dx, n_stack), _rows_first(d_raw.flatten(0, 1), n_stack)


def _features_first(x: Tensor) -> Tensor:
    """Take ``(S, n, m)`` to ``(S * m, n)``."""
    return x.mT.contiguous().view(x.shape[0] * x.shape[2], x.shape[1])


def _rows_first(x: Tensor, n_stack: int) -> Tensor:
    """Take ``(S * m, n)`` back to ``(S, n, m)``."""
    return x.view(n_stack, len(x) // n_stack, x.shape[1]).mT


class _Bins(NamedTuple):
    """The bins of every spline, and which of them hold the numbers.

    Attributes
    ----------
    share : Tensor of shape (M, 2 K, n)
        Logarithms of widths and heights, as shares of the way from the least to the largest.
    sizes : Tensor of shape (M, 2 K, n)
        Widths and heights, up to a factor in common.
    behind, here : Tensor of shape (M, K, n)
        One where a bin lies left of the number, and where it holds the number, or zero.
    slope_share, slopes : Tensor of shape (2, M, n)
        The same of slopes, at the left and at the right knot of the bin.
    width, height : Tensor of shape (M, n)
        Sums of all widths and heights.
    """

    share: Tensor
    sizes: Tensor
    behind: Tensor
    here: Tensor
    slope_share: Tensor
    slopes: Tensor
    width: Tensor
    height: Tensor


class _Place(NamedTuple):
    """What lies between a bin and the image, ``(M, n)`` each; letters are those of `splines`.

    Attributes
    ----------
    within : Tensor
        Whether a number is in the interval.
    u : Tensor
        Sum of the widths left of the number, its own bin's up to there.
    w, h : Tensor
        Width and height of the bin.
    xi, rest, mixed, square : Tensor
        The share xi, then 1 - xi, xi (1 - xi) and xi squared.
    left, right : Tensor
        Slopes at the knots, times the squares of 1 - xi and of xi.
    s, d : Tensor
        Slope of the bin, and the sum of the slopes at its knots.
    bottom, top : Tensor
        What the spline divides by, and the numerator of its slope.
    eta, slope, y : Tensor
        Share of the bin's height, slope, and the sum of the heights below the image.
    """

    within: Tensor
    u: Tensor
    w: Tensor
    h: Tensor
    xi: Tensor
    rest: Tensor
    mixed: Tensor
    square: Tensor
    left: Tensor
    right: Tensor
    s: Tensor
    d: Tensor
    bottom: Tensor
    top: Tensor
    eta: Tensor
    slope: Tensor
    y: Tensor


Seen = list[tuple[_Bins, _Place]]
"""What the way back has to see of the way there, block by block."""


def bend(x: Tensor, raw: Tensor, is_seen: bool = True) -> tuple[Tensor, Tensor, Seen]:
    """Map ``x (M, n)`` by ``raw (M, 3 K - 1, n)``, and return log-slopes and what was seen."""
    z, log_slope, seen = torch.empty_like(x), torch.empty_like(x), Seen()
    for part in blocks(at_once(BLOCK, raw.shape[1] * raw.shape[2], raw), x, raw, z, log_slope):
        block = _bend(*part)
        if is_seen:
            seen.append(block)
    return z, log_slope, seen


def unbend(dz: Tensor, d_log_slope: Tensor, seen: Seen) -> tuple[Tensor, Tensor]:
    """Gradients with respect to ``x (M, n)`` and ``raw (M, 3 K - 1, n)`` of `bend`."""
    n_bins, size = seen[0][0].here.shape[1], len(seen[0][1].u)
    dx, d_raw = torch.empty_like(dz), dz.new_empty(len(dz), 3 * n_bins - 1, dz.shape[1])
    parts = blocks(size, dz, d_log_slope, dx, d_raw)
    for (bins, place), part in zip(seen, parts, strict=True):
        _unbend(bins, place, *part)
    return dx, d_raw


def _bend(x: Tensor, raw: Tensor, z: Tensor, log_slope: Tensor) -> tuple[_Bins, _Place]:
    """Write images and log-slopes of a block."""
    held = x.clamp(-BOUND, BOUND)
    within = held == x
    u, bins, (behind, own) = _bins_of(held, raw)
    place = _place_of(within, u, bins, behind.unbind(1), own.unbind(1))
    image = (place.y / bins.height).mul_(2 * BOUND).sub_(BOUND)
    torch.where(within, image, x, out=z)
    torch.where(within, place.slope.log(), x.new_zeros(()), out=log_slope)
    return bins, place


def _bins_of(x: Tensor, raw: Tensor) -> tuple[Tensor, _Bins, list[Tensor]]:
    """Find the place u of ``x (M, n)`` among the bins, and the bin that holds it.

    Returns ``(M, 2, n)`` as well: sums of the widths and heights left of that bin, and its own.
    """
    n_bins = (raw.shape[1] + 1) // 3
    share = torch.mul(raw[:, : 2 * n_bins], _RATE).sigmoid_()
    sizes = torch.mul(share, _DOUBLINGS).exp2_()
    both = sizes.unflatten(1, (2, n_bins))  # (M, 2, K, n)
    edges = x.new_empty(len(x), n_bins + 1, x.shape[1])
    torch.cumsum(both[:, 0], 1, out=edges[:, 1:])
    width, height = edges[:, -1].clone(), both[:, 1].sum(1)
    u = torch.add(x, BOUND).mul_(width).mul_(1 / (2 * BOUND))
    behind, here = _masks(u, edges)
    sums = [(both * mask.unsqueeze(1)).sum(2) for mask in (behind, here)]
    slopes = _slopes(raw[:, 2 * n_bins :], here)
    return u, _Bins(share, sizes, behind, here, *slopes, width, height), sums


def _masks(u: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
    """Overwrite ``edges (M, K + 1, n)`` of bins with whether they lie left of ``u (M, n)``.

    Returns which bins lie left of u with both their edges, and which with the left one only.
    """
    edges[:, 1:-1].le_(u.unsqueeze(1))
    edges[:, 0], edges[:, -1] = 1, 0  # whatever was rounded: some bin holds it
    return edges[:, 1:], edges[:, :-1] - edges[:, 1:]


def _slopes(raw: Tensor, here: Tensor) -> tuple[Tensor, Tensor]:
    """Slopes at the knots of the bin that is ``here (M, K, n)``, and the shares they come from.

    Nothing is ``raw (M, K - 1, n)`` at the outermost knots, and zero means a slope of 1.
    """
    picked = [(raw * here[:, 1:]).sum(1), (raw * here[:, :-1]).sum(1)]
    share = torch.stack(picked).mul_(_RATE).sigmoid_()
    return share, torch.add(_LEAST, share, alpha=2 * MAX_LOG).exp_()


def _place_of(
    within: Tensor, u: Tensor, bins: _Bins, behind: Sequence[Tensor], own: Sequence[Tensor]
) -> _Place:
    """Do what `rational_quadratic` does, with widths and heights as they are in ``bins``."""
    (x0, y0), (w, h), (d0, d1) = behind, own, bins.slopes
    xi = (u - x0).div_(w)
    rest, square, d = 1 - xi, xi * xi, d0 + d1
    mixed, left, right = xi * rest, (rest * rest).mul_(d0), square * d1
    s = (h * bins.width).div_(w * bins.height)
    bottom = torch.sub(d, s, alpha=2).mul_(mixed).add_(s)
    top = (left + right).addcmul_(s, mixed, value=2)
    slope = (s / bottom).square_().mul_(top)
    eta = (s * square).addcmul_(d0, mixed).div_(bottom)
    y = torch.addcmul(y0, h, eta)
    return _Place(
        within, u, w, h, xi, rest, mixed, square, left, right, s, d, bottom, top, eta, slope, y
    )


def _unbend(
    bins: _Bins, place: _Place, dz: Tensor, d_log_slope: Tensor, dx: Tensor, d_raw: Tensor
) -> None:
    """Write the gradients with respect to the numbers of a block and to what is said of them."""
    zero = dz.new_zeros(())  # multiplied by zero, what is not finite would not vanish
    dy = torch.where(place.within, dz, zero).mul_(2 * BOUND * _STEEPNESS).div_(bins.height)
    d_log = torch.where(place.within, d_log_slope, zero).mul_(_STEEPNESS)
    n_bins = bins.here.shape[1]
    d_sizes, d_slopes = d_raw.split_with_sizes([2 * n_bins, n_bins - 1], 1)
    du, d_log_s, d_ends = _d_place(dy, d_log, bins, place)
    _d_slopes(d_ends, bins, d_slopes)
    _d_sizes(dy, du, d_log_s, bins, place, d_sizes)
    torch.where(place.within, du.mul_(bins.width).mul_(1 / (2 * BOUND * _STEEPNESS)), dz, out=dx)


def _d_place(
    dy: Tensor, d_log: Tensor, bins: _Bins, p: _Place
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Gradients of y and of the log-slope with respect to u, to log s and to both slopes.

    With eta = n / bottom, that of eta is slope / s in xi, and mixed (right - left) / bottom^2 in
    s; those of the log-slope follow from its being log(top) + 2 log(s) - 2 log(bottom). In
    s, what would cancel has been put together: bottom = s (1 - 2 mixed) + d mixed.
    """
    d0, d1 = bins.slopes
    by_top, by_bottom = d_log / p.top, (d_log + d_log).div_(p.bottom)
    by_eta, turn = (dy * p.h).div_(p.bottom).mul_(p.mixed), p.rest - p.xi
    du = (d1 * p.xi).addcmul_(p.s, turn).addcmul_(d0, p.rest, value=-1).mul_(by_top)
    du.add_(du).addcmul_(torch.sub(p.d, p.s, alpha=2).mul_(turn), by_bottom, value=-1)
    du.div_(p.w).addcmul_(dy * p.slope, bins.height / bins.width)
    by_bottom.mul_(p.mixed)
    d_log_s = (p.right - p.left).mul_(by_eta).mul_(p.s).div_(p.bottom)
    d_log_s.addcmul_(by_top, p.s * p.mixed, value=2).addcmul_(by_bottom, p.d)
    less = by_bottom.addcmul_(by_eta, p.eta)
    left, right = (by_top * p.rest).mul_(p.rest).add_(by_eta).sub_(less), by_top * p.square
    return du, d_log_s, [left, right.sub_(less)]


def _d_slopes(d_ends: list[Tensor], bins: _Bins, out: Tensor) -> None:
    """Write the gradients with respect to what is said of slopes; see `_slopes`."""
    gradient = torch.stack(d_ends).mul_(bins.slopes)
    left, right = _sigmoid_backward(gradient, bins.slope_share, grad_input=gradient).unsqueeze(2)
    torch.mul(left, bins.here[:, 1:], out=out).addcmul_(right, bins.here[:, :-1])


def _d_sizes(
    dy: Tensor, du: Tensor, d_log_s: Tensor, bins: _Bins, place: _Place, out: Tensor
) -> None:
    """Write the gradients with respect to what is said of widths and heights."""
    widths, heights = out.chunk(2, 1)
    _d_axis(du.neg(), d_log_s.neg(), place.u, place.xi, place.w, bins.width, bins, widths)
    _d_axis(dy, d_log_s, place.y, place.eta, place.h, bins.height, bins, heights)
    _sigmoid_backward(out.mul_(bins.sizes), bins.share, grad_input=out)


def _d_axis(
    gradient: Tensor,
    d_log_s: Tensor,
    place: Tensor,
    share: Tensor,
    own: Tensor,
    total: Tensor,
    bins: _Bins,
    out: Tensor,
) -> None:
    """Write the gradients with respect to the sizes of the bins on one axis.

    The ``gradient (M, n)`` is that of a place that is the sum of the sizes left of a bin and of
    a share of the bin's ``own``. All sizes bear on their ``total``, and a factor in common to
    them bears on nothing.
    """
    common = torch.addcmul(d_log_s, gradient, place).div_(total).neg_()
    torch.addcmul(common.unsqueeze(1), gradient.unsqueeze(1), bins.behind, out=out)
    out.addcmul_((gradient * share).addcdiv_(d_log_s, own).unsqueeze(1), bins.here)
