"""The training loop: batches, optimiser, early stopping, roll-back. Knows torch and stacks only.

A model here is a module whose parameters all carry the R starts on their leading axis, and an
objective is a function of row numbers. Starts never mix: each has its own gradient norm, its
own best state and its own way back from a loss that is not finite.
"""

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits
from torch import Generator, Tensor, nn

MAX_GRADIENT_NORM = 10.0
MAX_ROLLBACKS = 3
SMALL_WORK = 2**22
"""Numbers a layer holds in one step below which a second thread costs more than it gains."""


@dataclass(frozen=True)
class Settings:
    """How to train; the names are those of the estimators' parameters."""

    max_iter: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    tol: float
    n_iter_no_change: int


@dataclass
class Objective:
    """What to train for.

    Attributes
    ----------
    loss : callable
        ``loss(rows, progress) -> (R,)``, the mean loss of each start on these rows; progress
        runs from 0 to 1 over the steps.
    score : callable
        ``score() -> (R,)``, what early stopping watches and the best state maximises.
    after_epoch : callable
        Called after each epoch, for closed-form steps.
    """

    loss: Callable[[Tensor, float], Tensor]
    score: Callable[[], Tensor]
    after_epoch: Callable[[], None] = lambda: None


@dataclass
class History:
    """What happened: one row of ``scores (R,)`` an epoch, and why it ended."""

    scores: list[Tensor] = field(default_factory=list)
    converged: bool = False


class BestState:
    """The best parameters seen of every start, kept apart from those in training."""

    def __init__(self, model: nn.Module, scores: Tensor) -> None:
        self.model = model
        self.scores = scores.clone()
        self.kept = [parameter.detach().clone() for parameter in model.parameters()]

    @torch.no_grad()
    def update(self, scores: Tensor) -> None:
        """Keep the starts whose score is above their best so far."""
        better = scores > self.scores
        self.scores = torch.where(better, scores, self.scores)
        for kept, parameter in zip(self.kept, self.model.parameters(), strict=True):
            _by_start(kept, better)[better] = _by_start(parameter.detach(), better)[better]

    @torch.no_grad()
    def restore(self, which: Tensor) -> None:
        """Put the best state back into the starts that the mask ``which (R,)`` selects."""
        for kept, parameter in zip(self.kept, self.model.parameters(), strict=True):
            _by_start(parameter.detach(), which)[which] = _by_start(kept, which)[which]


def train(
    model: nn.Module,
    objective: Objective,
    n_rows: int,
    settings: Settings,
    generator: Generator,
    on_epoch: Callable[[], bool] = lambda: False,
) -> History:
    """Train all starts until none improves any more; leave each in its best state.

    ``on_epoch`` is called after every epoch and ends the training by returning True. A
    keyboard interrupt ends it too and keeps the best state so far.
    """
    history = History()
    best = BestState(model, objective.score())
    try:
        for _ in _epochs(model, objective, n_rows, settings, generator, best, history):
            if on_epoch():
                break
    except KeyboardInterrupt:
        _warn("Training was interrupted; the best model so far is kept.")
    best.restore(torch.ones_like(best.scores, dtype=torch.bool))
    return history


def _epochs(
    model: nn.Module,
    objective: Objective,
    n_rows: int,
    settings: Settings,
    generator: Generator,
    best: BestState,
    history: History,
) -> Iterator[None]:
    """Run epoch after epoch, yielding after each, until converged, failed or out of epochs."""
    steps = settings.max_iter * math.ceil(n_rows / settings.batch_size)
    step, rollbacks = 0, 0
    optimizer = _optimizer(model, settings.learning_rate, settings.weight_decay)
    fruitless = torch.zeros_like(best.scores)
    for _ in range(settings.max_iter):
        for rows in torch.randperm(n_rows, generator=generator).split(settings.batch_size):
            _set_rate(optimizer, settings.learning_rate * 0.5**rollbacks, step / steps)
            _step(model, objective.loss(rows, step / steps), optimizer)
            step += 1
        objective.after_epoch()
        scores = objective.score()
        failed = ~scores.isfinite()
        history.scores.append(scores)
        fruitless = torch.where(scores > best.scores + settings.tol, 0, fruitless + 1)
        best.update(scores)
        if bool(failed.any()):
            rollbacks += 1
            best.restore(failed)
            optimizer = _optimizer(model, settings.learning_rate, settings.weight_decay)
        yield
        if rollbacks > MAX_ROLLBACKS:
            return _warn("The loss is not finite, with smaller steps either; see `reg_covar`.")
        if bool((fruitless >= settings.n_iter_no_change).all()):
            history.converged = True
            return


def _optimizer(model: nn.Module, rate: float, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW that decays the weights of networks only, towards the identity they begin with."""
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    networks = [p for name, p in trained if "network" in name]
    others = [p for name, p in trained if "network" not in name]
    groups = [{"params": networks, "weight_decay": weight_decay}, {"params": others}]
    return torch.optim.AdamW(groups, lr=rate, weight_decay=0.0, fused=True)


def _set_rate(optimizer: torch.optim.Optimizer, rate: float, progress: float) -> None:
    """Cosine decay from ``rate`` to zero."""
    for group in optimizer.param_groups:
        group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * progress))


def _step(model: nn.Module, losses: Tensor, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    losses.sum().backward()
    _clip_gradients(model, losses)
    optimizer.step()


@torch.no_grad()
def _clip_gradients(model: nn.Module, losses: Tensor) -> None:
    """Bound the gradient norm of each start; a start whose gradient is not finite stands still."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    squares = sum(_by_start(g, losses).square().sum(1) for g in gradients)
    norms = torch.as_tensor(squares).sqrt()  # (R,)
    scale = torch.where(norms.isfinite(), MAX_GRADIENT_NORM / norms.clamp(MAX_GRADIENT_NORM), 0)
    for gradient in gradients:
        _by_start(gradient, losses).mul_(scale.unsqueeze(-1)).nan_to_num_(0, 0, 0)


def _by_start(tensor: Tensor, like: Tensor) -> Tensor:
    """View a parameter as ``(R, anything)``, R being the length of ``like``."""
    return tensor.view(len(like), -1)


def _warn(message: str) -> None:
    warnings.warn(message, ConvergenceWarning, stacklevel=2)


@contextmanager
def calm_cpu(work: int) -> Iterator[None]:
    """One thread where ``work`` numbers are too few to share, and no denormals.

    Both settings are as they were afterwards.
    """
    flushing = not bool(torch.tensor(1e-310, dtype=torch.float64) * 0.5)
    with threadpool_limits(1 if work < SMALL_WORK else None):
        torch.set_flush_denormal(True)
        try:
            yield
        finally:
            torch.set_flush_denormal(flushing)
