"""Milliseconds of adding up numbers over processes by gloo; torchrun starts it."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

N_WARM_UP = 3


def main(asked: dict[str, Any]) -> None:
    """Add up as many numbers in float32 as are asked for; the first process answers."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    found = [_median_seconds(n, asked["repeats"]) for n in asked["numbers"]]
    if dist.get_rank() == 0:
        Path(asked["out"]).write_text(json.dumps({"seconds": found}))
    dist.destroy_process_group()


def _median_seconds(n: int, repeats: int) -> float:
    values, taken = torch.zeros(n), []
    for _ in range(N_WARM_UP + repeats):
        dist.barrier()
        begin = time.perf_counter()
        dist.all_reduce(values)
        taken.append(time.perf_counter() - begin)
    return float(np.median(taken[N_WARM_UP:]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
