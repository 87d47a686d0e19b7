"""What the command asks of each part of the benchmark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmarks import origin, reports
from benchmarks.resumable import Record, Runs

FOLDER_OF_QUICK = "quick/"


class Measure(Protocol):
    """Do one run."""

    def __call__(self, cell: Any, folder: Path, is_quick: bool) -> Any: ...


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
        Takes names of methods, the number of seeds, and whether the run is quick.
    measure : callable
    tables : dict
        By the end of a name of a file, its header and what makes its rows of runs.
    """

    name: str
    cell: type
    metrics: type
    methods: tuple[str, ...]
    own: tuple[str, ...]
    cells: Callable[[Sequence[str], int, bool], list[Any]]
    measure: Measure
    tables: dict[str, tuple[Sequence[str], Callable[[Runs], list[tuple]]]]

    def record(self, is_quick: bool) -> Record:
        """The file of all runs; a quick run has one of its own."""
        path = reports.RESULTS / f"{self._stem(is_quick)}_runs.csv"
        return Record(path, self.cell, self.metrics, self._library)

    def _stem(self, is_quick: bool) -> str:
        return f"{FOLDER_OF_QUICK if is_quick else ''}missing_{self.name}"

    def _library(self, cell: Any) -> str:
        return origin.PACKAGE if cell.method in self.own else "scikit-learn"

    def completed(
        self, methods: Sequence[str], n_seeds: int, folder: Path, is_quick: bool, jobs: int
    ) -> Runs:
        """Do the runs that are missing, and return all."""
        wanted = [name for name in self.methods if name in methods]
        cells = self.cells(wanted, n_seeds, is_quick)
        measure = _Measured(self.measure, folder, is_quick)
        return self.record(is_quick).completed(cells, measure, jobs)

    def report(self, runs: Runs, is_quick: bool) -> None:
        """Print and write the tables."""
        for end, (header, make) in self.tables.items():
            reports.report_runs(f"{self._stem(is_quick)}{end}", header, make(runs))


@dataclass(frozen=True)
class _Measured:
    """A measurement of a cell, which other processes can be sent."""

    measure: Measure
    folder: Path
    is_quick: bool

    def __call__(self, cell: Any) -> Any:
        return self.measure(cell, self.folder, self.is_quick)
