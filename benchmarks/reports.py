"""Tables on the screen and in a file, with the commits that they are from."""

import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import csv_files, origin

RESULTS = Path(__file__).parent / "results"
COMMIT = "commit"
"""The last column of every table."""


def report(name: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Report a table that was measured just now, all of it by the present commit."""
    commit = origin.commit()
    report_runs(name, (*header, COMMIT), [(*row, commit) for row in rows])


def report_runs(name: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table whose last column is the commit, and write it to ``results/name.csv``.

    On the screen a commit that all rows share is named once, below them.
    """
    texts = [list(header), *([_text(cell) for cell in row] for row in rows)]
    commits = {text[-1] for text in texts[1:]}
    mixed = len(commits) > 1 or any("/" in commit for commit in commits)
    _show(texts if mixed else [text[:-1] for text in texts])
    csv_files.write(RESULTS / f"{name}.csv", texts)
    if commits and not mixed:
        print(f"commit {commits.pop()}")
    print(_versions())


def _show(texts: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for text in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(text, widths, strict=True)))


def deviation(found: np.ndarray) -> float:
    """The standard deviation; that of a single number is not known."""
    return float(found.std()) if len(found) > 1 else float("nan")


def note(name: str, key: str, found: Mapping[str, str]) -> None:
    """Print what was found and write it to ``results/name.csv``, in place of the key's last line.

    Lines of other keys stay, so that parts of a benchmark can be repeated on other machines.
    """
    path = RESULTS / f"{name}.csv"
    lines = {line["part"]: line for line in csv_files.read_named(path)}
    lines[key] = {"part": key, **found}
    header = ["part", *found]
    rows = [[line.get(column, "-") for column in header] for line in lines.values()]
    csv_files.write(path, [header, *rows])
    print(", ".join(f"{what} {value}" for what, value in found.items()))


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return "-" if math.isnan(cell) else f"{cell:.3f}"
    return str(cell)


def _versions() -> str:
    packages = (
        f"{p} {origin.installed_version(p)}" for p in (origin.PACKAGE, "scikit-learn", "torch")
    )
    return f"{', '.join(packages)}, Python {platform.python_version()}, {platform.machine()}, CPU"
