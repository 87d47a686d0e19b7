"""Exponentials that take no longer where they vanish. Uses torch only.

The library that torch calls on CPUs takes 20 to 300 times as long for an exponential that is no
normal number, and most are none where groups lie apart. So exponents are cut off before, and what
was cut off is zero after. On GPUs these are torch's own functions.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

LEAST_EXPONENT = {torch.float32: -87.0, torch.float64: -700.0}
"""Below this an exponential is zero; above, it is a normal number."""
CUT_OFF = {dtype: float(torch.tensor(x, dtype=dtype).exp()) for dtype, x in LEAST_EXPONENT.items()}
"""The exponential of the least exponent, which stands for all that are less."""
LARGEST_EXPONENT = {torch.float32: 88.0, torch.float64: 709.0}
"""Up to this an exponential is finite; that of more has no normal inverse."""


def exp(x: Tensor) -> Tensor:
    """Return exp(x); without gradients, and zero where it is less than all normal numbers."""
    return x.detach().exp() if x.is_cuda else exp_(x.detach().clone())


def exp_(x: Tensor) -> Tensor:
    """Overwrite x, on the CPU and without gradients, with its exponential as above."""
    return torch.threshold_(x.clamp_(min=LEAST_EXPONENT[x.dtype]).exp_(), CUT_OFF[x.dtype], 0.0)


def logsumexp(x: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    """Return the log of the sum of exponentials over a dimension."""
    if x.is_cuda:
        return x.logsumexp(dim, keepdim)
    total = _LogSumExp.apply(x, dim) if x.requires_grad else _logsumexp(x, dim)
    return total if keepdim else total.squeeze(dim)


def logaddexp(x: Tensor, y: Tensor) -> Tensor:
    """Return log(exp(x) + exp(y)) of tensors of the same shape."""
    return torch.logaddexp(x, y) if x.is_cuda else _LogAddExp.apply(x, y)


def _logsumexp(x: Tensor, dim: int) -> Tensor:
    largest = x.amax(dim, keepdim=True)
    largest.masked_fill_(largest.isinf(), 0.0)
    return exp_(x - largest).sum(dim, keepdim=True).log_().add_(largest)


class _LogSumExp(Function):
    """The same with a gradient, which is the share of each term in the sum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int) -> Tensor:
        total = _logsumexp(x, dim)
        ctx.save_for_backward(x, total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        x, total = ctx.saved_tensors
        return exp_(x - total).mul_(gradient), None


class _LogAddExp(Function):
    """The log of a sum of two exponentials, whose gradients are their shares in the sum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(x, y)
        return torch.logaddexp(x, y)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        x, y = ctx.saved_tensors
        bounds, excess = (LEAST_EXPONENT[x.dtype], LARGEST_EXPONENT[x.dtype]), y - x
        of_y = gradient / (-excess).clamp_(*bounds).exp_().add_(1)
        return gradient / excess.clamp_(*bounds).exp_().add_(1), of_y
