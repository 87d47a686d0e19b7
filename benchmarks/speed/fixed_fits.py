"""The fits whose seconds are summed: those of README and of its first command, and two larger.

Run ``python -m benchmarks.speed.fixed_fits NAME`` for one of them in this process: it prints
seconds, and the file of the package that it has fitted by, which may be that of another commit.
So nothing is asked of the package here but what is public.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import make_moons

import skflowmix
from benchmarks.papers.runs import fitted
from benchmarks.speed.data import bent_groups
from benchmarks.speed.timing import one_thread
from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.datasets import make_pinwheel


class FixedFit(NamedTuple):
    """An estimator, and the rows and perhaps labels that it is fitted to."""

    estimator: Any
    data: Callable[[], tuple[np.ndarray, ...]]


def pinwheel() -> tuple[np.ndarray]:
    """A thousand rows of five bent arms."""
    return (make_pinwheel(1000, random_state=0)[0],)


def few_labels() -> tuple[np.ndarray, np.ndarray]:
    """The same rows with four labels for each arm."""
    X, y = make_pinwheel(1000, random_state=0)
    few = np.full(len(y), -1)
    for arm in range(5):
        few[np.flatnonzero(y == arm)[:4]] = arm
    return X, few


def moons() -> tuple[np.ndarray]:
    """A thousand rows of two half circles."""
    return (make_moons(1000, noise=0.05, random_state=0)[0],)


FITS: dict[str, FixedFit] = {
    "pinwheel, FlowGMM": FixedFit(FlowGMM(5, random_state=0), pinwheel),
    "pinwheel, VariationalFlowMixture": FixedFit(
        VariationalFlowMixture(5, random_state=0), pinwheel
    ),
    "pinwheel, number of groups": FixedFit(
        FlowGMM("auto", max_components=8, random_state=0), pinwheel
    ),
    "pinwheel, few labels": FixedFit(FlowGMM(random_state=0), few_labels),
    "pinwheel, density of 3 layers": FixedFit(
        FlowGMM(n_layers=3, max_iter=20, random_state=0), pinwheel
    ),
    "moons, FlowGMM": FixedFit(FlowGMM(2, random_state=0), moons),
    "moons, VariationalFlowMixture": FixedFit(VariationalFlowMixture(2, random_state=0), moons),
    "5,000 x 8, FlowGMM": FixedFit(FlowGMM(5, random_state=0), lambda: (bent_groups(5000, 8, 5),)),
    "10,000 x 16, FlowGMM": FixedFit(
        FlowGMM(10, random_state=0), lambda: (bent_groups(10_000, 16, 10),)
    ),
}


def seconds(name: str) -> float:
    """Seconds of one of the fits, in one thread, after a brief one."""
    fit = FITS[name]
    with one_thread():
        warm_up = FlowGMM(2, max_iter=1, random_state=0)
        fitted(warm_up, np.random.default_rng(0).normal(size=(50, 2)))
        return fitted(fit.estimator, *fit.data())[1]


if __name__ == "__main__":
    print(json.dumps({"seconds": seconds(sys.argv[1]), "package": skflowmix.__file__}))
