"""A table: where it comes from, how its rows are made, and how it is written in a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

from benchmarks.plan import JOBS
from benchmarks.published.results import Results

Cells = list[str]
MOST_COMMANDS = 2
"""Below a table; more of them are one command that runs all."""
MISSING = ("", "-", "nan")


@dataclass(frozen=True)
class Table:
    """A table of a page.

    Attributes
    ----------
    files : tuple of str
        Names of the files that it is made from.
    jobs : tuple of str
        The measurements that write them, see `benchmarks.plan`.
    make : callable
        Takes the results; returns the header and the rows, no rows if nothing was measured.
    limits : callable, optional
        Takes the results; returns sentences that stand below the table.
    picture : tuple of str, optional
        Name of a picture of the same measurement, and what it shows.
    """

    files: tuple[str, ...]
    jobs: tuple[str, ...]
    make: Callable[[Results], list[Cells]]
    limits: Callable[[Results], str] = lambda results: ""
    picture: tuple[str, str] | None = None

    def text(self, results: Results, folder: Path) -> str:
        """What stands in a page of a folder."""
        rows = self.make(results)
        if len(rows) == 1:
            return f"Not measured since the fits changed; run {self._commands()}."
        parts = [simple_table(without_empty(rows)), self.limits(results), self._below(results)]
        if self.picture is not None:
            name, alt = self.picture
            path = relpath(results.folder / f"{name}.png", folder)
            parts.append(f".. image:: {path}\n   :alt: {alt}")
        return "\n\n".join(part for part in parts if part)

    def _below(self, results: Results) -> str:
        origin = results.origin(self.files, self.jobs)
        return f"{origin[0].upper()}{origin[1:]}. By {self._commands()}."

    def _commands(self) -> str:
        if len(self.jobs) > MOST_COMMANDS:
            return f"``python -m benchmarks.run_all --only {' '.join(self.jobs)}``"
        return ", ".join(f"``{JOBS[name].printed}``" for name in self.jobs)


def without_empty(rows: Sequence[Cells]) -> list[Cells]:
    """Rows without the columns in which nothing but the header stands."""
    columns = [column for column in zip(*rows, strict=True) if set(column[1:]) - set(MISSING)]
    return [list(row) for row in zip(*columns, strict=True)]


def simple_table(rows: Sequence[Cells]) -> str:
    """A header and rows as a simple table; lines of a cell stay lines."""
    split = [[_lines(cell) for cell in row] for row in rows]
    widths = [
        max(len(line) for cell in column for line in cell) for column in zip(*split, strict=True)
    ]
    border = "  ".join("=" * width for width in widths)
    head, *body = [_drawn(row, widths) for row in split]
    return "\n".join([border, *head, border, *(line for row in body for line in row), border])


def _lines(cell: str) -> list[str]:
    """What a cell is written as; a dash alone would begin a list."""
    if cell in MISSING:
        return [""]
    lines = cell.split("\n")
    return lines if len(lines) == 1 else [f"| {line}" for line in lines]


def _drawn(row: Sequence[list[str]], widths: Sequence[int]) -> list[str]:
    height = max(map(len, row))
    padded = [cell + [""] * (height - len(cell)) for cell in row]
    return [
        "  ".join(cell[i].ljust(w) for cell, w in zip(padded, widths, strict=True)).rstrip()
        for i in range(height)
    ]
