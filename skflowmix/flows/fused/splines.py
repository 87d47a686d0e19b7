"""Rational-quadratic splines with linear tails, with a backward pass written by hand.

One function maps the outputs of a network to images and log-slopes. It makes no knots: bins
are sums of sizes that were never scaled to the interval, and the number to map is scaled to
them instead. What a spline needs of the bin that holds a number is a sum over all bins,
weighted by masks of zeros and ones, so that there is nothing to gather, and nothing to scatter
in the backward pass. The inverse is in `skflowmix.flows.splines`. Uses torch only.

Features come before rows: x is ``(M, n)`` for M features of all flows together, and raw
parameters are ``(M, 3 K - 1, n)`` for K bins. So each bin is contiguous, whatever K is.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

from skflowmix.flows.fused.blocks import block_length, in_blocks
from skflowmix.flows.splines import BOUND, GAIN, MAX_LOG

MAX_BLOCK = 2**20
"""Raw parameters in one block; about four times as many numbers are made of them on the way. In
blocks, without knots and gathering, a training step of the default density flow took two thirds of
autograd's time, and scoring half of its memory; no other block sizes are on record."""

_RATE = 2 * GAIN / MAX_LOG
"""Factor of raw parameters: tanh(x) is computed as 2 sigmoid(2 x) - 1, which is faster."""
_DOUBLINGS = 2 * MAX_LOG / math.log(2)
"""Ratio of the largest size to the least, in powers of two, which are faster than those of e."""
_STEEPNESS = 4 * GAIN
"""Slope of a logarithm with respect to its raw parameter, over sigmoid (1 - sigmoid)."""
_MIN_LOG = torch.tensor(-MAX_LOG, dtype=torch.float64)

_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


