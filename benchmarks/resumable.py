"""Runs of a long benchmark, each written to a file as it ends and not repeated while it is there.

So a benchmark can be done in parts.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed


@dataclass(frozen=True)
class Record:
    """A file of runs.

    Attributes
    ----------
    path : Path
    cell : type
        Named tuple that says which run it is.
    metrics : type
        Named tuple of what a run measured.
    """

    path: Path
    cell: type
    metrics: type

    def read(self) -> dict[Any, Any]:
        """Return the metrics of all runs by their cells."""
        if not self.path.is_file():
            return {}
        with open(self.path, newline="") as file:
            rows = list(csv.reader(file))
        n = len(self.cell.__annotations__)
        return {_parsed(self.cell, row[:n]): _parsed(self.metrics, row[n:]) for row in rows}

    def add(self, cell: Any, metrics: Any) -> None:
        """Write one run."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        texts = [f"{value:.4f}" if isinstance(value, float) else value for value in metrics]
        with open(self.path, "a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow([*cell, *texts])

    def completed(
        self, cells: Sequence[Any], measure: Callable[[Any], Any], jobs: int = 1
    ) -> dict[Any, Any]:
        """Do those of the cells that are not there yet; return all runs."""
        runs = self.read()
        todo = [cell for cell in cells if cell not in runs]
        done = Parallel(jobs, return_as="generator")(delayed(measure)(cell) for cell in todo)
        for cell, metrics in zip(todo, done, strict=True):
            self.add(cell, metrics)
        return self.read()  # as the next call will see them, digit by digit


def _parsed(kind: Any, row: Sequence[str]) -> Any:
    """A named tuple from texts, by the types of its fields."""
    types = kind.__annotations__.values()
    return kind(*(parse(text) for parse, text in zip(types, row, strict=True)))
