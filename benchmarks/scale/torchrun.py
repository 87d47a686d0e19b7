"""Programs that torchrun starts in several processes, and what the first of them answers."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.origin import ROOT
from benchmarks.speed.total import ONE_THREAD


def answer(program: str, n_processes: int, **asked: Any) -> dict[str, Any]:
    """Run a module of this package as so many processes of one thread.

    The module gets what is asked as JSON, with the ``out`` into which its first process writes.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder) / "answer.json"
        launcher = ["torch.distributed.run", "--standalone", f"--nproc-per-node={n_processes}"]
        module = ["-m", f"benchmarks.scale.{program}", json.dumps({**asked, "out": str(out)})]
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-m", *launcher, *module], env=environment, check=True)
        return json.loads(out.read_text())
