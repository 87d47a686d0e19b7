"""Tables of seconds and memory."""

from collections.abc import Sequence

import numpy as np

from benchmarks.published.cells import crossed, number, picked, short, shown
from benchmarks.published.results import Results, Row
from benchmarks.published.table import Cells, Table
from benchmarks.speed.growth import LIMIT

STEPS = ("skflowmix", "zuko, stack", "zuko, loop", "nflows, loop", "matrix products alone")
RECORDED = ("skflowmix, graph", "skflowmix", "zuko, stack", "nflows, loop", "nflows, loop, graph")


def total(results: Results) -> list[Cells]:
    """Seconds of fits that stay the same, and beside another commit."""
    names = ("fit", "seconds", "against", "seconds before", "ratio")
    return picked(results.rows("speed_total"), {name: name for name in names})


def steps(results: Results) -> list[Cells]:
    """Milliseconds of a step of training."""
    return _steps(results.rows("speed_steps"), ("d", "rows", "K"), STEPS)


def steps_on_a_gpu(results: Results) -> list[Cells]:
    """The same on a GPU, as it comes and recorded."""
    return _steps(results.rows("speed_cuda"), ("rows", "K"), RECORDED)


def _steps(rows: Sequence[Row], line: Sequence[str], libraries: Sequence[str]) -> list[Cells]:
    found = crossed(rows, line, "library", "ms")
    lines = [
        [*key, *(shown(number(own.get(name, "")), 2) for name in libraries)]
        for key, own in found.items()
    ]
    return [[*line, *libraries], *lines]


def scoring(results: Results) -> list[Cells]:
    """Rows scored a second."""
    names = ("model", "method", "precision", "thousand rows/s", "MiB above X")
    table = picked(results.rows("speed_scoring"), {name: name for name in names})
    return [[short(first), *rest] for first, *rest in table]


def growth(results: Results) -> list[Cells]:
    """Seconds as rows, columns and groups become more, with slopes."""
    return _along_axes(results, "seconds", 1)


def growth_of_memory(results: Results) -> list[Cells]:
    """Memory as they become more, with slopes."""
    return _along_axes(results, "MiB above X", 0)


def _along_axes(results: Results, quantity: str, digits: int) -> list[Cells]:
    """A line for each point of an axis, and the slopes below; a column for each estimator."""
    rows = results.rows("speed_growth")
    names = list(dict.fromkeys(row["estimator"] for row in rows))
    table = [["axis", "value", *map(short, names)]]
    slopes = crossed(
        results.rows("speed_growth_slopes"), ("axis",), "estimator", f"slope of {quantity}"
    )
    for axis in dict.fromkeys(row["axis"] for row in rows):
        own = [row for row in rows if row["axis"] == axis]
        for key, found in crossed(own, ("axis", "value"), "estimator", quantity).items():
            table.append([*key, *(_or_over(found.get(name, ""), digits) for name in names)])
        found = slopes.get((axis,), {})
        table.append([axis, "slope", *(shown(number(found.get(n, "")), 2) for n in names)])
    return table


def _or_over(text: str, digits: int) -> str:
    value = number(text)
    return f"over {LIMIT}" if np.isinf(value) else shown(value, digits)


PICTURE = ("speed_growth", "Seconds and memory of a fit by rows, columns and groups")
TABLES = {
    **{
        f"speed_{name}": Table((f"speed_{name}",), (f"speed_{name}",), make)
        for name, make in {
            "total": total,
            "steps": steps,
            "scoring": scoring,
            "cuda": steps_on_a_gpu,
        }.items()
    },
    "speed_growth": Table(("speed_growth",), ("speed_growth",), growth, picture=PICTURE),
    "speed_memory": Table(("speed_growth",), ("speed_growth",), growth_of_memory),
}