def rational_quadratic_spline(x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
    """Bend ``x (S, n, m)`` by ``raw (S, n, m (3 K - 1))``, the parameters feature by feature.

    Returns the image and its log-slopes, ``(S, n, m)`` each: the spline through
    `skflowmix.flows.splines.knots_of` the parameters, and the identity beyond its ends. Its
    gradients cannot be differentiated again.

    Durkan, Bekasov, Murray and Papamakarios (2019), Neural spline flows, equations 4 and 5.
    """
    if not torch.is_grad_enabled():  # autograd's record of nothing takes its time
        z, log_slope, _ = _stacked_forward(x, raw, needs_grad=False)
        return z, log_slope
    return _Spline.apply(x, raw)


def _stacked_forward(
    x: Tensor, raw: Tensor, needs_grad: bool
) -> tuple[Tensor, Tensor, "_SavedTensors"]:
    """Do `_forward` for ``x (S, n, m)`` and ``raw (S, n, m (3 K - 1))``."""
    n_stack, n_rows, n_features = x.shape
    x, raw = _features_first(x), raw.mT.contiguous()
    raw = raw.view(len(x), raw.shape[1] // n_features, n_rows)
    z, log_slope, saved = _forward(x, raw, needs_grad)
    return _rows_first(z, n_stack), _rows_first(log_slope, n_stack), saved


class _Spline(Function):
    """The spline as one function of data and raw parameters."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, raw: Tensor) -> tuple[Tensor, Tensor]:
        z, log_slope, ctx.saved = _stacked_forward(x, raw, any(ctx.needs_input_grad))
        return z, log_slope

    @staticmethod
    def backward(ctx: Any, dz: Tensor, d_log_slope: Tensor) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled():  # they would be taken for constants
            raise NotImplementedError("Gradients of a SplineTransformer have no gradients.")
        n_stack = len(dz)
        dx, d_raw = _backward(_features_first(dz), _features_first(d_log_slope), ctx.saved)
        return _rows_first(dx, n_stack), _rows_first(d_raw.flatten(0, 1), n_stack)


def _features_first(x: Tensor) -> Tensor:
    """Take ``(S, n, m)`` to ``(S * m, n)``."""
    return x.mT.contiguous().view(x.shape[0] * x.shape[2], x.shape[1])


def _rows_first(x: Tensor, n_stack: int) -> Tensor:
    """Take ``(S * m, n)`` back to ``(S, n, m)``."""
    return x.view(n_stack, len(x) // n_stack, x.shape[1]).mT


class _Bins(NamedTuple):
    """The bins of every spline, and which of them holds the number to map.

    Attributes
    ----------
    sigmoid : Tensor of shape (M, 2 K, n)
        Logistic function of the raw widths and heights, of which logarithms are linear.
    sizes : Tensor of shape (M, 2 K, n)
        Widths and heights, up to a common factor.
    below, inside : Tensor of shape (M, K, n)
        One where a bin lies left of the number, and where it holds the number, or zero.
    slope_sigmoid, slopes : Tensor of shape (2, M, n)
        The same of slopes, at the left and at the right knot of the bin.
    width, height : Tensor of shape (M, n)
        Sums of all widths and heights.
    """

    sigmoid: Tensor
    sizes: Tensor
    below: Tensor
    inside: Tensor
    slope_sigmoid: Tensor
    slopes: Tensor
    width: Tensor
    height: Tensor


class _Terms(NamedTuple):
    """The terms of the spline's formula, ``(M, n)`` each; letters are the paper's.

    Attributes
    ----------
    in_range : Tensor
        Whether the number is in the interval.
    u : Tensor
        Sum of the widths left of the number, its own bin's up to there.
    w, h : Tensor
        Width and height of the bin.
    xi, rest, mixed, square : Tensor
        The share xi of the bin's width, then 1 - xi, xi (1 - xi) and xi squared.
    left, right : Tensor
        Slopes at the knots, times the squares of 1 - xi and of xi.
    s, d : Tensor
        Slope of the bin, and the sum of the slopes at its knots.
    denominator, numerator : Tensor
        Denominator of the spline, and numerator of its slope.
    eta, slope, y : Tensor
        Share of the bin's height, slope, and the sum of the heights below the image.
    """

    in_range: Tensor
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
    denominator: Tensor
    numerator: Tensor
    eta: Tensor
    slope: Tensor
    y: Tensor


_SavedTensors = list[tuple[_Bins, _Terms]]
"""What the forward pass saves for the backward pass, block by block."""


def _forward(x: Tensor, raw: Tensor, needs_grad: bool) -> tuple[Tensor, Tensor, _SavedTensors]:
    """Map ``x (M, n)`` by ``raw (M, 3 K - 1, n)``; return images, log-slopes, saved tensors."""
    z, log_slope, saved = torch.empty_like(x), torch.empty_like(x), _SavedTensors()
    length = block_length(MAX_BLOCK, raw.shape[1] * raw.shape[2], raw)
    for block in in_blocks(length, x, raw, z, log_slope):
        tensors = _forward_block(*block)
        if needs_grad:
            saved.append(tensors)
    return z, log_slope, saved


def _backward(dz: Tensor, d_log_slope: Tensor, saved: _SavedTensors) -> tuple[Tensor, Tensor]:
    """Gradients with respect to ``x (M, n)`` and ``raw (M, 3 K - 1, n)`` of `_forward`."""
    n_bins, length = saved[0][0].inside.shape[1], len(saved[0][1].u)
    dx, d_raw = torch.empty_like(dz), dz.new_empty(len(dz), 3 * n_bins - 1, dz.shape[1])
    blocks = in_blocks(length, dz, d_log_slope, dx, d_raw)
    for (bins, terms), block in zip(saved, blocks, strict=True):
        _backward_block(bins, terms, *block)
    return dx, d_raw


def _forward_block(x: Tensor, raw: Tensor, z: Tensor, log_slope: Tensor) -> tuple[_Bins, _Terms]:
    """Write images and log-slopes of a block."""
    clamped = x.clamp(-BOUND, BOUND)
    in_range = clamped == x
    u, bins, (sums_below, own) = _bins_of(clamped, raw)
    terms = _terms_of(in_range, u, bins, sums_below.unbind(1), own.unbind(1))
    image = (terms.y / bins.height).mul_(2 * BOUND).sub_(BOUND)
    torch.where(in_range, image, x, out=z)
    torch.where(in_range, terms.slope.log(), x.new_zeros(()), out=log_slope)
    return bins, terms


def _bins_of(x: Tensor, raw: Tensor) -> tuple[Tensor, _Bins, list[Tensor]]:
    """Find the place u of ``x (M, n)`` among the bins, and the bin that holds it.

    Returns ``(M, 2, n)`` as well: sums of the widths and heights left of that bin, and its own.
    """
    n_bins = (raw.shape[1] + 1) // 3
    sigmoid = torch.mul(raw[:, : 2 * n_bins], _RATE).sigmoid_()
    sizes = torch.mul(sigmoid, _DOUBLINGS).exp2_()
    both = sizes.unflatten(1, (2, n_bins))  # (M, 2, K, n)
    edges = x.new_empty(len(x), n_bins + 1, x.shape[1])
    torch.cumsum(both[:, 0], 1, out=edges[:, 1:])
    width, height = edges[:, -1].clone(), both[:, 1].sum(1)
    u = torch.add(x, BOUND).mul_(width).mul_(1 / (2 * BOUND))
    below, inside = _masks(u, edges)
    sums = [(both * mask.unsqueeze(1)).sum(2) for mask in (below, inside)]
    slopes = _slopes(raw[:, 2 * n_bins :], inside)
    return u, _Bins(sigmoid, sizes, below, inside, *slopes, width, height), sums


def _masks(u: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
    """Overwrite ``edges (M, K + 1, n)`` of bins with whether they lie left of ``u (M, n)``.

    Returns which bins lie left of u with both their edges, and which with the left one only.
    """
    edges[:, 1:-1].le_(u.unsqueeze(1))
    edges[:, 0], edges[:, -1] = 1, 0  # whatever was rounded: some bin holds it
    return edges[:, 1:], edges[:, :-1] - edges[:, 1:]


def _slopes(raw: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
    """Slopes at the knots of the bin, by ``inside (M, K, n)``, and the sigmoids they come from.

    There is no ``raw (M, K - 1, n)`` for the outermost knots: sums over none of them are zero,
    which means a slope of 1.
    """
    selected = [(raw * inside[:, 1:]).sum(1), (raw * inside[:, :-1]).sum(1)]
    sigmoid = torch.stack(selected).mul_(_RATE).sigmoid_()
    return sigmoid, torch.add(_MIN_LOG, sigmoid, alpha=2 * MAX_LOG).exp_()


def _terms_of(
    in_range: Tensor, u: Tensor, bins: _Bins, below: Sequence[Tensor], own: Sequence[Tensor]
) -> _Terms:
    """Equations 4 and 5, with widths and heights as they are in ``bins``."""
    (x0, y0), (w, h), (d0, d1) = below, own, bins.slopes
    xi = (u - x0).div_(w)
    rest, square, d = 1 - xi, xi * xi, d0 + d1
    mixed, left, right = xi * rest, (rest * rest).mul_(d0), square * d1
    s = (h * bins.width).div_(w * bins.height)
    denominator = torch.sub(d, s, alpha=2).mul_(mixed).add_(s)
    numerator = (left + right).addcmul_(s, mixed, value=2)
    slope = (s / denominator).square_().mul_(numerator)
    eta = (s * square).addcmul_(d0, mixed).div_(denominator)
    y = torch.addcmul(y0, h, eta)
    shares = (xi, rest, mixed, square, left, right)
    return _Terms(in_range, u, w, h, *shares, s, d, denominator, numerator, eta, slope, y)


def _backward_block(
    bins: _Bins, terms: _Terms, dz: Tensor, d_log_slope: Tensor, dx: Tensor, d_raw: Tensor
) -> None:
    """Write the gradients with respect to the numbers and the raw parameters of a block."""
    zero = dz.new_zeros(())  # multiplied by zero, what is not finite would not vanish
    dy = torch.where(terms.in_range, dz, zero).mul_(2 * BOUND * _STEEPNESS).div_(bins.height)
    d_log = torch.where(terms.in_range, d_log_slope, zero).mul_(_STEEPNESS)
    n_bins = bins.inside.shape[1]
    d_sizes, d_slopes = d_raw.split_with_sizes([2 * n_bins, n_bins - 1], 1)
    du, d_log_s, d_ends = _d_terms(dy, d_log, bins, terms)
    _d_slopes(d_ends, bins, d_slopes)
    _d_sizes(dy, du, d_log_s, bins, terms, d_sizes)
    torch.where(terms.in_range, du.mul_(bins.width).mul_(1 / (2 * BOUND * _STEEPNESS)), dz, out=dx)


def _d_terms(
    dy: Tensor, d_log: Tensor, bins: _Bins, t: _Terms
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Gradients of y and of the log-slope with respect to u, to log s and to both slopes.

    With b for the denominator, that of eta is slope / s in xi, and mixed (right - left) / b^2 in
    s; those of the log-slope follow from its being log(numerator) + 2 log(s) - 2 log(b). In
    s, what would cancel has been put together: b = s (1 - 2 mixed) + d mixed.
    """
    d0, d1 = bins.slopes
    by_numerator, by_denominator = d_log / t.numerator, (d_log + d_log).div_(t.denominator)
    by_eta, turn = (dy * t.h).div_(t.denominator).mul_(t.mixed), t.rest - t.xi
    du = (d1 * t.xi).addcmul_(t.s, turn).addcmul_(d0, t.rest, value=-1).mul_(by_numerator)
    du.add_(du).addcmul_(torch.sub(t.d, t.s, alpha=2).mul_(turn), by_denominator, value=-1)
    du.div_(t.w).addcmul_(dy * t.slope, bins.height / bins.width)
    by_denominator.mul_(t.mixed)
    d_log_s = (t.right - t.left).mul_(by_eta).mul_(t.s).div_(t.denominator)
    d_log_s.addcmul_(by_numerator, t.s * t.mixed, value=2).addcmul_(by_denominator, t.d)
    common = by_denominator.addcmul_(by_eta, t.eta)
    left = (by_numerator * t.rest).mul_(t.rest).add_(by_eta).sub_(common)
    right = (by_numerator * t.square).sub_(common)
    return du, d_log_s, [left, right]


def _d_slopes(d_ends: list[Tensor], bins: _Bins, out: Tensor) -> None:
    """Write the gradients with respect to the raw slopes; see `_slopes`."""
    gradient = torch.stack(d_ends).mul_(bins.slopes)
    left, right = _sigmoid_backward(gradient, bins.slope_sigmoid, grad_input=gradient).unsqueeze(2)
    torch.mul(left, bins.inside[:, 1:], out=out).addcmul_(right, bins.inside[:, :-1])


def _d_sizes(
    dy: Tensor, du: Tensor, d_log_s: Tensor, bins: _Bins, terms: _Terms, out: Tensor
) -> None:
    """Write the gradients with respect to the raw widths and heights."""
    widths, heights = out.chunk(2, 1)
    _d_axis(du.neg(), d_log_s.neg(), terms.u, terms.xi, terms.w, bins.width, bins, widths)
    _d_axis(dy, d_log_s, terms.y, terms.eta, terms.h, bins.height, bins, heights)
    _sigmoid_backward(out.mul_(bins.sizes), bins.sigmoid, grad_input=out)


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

    The ``gradient (M, n)`` is that of a place, the sum of the sizes of the bins below and of a
    share of the bin's ``own``. All sizes enter their ``total``, and a common factor of
    them changes nothing.
    """
    common = torch.addcmul(d_log_s, gradient, place).div_(total).neg_()
    torch.addcmul(common.unsqueeze(1), gradient.unsqueeze(1), bins.below, out=out)
    out.addcmul_((gradient * share).addcdiv_(d_log_s, own).unsqueeze(1), bins.inside)
