"""A mixture kept within a known distance of the one it started from. Uses torch only."""

import torch
from torch import Generator, Tensor, nn

from skflowmix.mixtures.flow import FlowMixture, LatentMixture

INITIAL_EXCESS = 0.05
"""Weight of the guard above its floor when training begins; gradients lower or raise it."""


class DefendedMixture(nn.Module):
    r"""A mixture with a guard: the Gaussian mixture of the start, at a small learned weight.

    .. math:: p(x, k) = (1 - w)\, p_{model}(x, k) + w\, p_{guard}(x, k), \quad w > w_{min}

    Component k of the guard belongs to component k of the model, so there are still K columns
    and no row scores lower than :math:`\log w_{min}` below the start. Flows extrapolate without
    limit; the guard does not.

    Parameters
    ----------
    model : FlowMixture or LatentMixture
        The mixture to defend.
    guard : FlowMixture
        Gaussian mixtures on the data space, which training leaves as they are.
    floor : float
        Smallest weight of the guard, in (0, 1).

    References
    ----------
    Hesterberg (1995), Weighted average importance sampling and defensive mixture distributions.
    """

    floor: Tensor

    def __init__(
        self, model: FlowMixture | LatentMixture, guard: FlowMixture, floor: float
    ) -> None:
        super().__init__()
        self.model = model
        self.guard = guard.requires_grad_(False)
        n_starts = guard.logits.shape[0]
        self.excess = nn.Parameter(torch.full((n_starts, 1), INITIAL_EXCESS).logit())
        self.register_buffer("floor", torch.tensor(floor))

    @property
    def guard_weight(self) -> Tensor:
        """Weight w of the guard, ``(R, 1)``."""
        return self.floor + (1 - self.floor) * self.excess.sigmoid()

    @property
    def log_weights(self) -> Tensor:
        """Log weights of the modes, guards included, ``(R, M)``."""
        return self.mix(self.model.log_weights, self.guard.log_weights)

    def mix(self, of_model: Tensor, of_guard: Tensor) -> Tensor:
        """Mix log-probabilities ``(R, ...)`` of the model and of the guard."""
        shape = (-1,) + (1,) * (of_model.ndim - 1)
        weight = self.guard_weight.view(shape)
        return torch.logaddexp(torch.log1p(-weight) + of_model, weight.log() + of_guard)

    def joint_log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x, k), ``(R, n, K)``, of ``x (n, d)``."""
        return self.mix(self.model.joint_log_prob(x), self.guard.joint_log_prob(x))

    @torch.no_grad()
    def sample(self, n_samples: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Draw rows ``(n, d)`` and their components ``(n,)``; for a model of one start."""
        weight = self.guard_weight.view(1).expand(n_samples)
        n_guard = int(torch.bernoulli(weight, generator=generator).sum())
        parts = (
            self.model.sample(n_samples - n_guard, generator),
            self.guard.sample(n_guard, generator),
        )
        x, component = (torch.cat(pair) for pair in zip(*parts, strict=True))
        return x, component


Mixture = DefendedMixture | FlowMixture | LatentMixture
"""Whatever has K columns of joint log-probabilities and can be sampled from."""


def undefended(mixture: Mixture) -> FlowMixture | LatentMixture:
    """Return the mixture behind a guard, or the mixture itself if it has none."""
    return mixture.model if isinstance(mixture, DefendedMixture) else mixture


def set_gaussians(mixture: Mixture, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
    """Make a mixture these Gaussians, and its guard too; its flows must be the identity."""
    model = undefended(mixture)
    if isinstance(model, LatentMixture):
        model.set_gaussians(weights, *model.stretched(means, covariances))
    else:
        model.set_gaussians(weights, means, covariances)
    if isinstance(mixture, DefendedMixture):
        mixture.guard.set_gaussians(weights, means, covariances)
