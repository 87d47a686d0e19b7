"""Models of starts, and what trains them side by side."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Generator, Tensor

from skflowmix.data.rows import Rows
from skflowmix.families import Family, Model, set_start_tables, table_step
from skflowmix.families.architecture import unless_auto
from skflowmix.families.losses import log_likelihood
from skflowmix.fitting.proposals import Split
from skflowmix.fitting.task import Task
from skflowmix.flows import decaying_parameters
from skflowmix.mixtures import Moments
from skflowmix.training import Objective, Settings, ShardedTrainer, Trainer

GUARD_WORK = 10_000
"""Products for a row under the guard from which on they are worked out once. Five components of 8
columns, which have 320, gain nothing, and products of other shapes are rounded otherwise."""
GUARD_NUMBERS = 2**26
"""Most log-probabilities under the guard that are kept while training: 256 megabytes."""


def start_models(
    family: Family, moments: Moments, rows: Rows, reg_covar: float, generator: Generator
) -> Model:
    """Return the models before their first step: Gaussian mixtures of the starts' moments."""
    model = family.build(len(moments.counts), generator).to(rows.x.device)
    kind = family.architecture.covariance_type
    model.mixture.set_gaussians(*moments.gaussians(kind, reg_covar, rows.shrinkage))
    set_start_tables(model, family, rows)
    return model


@torch.no_grad()
def masked_log_prob(model: Model, family: Family, rows: Rows) -> Tensor:
    """Return log p(x) of each row, or log p(x, y) if it has a label, ``(R, n)``.

    What is missing from a row is integrated out.
    """

    def log_prob(part: Rows) -> Tensor:
        return log_likelihood(model.joint_log_prob(part), part.log_mask)

    return over_gaps(log_prob, family, rows)


def over_gaps(function: Callable[[Rows], Tensor], family: Family, rows: Rows) -> Tensor:
    """Return ``function(part)``, logs ``(R, n)``, of all rows, integrated over their gaps."""
    if rows.gaps is None:
        return family.over_chunks(function, rows, -1)

    def of_filled(x: Tensor, numbers: Tensor) -> Tensor:
        return family.over_chunks(function, replace(rows.take(numbers), x=x), -1)

    return rows.gaps.integrated(of_filled, rows.x)


@torch.no_grad()
def refill(model: Model, family: Family, rows: Rows, generator: Generator) -> None:
    """Fill the gaps of rows by draws from a model, the average where there are several."""
    if rows.gaps is None:
        return

    def log_prob(x: Tensor, numbers: Tensor) -> Tensor:
        whole = replace(rows.take(numbers), x=x)
        return masked_log_prob(model, family, whole).logsumexp(0)

    rows.gaps.refill(rows.x, log_prob, generator)


@torch.no_grad()
def mean_bound(model: Model, family: Family, rows: Rows) -> Tensor:
    """Return the weighted mean of the family's bound over rows, ``(R,)``."""
    return rows.mean(over_gaps(lambda part: family.bound(model, part), family, rows))


@torch.no_grad()
def with_guard(rows: Rows, model: Model, family: Family) -> Rows:
    """Return rows that know their log-probabilities under the guard of a model, if it has one.

    Training does not move the guard. It is asked each time where that takes little, or where
    what it says would fill too much memory.
    """
    built, n_numbers = family.architecture, rows.start.shape[0] * rows.log_mask.numel()
    work = built.n_components * built.n_modes * built.n_features**2
    is_cheap = work < GUARD_WORK or n_numbers > GUARD_NUMBERS
    if not built.defensive_weight or is_cheap or rows.gaps is not None or built.n_levels:
        return rows
    mixture = model.mixture
    guard = family.over_chunks(lambda part: mixture.guard.joint_log_prob(part.x), rows, 1)
    return replace(rows, guard=guard)


def trainer_for(model: Model, task: Task, split: Split) -> Trainer:
    """Return what trains the models for the family's loss, and stops by the held-out rows."""
    family = task.family
    rows = with_guard(split.training, model, family)
    held = rows if split.held is split.training else with_guard(split.held, model, family)
    steps = (
        family.closed_form_step(model, rows, task.options.reg_covar),
        table_step(model, family, rows),
    )

    def after_epoch(progress: float) -> None:
        refill(model, family, rows, task.generator)
        for step in steps:
            step(progress)

    objective = Objective(
        model.mixture,
        lambda index, progress: family.loss(model, rows.take(index), progress),
        lambda: held.mean(masked_log_prob(model, family, held)),
        after_epoch,
        decaying_parameters(model),
    )
    return trainer_of(model, objective, settings(task), rows, task.generator)


def trainer_of(
    model: Model, objective: Objective, how: Settings, rows: Rows, generator: Generator
) -> Trainer:
    """Return what trains on rows, which may be some of those of several processes."""
    if rows.together.n_processes == 1:
        return Trainer(model, objective, how, len(rows), generator)
    return ShardedTrainer(model, objective, how, len(rows), generator, rows.together)


def settings(task: Task) -> Settings:
    """Return how to train."""
    options = task.options
    return Settings(
        task.max_iter,
        task.batch_rows,
        unless_auto(options.learning_rate_init, task.family.learning_rate),
        options.weight_decay,
        options.tol,
        task.n_iter_no_change,
    )
