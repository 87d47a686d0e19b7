"""A grid search of eight fits by one worker and by two, by backend and by the size of its fits.

Each search is in a process of its own and starts its workers anew, in which each fit has one
thread. A worker that is a process imports torch before its first fit: "import" has the seconds of
that. "Same" says whether all scores are those of one worker, bit by bit.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from joblib import parallel_config
from joblib.externals.loky import get_reusable_executor
from sklearn.model_selection import GridSearchCV, KFold

from benchmarks import reports
from benchmarks.scale.options import Options
from benchmarks.speed.data import bent_groups
from benchmarks.speed.memory import in_fresh_process
from benchmarks.speed.timing import one_thread
from skflowmix import FlowGMM

EPOCHS, QUICK_EPOCHS = (10, 60, 200), (1,)
"""Of a fit, which make its size."""
N_ROWS, N_FITS, N_WORKERS = 2000, 8, 2
GRID = {"reg_covar": [1e-6, 1e-5, 1e-4, 1e-3]}
BACKENDS = ("threading", "loky", "dask")
ONE = "one worker"
N_IMPORTS = 3
HEADER = ("backend", "epochs", "seconds a fit", "seconds", "ratio", "same", "import")


class Search(NamedTuple):
    """What a search took and found."""

    seconds: float
    scores: tuple[float, ...]


def search(backend: str, epochs: int) -> Search:
    """Search by one worker or, by some backend, two; meant for a fresh process."""
    X = bent_groups(N_ROWS, 2, 3)
    model = FlowGMM(3, max_iter=epochs, init_params="kmeans", device="cpu", random_state=0)
    model.set_params(early_stopping=False, n_iter_no_change=epochs)
    found = GridSearchCV(model, GRID, cv=KFold(2, shuffle=True, random_state=0), refit=False)
    with one_thread():
        FlowGMM(2, max_iter=1, random_state=0).fit(X[:50])  # imports what a fit does
        begin = time.perf_counter()
        with workers(backend):
            found.fit(X)
        seconds = time.perf_counter() - begin
    scores = [found.cv_results_[f"split{k}_test_score"] for k in range(2)]
    return Search(seconds, tuple(np.concatenate(scores).tolist()))


@contextmanager
def workers(backend: str) -> Iterator[None]:
    """Start two workers and end them, or have one: this process."""
    if backend == ONE:
        with parallel_config(n_jobs=1):
            yield
    elif backend == "dask":
        from distributed import Client

        cluster = {"n_workers": N_WORKERS, "threads_per_worker": 1, "dashboard_address": None}
        with Client(**cluster), parallel_config(backend, n_jobs=N_WORKERS):
            yield
    else:
        with parallel_config(backend, n_jobs=N_WORKERS):
            yield
        # Idle workers of loky end after minutes, for which the process that started them waits.
        get_reusable_executor().shutdown()


def import_seconds() -> float:
    """Median seconds that a new process takes to import the package, its own start left out."""

    def taken(code: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - begin

    times = [taken("import skflowmix") - taken("pass") for _ in range(N_IMPORTS)]
    return float(np.median(times))


def lines(epochs: int, found: dict[str, Search], imported: float) -> list[tuple]:
    """A line for each backend; ratios are of one worker's seconds to those of two."""
    one = found[ONE]
    return [
        (
            *(backend, epochs, one.seconds / N_FITS, own.seconds, one.seconds / own.seconds),
            "yes" if own.scores == one.scores else f"to {_difference(own, one):.1e}",
            imported,
        )
        for backend, own in found.items()
    ]


def _difference(own: Search, other: Search) -> float:
    return float(np.abs(np.subtract(own.scores, other.scores)).max())


def run(options: Options) -> None:
    """Search and report."""
    there = [name for name in BACKENDS if name != "dask" or find_spec("distributed")]
    imported, table = import_seconds(), []
    for epochs in QUICK_EPOCHS if options.quick else EPOCHS:
        found = {name: in_fresh_process(search, name, epochs) for name in (ONE, *there)}
        table += lines(epochs, found, imported)
    reports.report(options.result("joblib"), HEADER, table)
