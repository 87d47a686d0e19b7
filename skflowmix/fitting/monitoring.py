"""Who is told how a fit goes."""

from collections.abc import Callable, Sequence
from typing import Protocol

from skflowmix.fitted import Fitted

START, TRAINING = "start", "training"
STAGES: Sequence[str] = (START, TRAINING)
"""What a fit does, one after the other. The steps of the start are groupings, numbers of
components and experts that are tried; those of the training are epochs."""
EPOCH = "epoch"
"""Name of each step of the training."""


class Monitor(Protocol):
    """Receives the progress of a fit."""

    def stage(self, name: str, n_steps: int, current: Callable[[], Fitted] | None = None) -> None:
        """One of the `STAGES` begins, and the one before ends.

        It takes ``n_steps`` steps at most. Where there is a model already, ``current`` returns
        what the fit would be if it ended now.
        """

    def step(self, name: str, score: float | None = None) -> bool:
        """Return whether to end the stage, after a step with this score, in nats a row.

        The training ends at once. Of the start only the groupings that were not tried are left
        out, as all that follows needs the other steps.
        """

    def end(self, fitted: Fitted) -> None:
        """Take note of what the fit has found."""
