"""Runs of a long benchmark, each written to a file as it ends and not repeated while it is there.

So a benchmark can be done in parts. A run is known by what was run and by its `Origin`: another
commit, version or machine has runs of its own, and those of before stay in the file. A peer's code
does not change with our commit, but what it is given may, and how it is timed; so its runs have
the commit of the checkout like all others, and are measured anew with it.

A report takes for each cell the run of the present origin. Where there is none it takes the newest
of the present commit, and else the newest of all; its tables say which commit that was.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from joblib import Parallel, delayed

from benchmarks import csv_files, origin
from benchmarks.origin import Origin


class Run(NamedTuple):
    """A row of a file of runs."""

    cell: Any
    metrics: Any
    origin: Origin = Origin()


Runs = dict[Any, Run]
"""One run for each cell."""


def commits(runs: Iterable[Run]) -> str:
    """All commits that runs are from."""
    return origin.joined(run.origin.commit for run in runs)


@dataclass(frozen=True)
class Record:
    """A file of runs: a header, then a row each of cell, metrics and origin, oldest first.

    Attributes
    ----------
    path : Path
    cell : type
        Named tuple that says which run it is.
    metrics : type
        Named tuple of what a run measured.
    library : callable
        Name of the package that a cell measures, as it is installed; by default it is this one.
    """

    path: Path
    cell: type
    metrics: type
    library: Callable[[Any], str] = lambda cell: origin.PACKAGE

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        return [name for kind in (self.cell, self.metrics, Origin) for name in _names(kind)]

    def rows(self) -> list[Run]:
        """Return all runs; of those without an origin it is unrecorded."""
        header = self.header
        return [self._run(row) for row in csv_files.read(self.path) if row != header]

    def _run(self, row: Sequence[str]) -> Run:
        i = len(_names(self.cell))
        j = i + len(_names(self.metrics))
        return Run(_parsed(self.cell, row[:i]), _parsed(self.metrics, row[i:j]), Origin(*row[j:]))

    def read(self) -> Runs:
        """Return one run for each cell, of the present origin or of the nearest there is."""
        found: Runs = {}
        for run in self.rows():
            other = found.setdefault(run.cell, run)
            if self._nearness(run) >= self._nearness(other):
                found[run.cell] = run
        return found

    def _nearness(self, run: Run) -> int:
        here = self.here(run.cell)
        return (run.origin == here) + (run.origin.commit == here.commit)

    def here(self, cell: Any) -> Origin:
        """Origin of a run that is done now."""
        return origin.present(self.library(cell))

    def add(self, cell: Any, *found: Any) -> None:
        """Write what was measured of a cell just now: one row, or several that belong together."""
        header = [] if self.path.is_file() else [self.header]
        here = self.here(cell)
        rows = [[*cell, *map(_text, metrics), *here] for metrics in found]
        csv_files.append(self.path, [*header, *rows])

    def completed(
        self, cells: Sequence[Any], measure: Callable[[Any], Any], jobs: int = 1
    ) -> Runs:
        """Do those of the cells that are not there yet; return a run for each cell there is."""
        done = {(run.cell, run.origin) for run in self.rows()}
        todo = [cell for cell in cells if (cell, self.here(cell)) not in done]
        found = Parallel(jobs, return_as="generator")(delayed(measure)(cell) for cell in todo)
        for cell, metrics in zip(todo, found, strict=True):
            self.add(cell, metrics)
        return self.read()  # as the next call will see them, digit by digit


def _names(kind: Any) -> list[str]:
    return list(kind.__annotations__)


def _text(value: Any) -> Any:
    return f"{value:.4f}" if isinstance(value, float) else value


def _parsed(kind: Any, row: Sequence[str]) -> Any:
    """A named tuple from texts, by the types of its fields."""
    types = kind.__annotations__.values()
    return kind(*(parse(text) for parse, text in zip(types, row, strict=True)))
