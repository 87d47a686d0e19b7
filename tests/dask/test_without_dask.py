"""Without dask the package works, and its module for dask says what to install."""

import subprocess
import sys

SCRIPT = """
import sys
import skflowmix
for missing in ("distributed", "dask"):
    sys.modules[missing] = None
    try:
        import skflowmix.dask
    except ImportError as error:
        print(error)
"""


def test_the_extra_is_named():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    told = done.stdout.splitlines()
    assert len(told) == 2
    for missing, line in zip(("distributed", "dask"), told, strict=True):
        assert f"import of {missing} halted" in line
        assert line.endswith("pip install skflowmix[dask]")
