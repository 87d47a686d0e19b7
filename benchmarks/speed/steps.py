"""The cost of one step of training: forward, backward and a fused AdamW, in one thread.

Mixtures of K flows of eight affine couplings with networks of 64 by 64, in float32. The candidates
take turns in one process. "Spread" is the distance of the quartiles, and the last columns are
multiples of the fastest other library and of the matrix products alone, forward and back.

A second table has the cost of training several starts side by side.
"""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from benchmarks import reports
from benchmarks.speed import timing
from benchmarks.speed.options import Options
from benchmarks.speed.peers import OURS, PRODUCTS, installed, maker
from benchmarks.speed.skflowmix_steps import starts
from benchmarks.speed.timing import Plan, median_and_spread, one_thread
from benchmarks.speed.training import Step


class Setting(NamedTuple):
    """Features, rows of a batch and flows."""

    d: int
    rows: int
    K: int


COMPONENTS = (1, 4, 16, 64)
SETTINGS = tuple(Setting(d, n, K) for d, n in ((2, 256), (16, 512)) for K in COMPONENTS)
QUICK_SETTINGS = (Setting(2, 64, 2),)
SEVERAL_STARTS, N_INIT = Setting(2, 256, 4), (1, 2, 4, 8)
HEADER = (
    *Setting._fields,
    "library",
    "ms",
    "spread",
    "repeats",
    "to fastest peer",
    "to products",
)
STARTS_HEADER = (*Setting._fields, "n_init", "ms", "spread", "repeats", "ratio")


def batch(setting: Setting, device: str = "cpu") -> Tensor:
    """Rows to train on."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(setting.rows, setting.d, generator=generator).to(device)


def milliseconds(
    steps: Mapping[str, Step], x: Tensor, plan: Plan, wait: timing.Call = lambda: None
) -> dict[str, np.ndarray]:
    """Milliseconds of a step, ``(repeats,)`` for each of the libraries."""
    calls = {name: partial(step, x) for name, step in steps.items()}
    with one_thread():
        return timing.interleaved(calls, plan, wait)


def lines(setting: Setting, taken: Mapping[str, np.ndarray]) -> list[tuple]:
    """A line for each library; what was not timed has none."""
    medians = {name: float(np.median(own)) for name, own in taken.items()}
    peers = [median for name, median in medians.items() if not name.startswith((OURS, PRODUCTS))]
    fastest = min((median for median in peers if median > 0), default=float("nan"))
    products = medians.get(PRODUCTS, float("nan"))
    return [
        (*setting, name, *summary(own), medians[name] / fastest, medians[name] / products)
        for name, own in taken.items()
    ]


def summary(taken: np.ndarray) -> tuple[float, float, int]:
    """Median, spread and number of repeats."""
    return *median_and_spread(taken), len(taken)


def table(settings: tuple[Setting, ...], plan: Plan) -> list[tuple]:
    """Time all libraries that are there."""
    found, names = [], installed()
    for setting in settings:
        steps = {name: maker(name)(setting.K, setting.d, 0, "cpu") for name in names}
        found += lines(setting, milliseconds(steps, batch(setting), plan))
    return found


def starts_table(setting: Setting, plan: Plan) -> list[tuple]:
    """Time several starts side by side, as multiples of one."""
    steps = {str(R): starts(R, setting.K, setting.d, 0, "cpu") for R in N_INIT}
    taken = milliseconds(steps, batch(setting), plan)
    one = float(np.median(taken[str(N_INIT[0])]))
    return [(*setting, R, *summary(own), float(np.median(own)) / one) for R, own in taken.items()]


def run(options: Options) -> None:
    """Time and report both tables."""
    plan = timing.QUICK if options.quick else Plan()
    settings = QUICK_SETTINGS if options.quick else SETTINGS
    reports.report(options.result("steps"), HEADER, table(settings, plan))
    several = QUICK_SETTINGS[0] if options.quick else SEVERAL_STARTS
    reports.report(options.result("starts"), STARTS_HEADER, starts_table(several, plan))
