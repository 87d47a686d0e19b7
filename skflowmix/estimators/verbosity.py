"""What a fit says of its progress where ``verbose`` asks for it: a bar, or lines.

`sklearn.callback.ProgressBar` is for who sets it on the outermost estimator: scikit-learn refuses
one that an inner estimator brings along, and ``verbose`` must work in a grid search too.
"""

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from skflowmix.fitted import Fitted
from skflowmix.fitting import TRAINING, Monitor

LOGGER = logging.getLogger("skflowmix")


class Teller(Protocol):
    """Shows how far a fit is."""

    def stage(self, text: str, n_steps: int) -> None:
        """Show what begins now, and of how many steps it is at most."""

    def step(self, number: int, name: str, score: float | None) -> None:
        """Show that a step has ended; the score is in nats a row, where there is one."""

    def end(self, text: str) -> None:
        """Show what came of it."""

    def close(self) -> None:
        """Show no more."""


@contextmanager
def reporting(
    monitor: Monitor, estimator: Any, n_rows: int, is_first: bool = True
) -> Iterator[Monitor]:
    """Provide a monitor that tells what ``verbose`` asks for, beside what the given one does.

    Of several processes the first one tells.
    """
    verbose = int(estimator.verbose) if is_first else 0
    if not verbose:
        yield monitor
        return
    name = type(estimator).__name__
    teller = (_bar(name) if verbose == 1 else None) or Lines(
        name, estimator.verbose_interval, is_detailed=verbose > 1
    )
    try:
        yield TellingMonitor(monitor, teller, n_rows)
    finally:
        teller.close()


class TellingMonitor:
    """Tells of the progress of a fit, and passes it on.

    Parameters
    ----------
    other : Monitor
        To whom it is passed on.
    teller : Teller
    n_rows : int
        How many rows are fitted.
    """

    def __init__(self, other: Monitor, teller: Teller, n_rows: int) -> None:
        self.other, self.teller, self.n_rows = other, teller, n_rows
        self.n_done = 0

    def stage(self, name: str, n_steps: int, current: Callable[[], Fitted] | None = None) -> None:
        """Tell that a stage begins."""
        self.n_done = 0
        text = f"looking for a start among {self.n_rows} rows"
        if name == TRAINING:
            text = f"training, {n_steps} epochs at most" if n_steps else "no training"
        self.teller.stage(text, n_steps)
        self.other.stage(name, n_steps, current)

    def step(self, name: str, score: float | None = None) -> bool:
        """Tell that a step has ended."""
        self.n_done += 1
        self.teller.step(self.n_done, name, score)
        return self.other.step(name, score)

    def end(self, fitted: Fitted) -> None:
        """Tell what the fit has found."""
        self.other.end(fitted)
        report = fitted.report
        came = "converged" if report.converged else "ended"
        kept = "trained model" if report.trained else "start"
        self.teller.end(f"{came} after {report.n_iter} epochs; {kept} kept, {report.start}")


class Lines:
    """Lines for a logger, or on standard output.

    Parameters
    ----------
    name : str
        Whose fit it is.
    interval : int
        Steps from one line to the next.
    is_detailed : bool
        Whether to add scores and times.
    """

    def __init__(self, name: str, interval: int, is_detailed: bool) -> None:
        self.name, self.interval, self.is_detailed = name, interval, is_detailed
        self.began = self.stage_began = time.perf_counter()
        self.n_steps = 0

    def stage(self, text: str, n_steps: int) -> None:
        """Write what begins now."""
        self.n_steps, self.stage_began = n_steps, time.perf_counter()
        self._write(f"{self.name}: {text}")

    def step(self, number: int, name: str, score: float | None) -> None:
        """Write that a step has ended, unless the last line was not long ago."""
        if number % self.interval:
            return
        if score is None:
            self._write(f"  step {number} of {self.n_steps}, {name}", left=self._left(number))
        else:
            self._write(f"  {name} {number}", f"\tscore {score:.5f}", self._left(number))

    def end(self, text: str) -> None:
        """Write what came of it."""
        self._write(f"{self.name}: {text}")

    def close(self) -> None:
        """Nothing is open."""

    def _left(self, n_done: int) -> str:
        """Say how long the stage takes from now on if all its steps are taken."""
        mean = (time.perf_counter() - self.stage_began) / n_done
        return f"\tat most {mean * (self.n_steps - n_done):.2f} s left"

    def _write(self, text: str, score: str = "", left: str = "") -> None:
        if self.is_detailed:
            text += f"{score}\t{time.perf_counter() - self.began:.2f} s{left}"
        if LOGGER.isEnabledFor(logging.INFO) and LOGGER.hasHandlers():
            LOGGER.info(text)
        else:
            print(text, flush=True)


class Bar:
    """A bar on a terminal or in a notebook, by rich.

    Parameters
    ----------
    name : str
        Whose fit it is.
    progress : rich.progress.Progress
        What shows it.
    """

    def __init__(self, name: str, progress: Any) -> None:
        self.name, self.progress = name, progress
        self.task = progress.add_task(name, total=None, score="")
        progress.start()

    def stage(self, text: str, n_steps: int) -> None:
        """Show what begins now, with a clock of its own."""
        self.progress.reset(self.task, total=n_steps, description=f"{self.name}: {text}")

    def step(self, number: int, name: str, score: float | None) -> None:
        """Show that a step has ended."""
        text = "" if score is None else f"{score:.3f} nats"
        self.progress.update(self.task, completed=number, score=text)

    def end(self, text: str) -> None:
        """Show what came of it, as of a stage that took all its steps."""
        (task,) = self.progress.tasks
        description = f"{self.name}: {text}"
        self.progress.update(self.task, total=task.completed, description=description)

    def close(self) -> None:
        """Leave the bar as it is."""
        self.progress.stop()


def _bar(name: str) -> Bar | None:
    """Return a bar where one can be seen: in no worker, as bars of several overwrite others."""
    is_worker = multiprocessing.current_process().name != "MainProcess"
    if is_worker or threading.current_thread() is not threading.main_thread():
        return None
    try:
        from rich import get_console
        from rich.errors import LiveError
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )
    except ImportError:
        return None
    console = get_console()
    if not (console.is_terminal or console.is_jupyter):
        return None
    columns = (
        TextColumn("{task.description}"),
        BarColumn(20),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[score]}"),
    )
    try:
        return Bar(name, Progress(*columns, console=console))
    except LiveError:  # another bar is there already
        return None
