"""The table of what each parameter does to a fit."""

from benchmarks.published.cells import picked
from benchmarks.published.results import Results
from benchmarks.published.table import Cells, Table

COLUMNS = {
    "parameter": "parameter",
    "value": "value",
    "task": "task",
    "difference": "difference",
    "least": "least",
    "most": "most",
    "time": "time ratio",
}


def tuning(results: Results) -> list[Cells]:
    """A line for each parameter, task and value."""
    return picked(results.rows("tuning"), COLUMNS)


TABLES = {
    "tuning": Table(
        ("tuning",),
        ("tuning",),
        tuning,
        picture=("tuning", "Difference to the default by the value of a parameter"),
    )
}
