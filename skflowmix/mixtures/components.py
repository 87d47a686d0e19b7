"""Means and covariances of the components of mixtures. Uses torch only."""

from typing import Any

import torch
from torch import Tensor

from skflowmix.mixtures.categorical import CategoricalMixture
from skflowmix.mixtures.defensive import DefensiveMixture
from skflowmix.mixtures.flow import FlowMixture
from skflowmix.mixtures.latent import LatentMixture

FAR = 1e30
"""Draws farther away than this count as this far, so that no square overflows."""


def matched_normals(n_draws: int, n_features: int, seed: int = 0) -> Tensor:
    """Draw from the standard normal ``(n, d)`` with a mean of exactly 0 and covariance 1.

    What an affine map makes of these has exactly the moments of what it makes of all. It takes
    more draws than there are features.
    """
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(n_draws, n_features, generator=generator, dtype=torch.float64)
    z = z - z.mean(0)
    lower = torch.linalg.cholesky(z.mT @ z / n_draws)
    return torch.linalg.solve_triangular(lower, z.mT, upper=False).mT


@torch.no_grad()
def component_moments(mixture: Any, z: Tensor) -> tuple[Tensor, Tensor]:
    """Return means ``(K, d)`` and covariances ``(K, d, d)`` of the average of R mixtures.

    Those of the flows come from what they make of draws ``z (n, d)``, the guards' are exact.
    They are those of the numbers where there are categories beside them.
    """
    model = mixture.undefended
    n_modes = model.base.n_modes if isinstance(model, LatentMixture) else model.n_modes
    if isinstance(mixture, CategoricalMixture):
        mixture, n_modes = mixture.inner, mixture.n_modes
    parts = [(model.log_weights, *mode_moments(model, z))]
    if isinstance(mixture, DefensiveMixture):
        weight, guard = mixture.guard_weight, mixture.guard  # (R, 1)
        parts = [(torch.log1p(-weight) + own, *moments) for own, *moments in parts]
        _, means, covariances = guard.gaussians()
        scale = (guard.scale_weights * guard.scales).sum(-1)[:, None, None, None]
        parts.append((weight.log() + guard.log_weights, means, scale * covariances))
    by_component = [[_by_component(each, n_modes) for each in part] for part in parts]
    return _pooled(*(torch.cat(of, 1) for of in zip(*by_component, strict=True)))


def mode_moments(model: FlowMixture | LatentMixture, z: Tensor) -> tuple[Tensor, Tensor]:
    """Return means ``(R, M, d)`` and covariances ``(R, M, d, d)`` of what modes make of draws."""
    x = model.mode_draws(z).clamp(-FAR, FAR)  # (R, M, n, d)
    means = x.mean(-2)
    off = x - means.unsqueeze(-2)
    return means, off.mT @ off / len(z)


def _by_component(of_modes: Tensor, n_modes: int) -> Tensor:
    """Put all modes of a component side by side: ``(R, M, ...)`` becomes ``(K, R * n, ...)``."""
    return of_modes.unflatten(1, (-1, n_modes)).transpose(0, 1).flatten(1, 2)


def _pooled(log_weights: Tensor, means: Tensor, covariances: Tensor) -> tuple[Tensor, Tensor]:
    """Moments ``(K, d)``, ``(K, d, d)`` of mixtures of parts, ``(K, P)``, ``(K, P, ...)``."""
    weights = log_weights.softmax(-1)
    pooled = (weights.unsqueeze(-1) * means).sum(1)
    off = means - pooled.unsqueeze(1)
    spread = covariances + off.unsqueeze(-1) * off.unsqueeze(-2)
    return pooled, (weights[..., None, None] * spread).sum(1)
