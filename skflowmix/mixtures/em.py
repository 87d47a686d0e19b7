"""Closed-form steps: responsibilities and the Gaussians they imply. Uses torch only."""

from collections.abc import Iterable

import torch
from torch import Tensor

from skflowmix.mixtures.defence import DefendedMixture, Mixture, undefended
from skflowmix.mixtures.flow import FlowMixture, LatentMixture
from skflowmix.mixtures.moments import Moments

Rows = tuple[Tensor, Tensor, Tensor]
"""Rows ``x (n, d)``, their log-prior over the components, ``(n, K)`` or ``(R, n, K)``, very
negative where a label forbids one, and weights ``(n,)``."""


@torch.no_grad()
def m_step(
    mixture: Mixture,
    chunks: Iterable[Rows],
    covariance_type: str,
    reg_covar: float,
    shrinkage: float = 0.0,
) -> None:
    """Do an E-step over all rows, then set weights, means and covariances in latent space.

    The rows that the guard of a defended mixture explains are not counted. Given the flow, the
    expected complete log-likelihood is maximised (up to ``reg_covar`` and ``shrinkage``, see
    `Moments.gaussians`), so the likelihood of the rows does not fall.
    """
    latent = undefended(mixture)
    assert isinstance(latent, LatentMixture)
    moments = Moments.total(_latent_moments(mixture, latent, rows) for rows in chunks)
    ridge = latent.stretched_ridge(reg_covar, moments.first)
    latent.set_gaussians(*moments.gaussians(covariance_type, ridge, shrinkage))


def _latent_moments(mixture: Mixture, latent: LatentMixture, rows: Rows) -> Moments:
    x, log_prior, weights = rows
    z, log_det = latent.latents(x)
    own = latent.base.mode_log_prob(z) + log_det.unsqueeze(-1)  # (R, n, M)
    joint = latent.base.by_component(own)
    if isinstance(mixture, DefendedMixture):
        joint = mixture.mix(joint, mixture.guard.joint_log_prob(x))
        own = own + torch.log1p(-mixture.guard_weight).unsqueeze(-1)
    total = torch.logsumexp(joint + log_prior, -1, keepdim=True)
    own = own + log_prior.repeat_interleave(latent.base.n_modes, -1)
    responsibilities = torch.exp(own - total)  # the guard's share is left out
    return Moments.of(z, responsibilities * weights.unsqueeze(-1))


@torch.no_grad()
def fit_gaussians(
    responsibilities: Tensor, rows: Rows, reg_covar: float, max_iter: int, tol: float
) -> tuple[FlowMixture, Tensor]:
    """Fit Gaussian mixtures by EM from responsibilities ``(R, n, K)``.

    All R mixtures are fitted side by side until the mean log-likelihood of none of them rises
    by more than ``tol``. They are returned with their log-likelihoods, ``(R,)``.
    """
    x, log_prior, weights = rows
    n_starts, _, n_components = responsibilities.shape
    mixture = FlowMixture(n_starts, n_components, x.shape[-1]).to(x)
    after = x.new_full((n_starts,), -torch.inf)
    for _ in range(max_iter):
        moments = Moments.of(x.unsqueeze(0), responsibilities * weights.unsqueeze(-1))
        mixture.set_gaussians(*moments.gaussians(reg_covar=reg_covar))
        joint = mixture.joint_log_prob(x) + log_prior
        log_prob = torch.logsumexp(joint, -1)
        responsibilities = torch.exp(joint - log_prob.unsqueeze(-1))
        before, after = after, (log_prob * weights).sum(-1) / weights.sum()
        if bool((after - before < tol).all()):
            break
    return mixture, after


def tie_gradients(base: FlowMixture, covariance_type: str) -> None:
    """Keep a Gaussian mixture within its covariance type while gradients move it.

    Parameters that must stay equal receive the mean of their gradients, those that must stay
    zero receive none.
    """
    n_starts, n_components = base.logits.shape

    def pooled(gradient: Tensor) -> Tensor:
        mean = gradient.unflatten(0, (n_starts, n_components)).mean(1)
        return mean.repeat_interleave(n_components, 0)

    if covariance_type == "tied":
        base.affine.lower.register_hook(pooled)
        base.affine.log_diagonal.register_hook(pooled)
    if covariance_type in ("diag", "spherical"):
        base.affine.lower.register_hook(torch.zeros_like)
    if covariance_type == "spherical":
        base.affine.log_diagonal.register_hook(
            lambda gradient: gradient.mean(-1, keepdim=True).expand_as(gradient)
        )
