"""The most memory that something takes, and processes that have not taken any before."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")
INTERVAL = 0.02
"""Seconds between two looks."""


def anonymous() -> float:
    """MiB of this process without pages of files, which may be of data; NaN if nobody knows."""
    if STATUS.is_file():
        for line in STATUS.read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    return float("nan")


class PeakMemory:
    """Context in which a thread watches the memory.

    Attributes
    ----------
    mebibytes : float
        Most anonymous memory so far above that on entry.
    """

    def __init__(self) -> None:
        self.mebibytes = 0.0
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._before = anonymous()
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()
        self._look()

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            self._look()

    def _look(self) -> None:
        above = anonymous() - self._before
        self.mebibytes = max(above, self.mebibytes)  # in this order NaN stays


def in_fresh_process(function: Callable[..., Any], *arguments: Any, limit: int = 0) -> Any:
    """Call a function where no memory has been freed that it could take again unseen.

    With a ``limit`` in seconds, beginning after all imports, `BrokenProcessPool` is raised where
    the call takes longer, or where the machine ends it for want of memory, and `RuntimeError`
    where no process can be started.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            pool.submit(os.getpid).result()
        except BrokenProcessPool as error:
            raise RuntimeError("No fresh process can be started from here.") from error
        return pool.submit(_within, limit, function, *arguments).result()


def _within(limit: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a process that ends after so many seconds, never with 0."""
    if limit:
        signal.alarm(limit)  # the kernel ends the process, whatever it is busy with
    return function(*arguments)
