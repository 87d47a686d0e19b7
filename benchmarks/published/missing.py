"""Tables of missing values."""

from collections.abc import Sequence
from functools import partial

from benchmarks.missing.groups import COMPLETE
from benchmarks.missing.imputation import ALL, METHODS
from benchmarks.published.cells import crossed, picked
from benchmarks.published.results import Results
from benchmarks.published.table import Cells, Table


def imputation(results: Results, what: str, lines: Sequence[str]) -> list[Cells]:
    """A figure by table, mechanism and level, a column for each method."""
    rows = [
        row for row in results.rows("missing_imputation") if (row["data"] == ALL) == (not lines)
    ]
    return _crossed(rows, (*lines, "missing", "percent"), what, METHODS)


def _crossed(rows: list, lines: Sequence[str], what: str, methods: Sequence[str]) -> list[Cells]:
    found = crossed(rows, lines, "method", what)
    cells = [[*key, *(own.get(name, "") for name in methods)] for key, own in found.items()]
    return [[*lines, *methods], *cells]


def densities(results: Results) -> list[Cells]:
    """Nats a row, a column for each method."""
    rows = list(results.rows("missing_densities"))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    return _crossed(rows, ("data", "d"), "mean", methods)


def groups(results: Results) -> list[Cells]:
    """Means over the sets."""
    rows = [row for row in results.rows("missing_groups") if row["data"] == ALL]
    names = ("method", "seeds", "index", "lost", "lost by complete rows")
    lost = [row for row in rows if row["method"] != COMPLETE]
    return picked(lost, {name: name for name in names})


def labels(results: Results) -> list[Cells]:
    """Means over the sets."""
    rows = [row for row in results.rows("missing_labels") if row["data"] == ALL]
    names = ("method", "seeds", "accuracy", "deviation")
    return picked(rows, {name: name for name in names})


def conditionals(results: Results) -> list[Cells]:
    """Distances of draws to exact conditionals."""
    names = ("data", "d", "method", "mean distance", "largest distance", "mean of exact draws")
    return picked(results.rows("missing_conditionals"), {name: name for name in names})


def cost(results: Results) -> list[Cells]:
    """Times of fits with gaps and without."""
    names = ("data", "fit", "complete", "incomplete", "ratio")
    return picked(results.rows("missing_cost"), {name: name for name in names})


MAKERS = {
    "missing_densities": densities,
    "missing_groups": groups,
    "missing_labels": labels,
    "missing_conditionals": conditionals,
    "missing_cost": cost,
}
FILLED = (("missing_imputation",), ("missing_imputation",))
TABLES = {
    "missing_imputation_crps": Table(*FILLED, partial(imputation, what="CRPS", lines=())),
    "missing_imputation_error": Table(*FILLED, partial(imputation, what="error", lines=())),
    "missing_imputation_by_table": Table(
        *FILLED, partial(imputation, what="CRPS", lines=("data",))
    ),
    **{name: Table((name,), (name,), make) for name, make in MAKERS.items()},
}
