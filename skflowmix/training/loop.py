"""The training loop: batches, optimiser, early stopping, roll-back. Knows torch and stacks only.

A model here is a module whose parameters all carry the R starts on their leading axis, and an
objective is a function of row numbers. Starts never mix: each has its own gradient norm, its
own best state and its own way back from a loss that is not finite. On a GPU the step is recorded
and repeated.
"""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from sklearn.exceptions import ConvergenceWarning
from torch import Generator, Tensor, nn

from skflowmix.training.cuda_graphs import Replayed
from skflowmix.training.flat import FlatParameters
from skflowmix.warning import warn

MAX_ROLLBACKS = 3
"""How often the step is halved after a loss that is not finite, before training ends."""
MAX_RATE = 100.0
"""Learning rates beyond this count as this. None so large trains anything, and a larger step could
leave weights whose products overflow at other rows than it was scored by."""
BATCHES_PER_EPOCH = 50
"""An epoch ends after so many batches at the latest, so that its cost stops growing with n."""
WARM_UP_STEPS, WARM_UP_SHARE = 50, 0.1
"""Steps in which the learning rate rises to what is asked for, and the most that they may be of
all. A start is better than what the first steps at full rate make of it, and many a fit never came
back to it: see ``python -m benchmarks.schedule``. Patience begins when the rise has ended."""


@dataclass(frozen=True)
class Settings:
    """How to train; the names are those of the estimators' parameters."""

    max_iter: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    tol: float
    n_iter_no_change: int


@dataclass(frozen=True)
class Objective:
    """What to train for.

    Attributes
    ----------
    loss : callable
        ``loss(rows, progress) -> (R,)``, the mean loss of each start on the rows with these
        numbers; progress, a tensor of shape (), runs from 0 to 1 over the training. On a GPU it
        is recorded once and repeated, so it may not branch on numbers.
    score : callable
        ``score() -> (R,)``, what the best state maximises and early stopping watches.
    after_epoch : callable
        ``after_epoch(progress)``, for steps in closed form.
    scored : Module
        The part of the model that the score is about, left in its best state. What is trained
        beside it keeps all that it has learned.
    decaying : collection of Parameter
        The parameters of the model that are subject to weight decay: towards zero, which is
        where flows are the identity.
    """

    scored: nn.Module
    loss: Callable[[Tensor, Tensor], Tensor]
    score: Callable[[], Tensor]
    after_epoch: Callable[[float], object] = lambda progress: None
    decaying: Collection[nn.Parameter] = ()


@dataclass
class History:
    """What happened.

    Attributes
    ----------
    scores : list of Tensor of shape (R,)
        One entry an epoch; minus infinity of a start whose epoch failed.
    first : Tensor of shape (R,) or None
        Scores before the first epoch, once it runs.
    converged : bool
        Whether training came to rest, or was told to end, rather than ran out of epochs or failed.
    """

    scores: list[Tensor] = field(default_factory=list)
    converged: bool = False
    first: Tensor | None = None


class BestState:
    """The best parameters seen of every start, kept apart from those in training."""

    def __init__(self, model: nn.Module, scores: Tensor) -> None:
        self.scores = scores.nan_to_num(nan=-torch.inf, neginf=-torch.inf)
        self.kept = {parameter: parameter.detach().clone() for parameter in model.parameters()}

    @torch.no_grad()
    def update(self, scores: Tensor) -> None:
        """Keep the starts whose score is above their best so far."""
        better = scores > self.scores
        self.scores = torch.where(better, scores, self.scores)
        for parameter, kept in self.kept.items():
            _by_start(kept, better)[better] = _by_start(parameter, better)[better]

    @torch.no_grad()
    def restore(self, module: nn.Module, which: Tensor) -> None:
        """Put the best state of a module back into the starts that ``which (R,)`` selects."""
        for parameter in module.parameters():
            _by_start(parameter, which)[which] = _by_start(self.kept[parameter], which)[which]


