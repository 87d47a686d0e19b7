"""A fit from beginning to end: prepare, propose, select, train, accept, calibrate."""

import math
from dataclasses import replace

import numpy as np
import torch

from skflowmix.calibration import MIN_HELD_OUT, Calibration, calibration_rows
from skflowmix.experts import density_among_classes
from skflowmix.families import Family, Model
from skflowmix.fitted import Fitted, Report, assemble
from skflowmix.fitting.acceptance import Kept, accept, best_of, evaluate
from skflowmix.fitting.monitoring import EPOCH, TRAINING, Monitor
from skflowmix.fitting.options import Observations, Options
from skflowmix.fitting.preparation import prepare
from skflowmix.fitting.proposals import Candidates, propose_candidates
from skflowmix.fitting.task import Answers, Task
from skflowmix.fitting.training import mean_bound, start_models, trainer_for
from skflowmix.training import History, flush_denormals, scikit_learn_turn, training_threads


def fit_mixture(
    data: Observations,
    kind: type[Family],
    options: Options,
    previous: Fitted | None,
    device: torch.device,
    random_state: np.random.RandomState,
    monitor: Monitor,
) -> Fitted:
    """Fit a mixture of a kind to observations, or go on from a previous fit."""
    with scikit_learn_turn:
        task = prepare(data, kind, options, previous, device, random_state, monitor)
        candidates = propose_candidates(task, random_state)
        _ = task.steps  # now, as all processes find them together
    with training_threads(task.width):
        model = first_model(task, candidates)
        before = evaluate(model, task.family, candidates.split)
        trainer = trainer_for(model, task, candidates.split)
        history = trainer.history
        monitor.stage(TRAINING, task.max_iter, lambda: current(task, candidates, model, history))
        trainer.run(lambda: monitor.step(EPOCH, latest_score(task, history)), before.score)
        kept = accept(task, candidates, model, before, bool(history.scores))
        found = conclude(task, candidates, kept, history)
        fitted = label_rows(task.together.from_first(lambda: found), task)
    monitor.end(fitted)
    return fitted


def first_model(task: Task, candidates: Candidates) -> Model:
    """Return the models before their first step: the last fit, or mixtures of the starts."""
    if task.previous is not None:
        return assemble(task.family, task.previous.state).to(task.device)
    rows, moments = candidates.split.training, candidates.moments.training
    return start_models(task.family, moments, rows, task.options.reg_covar, task.generator)


def latest_score(task: Task, history: History) -> float:
    """Return the score after the last epoch, in the units of the data, of what may be kept."""
    scores = history.scores[-1]
    score = scores.mean() if task.n_averaged > 1 else scores.max()
    return float(score) + task.scaling.mean_log_det


def current(task: Task, candidates: Candidates, model: Model, history: History) -> Fitted:
    """Return what the fit would be if it ended now, without a look back at the start.

    Held-out rows are those of this process, as others need not ask at the same time.
    """
    candidates = replace(candidates, split=candidates.split.alone)
    evaluation = evaluate(model, task.family, candidates.split)
    kept = best_of(task, model, evaluation, bool(history.scores))
    return label_rows(conclude(task, candidates, kept, history), task)


@flush_denormals(False)  # here rows are in the units of the data, which may be that small
def conclude(task: Task, candidates: Candidates, kept: Kept, history: History) -> Fitted:
    """Calibrate the model that is kept and write down what became of the fit."""
    state = {name: value.cpu().numpy().copy() for name, value in kept.model.state_dict().items()}
    fitted = Fitted(
        task.family,
        state,
        task.scaling,
        Calibration(),
        task.data.classes,
        np.empty(0, dtype=int),
        write_report(task, candidates, kept, history),
        task.data.feature_names,
        task.n_named,
        noise_widths=task.scaling.undo_widths(task.noise_widths),
        steps=task.steps,
        categories=task.data.categories,
        embedding=task.embedding,
    )
    return name_classes(fitted, task, candidates.unseen)


@flush_denormals(False)
def label_rows(fitted: Fitted, task: Task) -> Fitted:
    """Say which component the rows of this process are of."""
    if not len(task.data.X):
        return fitted
    return replace(fitted, labels=fitted.decisions(task.data.X, task.device))


def write_report(task: Task, candidates: Candidates, kept: Kept, history: History) -> Report:
    """Say what became of a fit."""
    log_det = task.scaling.mean_log_det
    rows = candidates.split.seen_by(kept.starts)
    scores = [float(scores[kept.starts].mean()) for scores in history.scores]
    first = math.nan if history.first is None else float(history.first[kept.starts].mean())
    return Report(
        trained=bool(kept.trained[kept.best]) or was_trained(task.previous),
        n_iter=len(scores),
        converged=history.converged,
        validation_scores=np.array(scores) + log_det,
        lower_bound=float(mean_bound(kept.model.averaged, task.family, rows)) + log_det,
        start=candidates.names[kept.best],
        starts=table_of_starts(task, candidates, kept),
        start_score=first + log_det,
    )


def table_of_starts(task: Task, candidates: Candidates, kept: Kept) -> dict[str, np.ndarray]:
    """Return how starts were compared: all groupings that were tried, or those that were trained.

    What only a training can tell is NaN for the others.
    """
    names, n_components = np.array(candidates.names), task.problem.n_components
    own = {"trained": kept.trained, **kept.criteria}
    if task.choice is None or task.options.has_start:
        return {"start": names, "n_components": np.full(len(names), n_components), **own}
    return task.choice.table_with(names, own)


def was_trained(previous: Fitted | None) -> bool:
    """Whether the fit to go on from had been trained."""
    return previous is not None and previous.report.trained


def name_classes(fitted: Fitted, task: Task, held: np.ndarray) -> Fitted:
    """Say what decides among classes: experts, or else the density, calibrated on the labels."""
    if task.answers is None:
        return calibrate(fitted, task, held)
    return let_experts_decide(fitted, task, task.answers, held)


def calibrate(fitted: Fitted, task: Task, held: np.ndarray) -> Fitted:
    """Calibrate on labelled rows; without any, probabilities stay what the density says."""
    problem = task.problem
    known = calibration_rows(problem.codes >= 0, held)
    if not known.any():
        return fitted
    joint = fitted.joint_of_standardised(problem.present[known], device=task.device)
    weights = task.seen.weights[known]
    calibration = Calibration.of(joint, problem.codes[known], weights, fitted.n_features)
    return replace(fitted, calibration=calibration)


def let_experts_decide(fitted: Fitted, task: Task, answers: Answers, held: np.ndarray) -> Fitted:
    """Have the pool of experts decide among the classes.

    What the density is worth beside the others its stand-in has told, unless enough labelled rows
    were held out from training that the experts have been asked about too.
    """
    learned, rows = answers.learned, answers.sample.rows
    asked = rows[learned.asked.rows]
    if held[asked].sum() >= MIN_HELD_OUT:
        X = task.problem.present[asked[held[asked]]]
        joint = fitted.joint_of_standardised(X, device=task.device)[:, : task.problem.n_classes]
        log_proba = density_among_classes(joint, fitted.n_features, learned.doubt)
        learned = learned.with_density(held[asked], log_proba)
    report = replace(fitted.report, experts=learned.table, class_prior=learned.class_prior)
    return replace(fitted, pool=learned.pool, report=report)
