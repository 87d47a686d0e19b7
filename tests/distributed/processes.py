"""Two processes that run scenarios, each in a Python of its own."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]  # the package under test, whichever is installed
WORKER = Path(__file__).parent / "worker.py"
TIMEOUT = 240


def run_in_processes(folder, *names, n_processes=2):
    """Return the results of scenarios by their names, for each of the processes.

    A process that has been killed has those until then.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    outputs = [folder / f"{rank}.pickle" for rank in range(n_processes)]
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                WORKER,
                folder / "meeting",
                str(rank),
                str(n_processes),
                output,
                ",".join(names),
            ],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, output in enumerate(outputs)
    ]
    try:
        said = [worker.communicate(timeout=TIMEOUT)[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    found = [pickle.loads(each.read_bytes()) if each.exists() else {} for each in outputs]
    if any(set(names) - {"killed"} - set(own) for own in found):
        raise AssertionError("\n".join(said))
    return found
