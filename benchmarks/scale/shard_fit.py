"""A fit of which each process has a shard of the rows; torchrun starts it.

With one process it is the plain fit that everyone has.
"""

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.papers.runs import fitted
from benchmarks.scale.epochs import EpochEnds
from benchmarks.speed.timing import one_thread
from skflowmix import FlowGMM


def shard(path: str, rank: int, n_processes: int) -> np.ndarray:
    """The rows of one process: as many as others have, one after the other."""
    X = np.load(path, mmap_mode="r")
    ends = np.linspace(0, len(X), n_processes + 1).astype(int)
    return X[ends[rank] : ends[rank + 1]]


def together(n_processes: int) -> Any:
    """The context in which all processes fit one model."""
    if n_processes == 1:
        return nullcontext()
    from skflowmix.distributed import shards  # needs torch.distributed, one process does not

    return shards()


def main(asked: dict[str, Any]) -> None:
    """Fit; the first process scores rows that were drawn apart, and answers."""
    rank, n_processes = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE"))
    X = shard(asked["rows"], rank, n_processes)
    with one_thread(), together(n_processes):
        warm_up = FlowGMM(2, max_iter=1, init_params="kmeans", device="cpu", random_state=0)
        fitted(warm_up, np.random.default_rng(rank).normal(size=(100, X.shape[1])))
        ends = EpochEnds()
        model = FlowGMM(asked["K"], random_state=0, device="cpu", subsample=None)
        model.set_params(**asked["settings"]).set_callbacks(ends)
        _, seconds = fitted(model, X)
    if rank == 0:
        score = float(model.score(np.load(asked["held_out"])))
        found = {"seconds": seconds, "an_epoch": ends.an_epoch, "score": score}
        Path(asked["out"]).write_text(json.dumps({**found, "to_train": ends.to_train}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
