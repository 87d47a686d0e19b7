"""R mixtures averaged to one. Uses torch only."""

import copy
import math
from typing import Any

import torch
from torch import Generator, Tensor, nn

from skflowmix.flows import thaw
from skflowmix.mixtures.base import Mixture


class AverageMixture(Mixture):
    r"""The average of R mixtures that began as the same Gaussians.

    .. math:: p(x, k) = \frac{1}{R} \sum_r p_r(x, k)

    Their components belong together, so there are still K columns. By Jensen's inequality the
    log-density of the average is nowhere below the mean of theirs.

    It is made of mixtures that have been trained.

    Parameters
    ----------
    members : Mixture
        R mixtures side by side.

    References
    ----------
    Uria, Murray and Larochelle (2014), A deep and tractable density estimator, section 4.2, for
    averages over orders of the columns; Krogh and Vedelsby (1995), Neural network ensembles,
    cross validation, and active learning, for members that hold out other rows.
    """

    def __init__(self, members: Mixture) -> None:
        super().__init__()
        self.members: Any = members

    @property
    def undefended(self) -> Mixture:
        """The members' own mixtures without their guards, of which the first maps to latents."""
        return self.members.undefended

    @property
    def log_weights(self) -> Tensor:
        """Log weights of the modes, ``(1, M)``."""
        return log_mean(self.members.log_weights)

    @property
    def component_log_weights(self) -> Tensor:
        """Log weights of the components, ``(1, K)``."""
        return log_mean(self.members.component_log_weights)

    @property
    def n_free_parameters(self) -> int:
        """How many numbers of all members are free."""
        return len(self.members.log_weights) * self.members.n_free_parameters

    def joint_log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x, k), ``(1, n, K)``, of ``x (n, d)``."""
        return log_mean(self.members.joint_log_prob(x))

    def set_gaussians(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        """Have all members become the same Gaussians."""
        n_members = len(self.members.log_weights)
        own = (weights, means, covariances)
        self.members.set_gaussians(*(each.expand(n_members, *each.shape[1:]) for each in own))

    def encode(self, x: Tensor) -> Tensor:
        """Map rows ``x (n, d)`` to latents of the first member, ``(1, n, K, d)``."""
        return self.members.encode(x)[:1]

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``z (n, d)`` of the first member to rows, ``(1, n, K, d)``."""
        return self.members.decode(z)[:1]

    def with_levels(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Fill the levels of categories that are missing from rows."""
        return self.members.with_levels(x, generator)

    @torch.no_grad()
    def sample(
        self, n_samples: int, generator: Generator, component: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw rows ``(n, d)`` and their components ``(n,)``, see `Mixture.sample`."""
        n_members = len(self.members.log_weights)
        which = self._sample_members(n_samples, generator, component)
        counts = torch.bincount(which, minlength=n_members).tolist()
        parts = [
            self._member(r).sample(count, generator, component) for r, count in enumerate(counts)
        ]
        x, components = (torch.cat(pair) for pair in zip(*parts, strict=True))
        return x, components

    def _sample_members(
        self, n_samples: int, generator: Generator, component: int | None
    ) -> Tensor:
        """Draw members ``(n,)``, by their shares of a component where one is asked for."""
        n_members = len(self.members.log_weights)
        if component is None:
            return torch.randint(n_members, (n_samples,), generator=generator)
        shares = self.members.component_log_weights[:, component].softmax(0)
        drawn = shares.multinomial(max(n_samples, 1), replacement=True, generator=generator)
        return drawn[:n_samples]  # torch draws one at least

    def _member(self, number: int) -> Mixture:
        """Return one of the members by itself."""
        n_members, alone = len(self.members.log_weights), copy.deepcopy(self.members)
        thaw(alone)
        for parameter in alone.parameters():
            parameter.data = parameter.data.unflatten(0, (n_members, -1))[number]
        return alone


class AveragePosterior(nn.Module):
    """The average of R networks q(k given x).

    Parameters
    ----------
    members : PosteriorNetwork
    """

    def __init__(self, members: nn.Module) -> None:
        super().__init__()
        self.members = members

    def forward(self, x: Tensor) -> Tensor:
        """Return log q(k given x), ``(1, n, K)``, at rows ``x (n, d)``."""
        return log_mean(self.members(x).log_softmax(-1))


def log_mean(log_values: Tensor) -> Tensor:
    """Return the log of the mean over the first axis, which stays with length 1."""
    return log_values.logsumexp(0, keepdim=True) - math.log(len(log_values))
