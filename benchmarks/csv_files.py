"""Files of comma-separated values, read and written in one way."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


def read(path: Path) -> list[list[str]]:
    """Return all rows, the header among them; none if there is no such file."""
    if not path.is_file():
        return []
    with open(path, newline="") as file:
        return list(csv.reader(file))


def read_named(path: Path) -> list[dict[str, str]]:
    """Return the rows below a header by its names; none if there is no such file."""
    header, *rows = read(path) or [[]]
    return [dict(zip(header, row, strict=True)) for row in rows]


def write(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows in place of whatever was there."""
    _put(path, "w", rows)


def append(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows below those that are there."""
    _put(path, "a", rows)


def _put(path: Path, mode: str, rows: Iterable[Sequence[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, mode, newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
