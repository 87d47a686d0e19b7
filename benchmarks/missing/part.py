"""What the command asks of each part of the benchmark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import origin, reports
from benchmarks.resumable import Record, Runs

FOLDER_OF_QUICK = "quick/"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for.

    Attributes
    ----------
    folder : Path
        Of the data sets.
    methods : tuple of str
    seeds : range
    is_quick : bool
        Little of everything, to see that it runs.
    """

    folder: Path
    methods: tuple[str, ...]
    seeds: range
    is_quick: bool = False


@dataclass(frozen=True)
class Part:
    """A part of the benchmark: its runs, and the tables that are made of them.

    Attributes
    ----------
    name : str
    cell, metrics : type
        Named tuples of what is run and of what is measured; a cell has a method.
    methods : tuple of str
    own : tuple of str
        Methods that are of this package alone.
    cells : callable
        Takes what is asked and returns all runs, those of the first seed first.
    measure : callable
        Takes a cell and what is asked and returns metrics.
    tables : dict
        By the end of a name of a file, its header and what makes its rows of runs.
    """

    name: str
    cell: type
    metrics: type
    methods: tuple[str, ...]
    own: tuple[str, ...]
    cells: Callable[[Asked], list[Any]]
    measure: Callable[[Any, Asked], Any]
    tables: dict[str, tuple[Sequence[str], Callable[[Runs], list[tuple]]]]

    def record(self, is_quick: bool) -> Record:
        """The file of all runs; a quick run has one of its own."""
        path = reports.RESULTS / f"{self._stem(is_quick)}_runs.csv"
        return Record(path, self.cell, self.metrics, self._library)

    def _stem(self, is_quick: bool) -> str:
        return f"{FOLDER_OF_QUICK if is_quick else ''}missing_{self.name}"

    def _library(self, cell: Any) -> str:
        return origin.PACKAGE if cell.method in self.own else "scikit-learn"

    def completed(self, asked: Asked, jobs: int) -> Runs:
        """Do the runs that are missing, and return all."""
        cells = [cell for cell in self.cells(asked) if cell.method in asked.methods]
        measure = partial(self.measure, asked=asked)
        return self.record(asked.is_quick).completed(cells, measure, jobs)

    def report(self, runs: Runs, is_quick: bool) -> None:
        """Print and write the tables."""
        for end, (header, make) in self.tables.items():
            reports.report_runs(f"{self._stem(is_quick)}{end}", header, make(runs))
