"""Tables of what each parameter does to a fit, and other schedules of training."""

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


SCHEDULE = {
    "task": "task",
    "schedule": "schedule",
    "families": "families",
    "nats": "nats",
    "Rand": "adjusted Rand index",
    "time": "time ratio",
}


def tuning(results: Results) -> list[Cells]:
    """A line for each parameter, task and value."""
    return picked(results.rows("tuning"), COLUMNS)


def schedule(results: Results) -> list[Cells]:
    """A line for each task, schedule and half of the families."""
    return picked(results.rows("schedule"), SCHEDULE)


TABLES = {
    "tuning": Table(
        ("tuning",),
        ("tuning",),
        tuning,
        picture=("tuning", "Difference to the default by the value of a parameter"),
    ),
    "schedule": Table(("schedule",), ("schedule",), schedule),
}
