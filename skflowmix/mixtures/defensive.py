"""A mixture kept within a known distance of the one it started from. Uses torch only."""

from typing import Any

import torch
from torch import Generator, Tensor, nn

from skflowmix.flows import derived
from skflowmix.mixtures.base import Mixture
from skflowmix.mixtures.exponentials import logaddexp
from skflowmix.mixtures.flow import FlowMixture
from skflowmix.mixtures.guard import Guard
from skflowmix.mixtures.latent import LatentMixture

INITIAL_EXCESS = 0.05
"""Weight of the guard above its floor when training begins; gradients lower or raise it. Set by
hand, and nothing was measured of it."""

TINY = 1e-6
"""How near to its ends a weight may come that is kept as a logit."""


class DefensiveMixture(Mixture):
    r"""A mixture with a guard: the Gaussian mixture of the start, at a small learned weight.

    .. math:: p(x, k) = (1 - w)\, p_{model}(x, k) + w\, p_{guard}(x, k), \quad w > w_{min}

    Component k of the guard belongs to component k of the model, so there are still K columns
    and no row scores lower than :math:`\log w_{min}` below the start. Flows extrapolate without
    limit; the guard does not.

    Parameters
    ----------
    model : FlowMixture or LatentMixture
        The mixture to defend.
    guard : Guard
        Gaussian mixtures on the data space, which training leaves as they are.
    floor : float
        Smallest weight of the guard, in (0, 1).

    References
    ----------
    Hesterberg (1995), Weighted average importance sampling and defensive mixture distributions.
    """

    floor: Tensor

    def __init__(self, model: FlowMixture | LatentMixture, guard: Guard, floor: float) -> None:
        super().__init__()
        self.model: Any = model
        self.guard = guard.requires_grad_(False)
        n_starts = guard.logits.shape[0]
        self.excess = nn.Parameter(torch.full((n_starts, 1), INITIAL_EXCESS).logit())
        self.register_buffer("floor", torch.tensor(floor))

    @property
    def undefended(self) -> Mixture:
        """The model behind the guard."""
        return self.model

    @property
    def untrained(self) -> Mixture:
        """The guard, which is what the model starts as."""
        return self.guard

    def take_guard_of(self, other: Mixture) -> None:
        """Take the guard of another defended mixture."""
        assert isinstance(other, DefensiveMixture)
        self.guard = other.guard

    @property
    def guard_weight(self) -> Tensor:
        """Weight w of the guard, ``(R, 1)``."""
        return self.floor + (1 - self.floor) * self.excess.sigmoid()

    @derived
    def _log_shares(self) -> tuple[Tensor, Tensor]:
        """Log weights of the model and of the guard, ``(R, 1)``."""
        weight = self.guard_weight
        return torch.log1p(-weight), weight.log()

    @torch.no_grad()
    def set_guard_weights(self, weights: Tensor) -> None:
        """Give the guard's scales ``(S,)`` these weights, which the model has the rest of.

        Its first scale, at which it is the start, keeps the floor at least.
        """
        first = weights[:1].clamp(min=float(self.floor))
        tails = weights[1:] * ((1 - first) / weights[1:].sum()).clamp(max=1)
        weights = torch.cat([first, tails])
        total = weights.sum().clamp(max=1 - TINY)
        share = (total - self.floor) / (1 - self.floor)
        self.excess.copy_(share.clamp(TINY, 1 - TINY).logit().expand_as(self.excess))
        self.guard.set_scale_weights(weights / weights.sum())

    @property
    def log_weights(self) -> Tensor:
        """Log weights of the modes, guards included, ``(R, M)``."""
        return self._mix(self.model.log_weights, self.guard.log_weights)

    @property
    def component_log_weights(self) -> Tensor:
        """Log weights of the components, guards included, ``(R, K)``."""
        return self._mix(self.model.component_log_weights, self.guard.component_log_weights)

    @property
    def n_free_parameters(self) -> int:
        """How many numbers of the model are free; the guard stays what the start is."""
        return self.model.n_free_parameters

    def _mix(self, of_model: Tensor, of_guard: Tensor) -> Tensor:
        """Mix log-probabilities ``(R, ...)`` of the model and of the guard."""
        shape = (-1,) + (1,) * (of_model.ndim - 1)
        own, guard = (log_share.view(shape) for log_share in self._log_shares)
        return logaddexp(own + of_model, guard + of_guard)

    def joint_log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x, k), ``(R, n, K)``, of ``x (n, d)``."""
        return self.joint_beside(x, self.guard.joint_log_prob(x))

    def joint_beside(self, x: Tensor, guard: Tensor) -> Tensor:
        """Return log p(x, k), ``(R, n, K)``, where that of the guard is known, ``(R, n, K)``."""
        return self._mix(self.model.joint_log_prob(x), guard)

    def joint_of_parts(self, x: Tensor) -> Tensor:
        """Return log p(x, k) under the model and each scale of the guard, ``(1 + S, R, n, K)``."""
        of_model = self.model.joint_log_prob(x).unsqueeze(0)
        return torch.cat([of_model, self.guard.joint_log_prob_at_scales(x)])

    def responsibilities(
        self, x: Tensor, log_prior: Tensor, guard: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return latents and the shares of the model's modes; the guard's share is left out.

        See `LatentMixture.responsibilities`, which the model must have. Log-probabilities under
        the ``guard (R, n, K)`` are worked out if they are not given.
        """
        z, own = self.model.mode_joint(x)
        guard = self.guard.joint_log_prob(x) if guard is None else guard
        joint = self._mix(self.model.base.by_component(own), guard)
        own = own + torch.log1p(-self.guard_weight).unsqueeze(-1)
        return z, self.model.shares(own, joint, log_prior)

    def set_gaussians(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        """Become Gaussians, the guard too, see `Mixture.set_gaussians`."""
        self.model.set_gaussians(weights, means, covariances)
        self.guard.set_gaussians(weights, means, covariances)

    def encode(self, x: Tensor) -> Tensor:
        """Map rows ``x (n, d)`` to latents of the model, ``(R, n, K, d)``."""
        return self.model.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``z (n, d)`` of the model to rows, ``(R, n, K, d)``."""
        return self.model.decode(z)

    @torch.no_grad()
    def sample(
        self, n_samples: int, generator: Generator, component: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw rows ``(n, d)`` and their components ``(n,)``, see `Mixture.sample`."""
        weight = self._guard_share(component).view(1).expand(n_samples)
        n_guard = int(torch.bernoulli(weight, generator=generator).sum())
        parts = (
            self.model.sample(n_samples - n_guard, generator, component),
            self.guard.sample(n_guard, generator, component),
        )
        x, components = (torch.cat(pair) for pair in zip(*parts, strict=True))
        return x, components

    def _guard_share(self, component: int | None) -> Tensor:
        """Share of the guard in all rows or in those of a component, ``(R, 1)``."""
        if component is None:
            return self.guard_weight
        own = [component]
        of_guard = self.guard_weight.log() + self.guard.component_log_weights[:, own]
        return (of_guard - self.component_log_weights[:, own]).exp().clamp(max=1)
