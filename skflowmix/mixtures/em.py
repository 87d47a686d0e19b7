"""Closed-form steps: responsibilities and the Gaussians they imply.

Uses torch and collectives only.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from skflowmix.collective import ALONE, Collective
from skflowmix.mixtures.categorical import CategoricalMixture
from skflowmix.mixtures.defensive import DefensiveMixture
from skflowmix.mixtures.exponentials import exp, logsumexp
from skflowmix.mixtures.flow import FlowMixture
from skflowmix.mixtures.latent import LatentMixture
from skflowmix.mixtures.moments import Moments
from skflowmix.mixtures.products import Products

Weighted = tuple[Tensor, Tensor, Tensor]
"""Rows ``x (n, d)``, their log-prior over the components, ``(n, K)`` or ``(R, n, K)``, very
negative where a label forbids one, and weights ``(n,)``."""


@torch.no_grad()
def m_step(
    mixture: LatentMixture | DefensiveMixture,
    chunks: Iterable[Weighted | tuple[Tensor, Tensor, Tensor, Tensor | None]],
    reg_covar: float,
    shrinkage: float = 0.0,
    together: Collective = ALONE,
) -> None:
    """Do an E-step over all rows, then set weights, means and covariances in latent space.

    The rows may be those of several processes, of which each has some. Those that the guard of a
    defended mixture explains are not counted; what rows are under it, ``(R, n, K)``, may come
    fourth, so that it is not worked out again. Given the flow, the expected complete
    log-likelihood is maximised (up to ``reg_covar`` and ``shrinkage``, see `Moments.gaussians`),
    so the likelihood of the rows does not fall.
    """
    own = Moments.total(_latent_moments(mixture, *rows) for rows in chunks)
    moments = own.over(together)
    latent: Any = mixture.undefended
    ridge = latent.stretched_ridge(reg_covar, moments.first)
    gaussians = moments.gaussians(latent.covariance_type, ridge, shrinkage)
    latent.base.set_gaussians(*gaussians)


def _latent_moments(
    mixture: Any, x: Tensor, log_prior: Tensor, weights: Tensor, guard: Tensor | None = None
) -> Moments:
    known = () if guard is None else (guard,)
    z, responsibilities = mixture.responsibilities(x, log_prior, *known)
    return Moments.of(z, responsibilities * weights.unsqueeze(-1))


@torch.no_grad()
def fit_gaussians(
    responsibilities: Tensor,
    rows: Weighted,
    reg_covar: float,
    max_iter: int,
    tol: float,
    covariance_type: str = "full",
) -> tuple[FlowMixture, Tensor]:
    """Fit Gaussian mixtures by EM from responsibilities ``(R, n, K)``.

    All R mixtures are fitted side by side until the mean log-likelihood of none of them rises
    by more than ``tol``. They are returned with their log-likelihoods, ``(R,)``.
    """
    x, log_prior, weights = rows
    n_starts, _, n_components = responsibilities.shape
    mixture = FlowMixture(n_starts, n_components, x.shape[-1]).to(x)
    moments_by, joint_under = _steps_on(x, n_components)

    def joint_after(shares: Tensor) -> Tensor:
        mixture.set_gaussians(*moments_by(shares).gaussians(covariance_type, reg_covar))
        return joint_under(mixture) + log_prior

    return mixture, _em(responsibilities, weights, joint_after, max_iter, tol)


@torch.no_grad()
def fit_mixed(
    responsibilities: Tensor,
    rows: tuple[Tensor, Tensor],
    n_levels: tuple[int, ...],
    reg_covar: float,
    max_iter: int,
    tol: float,
) -> tuple[CategoricalMixture, Tensor]:
    """Fit Gaussians with categories beside them by EM from responsibilities ``(R, n, K)``.

    The rows are ``x (n, p + q)`` with weights ``(n,)`` or ``(R, n)``; see `fit_gaussians`.
    """
    x, weights = rows
    n_starts, _, n_components = responsibilities.shape
    n_numbers = x.shape[-1] - len(n_levels)
    gaussians = FlowMixture(n_starts, n_components, n_numbers)
    mixture = CategoricalMixture(gaussians, n_numbers, n_levels).to(x)
    numbers = mixture.numbers(x).unsqueeze(0)

    def joint_after(shares: Tensor) -> Tensor:
        mixture.set_gaussians(*Moments.of(numbers, shares).gaussians(reg_covar=reg_covar))
        mixture.set_tables(mixture.counts(x, shares))
        return mixture.joint_log_prob(x)

    return mixture, _em(responsibilities, weights, joint_after, max_iter, tol)


def _em(
    responsibilities: Tensor,
    weights: Tensor,
    joint_after: Callable[[Tensor], Tensor],
    max_iter: int,
    tol: float,
) -> Tensor:
    """Run EM of R mixtures of rows of ``weights (n,)`` or ``(R, n)``, and return scores ``(R,)``.

    ``joint_after`` takes weighted shares ``(R, n, K)``, does a step by them and returns log
    p(x, k) under what comes of it.
    """
    after = weights.new_full((len(responsibilities),), -torch.inf)
    for _ in range(max_iter):
        joint = joint_after(responsibilities * weights.unsqueeze(-1))  # (R, n, K)
        log_prob = logsumexp(joint, -1)
        responsibilities = exp(joint - log_prob.unsqueeze(-1))
        before, after = after, (log_prob * weights).sum(-1) / weights.sum(-1)
        if bool((after - before < tol).all()):
            break
    return after


def _steps_on(
    x: Tensor, n_components: int
) -> tuple[Callable[[Tensor], Moments], Callable[[FlowMixture], Tensor]]:
    """What rows ``x (n, d)`` have for moments by shares, and under mixtures."""
    if Products.suit(x, n_components):
        products = Products.of(x)
        return products.moments, products.joint_log_prob
    return lambda shares: Moments.of(x.unsqueeze(0), shares), lambda own: own.joint_log_prob(x)
