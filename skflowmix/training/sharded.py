"""The training loop over several processes, each with rows of its own.

Each process has its part of every batch, and all do the same step by the sum of their gradients.
Uses torch and collectives only.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Generator, Tensor, nn

from skflowmix.collective import Collective
from skflowmix.training.loop import BATCHES_PER_EPOCH, History, Objective, Settings, Trainer

GO_ON, END, INTERRUPT = range(3)
"""What a process wants after an epoch; what most is wanted by any is done by all."""


class ShardedTrainer(Trainer):
    """Trains a model on the rows of several processes, which take the same steps.

    Parameters
    ----------
    model, objective, settings
        As those of `Trainer`, the same on all processes. The score is that of all rows.
    n_rows : int
        Of this process; it may have none.
    generator : torch.Generator
        In the same state on all processes.
    together : Collective
        The processes.
    """

    is_recordable = False  # what others do is not

    def __init__(
        self,
        model: nn.Module,
        objective: Objective,
        settings: Settings,
        n_rows: int,
        generator: Generator,
        together: Collective,
    ) -> None:
        seed = int(torch.randint(2**31 - 1, (), generator=generator))
        own = Generator().manual_seed(seed + together.rank)
        super().__init__(model, objective, settings, n_rows, own)
        self.together = together
        counts = torch.tensor(together.collected(n_rows))  # (P,)
        n_batches = max(-(-int(counts.sum()) // settings.batch_size), 1)
        number = torch.arange(min(n_batches, BATCHES_PER_EPOCH) + 1)
        ends = number[:, None] * counts // n_batches  # (S + 1, P)
        self.sizes = ends.diff(dim=0)
        self._plan(len(self.sizes))
        self.n_seen = 0  # batches so far in this epoch

    def run(
        self, on_epoch: Callable[[], bool] = lambda: False, scores: Tensor | None = None
    ) -> History:
        """Train; what tells one process to end, or interrupts it, ends all after the epoch."""
        with _interrupts_noted() as interrupts:
            return super().run(lambda: self._is_end_for_all(on_epoch, interrupts), scores)

    def _is_end_for_all(self, on_epoch: Callable[[], bool], interrupts: list[int]) -> bool:
        try:
            wish = END if on_epoch() else GO_ON
        except KeyboardInterrupt:
            wish = INTERRUPT
        most = self.together.largest(INTERRUPT if interrupts else wish)
        if most == INTERRUPT:
            raise KeyboardInterrupt
        return bool(most == END)

    def _batches(self) -> Sequence[Tensor]:
        """Draw the own part of each batch, as many rows as this process has its share of all."""
        self.n_seen = 0
        sizes = self.sizes[:, self.together.rank]
        order = torch.randperm(self.n_rows, generator=self.generator)[: int(sizes.sum())]
        return order.to(self.rate.device).split(sizes.tolist())

    def _differentiate(self, rows: Tensor, progress: Tensor) -> Tensor:
        """Return the losses of the whole batch, and leave the gradients of all processes."""
        n_all = int(self.sizes[self.n_seen].sum())  # none, where batches are of few rows
        self.n_seen += 1
        losses = self.fruitless.new_zeros(len(self.fruitless))
        self.flat.gradient.zero_()
        if len(rows):
            own = self.objective.loss(rows, progress) * (len(rows) / n_all)
            self.flat.differentiate(own)
            losses = own.detach()
        return self._summed(losses)

    def _summed(self, losses: Tensor) -> Tensor:
        """Add up losses and gradients, in one message."""
        total = self.together.sum(torch.cat([losses, self.flat.gradient]))
        self.flat.gradient.copy_(total[len(losses) :])
        return total[: len(losses)]


@contextmanager
def _interrupts_noted() -> Iterator[list[int]]:
    """Note an interrupt from the keyboard, so that the epoch goes on; a second one is as usual."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    usual = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: Any) -> None:
        came.append(number)
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, note)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, usual)
