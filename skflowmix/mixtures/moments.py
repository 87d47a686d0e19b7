"""Weighted moments of rows and the Gaussians they determine. Uses torch and collectives only."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from skflowmix.collective import Collective

PRIOR_ROWS = 1e-8
"""Rows' worth of the pooled Gaussian given to every component: nothing to a component with rows,
and what one without rows falls back to."""


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

    def over(self, together: Collective) -> "Moments":
        """Return the moments of the rows of all processes."""
        parts = (self.counts, self.first, self.second)
        sums = together.sum(torch.cat([part.flatten() for part in parts]))
        sizes = [part.numel() for part in parts]
        return Moments(
            *(own.view_as(part) for own, part in zip(sums.split(sizes), parts, strict=True))
        )

    def __add__(self, other: "Moments") -> "Moments":
        """Return the moments of both sets of rows."""
        return Moments(
            self.counts + other.counts, self.first + other.first, self.second + other.second
        )

    def scaled(self, factor: float | Tensor) -> "Moments":
        """Return the moments of rows of ``factor`` times the weight."""
        return Moments(self.counts * factor, self.first * factor, self.second * factor)

    def of_starts(self, starts: list[int] | Tensor) -> "Moments":
        """Return the moments of some of the R starts."""
        return Moments(self.counts[starts], self.first[starts], self.second[starts])

    def gaussians(
        self,
        covariance_type: str = "full",
        reg_covar: float | Tensor = 0.0,
        shrinkage: float | Tensor = 0.0,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Fit weights ``(R, K)``, means ``(R, K, d)`` and covariances ``(R, K, d, d)``.

        ``shrinkage`` is the share that the pooled covariance has in each of them, as in
        regularised discriminant analysis, or shares ``(R, K, 1, 1)``, and ``reg_covar`` is added
        to their diagonals or, if it is a matrix ``(d, d)``, to all of them.

        References
        ----------
        Friedman (1989), Regularized discriminant analysis, equation 16, by weights.
        """
        counts, first, second = self._with_prior()
        means = first / counts.unsqueeze(-1)
        scatter = second / counts[..., None, None] - means.unsqueeze(-1) * means.unsqueeze(-2)
        weights = counts / counts.sum(-1, keepdim=True)
        # EM asks often and without: pooling would cost, and spread a NaN
        if isinstance(shrinkage, Tensor) or shrinkage:
            scatter = torch.lerp(scatter, _tied(scatter, weights), shrinkage)
        covariances = COVARIANCE_TYPES[covariance_type].nearest(scatter, weights)
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


@dataclass(frozen=True)
class CovarianceType:
    """A kind of covariances.

    Attributes
    ----------
    nearest : callable
        The nearest covariances of the kind to scatter matrices ``(R, K, d, d)`` of given weights
        ``(R, K)``.
    n_parameters : callable
        How many numbers are free in those of K Gaussians of d features: ``n_parameters(K, d)``.
    compact : callable
        Covariances ``(K, d, d)`` in the shape that `sklearn.mixture.GaussianMixture` gives them.
    has_axes : bool, default=False
        Whether they are of the kind in some directions only: those of the columns.
    """

    nearest: Callable[[Tensor, Tensor], Tensor]
    n_parameters: Callable[[int, int], int]
    compact: Callable[[Tensor], Tensor]
    has_axes: bool = False


COVARIANCE_TYPES: dict[str, CovarianceType] = {
    "full": CovarianceType(
        lambda scatter, weights: scatter,
        lambda n_components, d: n_components * d * (d + 1) // 2,
        lambda covariances: covariances,
    ),
    "tied": CovarianceType(
        _tied, lambda n_components, d: d * (d + 1) // 2, lambda covariances: covariances[0]
    ),
    "diag": CovarianceType(
        _diagonal,
        lambda n_components, d: n_components * d,
        lambda covariances: covariances.diagonal(dim1=-2, dim2=-1),
        has_axes=True,
    ),
    "spherical": CovarianceType(
        _spherical,
        lambda n_components, d: n_components,
        lambda covariances: covariances[:, 0, 0],
        has_axes=True,
    ),
}
"""Every kind of covariances by the name that scikit-learn gives it."""
