"""Draws of what is missing from rows, by a Gaussian mixture. Uses torch and scipy only."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import torch
from scipy.stats import qmc
from torch import Tensor

from skflowmix.incomplete.gaussians import Conditionals, Gaussians

Points = Callable[[int, int], Tensor]
"""``points(g, m)`` returns numbers ``(S, g or 1, 1 + m)``, uniform inside (0, 1), for g rows of
which m values are missing."""
INSIDE = 1e-12
"""How near to 0 and 1 such numbers may come."""


@dataclass(frozen=True)
class Draws:
    """Rows whose missing values were drawn from a proposal.

    Attributes
    ----------
    rows : Tensor of shape (g,)
        Numbers of the rows.
    x : Tensor of shape (S, g, d)
        The rows with what was drawn.
    log_q : Tensor of shape (S, g)
        Log-density of whole rows under the proposal.
    log_present : Tensor of shape (g,)
        Log-density of what is there.
    """

    rows: Tensor
    x: Tensor
    log_q: Tensor
    log_present: Tensor

    @classmethod
    def joined(cls, parts: Iterable["Draws"]) -> "Draws":
        """Put draws of several groups of rows side by side."""
        parts = list(parts)
        return cls(
            torch.cat([part.rows for part in parts]),
            torch.cat([part.x for part in parts], 1),
            torch.cat([part.log_q for part in parts], 1),
            torch.cat([part.log_present for part in parts]),
        )

    def evaluated(self, values: Callable[[Tensor, Tensor], Tensor], like: Tensor) -> Tensor:
        """Return ``values(x, rows)``, ``(..., N)`` of N rows, of all draws: ``(..., S, g)``."""
        x = self.x.flatten(0, 1).to(like)
        return values(x, self.rows.repeat(len(self.x))).unflatten(-1, self.log_q.shape)

    def of(self, chosen: Tensor) -> Tensor:
        """Return draws of each row by their numbers ``(T, g)``: ``(T, g, d)``."""
        return self.x[chosen, torch.arange(chosen.shape[1], device=chosen.device)]

    @property
    def log_density(self) -> Tensor:
        """Log-density of what was drawn given what is there, ``(S, g)``."""
        return self.log_q - self.log_present


def draw(proposal: Gaussians, x: Tensor, points: Points) -> Iterator[Draws]:
    """Draw what is missing from rows ``(n, d)``, group by group; whole rows are left out."""
    for each in proposal.given(x):
        if each.columns.shape[1]:
            yield _drawn(proposal, x, each, points)


def _drawn(proposal: Gaussians, x: Tensor, each: Conditionals, points: Points) -> Draws:
    n_rows, n_missing = each.columns.shape
    uniform = points(n_rows, n_missing).to(x).expand(-1, n_rows, -1)  # (S, g, 1 + m)
    values = each.draw(uniform[..., 0], torch.special.ndtri(uniform[..., 1:]))
    whole = x[each.rows].expand(len(values), -1, -1)
    whole = whole.scatter(2, each.columns.expand(len(values), -1, -1), values)
    log_q = proposal.log_prob(whole.flatten(0, 1)).view(whole.shape[:2])
    return Draws(each.rows, whole, log_q, each.log_joint.logsumexp(-1))


@cache
def sobol_points(n_draws: int, n_columns: int) -> Tensor:
    """Return points ``(S, 1, 1 + m)`` that fill the cube evenly, always the same."""
    points = qmc.Sobol(1 + n_columns, seed=0).random(n_draws)
    return torch.from_numpy(points).clamp(INSIDE, 1 - INSIDE).unsqueeze(1)


def random_points(n_draws: int, generator: torch.Generator) -> Points:
    """Return what draws points ``(S, g, 1 + m)``, others for every row."""

    def points(n_rows: int, n_columns: int) -> Tensor:
        shape = (n_draws, n_rows, 1 + n_columns)
        uniform = torch.rand(shape, generator=generator, dtype=torch.float64)
        return uniform.clamp(INSIDE, 1 - INSIDE)

    return points
