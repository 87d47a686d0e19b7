"""All measurements, the most important first, in parts if need be.

Run ``python -m benchmarks.run_all --data FOLDER``. It first says for how long each measurement
takes: as long as it last took here, or else about as long as `benchmarks.plan` says. ``--only
NAMES`` takes some of them, and ``--within HOURS`` as many as fit, the most important first. What
is done by the present commit is not repeated. What was interrupted goes on where it stopped if it
keeps a file of its runs, and else begins anew.

Before all others some small fits say whether earlier results still hold, see `benchmarks.answers`.
What each measurement prints is in one log, and that it was done, by which versions and on which
machine, in ``results/run_all.csv``. Then ``python -m benchmarks.published`` writes the tables.
"""

import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch

from benchmarks import answers, csv_files, origin, reports
from benchmarks.arguments import Command
from benchmarks.plan import JOBS, Job

NAME = "run_all"
HEADER = ("job", "command", "seconds", "commit", "version", "machine")
LIBRARIES = ("scikit-learn", "torch")
HOUR = 3600.0


def path() -> Path:
    """The file of what was done."""
    return reports.RESULTS / f"{NAME}.csv"


def hours() -> dict[str, float]:
    """How long each job takes: the last time that it was done, or about so long."""
    last = {row["job"]: float(row["seconds"]) / HOUR for row in csv_files.read_named(path())}
    return {name: last.get(name, job.hours) for name, job in JOBS.items()}


def done() -> set[str]:
    """Jobs that the present commit has done by the commands of the present plan."""
    return {
        row["job"]
        for row in csv_files.read_named(path())
        if row["commit"] == origin.commit()
        and row["job"] in JOBS
        and row["command"] == JOBS[row["job"]].command
    }


def chosen(names: Iterable[str], within: float, took: Mapping[str, float]) -> list[str]:
    """Those that fit into so many hours, the most important first; a later one may fit better."""
    taken: list[str] = []
    for name in JOBS:
        if name in names and took[name] <= within + 1e-9:
            taken.append(name)
            within -= took[name]
    return taken


def reason_to_leave_out(name: str) -> str:
    """Why a job is not to be done here, if so."""
    if name in done():
        return "done at this commit"
    if JOBS[name].needs_gpu and not torch.cuda.is_available():
        return "needs a GPU"
    return ""


def show(names: Sequence[str], taken: Sequence[str], took: Mapping[str, float]) -> None:
    """Print the hours of each job and what becomes of it."""
    for name in names:
        fate = reason_to_leave_out(name) or ("" if name in taken else "does not fit")
        print(f"{took[name]:6.2f} h  {name:<18}{fate}".rstrip())
    print(f"{sum(took[name] for name in taken):6.2f} h  to do now")


def perform(name: str, job: Job, asked: Namespace) -> int:
    """Do one job in a process of its own, and note it; return its exit status."""
    cases = reports.RESULTS / f"cases_{origin.commit()}.joblib"
    command = [sys.executable, "-u", "-m", *job.arguments(asked.data, cases)]
    before = time.monotonic()
    asked.log.parent.mkdir(parents=True, exist_ok=True)
    with open(asked.log, "a") as log:
        print(f"== {time.strftime('%F %T')} {name}: {job.printed}", file=log, flush=True)
        status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT).returncode
        seconds = time.monotonic() - before
        print(f"-- {time.strftime('%F %T')} {name}: exit status {status}", file=log)
    if status == 0:
        note(name, job, seconds)
    return status


def note(name: str, job: Job, seconds: float) -> None:
    """Write down that a job is done."""
    versions = (f"{library} {origin.installed_version(library)}" for library in LIBRARIES)
    version = ", ".join([origin.version(), *versions])
    row = (name, job.command, f"{seconds:.0f}", origin.commit(), version)
    rows = [] if path().is_file() else [HEADER]
    csv_files.append(path(), [*rows, (*row, origin.processor_and_cores())])


def main(argv: Sequence[str] | None = None) -> int:
    """Say how long all takes and do what is asked; return 1 if something failed."""
    command = Command(NAME, __doc__, ("data",))
    command.add_names("only", JOBS)
    command.add_argument("--within", type=float, default=float("inf"), help="hours")
    command.add_argument("--list", action="store_true", help="only say how long each takes")
    command.add_argument("--log", type=Path, default=reports.RESULTS / f"{NAME}.log")
    asked = command.asked(argv)
    took = hours()
    names = [name for name in JOBS if name in asked.only]
    todo = [name for name in names if not reason_to_leave_out(name)]
    taken = chosen(todo, asked.within, took)
    show(names, taken, took)
    if asked.list or not taken:
        return 0
    print("\n".join(answers.update()) or "Earlier results with the same answers still hold.")
    failed = [name for name in taken if perform(name, JOBS[name], asked)]
    for name in failed:
        print(f"{name} failed, see {asked.log}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
