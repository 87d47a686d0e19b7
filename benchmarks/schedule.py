"""What other schedules of training would gain or lose, on one table of each family.

Run ``python -m benchmarks.schedule --data FOLDER``. A fifth of the rows of each table are held
apart. Fits begin with the same start, and differ in the most epochs, the patience, the size of a
batch and the warm-up of the learning rate; differences are to the default. The schedule was chosen
by the first half of the families; the other half has had no say.

Means of nats count no table by more than half a nat, as one that is not moved from its start may
lose ten. Runs are written to ``results/schedule_runs.csv`` as they end, and are not repeated while
the code and the machine are the same.
"""

import time
import warnings
import zlib
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from benchmarks import reports
from benchmarks.arguments import Command
from benchmarks.resumable import Record, Run, Runs, commits
from benchmarks.tables import Table, real
from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.training import loop

LEAST_ROWS, MOST_ROWS = 150, 2500
MOST_NATS = 0.5
DEFAULT = "default"
LONG = {"max_iter": 100, "n_iter_no_change": 25}
SCHEDULES: dict[str, dict[str, Any]] = {
    DEFAULT: {},
    "100 epochs": LONG,
    "100 epochs, no warm-up": {**LONG, "warm_up": 0},
    "no warm-up": {"warm_up": 0},
    "30 epochs": {"max_iter": 30, "n_iter_no_change": 8},
    "larger batches": {"share": 5},
}
"""Parameters of the estimators; ``warm_up`` is in steps, ``share`` the part of the rows that a
batch has."""
HEADER = (
    "task",
    "schedule",
    "families",
    "number",
    "nats",
    "least",
    "most",
    "adjusted Rand index",
    "time ratio",
    reports.COMMIT,
)
TASKS = {
    "groups, FlowGMM": lambda K: FlowGMM(K, random_state=0),
    "groups, VariationalFlowMixture": lambda K: VariationalFlowMixture(K, random_state=0),
    "density, FlowGMM": lambda K: FlowGMM(random_state=0),
}


class Cell(NamedTuple):
    """One fit."""

    task: str
    schedule: str
    family: str


class Metrics(NamedTuple):
    """What it is worth on rows held apart, epochs, and processor seconds."""

    nats: float
    index: float
    epochs: int
    seconds: float


def tables(data: Path) -> dict[str, Table]:
    """The first table of each family that is large enough."""
    found: dict[str, Table] = {}
    for table in real(data, 1):
        if len(table.X) >= LEAST_ROWS and table.X.shape[1] > 1:
            found.setdefault(table.family, table)
    return found


def is_left_out(family: str) -> bool:
    """Whether a family has had no say, by a hash of its name."""
    return bool(zlib.crc32(family.encode()) % 2)


def measure(cell: Cell, table: Table) -> Metrics:
    """Fit by a schedule, and score."""
    settings = dict(SCHEDULES[cell.schedule])
    steps = settings.pop("warm_up", loop.WARM_UP_STEPS)
    X, y = table.X[:MOST_ROWS], table.references[0][:MOST_ROWS]
    X, X_test, _, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    if "share" in settings:
        settings["batch_size"] = max(len(X) // settings.pop("share"), 32)
    model = TASKS[cell.task](table.sizes[0]).set_params(**settings)
    with (
        threadpool_limits(1),
        warnings.catch_warnings(),
        patch.object(loop, "WARM_UP_STEPS", steps),
    ):
        warnings.simplefilter("ignore")  # of few values and of groupings that are equally good
        before = time.process_time()
        model.fit(X)
        seconds = time.process_time() - before
        in_steps = bool((model.noise_widths_ > 0).any())
        nats = float(model.score_samples(X_test, mass=in_steps).mean())
    return Metrics(
        nats, adjusted_rand_score(y_test, model.predict(X_test)), model.n_iter_, seconds
    )


def pairs(runs: Runs, task: str, schedule: str, left_out: bool) -> Iterator[tuple[Run, Run]]:
    """Runs of a schedule, each beside that of the default, over half of the families."""
    for cell, run in runs.items():
        if cell[:2] == (task, schedule) and is_left_out(cell.family) == left_out:
            yield run, runs[cell._replace(schedule=DEFAULT)]


def lines(runs: Runs) -> list[tuple]:
    """What each schedule changes, over the halves of the families."""
    found = []
    for task, schedule in product(TASKS, SCHEDULES):
        for left_out, name in ((False, "chosen by"), (True, "left out")):
            both = list(pairs(runs, task, schedule, left_out))
            if both and schedule != DEFAULT:
                found.append((task, schedule, name, *figures(both)))
    return found


def figures(both: Sequence[tuple[Run, Run]]) -> tuple:
    """Means and extremes of the differences to the default."""
    nats = np.array([own.metrics.nats - base.metrics.nats for own, base in both])
    index = np.array([own.metrics.index - base.metrics.index for own, base in both])
    seconds = np.array([[own.metrics.seconds, base.metrics.seconds] for own, base in both])
    ratio = seconds[:, 0].sum() / seconds[:, 1].sum()
    mean = np.clip(nats, -MOST_NATS, MOST_NATS).mean()
    numbers = (mean, nats.min(), nats.max(), index.mean(), ratio)
    return len(both), *map(float, numbers), commits([run for pair in both for run in pair])


def main(argv: Sequence[str] | None = None) -> None:
    """Fit what is missing and report."""
    command = Command("schedule", __doc__, ["data", "quick"])
    asked = command.asked(argv)
    with command.needing_data():
        found = tables(asked.data)
    folder, most = ("quick/", 2) if asked.quick else ("", len(found))
    record = Record(reports.RESULTS / f"{folder}schedule_runs.csv", Cell, Metrics)
    tasks = list(TASKS)[:1] if asked.quick else list(TASKS)
    cells = [Cell(t, s, f) for t in tasks for f in list(found)[:most] for s in SCHEDULES]
    runs = record.completed(cells, lambda cell: measure(cell, found[cell.family]))
    reports.report_runs(f"{folder}schedule", HEADER, lines(runs))


if __name__ == "__main__":
    main()
