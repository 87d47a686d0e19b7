"""The cost of one step of training on a GPU, against the number of flows and the batch."""

from functools import partial

import numpy as np
import torch

from benchmarks import reports
from benchmarks.speed import timing
from benchmarks.speed.options import Options, SkippedError
from benchmarks.speed.peers import installed, maker
from benchmarks.speed.steps import HEADER, QUICK_SETTINGS, Setting, batch, lines, milliseconds
from benchmarks.speed.timing import Plan

SETTINGS = tuple(Setting(16, n, K) for n in (256, 2048, 16_384) for K in (1, 4, 16, 64))


def table(settings: tuple[Setting, ...], plan: Plan, device: str) -> list[tuple]:
    """Time all libraries that are there; what does not fit into memory has no time."""
    found, names = [], installed()
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    for setting in settings:
        steps = {name: maker(name)(setting.K, setting.d, 0, device) for name in names}
        x = batch(setting, device)
        fitting = {name: step for name, step in steps.items() if fits_in_memory(partial(step, x))}
        missing = {name: np.array([np.nan]) for name in names if name not in fitting}
        found += lines(setting, milliseconds(fitting, x, plan, wait) | missing)
    return found


def fits_in_memory(step: timing.Call) -> bool:
    """Whether one step ends without want of memory; what it took is given back."""
    try:
        step()
    except torch.OutOfMemoryError:
        return False
    finally:
        torch.cuda.empty_cache()
    return True


def run(options: Options) -> None:
    """Time and report, where there is a GPU."""
    if not torch.cuda.is_available():
        raise SkippedError("there is no device that torch.cuda can use.")
    plan = timing.QUICK if options.quick else Plan()
    settings = QUICK_SETTINGS if options.quick else SETTINGS
    reports.report(options.result("cuda"), HEADER, table(settings, plan, "cuda"))
