"""One of several processes: runs scenarios by their names, and saves what they return after each.

Run by ``worker.py MEETING RANK N_PROCESSES RESULTS NAMES``, the last of which commas divide.
"""

import os
import pickle
import sys
import warnings
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from skflowmix.experts import evidence, forests

sys.path.insert(0, str(Path(__file__).parent))

import scenarios


def main(meeting: str, rank: str, n_processes: str, results: str, names: str) -> None:
    """Meet the others by a file, and run all scenarios in turn."""
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        f"file://{meeting}",
        rank=int(rank),
        world_size=int(n_processes),
        timeout=timedelta(seconds=60),
    )
    forests.N_TREES, evidence.FOLDS = 4, 2  # as in the tests that run in one process
    warnings.simplefilter("ignore")
    found = {}
    for name in names.split(","):
        found[name] = getattr(scenarios, name)(int(rank))
        Path(results).write_bytes(pickle.dumps(found))
    os._exit(0)  # without waiting for others, which may be no more


if __name__ == "__main__":
    main(*sys.argv[1:])
