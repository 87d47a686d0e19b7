"""Densities of what is there, and of what is missing given it, by importance sampling.

Uses torch only. A Gaussian mixture proposes what is missing. Draws of a row depend on which of its
values are missing and on nothing else, so a row scores the same whatever rows stand beside it.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from skflowmix.incomplete.draws import Draws, Points, draw, random_points, sobol_points
from skflowmix.incomplete.em import conditional_means
from skflowmix.incomplete.gaussians import Gaussians, pick

Joint = Callable[[Tensor], Tensor]
"""Log p(x, k) ``(n, K)`` of whole rows ``(n, d)``."""
LEAST_EFFECTIVE = 8.0
"""Effective number of draws of a row below which more are taken."""
MORE, MOST_DRAWS = 4, 4_096
"""How many times as many are then taken, and the most."""
OVERSAMPLING, LEAST_PROPOSED = 4, 256
"""How many proposals there are for each draw from the conditional, and the least of them all."""
ENOUGH_EFFECTIVE, ROUNDS = 2_500, 3
"""Effective number of proposals from which on many draws are as good as exact ones: these too are
.01 off in Kolmogorov distance if they are so many. And how often there are `MORE` of them."""


def _evenly(n_draws: int) -> Points:
    """What fills the space of what is missing evenly, in the same way for all rows."""
    return lambda n_rows, n_columns: sobol_points(n_draws, n_columns)


@dataclass(frozen=True)
class Importance:
    """A density of which what is missing was integrated out.

    Attributes
    ----------
    joint : Tensor of shape (n, K)
        Log p(what is there, k).
    effective : Tensor of shape (n,)
        Effective number of draws, by Kong (1992); infinite where nothing was missing.
    standard_error : Tensor of shape (n,)
        Of log p(what is there), were the draws independent; they fill the space more evenly, so
        that the error is less.
    """

    joint: Tensor
    effective: Tensor
    standard_error: Tensor

    @classmethod
    def exact(cls, joint: Tensor) -> "Importance":
        """What needs no draws."""
        none = joint.new_zeros(len(joint))
        return cls(joint, torch.full_like(none, torch.inf), none)


@dataclass(frozen=True)
class Sampler:
    """A density of whole rows, and how it is integrated over what is missing.

    Attributes
    ----------
    joint : callable
        Log p(x, k) ``(n, K)`` of whole rows ``(n, d)``.
    proposal : Gaussians
        Proposes what is missing.
    n_draws : int
        Draws of each row.
    chunk : int
        Rows that the density is asked for at a time.
    component : Tensor of shape (M,) or None
        Component of each Gaussian of the proposal, where that is the density itself.
    """

    joint: Joint
    proposal: Gaussians
    n_draws: int
    chunk: int
    component: Tensor | None = None

    def integrated(self, x: Tensor) -> Importance:
        """Integrate over what is missing from rows ``(n, d)``, by more draws where few count."""
        incomplete = x[:, : self.proposal.n_columns].isnan().any(-1)
        whole = self.joint(x[~incomplete])
        joint = whole.new_empty(len(x), whole.shape[-1])
        joint[~incomplete] = whole
        found = Importance.exact(joint)
        left, n_draws = incomplete.nonzero()[:, 0], self.n_draws
        if self.component is not None:
            joint[left] = self._in_closed_form(x[left], self.component, joint.shape[-1])
            return found
        while len(left):
            for rows, draws in self._drawn(x[left], n_draws, _evenly(n_draws)):
                own = self._log_importance(draws)  # (S, g, K)
                shares = own.logsumexp(-1).softmax(0)  # (S, g)
                index = left[rows]
                joint[index] = own.logsumexp(0) - math.log(n_draws)
                effective = 1 / shares.square().sum(0)
                found.effective[index] = effective
                found.standard_error[index] = (1 / effective - 1 / n_draws).clamp(min=0).sqrt()
            n_draws *= MORE
            left = left[found.effective[left] < LEAST_EFFECTIVE]
            if n_draws > MOST_DRAWS:
                break
        return found

    def _in_closed_form(self, x: Tensor, component: Tensor, n_components: int) -> Tensor:
        """Log p(what is there, k), ``(n, K)``, of a density that is Gaussian."""
        own = self.proposal.log_joint_of_present(x)  # (n, M)
        component = component.to(own.device)
        parts = [own[:, component == k].logsumexp(-1) for k in range(n_components)]
        return torch.stack(parts, -1)

    def _drawn(self, x: Tensor, n_draws: int, points: Points) -> Iterator[tuple[Tensor, Draws]]:
        """Yield draws of some rows after the other, as many as are asked for at a time."""
        order = torch.arange(len(x), device=x.device)
        for part in order.split(max(self.chunk // n_draws, 1)):
            for draws in draw(self.proposal, x[part], points):
                yield part[draws.rows], draws

    def _log_importance(self, draws: Draws) -> Tensor:
        """Log of the density of draws over that of their proposal, ``(S, g, K)``."""
        parts = draws.x.flatten(0, 1).split(self.chunk)
        joint = torch.cat([self.joint(part) for part in parts])
        return joint.unflatten(0, draws.log_q.shape) - draws.log_density.unsqueeze(-1)

    def expected(self, x: Tensor) -> Tensor:
        """Fill rows ``(n, d)`` by the means of what is missing, given what is there."""
        if self.component is not None:
            return conditional_means(self.proposal, x)
        filled = x.clone()
        for rows, draws in self._drawn(x, self.n_draws, _evenly(self.n_draws)):
            shares = self._log_importance(draws).logsumexp(-1).softmax(0)  # (S, g)
            filled[rows] = (shares.unsqueeze(-1) * draws.x).sum(0)
        return filled.where(x.isnan(), x)

    def representatives(self, x: Tensor, n_each: int) -> Tensor:
        """Choose draws of what is missing that stand for all, ``(n_each, n, d)``; always the same.

        Those of a row do not depend on the rows beside it.
        """
        filled = x.expand(n_each, -1, -1).clone()
        even = (torch.arange(n_each).to(x) + 0.5).unsqueeze(-1) / n_each
        for rows, draws in self._drawn(x, self.n_draws, _evenly(self.n_draws)):
            importance = self._log_importance(draws).logsumexp(-1).mT  # (g, S)
            filled[:, rows] = draws.of(pick(importance, even.expand(-1, len(rows))))
        return filled

    def completions(
        self, x: Tensor, n_each: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Draw what is missing given what is there, ``(n_each, n, d)``.

        Of proposals as many are taken as are wanted, each by how much it counts. Where few count,
        there are more proposals. The effective numbers of these, ``(n,)``, are returned too.

        References
        ----------
        Rubin (1987), The calculation of posterior distributions by data augmentation: comment.
        """
        filled = x.expand(n_each, -1, -1).clone()
        effective = torch.full_like(x[:, 0], torch.inf)
        enough = min(max(n_each, LEAST_EFFECTIVE), ENOUGH_EFFECTIVE)
        n_proposed = max(OVERSAMPLING * n_each, LEAST_PROPOSED)
        left = x[:, : self.proposal.n_columns].isnan().any(-1).nonzero()[:, 0]
        for _ in range(ROUNDS):
            points = random_points(n_proposed, generator)
            for rows, draws in self._drawn(x[left], n_proposed, points):
                importance = self._log_importance(draws).logsumexp(-1).mT  # (g, S)
                chosen = _resampled(importance, n_each, generator)
                filled[:, left[rows]] = draws.of(chosen)
                effective[left[rows]] = 1 / importance.softmax(-1).square().sum(-1)
            n_proposed *= MORE
            left = left[effective[left] < enough]
        return filled, effective


def _resampled(importance: Tensor, n_each: int, generator: torch.Generator) -> Tensor:
    """Choose among draws by their log-importance ``(g, S)``: numbers ``(n_each, g)``."""
    n_rows = len(importance)
    even = torch.arange(n_each, dtype=torch.float64).unsqueeze(-1)
    shift = torch.rand(1, n_rows, generator=generator, dtype=torch.float64)
    chosen = pick(importance, ((even + shift) / n_each).to(importance))  # (n_each, g)
    shuffled = torch.rand(chosen.shape, generator=generator).argsort(0)
    return chosen.gather(0, shuffled.to(chosen.device))
