"""A fit by one process and by two, each of which has a shard of the rows.

All rows count and batches have as many rows on both sides, half of them in each process. "To
train" is the time before the first epoch: two processes look for a start among fewer rows. Scores
are of rows that were drawn apart, in nats a row.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks import reports
from benchmarks.scale.options import Options
from benchmarks.scale.torchrun import answer
from benchmarks.speed.data import bent_groups, bent_groups_in_a_file
from benchmarks.speed.options import SkippedError

N_FEATURES, N_GROUPS = 8, 8
BATCH_SIZE = 16_384
SETTINGS = {"max_iter": 10, "batch_size": BATCH_SIZE, "init_params": "kmeans"}
QUICK_ROWS, QUICK_SETTINGS = 1000, SETTINGS | {"max_iter": 2, "batch_size": 256}
N_HELD_OUT, SEED_OF_HELD_OUT = 20_000, 999_983
COUNTS = (1, 2)
HEADER = (
    "processes",
    "n",
    "d",
    "K",
    "batch",
    "seconds",
    "to train",
    "an epoch",
    "ratio",
    "epoch's ratio",
    "held-out score",
)
Answers = dict[int, Mapping[str, float]]
"""What a fit took and how it scored, by the number of processes."""


def measured(n: int, settings: Mapping[str, Any]) -> Answers:
    """Fit the same rows by all numbers of processes."""
    with bent_groups_in_a_file(n, N_FEATURES, N_GROUPS) as path, TemporaryDirectory() as folder:
        held_out = Path(folder) / "held_out.npy"
        np.save(held_out, bent_groups(N_HELD_OUT, N_FEATURES, N_GROUPS, SEED_OF_HELD_OUT))
        asked = {"rows": str(path), "held_out": str(held_out), "K": N_GROUPS}
        return {P: answer("shard_fit", P, **asked, settings=settings) for P in COUNTS}


def lines(n: int, batch_size: int, found: Answers) -> list[tuple]:
    """A line for each number of processes; ratios are to one of them."""
    one = found[1]
    return [
        (
            *(P, n, N_FEATURES, N_GROUPS, batch_size),
            *(own[name] for name in ("seconds", "to_train", "an_epoch")),
            *(one[name] / own[name] for name in ("seconds", "an_epoch")),
            own["score"],
        )
        for P, own in found.items()
    ]


def run(options: Options) -> None:
    """Fit and report."""
    if not find_spec("torch.distributed"):
        raise SkippedError("this torch has no torch.distributed.")
    n = QUICK_ROWS if options.quick else options.rows
    settings = QUICK_SETTINGS if options.quick else SETTINGS
    found = lines(n, int(settings["batch_size"]), measured(n, settings))
    reports.report(options.result("processes"), HEADER, found)
