"""Where a figure comes from: by which code, of which version, on which machine.

The commit is the last one that changed the package or a benchmark, so that results may be
committed, and the README with them, between two parts of a long benchmark. If the code has been
edited since, "+" and a digest of it follow: 1a2b3c4+9f8e.

Files of runs are older than this. What was in them then has been given, as its commit, the one
that put the row into the file, which is later than the one by whose code it was measured; and the
machine is unrecorded unless ``results/speed_machine.csv`` knew it. Tables that are made without a
file of runs have the commit that last changed them.
"""

import os
import platform
import subprocess
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
CODE = ("skflowmix", "benchmarks", ":(exclude)benchmarks/results")
"""What a run depends on, as git names paths."""
PACKAGE = "skflowmix"
UNKNOWN = "unknown"
"""The commit outside of git."""
UNRECORDED = "unrecorded"
CPU_INFO = Path("/proc/cpuinfo")


class Origin(NamedTuple):
    """Where a run comes from, as far as that was written down."""

    commit: str = UNRECORDED
    version: str = UNRECORDED
    machine: str = UNRECORDED


def present(library: str = PACKAGE) -> Origin:
    """Origin of what is measured now, of this package or of another library."""
    return Origin(commit(), version(library), processor_and_cores())


@cache
def commit() -> str:
    """Commit of this checkout when it was first asked for, which is the code that runs.

    `benchmarks.arguments.Command` asks before anything is measured: until the end of a long
    benchmark there may be other commits.
    """
    return commit_of(ROOT)


def commit_of(root: Path) -> str:
    """Commit of the code in a checkout, with a digest of it if it was edited since."""
    found = _git(root, "log", "-1", "--format=%h", "--abbrev=7", "--", *CODE)
    if not found:
        return UNKNOWN
    edited = _git(root, "status", "--porcelain", "--untracked-files=all", "--", *CODE)
    return f"{found}+{_digest(root)}" if edited else found


def _digest(root: Path) -> str:
    """Four hexadecimal digits of the code as it lies there, new files included."""
    names = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "--", *CODE)
    digest = sha256()
    for name in sorted(set(names.splitlines())):
        if (root / name).is_file():
            digest.update(name.encode() + (root / name).read_bytes())
    return digest.hexdigest()[:4]


def _git(root: Path, *arguments: str) -> str:
    """What git says; nothing outside of a repository or without git."""
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def joined(commits: Iterable[str]) -> str:
    """All commits that are behind a row, each of them once."""
    return "/".join(dict.fromkeys(one for text in commits for one in text.split("/")))


@cache
def version(library: str = PACKAGE) -> str:
    """Version of this package, and of the library that is measured if it is another."""
    own = installed_version(PACKAGE)
    return own if library == PACKAGE else f"{own}, {library} {installed_version(library)}"


def machine(packages: Iterable[str]) -> dict[str, str]:
    """Processor, its cores, Python, and versions of packages, "-" for those that are missing."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        **{package: installed_version(package) for package in packages},
    }


@cache
def processor_and_cores() -> str:
    """The machine in a word or two."""
    found = machine(())
    return f"{found['processor']}, {found['cores']} cores"


def installed_version(package: str) -> str:
    """Version of a package, "-" if it is not there."""
    try:
        return version_of(package)
    except PackageNotFoundError:
        return "-"


def _processor() -> str:
    """Name of the processor's model; Python's own answer is often empty."""
    if CPU_INFO.is_file():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
