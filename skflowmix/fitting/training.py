"""Models of starts, and what trains them side by side."""

import torch
from torch import Generator, Tensor

from skflowmix.data.rows import Rows
from skflowmix.families import Family, Model
from skflowmix.families.architecture import unless_auto
from skflowmix.families.losses import log_likelihood
from skflowmix.fitting.preparation import Task
from skflowmix.fitting.proposals import Split
from skflowmix.flows import decaying_parameters
from skflowmix.mixtures import Moments
from skflowmix.training import Objective, Settings, Trainer


def start_models(
    family: Family, moments: Moments, rows: Rows, reg_covar: float, generator: Generator
) -> Model:
    """Return the models before their first step: Gaussian mixtures of the starts' moments."""
    model = family.build(len(moments.counts), generator).to(rows.x.device)
    kind = family.architecture.covariance_type
    model.mixture.set_gaussians(*moments.gaussians(kind, reg_covar, rows.shrinkage))
    return model


@torch.no_grad()
def masked_log_prob(model: Model, family: Family, rows: Rows) -> Tensor:
    """Return log p(x) of each row, or log p(x, y) if it has a label, ``(R, n)``."""

    def log_prob(part: Rows) -> Tensor:
        return log_likelihood(model.mixture.joint_log_prob(part.x), part.log_mask)

    return family.over_chunks(log_prob, rows, -1)


@torch.no_grad()
def mean_bound(model: Model, family: Family, rows: Rows) -> Tensor:
    """Return the weighted mean of the family's bound over rows, ``(R,)``."""
    return rows.mean(family.over_chunks(lambda part: family.bound(model, part), rows, -1))


def trainer_for(model: Model, task: Task, split: Split) -> Trainer:
    """Return what trains the models for the family's loss, and stops by the held-out rows."""
    family, rows, held = task.family, split.training, split.held
    objective = Objective(
        model.mixture,
        lambda index, progress: family.loss(model, rows.take(index), progress),
        lambda: held.mean(masked_log_prob(model, family, held)),
        family.closed_form_step(model, rows, task.options.reg_covar),
        decaying_parameters(model),
    )
    return Trainer(model, objective, settings(task), len(rows), task.generator)


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
