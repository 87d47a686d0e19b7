"""Whether training was worth it: a model that it did not improve is reverted to its start."""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.stats import t
from torch import Generator, Tensor

from skflowmix.data.rows import Rows
from skflowmix.families import Family, Model
from skflowmix.fitting.proposals import Candidates, Split
from skflowmix.fitting.selection import Criteria, best_start, compare
from skflowmix.fitting.stacking import weights_of_guard
from skflowmix.fitting.task import Task
from skflowmix.fitting.training import (
    masked_log_prob,
    mean_bound,
    settings,
    start_models,
    trainer_of,
)
from skflowmix.flows import decaying_parameters
from skflowmix.training import Objective

MAX_LOST_AGREEMENT = 0.05
"""Where labels name components, or values are missing, training may cost this share of the
held-out rows on which the density and its start agree. By hand. With ten labels a class it reverts
one that moved from its classes (``dry_bean``, .90 to .62 of the rows right by the density alone),
and none of those that only gained in density. Where values are missing, a flow that fills gaps by
itself can come to one group (``breast_cancer`` with 20% missing, adjusted Rand index .70 to
.06)."""
POSTERIOR_EPOCHS = 10
"""Epochs in which q learns the posterior of a model that was reverted to its start."""
CHANCE = 100
"""In one of how many fits a flow may be kept that has gained nothing."""


@dataclass(frozen=True)
class Evaluation:
    """What R models are worth, to compare them before and after training.

    Attributes
    ----------
    log_prob : Tensor of shape (R, n)
        Of the rows that were held out.
    weights : Tensor of shape (n,) or (R, n)
        Of these rows, with mean 1; 0 for a row that is not held out from a model.
    agreement : Tensor of shape (R,)
        Share of these rows that the model decides as its start does; 1 of whole rows without
        labels.
    """

    log_prob: Tensor
    weights: Tensor
    agreement: Tensor

    @property
    def score(self) -> Tensor:
        """Mean log-probability of each model, ``(R,)``, in nats."""
        return (self.log_prob * self.weights).mean(-1)

    def differs_from(self, other: "Evaluation") -> np.ndarray:
        """Whether any row scores otherwise under each model, ``(R,)``."""
        return (self.log_prob != other.log_prob).any(-1).cpu().numpy()

    def improves_on(self, before: "Evaluation", starts: list[int]) -> bool:
        """Whether training has gained in density by more than chance, and kept the classes.

        A density of many features can gain from what has nothing to do with classes.
        """
        gain, weights = self.of_held_rows(self.log_prob - before.log_prob, starts)
        mean = (gain * weights).mean()
        is_gain = len(gain) > 1 and bool(mean > least_gain(gain, weights))
        lost = float((before.agreement - self.agreement)[starts].mean())
        return is_gain and lost <= MAX_LOST_AGREEMENT

    def of_held_rows(self, values: Tensor, starts: list[int]) -> tuple[Tensor, Tensor]:
        """Return values ``(R, n)`` and weights of some models where they hold rows out, ``(m,)``.

        The weights have mean 1.
        """
        weights = self.weights.expand_as(values)[starts].flatten()
        held = weights > 0
        return values[starts].flatten()[held], weights[held] / weights[held].mean()

    def of_start(self, start: int) -> "Evaluation":
        """Return the evaluation of one of the R models."""
        own = slice(start, start + 1)
        return Evaluation(self.log_prob[own], self.weights, self.agreement[own])


def least_gain(gain: Tensor, weights: Tensor) -> Tensor:
    """Return the mean gain of rows ``(n,)`` that chance reaches in one of `CHANCE` fits.

    Of few rows, whose deviation is not known well, it is by far more.
    """
    return t.isf(1 / CHANCE, len(gain) - 1) * standard_error(gain, weights)


def standard_error(values: Tensor, weights: Tensor) -> Tensor:
    """Return the standard error of the mean of values ``(n,)`` of weights with mean 1."""
    n_rows = len(values)
    off = weights * (values - (values * weights).mean())
    return off.square().sum().div(n_rows - 1).sqrt() / math.sqrt(n_rows)


def evaluate(model: Model, family: Family, split: Split) -> Evaluation:
    """Score all held-out rows, and compare what is decided of them with their start."""
    log_prob = masked_log_prob(model, family, split.held)
    agreed = torch.ones(model.n_starts)
    if split.everything.has_labels or split.everything.gaps is not None:
        agreed = agreement(model, family, split.held)
    gather = split.held.together.gather_rows
    return Evaluation(gather(log_prob), gather(split.held.weights), agreed)


@torch.no_grad()
def agreement(model: Model, family: Family, rows: Rows) -> Tensor:
    """Return the share of rows that each model decides as its start does, ``(R,)``."""

    def is_shared(part: Rows) -> Tensor:
        decided = model.mixture.joint_log_prob(part.x).argmax(-1)  # (R, n)
        return (decided == part.groups.argmax(-1)).to(part.weights.dtype)

    return rows.mean(family.over_chunks(is_shared, rows, -1))


def single(model: Model, family: Family, start: int) -> Model:
    """Return one of R models, by itself."""
    alone = family.build(1, Generator())
    alone.load_state_dict(state_of(model, start))
    return alone.to(next(model.parameters()).device)


def state_of(model: Model, start: int) -> dict[str, Tensor]:
    """Return copies of the parameters of one of R models, and of all buffers, by their names."""
    state = {name: value.clone() for name, value in model.named_buffers()}
    for name, value in model.named_parameters():
        state[name] = value.detach().unflatten(0, (model.n_starts, -1))[start].clone()
    return state


