"""Tables on the screen and in a file, and what machine they were made on."""

import csv
import math
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


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


def _text(cell) -> str:
    if isinstance(cell, float):
        return "-" if math.isnan(cell) else f"{cell:.3f}"
    return str(cell)


def _versions() -> str:
    packages = ", ".join(f"{p} {version(p)}" for p in ("skflowmix", "scikit-learn", "torch"))
    return f"{packages}, Python {platform.python_version()}, {platform.machine()}, CPU"
