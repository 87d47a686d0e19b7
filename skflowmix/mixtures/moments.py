"""Weighted moments of rows and the Gaussians they determine. Uses torch only."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

PRIOR_ROWS = 1e-8
"""Rows' worth of the pooled Gaussian given to every component: nothing to a living component,
and what a component without rows falls back to."""


@dataclass(frozen=True)
class Moments:
    """Sums over rows, weighted by responsibilities; those of two sets of rows add up.

    Attributes
    ----------
    counts : Tensor of shape (R, K)
    first : Tensor of shape (R, K, d)
    second : Tensor of shape (R, K, d, d)
    """

    counts: Tensor
    first: Tensor
    second: Tensor

    @classmethod
    def of(cls, z: Tensor, responsibilities: Tensor) -> "Moments":
        """Sum over rows ``z (R or 1, n, d)`` under ``responsibilities (R, n, K)``, in float64."""
        z, share = z.double(), responsibilities.double().mT  # (R, K, n)
        return cls(share.sum(-1), share @ z, _second_moments(z, share))

    @classmethod
    def total(cls, parts: Iterable["Moments"]) -> "Moments":
        """Add up the moments of several sets of rows, as they come, into the first.

        To keep them all would leave holes in the memory, too small for what the next one takes.
        """
        parts = iter(parts)
        total = next(parts)
        for part in parts:
            total.counts.add_(part.counts)
            total.first.add_(part.first)
            total.second.add_(part.second)
        return total

    def gaussians(
        self,
        covariance_type: str = "full",
        reg_covar: float | Tensor = 0.0,
        shrinkage: float = 0.0,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Fit weights ``(R, K)``, means ``(R, K, d)`` and covariances ``(R, K, d, d)``.

        ``shrinkage`` is the share that the pooled covariance has in each of them, as in
        regularised discriminant analysis, and ``reg_covar`` is added to their diagonals or, if
        it is a matrix ``(d, d)``, to all of them.

        References
        ----------
        Friedman (1989), Regularized discriminant analysis, equation 16, by weights.
        """
        counts, first, second = self._with_prior()
        means = first / counts.unsqueeze(-1)
        scatter = second / counts[..., None, None] - means.unsqueeze(-1) * means.unsqueeze(-2)
        weights = counts / counts.sum(-1, keepdim=True)
        if shrinkage:  # EM asks often and without: pooling would cost, and spread a NaN
            scatter = torch.lerp(scatter, _tied(scatter, weights), shrinkage)
        covariances = COVARIANCE_TYPES[covariance_type](scatter, weights)
        if not isinstance(reg_covar, Tensor):
            eye = torch.eye(means.shape[-1], dtype=means.dtype, device=means.device)
            reg_covar = reg_covar * eye
        return weights, means, covariances + reg_covar

    def _with_prior(self) -> tuple[Tensor, Tensor, Tensor]:
        total = self.counts.sum(-1, keepdim=True)  # (R, 1)
        pooled_first = self.first.sum(-2, keepdim=True) / total.unsqueeze(-1)
        pooled_second = self.second.sum(-3, keepdim=True) / total[..., None, None]
        return (
            self.counts + PRIOR_ROWS,
            self.first + PRIOR_ROWS * pooled_first,
            self.second + PRIOR_ROWS * pooled_second,
        )


def _second_moments(z: Tensor, share: Tensor) -> Tensor:
    """Sums ``(R, K, d, d)`` of the products of features; what is laid out is the lesser."""
    n_features = z.shape[-1]
    if share.shape[-2] > n_features:
        products = (z.unsqueeze(-1) * z.unsqueeze(-2)).flatten(-2)  # (R, n, d * d)
        return (share @ products).unflatten(-1, (n_features, n_features))
    shares = share.unsqueeze(-1) * z.unsqueeze(-3)  # (R, K, n, d)
    return shares.mT @ z.unsqueeze(-3)


def _tied(scatter: Tensor, weights: Tensor) -> Tensor:
    pooled = (weights[..., None, None] * scatter).sum(-3, keepdim=True)
    return pooled.expand_as(scatter)


def _diagonal(scatter: Tensor, weights: Tensor) -> Tensor:
    return torch.diag_embed(scatter.diagonal(dim1=-2, dim2=-1))


def _spherical(scatter: Tensor, weights: Tensor) -> Tensor:
    variances = scatter.diagonal(dim1=-2, dim2=-1)
    return torch.diag_embed(variances.mean(-1, keepdim=True).expand_as(variances))


COVARIANCE_TYPES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "full": lambda scatter, weights: scatter,
    "tied": _tied,
    "diag": _diagonal,
    "spherical": _spherical,
}
"""The nearest covariances of a kind to scatter matrices ``(R, K, d, d)`` of given weights."""