@dataclass(frozen=True)
class Kept:
    """The model that a fit ends with.

    Attributes
    ----------
    model : Model
        By itself, or those that are averaged side by side.
    starts : list of int
        Which of the chosen starts it is of.
    criteria : dict of ndarray
        How the chosen starts ended, ``(R,)`` each, or ``(1,)`` where all are averaged.
    trained : ndarray of bool, of shape (R,) or (1,)
        Which of them ended as what training made of them.
    """

    model: Model
    starts: list[int]
    criteria: Criteria
    trained: np.ndarray

    @property
    def best(self) -> int:
        """Which entry of the criteria is that of the model."""
        return self.starts[0]


def best_of(
    task: Task, model: Model, evaluation: Evaluation, has_trained: bool | np.ndarray
) -> Kept:
    """Keep the best of R models by their own groups, or their average, as they are."""
    scores, is_trained = scores_of(task, evaluation), np.full(model.n_starts, has_trained)
    if task.n_averaged > 1:
        mean = scores.mean(keepdims=True)
        criteria = {"trained_score": mean, "validation_score": mean}
        return Kept(model, list(range(model.n_starts)), criteria, np.array([is_trained.any()]))
    criteria = compare(task, model, scores)
    best = best_start(criteria)
    return Kept(single(model, task.family, best), [best], criteria, is_trained)


def scores_of(task: Task, evaluation: Evaluation) -> np.ndarray:
    """Return the mean score of the rows held out, ``(R,)``, in the units of the data."""
    return evaluation.score.cpu().numpy() + task.scaling.mean_log_det


def accept(
    task: Task, candidates: Candidates, model: Model, before: Evaluation, has_trained: bool
) -> Kept:
    """Keep the best of R trained models, or its start where training did not improve it.

    A fit that goes on from another one has no start to go back to.
    """
    after = evaluate(model, task.family, candidates.split) if has_trained else before
    kept = best_of(task, model, after, after.differs_from(before))
    if task.previous is not None:
        return kept
    untrained = start_on_all_rows(task, candidates, kept.starts)
    if task.together.from_first(lambda: after.improves_on(before, kept.starts)):
        exchange_guard(kept, untrained, task, candidates.split)
        return kept
    give_tails(untrained, task, candidates, kept.starts)
    return revert(task, candidates, kept, untrained, before, has_trained)


def exchange_guard(kept: Kept, untrained: Model, task: Task, split: Split) -> None:
    """Have the start of all rows as the guard, with tails, at weights that held-out rows say."""
    if not task.family.architecture.defensive_weight:
        return
    mixture = kept.model.mixture
    held = split.of_starts(kept.starts).held if split.holds_out else None
    weights = None if held is None else weights_of_guard(mixture, task.family, held)
    mixture.take_guard_of(untrained.mixture)
    if weights is not None:
        mixture.set_guard_weights(weights)


def give_tails(untrained: Model, task: Task, candidates: Candidates, starts: list[int]) -> None:
    """Give the start of a table with categories tails, at weights that held-out rows say.

    Its modes are many and narrow: one row of ``diamonds`` scored -5,857 nats without them.
    """
    built, split = task.family.architecture, candidates.split.of_starts(starts)
    if not (built.n_levels and built.defensive_weight and split.holds_out):
        return
    moments = candidates.moments.training.of_starts(starts)
    shown = start_models(task.family, moments, split.training, task.options.reg_covar, Generator())
    weights = weights_of_guard(shown.mixture, task.family, split.held)
    untrained.mixture.set_guard_weights(weights)


def start_on_all_rows(task: Task, candidates: Candidates, starts: list[int]) -> Model:
    """Return the models of starts before any step, the rows that were held out included."""
    moments = candidates.moments.everything.of_starts(starts)
    rows = candidates.split.everything.of_starts(starts)
    return start_models(task.family, moments, rows, task.options.reg_covar, Generator())


def revert(
    task: Task,
    candidates: Candidates,
    kept: Kept,
    untrained: Model,
    before: Evaluation,
    has_trained: bool,
) -> Kept:
    """Put the start in the place of a model that training did not improve, and tell of it."""
    model = Model(untrained.mixture, kept.model.posterior)
    if has_trained:
        refit_posterior(model, task, candidates.split.of_starts(kept.starts))
    is_kept = np.arange(len(kept.trained)) == kept.best
    own = scores_of(task, before)[kept.starts].mean()
    scores = np.where(is_kept, own, kept.criteria["validation_score"])
    criteria = {**kept.criteria, "validation_score": scores}
    return Kept(model, kept.starts, criteria, kept.trained & ~is_kept)


def refit_posterior(model: Model, task: Task, split: Split) -> None:
    """Have q learn the posterior of a mixture that stays as it is; nothing without a q."""
    if model.posterior is None:
        return
    family = task.family
    model.mixture.requires_grad_(False)
    gaussians = Model(model.mixture.untrained, model.posterior)
    objective = Objective(
        model.posterior,
        lambda i, progress: family.loss(gaussians, split.training.take(i), progress * 0 + 1),
        lambda: mean_bound(gaussians, family, split.held),
        decaying=decaying_parameters(model),
    )
    how = replace(settings(task), max_iter=POSTERIOR_EPOCHS, n_iter_no_change=POSTERIOR_EPOCHS)
    trainer_of(model, objective, how, split.training, task.generator).run()