class Trainer:
    """Trains all starts side by side until none improves any more, and keeps their best state.

    Parameters
    ----------
    model : Module
        What is trained, in place.
    objective : Objective
        What it is trained for.
    settings : Settings
        How.
    n_rows : int
        Rows are drawn by their numbers, from 0 to ``n_rows - 1``.
    generator : torch.Generator
        Source of their order.
    """

    is_recordable = True
    """Whether a GPU may repeat a step by itself."""

    def __init__(
        self,
        model: nn.Module,
        objective: Objective,
        settings: Settings,
        n_rows: int,
        generator: Generator,
    ) -> None:
        self.model, self.objective, self.settings = model, objective, settings
        self.n_rows, self.generator = n_rows, generator
        parameters = list(model.parameters())
        self.trainable = [p for p in parameters if p.requires_grad]
        self.flat = FlatParameters(self.trainable, objective.decaying)
        self._plan(min(-(-n_rows // settings.batch_size), BATCHES_PER_EPOCH))
        self.history = History()
        self.rollbacks = 0
        self.rate = torch.zeros((), device=parameters[0].device)
        self.fruitless = self.is_finite = torch.empty(0)  # one entry for each start, once it runs
        self._renew_optimizer()

    def _plan(self, n_batches: int) -> None:
        """Say how many batches an epoch has, and so in how many steps the learning rate rises."""
        self.n_batches = n_batches
        n_steps = n_batches * self.settings.max_iter
        self.n_warm_up = max(min(WARM_UP_STEPS, WARM_UP_SHARE * n_steps), 1.0)

    def run(
        self, on_epoch: Callable[[], bool] = lambda: False, scores: Tensor | None = None
    ) -> History:
        """Train, and leave what is scored in its best state.

        ``on_epoch`` is called after every epoch and ends the training by returning True. A
        keyboard interrupt ends it too and keeps the best state so far. The ``scores (R,)`` of
        the model as it is are worked out if they are not given.
        """
        first = self.objective.score() if scores is None else scores
        best, history = BestState(self.model, first), self.history
        history.first = first
        try:
            for after in self._epochs(best):
                history.scores.append(after)
                is_told_to_end = on_epoch()
                if self._has_failed():
                    break
                if is_told_to_end or self._is_at_rest():
                    history.converged = True
                    break
        except KeyboardInterrupt:
            warn("Training was interrupted; the best model so far is kept.", ConvergenceWarning)
        best.restore(self.objective.scored, torch.ones_like(best.scores, dtype=torch.bool))
        return history

    def _epochs(self, best: BestState) -> Iterator[Tensor]:
        """Run epoch after epoch, yielding the scores, until out of epochs or of patience."""
        self.fruitless = torch.zeros_like(best.scores)
        self.is_finite = torch.ones_like(best.scores, dtype=torch.bool)
        for epoch in range(self.settings.max_iter):
            self._run_epoch(epoch)
            scores = self.objective.score()
            failed = ~(scores.isfinite() & self.is_finite & self._has_finite_parameters())
            sound = torch.where(failed, -torch.inf, scores)
            above = sound > best.scores + self.settings.tol
            rises = (epoch + 1) * self.n_batches < self.n_warm_up
            self.fruitless = torch.where(above, 0, self.fruitless + (not rises))
            best.update(sound)
            if bool(failed.any()):
                best.restore(self.model, failed)
                self.is_finite.fill_(True)
                self.rollbacks += 1
                self._renew_optimizer()
            yield sound

    def _run_epoch(self, epoch: int) -> None:
        if self.trainable:
            self._run_batches(epoch)
        self.objective.after_epoch((epoch + 1) / self.settings.max_iter)

    def _run_batches(self, epoch: int) -> None:
        batches = self._batches()
        for number, rows in enumerate(batches):
            progress = (epoch + number / len(batches)) / self.settings.max_iter
            rise = min((epoch * len(batches) + number + 1) / self.n_warm_up, 1.0)
            rate = min(self.settings.learning_rate, MAX_RATE) * 0.5**self.rollbacks
            self.rate.fill_(rate * rise * _decay(progress))
            self.step(rows, self.rate.new_full((), progress, dtype=torch.float64))

    def _batches(self) -> Sequence[Tensor]:
        """Draw numbers of rows for the batches of an epoch."""
        order = torch.randperm(self.n_rows, generator=self.generator).to(self.rate.device)
        return order.split(self.settings.batch_size)[: self.n_batches]

    def _step(self, rows: Tensor, progress: Tensor) -> None:
        losses = self._differentiate(rows, progress)
        self.is_finite &= losses.isfinite()
        self.flat.clip(len(losses))
        self.optimizer.step()

    def _differentiate(self, rows: Tensor, progress: Tensor) -> Tensor:
        """Return the losses of a batch, ``(R,)``, and leave their gradients."""
        losses = self.objective.loss(rows, progress)
        self.flat.differentiate(losses)
        return losses

    @torch.no_grad()
    def _has_finite_parameters(self) -> Tensor:
        """Which starts have, ``(R,)``: no score looks at what is trained beside the scored."""
        is_finite = [_by_start(p, self.is_finite).isfinite().all(-1) for p in self.trainable]
        return torch.stack(is_finite).all(0) if is_finite else torch.ones_like(self.is_finite)

    def _is_at_rest(self) -> bool:
        """Whether no start has improved for as many epochs as are waited for."""
        return bool((self.fruitless >= self.settings.n_iter_no_change).all())

    def _has_failed(self) -> bool:
        """Whether smaller steps have not cured a loss that is not finite."""
        if self.rollbacks <= MAX_ROLLBACKS:
            return False
        warn(
            "The loss was not finite, with smaller steps either; the best model so far is "
            "kept. Larger reg_covar or smaller learning_rate_init may help.",
            ConvergenceWarning,
        )
        return True

    def _renew_optimizer(self) -> None:
        if not self.trainable:  # closed-form steps may do all there is to do
            return
        groups = self.flat.optimizer_groups(self.settings.weight_decay)
        on_gpu = self.rate.is_cuda
        self.optimizer = torch.optim.AdamW(groups, lr=self.rate, fused=True, capturable=on_gpu)
        self.step = Replayed(self._step) if on_gpu and self.is_recordable else self._step


def _decay(progress: float) -> float:
    """Share of the learning rate: half a cosine, from one down to zero."""
    return 0.5 * (1 + math.cos(math.pi * progress))


def _by_start(tensor: Tensor, like: Tensor) -> Tensor:
    """View a parameter as ``(R, anything)``, R being the length of ``like``."""
    return tensor.detach().view(len(like), -1)
