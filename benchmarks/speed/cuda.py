"""The cost of training on a GPU: of a step, by the number of flows and the batch, and of fits.

Steps of all libraries are timed as Python asks for them, and, where a library allows it, recorded
and repeated as a CUDA graph, which is how this package trains there. Fits are on the GPU and on
the CPUs of the same machine, with all their threads, from the k-means start.
"""

import gc
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product

import numpy as np
import torch

from benchmarks import reports
from benchmarks.papers.rivals import FLOWS
from benchmarks.papers.runs import fitted
from benchmarks.speed import timing
from benchmarks.speed.data import bent_groups
from benchmarks.speed.options import Options, SkippedError
from benchmarks.speed.peers import installed, maker
from benchmarks.speed.steps import HEADER, QUICK_SETTINGS, Setting, batch, lines, milliseconds
from benchmarks.speed.timing import Plan
from skflowmix.training.cuda_graphs import N_WARM_UP, Replayed

SETTINGS = tuple(Setting(16, n, K) for n in (256, 2048, 16_384) for K in (1, 4, 16, 64))
GRAPH = ", graph"
SIZES, N_FEATURES, N_GROUPS = (10_000, 100_000), 16, 8
"""Of fits: rows, columns and groups."""
HEADER_OF_FITS = ("estimator", "n", "d", "K", "device", "epochs", "seconds", "score")


def table(settings: tuple[Setting, ...], plan: Plan, device: str) -> list[tuple]:
    """Time all libraries that are there; what does not run has no time."""
    names, found = installed(), []
    for setting in settings:
        found += lines(setting, timed(names, setting, plan, device))
        gc.collect()
        torch.cuda.empty_cache()
    return found


def timed(
    names: Sequence[str], setting: Setting, plan: Plan, device: str
) -> dict[str, np.ndarray]:
    """Milliseconds of the steps of libraries, and of those that are recorded."""
    x, steps = batch(setting, device), {}
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    for name in names:
        steps[name] = maker(name)(setting.K, setting.d, 0, device)
        if device == "cuda":
            steps[name + GRAPH] = Replayed(maker(name)(setting.K, setting.d, 0, device))
    running = {name: step for name, step in steps.items() if runs(name, partial(step, x))}
    missing = {name: np.array([np.nan]) for name in steps if name not in running}
    return milliseconds(running, x, plan, wait) | missing


def runs(name: str, step: timing.Call) -> bool:
    """Whether steps end without want of memory, and can be recorded if that is what they are for.

    What was taken by those that do not is given back.
    """
    try:
        for _ in range(N_WARM_UP + 1):
            step()
    except (torch.OutOfMemoryError, torch.AcceleratorError) as reason:
        print(f"Without {name}: {str(reason).splitlines()[0]}")
        return False
    finally:
        torch.cuda.empty_cache()
    return True


def fits(sizes: tuple[int, ...], settings: Mapping[str, object]) -> list[tuple]:
    """Fit both estimators on the GPU and on the CPUs."""
    found = []
    for n, (name, make), device in product(sizes, FLOWS.items(), ("cuda", "cpu")):
        X, test = bent_groups(n, N_FEATURES, N_GROUPS), bent_groups(5000, N_FEATURES, N_GROUPS, 2)
        model = make(N_GROUPS, 0).set_params(device=device, init_params="kmeans", **settings)
        fitted(make(2, 0).set_params(max_iter=1, device=device), X[:1000])  # a device wakes up
        model, seconds = fitted(model, X)
        score = model.score(test)
        found.append((name, n, N_FEATURES, N_GROUPS, device, model.n_iter_, seconds, score))
    return found


def run(options: Options) -> None:
    """Time and report, where there is a GPU."""
    if not torch.cuda.is_available():
        raise SkippedError("there is no device that torch.cuda can use.")
    plan = timing.QUICK if options.quick else Plan()
    settings = QUICK_SETTINGS if options.quick else SETTINGS
    reports.report(options.result("cuda"), HEADER, table(settings, plan, "cuda"))
    sizes = (400,) if options.quick else SIZES
    found = fits(sizes, {"max_iter": 2} if options.quick else {})
    reports.report(options.result("cuda_fits"), HEADER_OF_FITS, found)
