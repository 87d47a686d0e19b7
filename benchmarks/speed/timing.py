"""Repeated times of several candidates, taken in turns."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits

Call = Callable[[], object]


@dataclass(frozen=True)
class Plan:
    """How often to repeat.

    Attributes
    ----------
    repeats : int, default=30
        At most.
    fewest : int, default=5
        Repeats of what is slow.
    least : float, default=0.05
        Seconds that a repeat lasts, of as many calls as that takes.
    budget : float, default=10.0
        Seconds of all repeats of a candidate, unless the fewest take longer.
    """

    repeats: int = 30
    fewest: int = 5
    least: float = 0.05
    budget: float = 10.0

    def calls_and_repeats(self, seconds: float) -> tuple[int, int]:
        """How many calls make a repeat, and how many repeats to take, if one call lasts so."""
        calls = max(1, round(self.least / seconds))
        affordable = int(self.budget / (calls * seconds))
        return calls, min(max(affordable, self.fewest), self.repeats)


QUICK = Plan(repeats=2, fewest=2, least=0.0)
N_WARM_UP = 3
"""Calls of which only the last counts, and that only for the plan."""


def interleaved(
    candidates: Mapping[str, Call], plan: Plan, wait: Call = lambda: None
) -> dict[str, np.ndarray]:
    """Milliseconds a call, ``(repeats,)`` for each candidate.

    The candidates take turns, in an order drawn anew for each round, so that a busy minute of the
    machine is shared by all. ``wait`` is called before the clock is read, for devices that work
    on while Python goes on.
    """
    plans = {
        name: plan.calls_and_repeats(_warmed_up(call, wait)) for name, call in candidates.items()
    }
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    rng, names = np.random.default_rng(0), list(candidates)
    for number in range(plan.repeats):
        for name in rng.permutation(names).tolist():
            calls, repeats = plans[name]
            if number < repeats:
                taken[name].append(1000 * _seconds(candidates[name], calls, wait) / calls)
    return {name: np.array(own) for name, own in taken.items()}


def _warmed_up(call: Call, wait: Call) -> float:
    return [_seconds(call, 1, wait) for _ in range(N_WARM_UP)][-1]


def _seconds(call: Call, calls: int, wait: Call) -> float:
    wait()
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    wait()
    return time.perf_counter() - begin


def median_and_spread(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Median and distance of the quartiles; a single value has no spread."""
    if len(values) < 2:
        return float(np.median(values)), float("nan")
    low, median, high = np.percentile(values, (25, 50, 75))
    return float(median), float(high - low)


@contextmanager
def one_thread() -> Iterator[None]:
    """Everything in one thread; afterwards their number is as it was."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
