"""Importing the package is quiet, cheap and leaves everything as it was."""

import subprocess
import sys

SCRIPT = """
import sys, warnings, numpy, sklearn.callback, torch
def state():
    tiny = torch.tensor(1e-310, dtype=torch.float64)
    return (
        torch.get_default_dtype(),
        torch.get_num_threads(),
        torch.get_rng_state().tolist(),
        numpy.random.get_state()[1].tolist(),
        list(warnings.filters),
        bool(tiny * 0.5 == 0),
    )
numpy.random.seed(0)
before, modules = state(), set(sys.modules)
import skflowmix
assert state() == before
optional = {"dask", "distributed", "matplotlib", "pandas", "rich"} & (set(sys.modules) - modules)
assert not optional, optional
"""


def test_import_is_quiet_and_changes_nothing():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
