"""Tables of numbers and categories: held-out probability, and what drawn rows are good for."""

from functools import partial

from benchmarks.published.cells import OURS, crossed, number, picked, short, shown
from benchmarks.published.results import Results
from benchmarks.published.table import Cells, Table

MEANS = {
    "method": "method",
    "tables": "tables",
    "nats over independent": "over independent columns",
    "first on": "first on",
    "told apart": "told apart, from 0.5",
    "usefulness": "usefulness",
    "below real": "below training rows",
    "seconds": "seconds",
}
MEASURES = {"log-probability": 2, "told apart": 3, "usefulness": 3}
"""Digits of each measure."""


def means(results: Results) -> list[Cells]:
    """A line for each method, ours first."""
    rows = sorted(results.rows("mixed_summary"), key=lambda row: _place(row["method"]))
    header, *lines = picked(rows, MEANS)
    return [header, *([short(method), *figures] for method, *figures in lines)]


def by_table(results: Results, measure: str) -> list[Cells]:
    """A line for each table, a column for each method, ours first."""
    rows = results.rows("mixed")
    methods = sorted(dict.fromkeys(row["method"] for row in rows), key=_place)
    lines = [
        [data, *(shown(number(own.get(m, "")), MEASURES[measure]) for m in methods)]
        for (data,), own in crossed(rows, ("data",), "method", measure).items()
    ]
    return [["table", *map(short, methods)], *lines]


def _place(method: str) -> int:
    return int(method not in OURS)


TABLES = {
    "mixed": Table(("mixed_summary",), ("mixed",), means),
    **{
        f"mixed_{measure.replace('-', '_').replace(' ', '_')}": Table(
            ("mixed",), ("mixed",), partial(by_table, measure=measure)
        )
        for measure in MEASURES
    },
}
