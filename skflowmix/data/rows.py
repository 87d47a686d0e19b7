"""Rows as tensors, with what labels and a start say of them.

Knows numpy, torch, collectives, problems and gaps.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from skflowmix.collective import ALONE, Collective
from skflowmix.data.problem import Problem
from skflowmix.incomplete import Gaps

MAX_LOG_PRIOR = 5.75
"""Nats a feature by which a start may prefer one component to another: no start is beyond doubt.
Components differ by more nats where there are more features, so the bound grows with them."""
SHRINKAGE = 0.3
"""Share of the pooled covariance in that of each class, where there are labels: what a few labels
say of other rows is not all right, and what is wrong with one class is mostly in another. Set by
the accuracy with ten labels a class on five of the tables in ``benchmarks/few_labels``."""


@dataclass(frozen=True)
class Rows:
    """Rows as tensors, on the device and in the precision of training.

    Attributes
    ----------
    x : Tensor of shape (n, d)
        Standardised rows, levels of categories behind the numbers.
    log_mask : Tensor of shape (n, K)
        Very negative where a label excludes a component, else 0.
    weights : Tensor of shape (n,) or (R, n)
        Sample weights, with mean 1. Each start may have its own: 0 for a row that is not its.
    start : Tensor of shape (R, n, M)
        Responsibilities of all modes that the starts propose.
    guard : Tensor of shape (R, n, K) or None
        Log p(x, k) under the guard of a mixture in training, which never changes; None where it
        is worked out anew each time.
    together : Collective, default=ALONE
        Processes whose rows means are taken over; each has some of them.
    gaps : Gaps or None
        What is missing from the rows, where ``x`` has draws; None of rows that are whole, and of
        batches and chunks, which are taken as they are filled.
    """

    x: Tensor
    log_mask: Tensor
    weights: Tensor
    start: Tensor
    guard: Tensor | None = None
    together: Collective = ALONE
    gaps: Gaps | None = None

    @classmethod
    def of(
        cls,
        problem: Problem,
        start: np.ndarray,
        device: torch.device,
        noise: np.ndarray | float = 0.0,
        together: Collective = ALONE,
        gaps: Gaps | None = None,
    ) -> "Rows":
        """Make tensors of the rows of a problem with their responsibilities ``(R, n, M)``.

        Noise ``(n, p)`` is added to the numbers of the rows.
        """
        table = problem.beside_levels(problem.rows + noise)
        arrays = (table, problem.log_mask, problem.sample_weight, start)
        x, mask, weights, groups = (
            torch.as_tensor(a, dtype=torch.float32, device=device) for a in arrays
        )
        own = None if gaps is None else gaps.to(device)
        return cls(x, mask, weights, groups, together=together, gaps=own)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def shrinkage(self) -> float:
        """Share that the pooled covariance has in those of the components."""
        return SHRINKAGE if self.has_labels else 0.0

    @property
    def has_labels(self) -> bool:
        """Whether the label of any row excludes a component."""
        return self.together.any(bool(self.log_mask.any()))

    @property
    def n_total(self) -> int:
        """How many rows all processes have."""
        return self.together.added(len(self))

    @property
    def alone(self) -> "Rows":
        """The rows of this process, as if there were no others."""
        return replace(self, together=ALONE)

    @property
    def labelled(self) -> "Rows":
        """The rows whose label excludes a component."""
        return self.take(self.log_mask.any(-1).nonzero()[:, 0])

    @property
    def groups(self) -> Tensor:
        """Responsibilities of the components that the starts propose, ``(R, n, K)``."""
        n_components = self.log_mask.shape[-1]
        if self.start.shape[-1] == n_components:  # every batch asks
            return self.start
        return self.start.unflatten(-1, (n_components, -1)).sum(-1)

    def take(self, index: Tensor | slice) -> "Rows":
        """Return some of the rows of this process; means are of these alone."""
        weights = self.weights[..., index]
        guard = None if self.guard is None else self.guard.mT[..., index].mT
        return Rows(self.x[index], self.log_mask[index], weights, self.start[:, index], guard)

    def of_starts(self, starts: list[int] | np.ndarray) -> "Rows":
        """Return the rows with some of the starts only."""
        which = torch.as_tensor(starts)
        weights = self.weights if self.weights.ndim == 1 else self.weights[which]
        guard = None if self.guard is None else self.guard[which]
        return replace(self, start=self.start[which], weights=weights, guard=guard)

    def chunks(self, size: int) -> Iterator["Rows"]:
        """Return all rows in turn, ``size`` at a time; one empty part if there are none."""
        return (self.take(slice(i, i + size)) for i in range(0, max(len(self), 1), size))

    def split(self, held: np.ndarray) -> tuple["Rows", "Rows"]:
        """Rows outside of the mask ``held (H, n)`` and rows in it; all rows twice if it is empty.

        H is 1 where all starts hold out the same rows. Else it is R, and a row that is not in
        the part of a start has weight zero there.
        """
        if not self.together.any(bool(held.any())):
            return self, self
        return self._part(~held), self._part(held)

    def _part(self, mask: np.ndarray) -> "Rows":
        """Return the rows that a mask ``(H, n)`` has for any start, weighted by it."""
        some = np.flatnonzero(mask.any(0))
        part = self.take(torch.from_numpy(some))
        weights = part.weights
        if len(mask) > 1:
            weights = weights * torch.from_numpy(mask[:, some]).to(weights)
        mean = self.together.mean(weights).unsqueeze(-1)
        gaps = None if self.gaps is None else self.gaps.take(torch.from_numpy(some))
        return replace(part, weights=weights / mean, together=self.together, gaps=gaps)

    def log_prior(self, prior_weight: float | Tensor) -> Tensor:
        """Return the log-prior of each row over the components, unnormalised, ``(R, n, K)``.

        Labels hold at any time. What the start proposes counts fully at a ``prior_weight`` of 1
        and no more at 0.
        """
        least, groups = -MAX_LOG_PRIOR * self.x.shape[-1], self.groups
        tiny = torch.finfo(groups.dtype).tiny
        logs = groups.clamp(min=tiny).log()  # that of zero takes 40 times as long
        return self.log_mask + prior_weight * logs.masked_fill_(groups < tiny, least).clamp_(least)

    def mean(self, values: Tensor) -> Tensor:
        """Return the weighted mean over the rows of ``values (R, n)``."""
        return self.together.mean(values * self.weights)
