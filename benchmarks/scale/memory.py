"""The most memory of fits to files of more and more rows, of which 100,000 are drawn.

Rows are in float32, in a file that is mapped into memory; each fit is in a process of its own,
with all parameters as they come but for fewer epochs. Memory is the most that a process had, files
not counted, above what it had just before the fit.
"""

from pathlib import Path

import numpy as np

from benchmarks import reports
from benchmarks.papers.runs import fitted
from benchmarks.scale.options import Options
from benchmarks.speed.data import bent_groups_in_a_file
from benchmarks.speed.memory import PeakMemory, in_fresh_process
from benchmarks.speed.timing import one_thread
from skflowmix import FlowGMM

SIZES, QUICK_SIZES = (100_000, 1_000_000, 10_000_000), (500, 1000)
QUICK_SUBSAMPLE = 200
N_FEATURES, N_GROUPS, EPOCHS = 8, 8, 3
HEADER = ("n", "d", "K", "subsample", "seconds", "MiB above X", "MiB of X")


def fit(path: Path, settings: dict[str, int]) -> tuple[float, float]:
    """Seconds and MiB of a fit to rows of a file; meant for a fresh process."""
    X = np.load(path, mmap_mode="r")
    with one_thread():
        warm_up = FlowGMM(2, max_iter=1, device="cpu", random_state=0)
        fitted(warm_up, np.random.default_rng(0).normal(size=(50, 2)))
        model = FlowGMM(N_GROUPS, max_iter=EPOCHS, device="cpu", random_state=0)
        with PeakMemory() as peak:
            _, seconds = fitted(model.set_params(**settings), X)
    return seconds, peak.mebibytes


def line(n: int, settings: dict[str, int]) -> tuple:
    """Draw rows, fit them, and leave nothing behind."""
    with bent_groups_in_a_file(n, N_FEATURES, N_GROUPS, "float32") as path:
        found = in_fresh_process(fit, path, settings)
    size = n * N_FEATURES * np.dtype(np.float32).itemsize / 2**20
    subsample = settings.get("subsample", FlowGMM().subsample)
    return (n, N_FEATURES, N_GROUPS, subsample, *found, size)


def run(options: Options) -> None:
    """Fit and report."""
    sizes = QUICK_SIZES if options.quick else SIZES
    settings = {"subsample": QUICK_SUBSAMPLE} if options.quick else {}
    reports.report(options.result("memory"), HEADER, [line(n, settings) for n in sizes])
