"""Tables of categories, set in closed form. Uses torch, mixtures and rows."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from skflowmix.data.rows import Rows
from skflowmix.families.base import Family, Model

TABLE_ROWS = 25_000
"""Rows that a step looks at; of more, every epoch takes others in turn."""


def set_start_tables(model: Model, family: Family, rows: Rows) -> None:
    """Have tables, where there are any, be those of the responsibilities that starts propose."""
    if family.architecture.n_levels:
        _set_tables(model, family, rows, lambda part: part.start)


def table_step(model: Model, family: Family, rows: Rows) -> Callable[[float], None]:
    """Return what sets the tables by a step of EM after an epoch, given the progress."""
    if not family.architecture.n_levels:
        return lambda progress: None
    stride = -(-len(rows) // TABLE_ROWS)
    firsts = itertools.cycle(range(stride))

    def step(progress: float) -> None:
        some = rows.take(slice(next(firsts), None, stride))
        _set_tables(
            model,
            family,
            some,
            lambda part: model.mixture.shares(part.x, part.log_prior(1 - progress)),
        )

    return step


@torch.no_grad()
def _set_tables(
    model: Model, family: Family, rows: Rows, shares: Callable[[Rows], Tensor]
) -> None:
    """Set the tables by shares ``(R, n, M)`` of the modes in rows."""
    counts = [
        model.mixture.counts(part.x, shares(part) * part.weights.unsqueeze(-1))
        for part in family.chunks(rows)
    ]
    model.mixture.set_tables(torch.stack(counts).sum(0))
