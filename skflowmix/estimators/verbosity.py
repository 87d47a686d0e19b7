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
from skflowmix.fitting import Monitor

LOGGER = logging.getLogger("skflowmix")


class Teller(Protocol):
    """Shows how far a fit is."""

    def stage(self, text: str, n_epochs: int | None = None) -> None:
        """Show what begins now, and of how many epochs it is, if that is known."""

    def epoch(self, number: int, score: float) -> None:
        """Show that an epoch has ended, with its score in nats a row."""

    def close(self) -> None:
        """Show no more."""


@contextmanager
def reporting(monitor: Monitor, estimator: Any, n_rows: int) -> Iterator[Monitor]:
    """Provide a monitor that tells what ``verbose`` asks for, beside what the given one does."""
    verbose = int(estimator.verbose)
    if not verbose:
        yield monitor
        return
    name = type(estimator).__name__
    teller = (_bar(name) if verbose == 1 else None) or Lines(
        name, estimator.verbose_interval, is_detailed=verbose > 1
    )
    try:
        teller.stage(f"looking for a start among {n_rows} rows")
        yield TellingMonitor(monitor, teller)
    finally:
        teller.close()


class TellingMonitor:
    """Tells of the progress of a fit, and passes it on.

    Parameters
    ----------
    other : Monitor
        To whom it is passed on.
    teller : Teller
    """

    def __init__(self, other: Monitor, teller: Teller) -> None:
        self.other, self.teller = other, teller
        self.n_epochs = 0

    def begin(self, max_iter: int, current: Callable[[], Fitted]) -> None:
        """Tell that training begins."""
        text = f"training, {max_iter} epochs at most" if max_iter else "no training"
        self.teller.stage(text, max_iter)
        self.other.begin(max_iter, current)

    def epoch(self, score: float) -> bool:
        """Tell that an epoch has ended."""
        self.n_epochs += 1
        self.teller.epoch(self.n_epochs, score)
        return self.other.epoch(score)

    def end(self, fitted: Fitted) -> None:
        """Tell what the fit has found."""
        self.other.end(fitted)
        report = fitted.report
        came = "converged" if report.converged else "ended"
        kept = "trained model" if report.trained else "start"
        text = f"{came} after {report.n_iter} epochs; {kept} kept, {report.start}"
        self.teller.stage(text, self.n_epochs)


class Lines:
    """Lines for a logger, or on standard output.

    Parameters
    ----------
    name : str
        Whose fit it is.
    interval : int
        Epochs from one line to the next.
    is_detailed : bool
        Whether to add scores and times.
    """

    def __init__(self, name: str, interval: int, is_detailed: bool) -> None:
        self.name, self.interval, self.is_detailed = name, interval, is_detailed
        self.began = time.perf_counter()

    def stage(self, text: str, n_epochs: int | None = None) -> None:
        """Write what begins now."""
        self._write(f"{self.name}: {text}")

    def epoch(self, number: int, score: float) -> None:
        """Write that an epoch has ended, unless the last line was not long ago."""
        if number % self.interval == 0:
            self._write(f"  epoch {number}", f"\tscore {score:.5f}")

    def close(self) -> None:
        """Nothing is open."""

    def _write(self, text: str, score: str = "") -> None:
        if self.is_detailed:
            text += f"{score}\t{time.perf_counter() - self.began:.2f} s"
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

    def stage(self, text: str, n_epochs: int | None = None) -> None:
        """Show what begins now."""
        self.progress.update(self.task, description=f"{self.name}: {text}", total=n_epochs)

    def epoch(self, number: int, score: float) -> None:
        """Show that an epoch has ended."""
        self.progress.update(self.task, completed=number, score=f"{score:.3f} nats")

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
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    except ImportError:
        return None
    console = get_console()
    if not (console.is_terminal or console.is_jupyter):
        return None
    columns = (TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn())
    try:
        return Bar(name, Progress(*columns, TextColumn("{task.fields[score]}"), console=console))
    except LiveError:  # another bar is there already
        return None
