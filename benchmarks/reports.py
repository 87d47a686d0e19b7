"""Tables on the screen and in a file, and what machine they were made on."""

import csv
import math
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "results"
CPU_INFO = Path("/proc/cpuinfo")


def report(name: str, header: Sequence[str], rows: Sequence[Sequence]) -> None:
    """Print a table and write it to ``results/name.csv``."""
    texts = [list(header), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(text[j]) for text in texts) for j in range(len(header))]
    for text in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(text, widths, strict=True)))
    path = RESULTS / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(texts)
    print(_versions())


def deviation(found: np.ndarray) -> float:
    """The standard deviation; that of a single number is not known."""
    return float(found.std()) if len(found) > 1 else float("nan")


def machine(packages: Iterable[str]) -> dict[str, str]:
    """Processor, its cores, Python, and versions of packages, "-" for those that are missing."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        **{package: _version(package) for package in packages},
    }


def note(name: str, key: str, found: Mapping[str, str]) -> None:
    """Print what was found and write it to ``results/name.csv``, in place of the key's last line.

    Lines of other keys stay, so that parts of a benchmark can be repeated on other machines.
    """
    path = RESULTS / f"{name}.csv"
    lines = {key: {"part": key, **found}}
    if path.is_file():
        with open(path, newline="") as file:
            lines = {line["part"]: line for line in csv.DictReader(file)} | lines
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, ["part", *found], "-", "ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines.values())
    print(", ".join(f"{what} {value}" for what, value in found.items()))


def _processor() -> str:
    """Name of the processor's model; Python's own answer is often empty."""
    if CPU_INFO.is_file():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "-"


def _text(cell) -> str:
    if isinstance(cell, float):
        return "-" if math.isnan(cell) else f"{cell:.3f}"
    return str(cell)


def _versions() -> str:
    packages = ", ".join(f"{p} {version(p)}" for p in ("skflowmix", "scikit-learn", "torch"))
    return f"{packages}, Python {platform.python_version()}, {platform.machine()}, CPU"
