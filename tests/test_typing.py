"""Whoever checks types strictly sees those of this package, whatever its own settings are."""

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).with_name("typing_example.py")
WITHOUT_TYPES = "--ignore-missing-imports"  # as scikit-learn and pandas are


def test_a_script_of_the_whole_surface_is_typed(tmp_path):
    settings = ["--strict", "--config-file=", WITHOUT_TYPES, "--follow-imports=silent"]
    command = [sys.executable, "-m", "mypy", *settings, f"--cache-dir={tmp_path}", str(EXAMPLE)]
    root = EXAMPLE.parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stdout
