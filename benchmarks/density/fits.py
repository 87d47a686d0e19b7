"""What a peer returns, the clock that it is under, and choices by validation rows."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.papers.runs import fitted

Score = Callable[[np.ndarray], np.ndarray]
"""Log-densities ``(n,)`` of rows ``(n, d)``."""
MOST_WATCHED = 2000
"""Rows of the test that a curve is about."""


@dataclass
class Clock:
    """Seconds spent on a fit, without those in which others look at it."""

    begun: float = field(default_factory=time.perf_counter)
    paused: float = 0.0
    curve: list[tuple[float, float]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.perf_counter() - self.begun - self.paused

    def watch(self, score: Score, test: np.ndarray) -> None:
        """Add a point to the curve: seconds so far and mean log-likelihood of test rows."""
        seconds, looked_at = self.seconds, time.perf_counter()
        self.curve.append((seconds, float(np.mean(score(test[:MOST_WATCHED])))))
        self.paused += time.perf_counter() - looked_at


@dataclass(frozen=True)
class Fitted:
    """A fitted density.

    Attributes
    ----------
    score : callable
    seconds : float
        That the fit took.
    curve : list of (float, float)
        What a `Clock` has watched.
    chosen : str, default=""
        What validation rows decided.
    """

    score: Score
    seconds: float
    curve: list[tuple[float, float]]
    chosen: str = ""


def chosen_by_validation(
    candidates: Iterable[tuple[str, Any]], train: np.ndarray, validation: np.ndarray
) -> Fitted:
    """Fit estimators with ``score_samples`` and keep the best on the validation rows."""
    best, total = None, 0.0
    for name, candidate in candidates:
        estimator, seconds = fitted(candidate, train)
        total += seconds
        score = float(estimator.score_samples(validation).mean())
        if best is None or score > best[0]:
            best = score, name, estimator
    assert best is not None
    return Fitted(best[2].score_samples, total, [], best[1])
