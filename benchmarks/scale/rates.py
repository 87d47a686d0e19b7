"""Rates of this machine that a plan is made from: of a step, of memory, and of adding up."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.papers.runs import fitted
from benchmarks.scale.epochs import EpochEnds, trained_numbers
from benchmarks.scale.torchrun import answer
from benchmarks.speed.data import bent_groups, bent_groups_in_a_file
from benchmarks.speed.memory import PeakMemory, in_fresh_process
from benchmarks.speed.timing import one_thread
from skflowmix import FlowGMM

EPOCHS, STEPS = 4, 5
"""Of a fit whose steps are timed: few, as each is long."""
FEW, MANY = 256, 8_000_000
"""Numbers that are added up: by the first takes latency, by the second bandwidth."""
REPEATS = 10
LEAST_SHARE = 0.01


class Step(NamedTuple):
    """Seconds of a step of training: ``fixed + a_row * rows``."""

    fixed: float
    a_row: float

    def seconds(self, rows: float) -> float:
        """Of a step on so many rows."""
        return self.fixed + self.a_row * rows

    @classmethod
    def through(cls, rows: int, seconds: float, half: float) -> "Step":
        """From the seconds of steps on so many rows and on half of them.

        A hundredth of the time is for rows at the least: of few, clocks cannot tell it.
        """
        a_row = max(2 * (seconds - half), LEAST_SHARE * seconds) / rows
        return cls(max(seconds - a_row * rows, 0.0), a_row)


class Network(NamedTuple):
    """What messages between processes cost: seconds each, and bytes a second."""

    latency: float
    bandwidth: float

    def sum_seconds(self, n_bytes: float, n_workers: int) -> float:
        """Seconds of adding up round a ring, where every worker sends and receives at once."""
        n_messages = 2 * (n_workers - 1)
        return n_messages * (self.latency + n_bytes / n_workers / self.bandwidth)


def _fit(X: np.ndarray, K: int, **settings: Any) -> tuple[FlowGMM, EpochEnds]:
    """Fit all rows from a cheap start, in one thread."""
    ends = EpochEnds()
    model = FlowGMM(K, init_params="kmeans", subsample=None, device="cpu", random_state=0)
    with one_thread():
        fitted(model.set_params(**settings).set_callbacks(ends), X)
    return model, ends


def step(d: int, K: int, rows: int) -> Step:
    """Time steps of a fit with batches of so many rows, and of half of them."""
    return Step.through(rows, *(_step_seconds(d, K, size) for size in (rows, rows // 2)))


def _step_seconds(d: int, K: int, rows: int) -> float:
    """Seconds of an epoch over its steps: the scores after it are a part of them."""
    X = bent_groups(STEPS * rows, d, K)
    _, ends = _fit(X, K, max_iter=EPOCHS, batch_size=rows, early_stopping=False)
    return ends.an_epoch / STEPS


def n_trained(d: int, K: int) -> int:
    """How many numbers are trained by gradients."""
    with trained_numbers() as found:
        _fit(bent_groups(50 * K, d, K), K, max_iter=1)
    return max(found)


def bytes_a_number(d: int, K: int, n: int) -> float:
    """Bytes of memory for each number of a table that is fitted as a whole."""
    least, most = (_peak_bytes(rows, d, K) for rows in (n, 2 * n))
    return max(most - least, 0.0) / (n * d)


def _peak_bytes(n: int, d: int, K: int) -> float:
    with bent_groups_in_a_file(n, d, K, "float32") as path:
        return in_fresh_process(peak_bytes, path, K)


def peak_bytes(path: Path, K: int) -> float:
    """Most bytes of a fit above the rows, which are in a file; meant for a fresh process."""
    X = np.load(path, mmap_mode="r")
    with PeakMemory() as peak:
        _fit(X, K, max_iter=1)
    return peak.mebibytes * 2**20


def local_network(n_processes: int = 2) -> Network:
    """Measure gloo between processes of this machine."""
    short, long = answer("network", n_processes, numbers=[FEW, MANY], repeats=REPEATS)["seconds"]
    n_messages = 2 * (n_processes - 1)
    n_bytes = (MANY - FEW) * np.dtype(np.float32).itemsize
    return Network(short / n_messages, n_messages * n_bytes / n_processes / (long - short))
