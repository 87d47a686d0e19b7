"""Tables of how large fits can get."""

from benchmarks.published.cells import picked
from benchmarks.published.results import Results
from benchmarks.published.table import Cells, Table
from benchmarks.scale import memory, on_paper, processes, searches

JOB = "scale"
HEADERS = {
    "processes": processes.HEADER,
    "memory": memory.HEADER,
    "joblib": searches.HEADER,
    "plan": on_paper.HEADER,
    "plan_figures": on_paper.FIGURES,
    "plan_check": on_paper.CHECK,
}
"""Columns by what follows ``scale_`` in the names of tables and of files."""


def _table(name: str, columns: tuple[str, ...]) -> Table:
    file = f"scale_{name}"

    def make(results: Results) -> list[Cells]:
        return picked(results.rows(file), {column: column for column in columns})

    return Table((file,), (JOB,), make)


TABLES = {f"scale_{name}": _table(name, columns) for name, columns in HEADERS.items()}
