"""A flow in front of a Gaussian mixture. Uses torch only."""

import torch
from torch import Generator, Tensor

from skflowmix.flows import Bijection, Stretch, n_free_parameters
from skflowmix.mixtures.base import Mixture
from skflowmix.mixtures.exponentials import exp, logsumexp
from skflowmix.mixtures.flow import FlowMixture
from skflowmix.mixtures.moments import COVARIANCE_TYPES


class LatentMixture(Mixture):
    """R flows, each with a Gaussian mixture of K components on its latent space.

    Parameters
    ----------
    flow : Bijection
        A stack of R maps.
    base : FlowMixture
        R Gaussian mixtures on the latent space.
    covariance_type : {"full", "tied", "diag", "spherical"}, default="full"
        What the covariances of the base may be, in closed-form steps.
    stretch : Stretch, optional
        What comes before the flows.
    """

    def __init__(
        self,
        flow: Bijection,
        base: FlowMixture,
        covariance_type: str = "full",
        stretch: Stretch | None = None,
    ) -> None:
        super().__init__()
        self.flow = flow
        self.base = base
        self.covariance_type = covariance_type
        self.stretch = stretch

    @property
    def log_weights(self) -> Tensor:
        """Log weights of the modes, ``(R, M)``."""
        return self.base.log_weights

    @property
    def component_log_weights(self) -> Tensor:
        """Log weights of the components, ``(R, K)``."""
        return self.base.component_log_weights

    @property
    def n_free_parameters(self) -> int:
        """How many numbers are free: weights but one, means, covariances of a type, the flow."""
        n_modes, n_features = self.base.logits.shape[1], self.base.affine.bias.shape[-1]
        n_covariances = COVARIANCE_TYPES[self.covariance_type].n_parameters(n_modes, n_features)
        return n_modes - 1 + n_modes * n_features + n_covariances + n_free_parameters(self.flow)

    def latents(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``x (n, d)`` to latents ``(R, n, d)`` with log-dets ``(R, n)``."""
        n_starts = self.base.logits.shape[0]
        if self.stretch is None:
            return self.flow(x.expand(n_starts, *x.shape))
        x, constant = self.stretch(x)
        z, log_det = self.flow(x.expand(n_starts, *x.shape))
        return z, log_det + constant

    def mode_joint(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return latents ``(R, n, d)`` and joint log-probabilities with modes, ``(R, n, M)``."""
        z, log_det = self.latents(x)
        return z, self.base.mode_log_prob(z) + log_det.unsqueeze(-1)

    def joint_log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x, k), ``(R, n, K)``, of ``x (n, d)``."""
        z, log_det = self.latents(x)
        return self.base.joint_log_prob(z) + log_det.unsqueeze(-1)

    def responsibilities(self, x: Tensor, log_prior: Tensor) -> tuple[Tensor, Tensor]:
        """Return latents ``(R, n, d)`` and the modes' shares of each row, ``(R, n, M)``.

        The ``log_prior (n, K)`` or ``(R, n, K)`` of each row counts beside the weights.
        """
        z, own = self.mode_joint(x)
        return z, self.shares(own, self.base.by_component(own), log_prior)

    def shares(self, own: Tensor, joint: Tensor, log_prior: Tensor) -> Tensor:
        """Shares ``(R, n, M)`` that modes have in a density, ``own (R, n, M)`` being their part.

        The density is ``joint (R, n, K)``, of which the modes may be less than all.
        """
        total = logsumexp(joint + log_prior, -1, keepdim=True)
        return exp(own + log_prior.repeat_interleave(self.base.n_modes, -1) - total)

    def set_gaussians(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        """Become Gaussians on the data, see `Mixture.set_gaussians`."""
        if self.stretch is not None:
            matrix = self.stretch.matrix.to(means)
            means, covariances = means @ matrix, matrix @ covariances @ matrix
        self.base.set_gaussians(weights, means, covariances)

    def stretched_ridge(self, reg_covar: float, like: Tensor) -> float | Tensor:
        """What adding ``reg_covar`` to variances of the data adds to covariances of latents."""
        if self.stretch is None:
            return reg_covar
        matrix = self.stretch.matrix.to(like)
        return reg_covar * matrix @ matrix

    def encode(self, x: Tensor) -> Tensor:
        """Map rows ``x (n, d)`` to latents, the same under every component, ``(R, n, K, d)``."""
        return self._for_all(self.latents(x)[0])

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``z (n, d)`` to rows, the same for every component, ``(R, n, K, d)``."""
        return self._for_all(self._undo(z.expand(len(self.base.logits), *z.shape)))

    def mode_draws(self, z: Tensor) -> Tensor:
        """Map draws ``z (n, d)`` of a standard normal to draws of every mode ``(R, M, n, d)``."""
        latents = self.base.mode_draws(z)
        return torch.stack([self._undo(own) for own in latents.unbind(1)], 1)

    def _for_all(self, rows: Tensor) -> Tensor:
        """Repeat ``(R, n, d)`` for every component."""
        n_components = self.base.logits.shape[1] // self.base.n_modes
        return rows.unsqueeze(2).expand(-1, -1, n_components, -1)

    def _undo(self, z: Tensor) -> Tensor:
        """Map latents ``(R, n, d)`` back to data."""
        x = self.flow.inverse(z)[0]
        return x if self.stretch is None else self.stretch.inverse(x)[0]

    @torch.no_grad()
    def sample(
        self, n_samples: int, generator: Generator, component: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw rows ``(n, d)`` and their components ``(n,)``, see `Mixture.sample`."""
        z, components = self.base.sample(n_samples, generator, component)
        return self._undo(z.unsqueeze(0))[0], components
