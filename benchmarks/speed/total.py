"""The sum of the seconds of some fits that stay the same, also beside those of another commit.

With ``--against COMMIT`` the package of that commit is put into a temporary folder, and the same
fits are made by both in turns: that one, this one, and again. Each fit is in one thread of a
process of its own, and all of them by the benchmarks of this checkout. "Ratio" is the present
median over that of before, so less than 1 is sooner; the total is the sum of the medians.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import reports
from benchmarks.origin import PACKAGE, ROOT
from benchmarks.speed.fixed_fits import FITS
from benchmarks.speed.options import Options, SkippedError
from benchmarks.speed.timing import median_and_spread

HEADER = ("fit", "runs", "seconds", "spread", "against", "seconds before", "spread", "ratio")
TOTAL = "total"
QUICK_FITS = ("moons, FlowGMM",)
NOW, BEFORE = "now", "before"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
Times = dict[tuple[str, str], list[float]]
"""Seconds of the runs, by the fit and by what it was fitted with."""


@contextmanager
def package_of(commit: str) -> Iterator[Path]:
    """A folder with the package of a commit and nothing else, which is gone afterwards."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "checkout"
        try:
            _git(ROOT, "worktree", "add", "--detach", "--no-checkout", str(path), commit)
            _git(path, "checkout", commit, "--", PACKAGE)
            yield path
        finally:
            subprocess.run(
                ["git", "-C", str(ROOT), "worktree", "remove", "--force", str(path)],
                capture_output=True,
            )


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SkippedError(done.stderr.strip())
    return done.stdout.strip()


def seconds(name: str, folder: Path) -> float:
    """Seconds of one of the fits by the package in a folder."""
    command = [sys.executable, "-P", "-m", "benchmarks.speed.fixed_fits", name]
    paths = os.pathsep.join(dict.fromkeys(map(str, (folder, ROOT))))
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": paths}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    if not Path(found["package"]).resolve().is_relative_to(folder.resolve()):
        raise RuntimeError(f"fitted by {found['package']} instead of the package in {folder}")
    return found["seconds"]


def taken(names: Sequence[str], folders: Mapping[str, Path], n_runs: int) -> Times:
    """Seconds of all runs: the folders take turns within each fit and run."""
    found: Times = {(name, which): [] for name in names for which in folders}
    for name in names:
        for _ in range(n_runs):
            for which, folder in folders.items():
                found[name, which].append(seconds(name, folder))
    return found


def lines(names: Sequence[str], found: Times, against: str) -> list[tuple]:
    """A line for each fit, and their total; without another commit there is no ratio."""
    table = []
    for name in names:
        n_runs = len(found[name, NOW])
        now, before = (median_and_spread(found.get((name, w), [np.nan])) for w in (NOW, BEFORE))
        table.append((name, n_runs, *now, against, *before, now[0] / before[0]))
    now, before = (sum(line[place] for line in table) for place in (2, 5))
    return [*table, (TOTAL, n_runs, now, np.nan, against, before, np.nan, now / before)]


def run(options: Options) -> None:
    """Time and report."""
    names = QUICK_FITS if options.quick else tuple(FITS)
    n_runs = 1 if options.quick else options.runs
    place = package_of(options.against) if options.against else nullcontext()
    with place as folder:
        before = {} if folder is None else {BEFORE: folder}
        against = "-" if folder is None else _git(folder, "rev-parse", "--short=7", "HEAD")
        found = taken(names, {**before, NOW: ROOT}, n_runs)
    reports.report(options.result("total"), HEADER, lines(names, found, against))
