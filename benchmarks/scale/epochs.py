"""When epochs end, and how many numbers an optimiser trains."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from torch.optim.optimizer import register_optimizer_step_pre_hook


class EpochEnds:
    """Callback that notes when epochs end, in seconds since it was made.

    It asks for no model, and so costs nothing.
    """

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.seconds: list[float] = []

    def setup(self, estimator, context):
        """Do nothing."""

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context):
        """Look at the clock."""
        if context.task_name == "epoch":
            self.seconds.append(time.perf_counter() - self.begun)

    @property
    def an_epoch(self) -> float:
        """Median seconds of an epoch, the first left out: what it does for the first time."""
        return float(np.median(np.diff(self.seconds)))

    @property
    def to_train(self) -> float:
        """Seconds before the first epoch, if that took as long as the others."""
        return self.seconds[0] - self.an_epoch


@contextmanager
def trained_numbers() -> Iterator[set[int]]:
    """Collect how many numbers the optimisers train whose steps are taken meanwhile."""
    found: set[int] = set()

    def note(optimizer, arguments, named):
        sizes = (p.numel() for group in optimizer.param_groups for p in group["params"])
        found.add(sum(sizes))

    handle = register_optimizer_step_pre_hook(note)
    try:
        yield found
    finally:
        handle.remove()
