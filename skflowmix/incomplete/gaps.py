"""What is missing from the rows of a fit, and what training puts there. Uses torch only.

In training, a step of Monte Carlo EM fills each gap by a draw from the model's own conditional: of
a few proposals, one is taken by how much it counts. What stands there already is no candidate: a
flow that has learned it by heart would keep it for ever, and grow narrow around it.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from skflowmix.incomplete.draws import Draws, draw, random_points
from skflowmix.incomplete.gaussians import Gaussians, pick

CANDIDATES = 4
"""Proposals for each gap in an epoch."""
Values = Callable[[Tensor, Tensor], Tensor]
"""``values(rows, numbers)`` returns something, ``(..., m)``, of whole rows ``(m, d)``, which are
those of these numbers."""
HELD_DRAWS = 8
"""Draws by which rows that are held out are scored."""
MOST_REFILLED = 8_192
"""Rows whose gaps are filled anew in an epoch."""


@dataclass(frozen=True)
class Gaps:
    """What is missing from rows.

    Attributes
    ----------
    missing : Tensor of bool, of shape (n, d)
    gaussians : Gaussians
        Tell what is missing given what is there, in the units of the rows.
    proposal : Gaussians
        The same, widened to propose what is missing under another density.
    """

    missing: Tensor
    gaussians: Gaussians
    proposal: Gaussians

    @classmethod
    def of(cls, missing: Tensor, gaussians: Gaussians) -> "Gaps":
        """Have Gaussians tell of gaps and propose what fills them."""
        return cls(missing, gaussians, gaussians.widened())

    def take(self, index: Tensor | slice) -> "Gaps":
        """Return the gaps of some of the rows."""
        return replace(self, missing=self.missing[index])

    def completions(self, x: Tensor, n_completions: int) -> Iterator[Tensor]:
        """Yield rows ``(n, d)`` whose gaps the Gaussians have filled by draws, always the same."""
        opened, generator = self.opened(x), torch.Generator().manual_seed(0)
        for _ in range(n_completions):
            draws = Draws.joined(draw(self.gaussians, opened, random_points(1, generator)))
            yield opened.index_copy(0, draws.rows, draws.x[0])

    def to(self, device: torch.device) -> "Gaps":
        """Return the same gaps on a device."""
        like = torch.empty(0, dtype=torch.float64, device=device)
        own, proposal = self.gaussians.to(like), self.proposal.to(like)
        return Gaps(self.missing.to(device), own, proposal)

    @cached_property
    def incomplete(self) -> Tensor:
        """Numbers of the rows from which something is missing, ``(m,)``."""
        return self.missing.any(-1).nonzero()[:, 0]

    def opened(self, x: Tensor) -> Tensor:
        """Return filled rows with NaN in their gaps, in double precision.

        Columns behind those ``(n, d)`` that may have gaps stay as they are.
        """
        d, x = self.missing.shape[1], x.double()
        numbers = x[:, :d].masked_fill(self.missing, torch.nan)
        return numbers if x.shape[1] == d else torch.cat([numbers, x[:, d:]], 1)

    def draws(self, x: Tensor, n_draws: int, generator: torch.Generator) -> Draws:
        """Draw proposals for all gaps of rows ``(n, d)``."""
        return Draws.joined(draw(self.proposal, self.opened(x), random_points(n_draws, generator)))

    def fill(self, x: Tensor, generator: torch.Generator) -> None:
        """Fill the gaps of rows ``(n, d)`` by draws from the proposal, in place."""
        draws = self.draws(x, 1, generator)
        x[draws.rows] = draws.x[0].to(x)

    def integrated(self, values: Values, x: Tensor) -> Tensor:
        """Integrate a density over the gaps of rows, ``(..., n)``, by the same draws each time.

        ``values`` returns its logs.
        """
        log_values = values(x, torch.arange(len(x), device=x.device))
        if len(self.incomplete):
            draws = self._kept_draws(x)
            own = draws.evaluated(values, x) - draws.log_density  # (..., S, g)
            mean = own.logsumexp(-2) - math.log(HELD_DRAWS)
            log_values = log_values.index_copy(-1, draws.rows, mean.to(log_values))
        return log_values

    def _kept_draws(self, x: Tensor) -> Draws:
        if not self._kept:
            self._kept.append(self.draws(x, HELD_DRAWS, torch.Generator().manual_seed(0)))
        return self._kept[0]

    @cached_property
    def _kept(self) -> list[Draws]:
        return []

    def refill(self, x: Tensor, log_prob: Values, generator: torch.Generator) -> None:
        """Fill gaps of rows ``(n, d)`` by draws from a model, in place.

        ``log_prob`` returns its log-densities, ``(m,)``. Where many rows have gaps, some of them
        are filled anew.

        References
        ----------
        Wei and Tanner (1990), A Monte Carlo implementation of the EM algorithm.
        """
        some = self.incomplete
        if len(some) > MOST_REFILLED:
            some = some[torch.randperm(len(some), generator=generator)[:MOST_REFILLED]]
        if not len(some):
            return
        draws = self.take(some).draws(x[some], CANDIDATES, generator)
        draws = replace(draws, rows=some[draws.rows])
        importance = (draws.evaluated(log_prob, x) - draws.log_q).double()  # (S, g)
        uniform = torch.rand(1, len(draws.rows), generator=generator, dtype=torch.float64)
        chosen = pick(importance.mT, uniform.to(importance))  # (1, g)
        x[draws.rows] = draws.of(chosen)[0].to(x)
