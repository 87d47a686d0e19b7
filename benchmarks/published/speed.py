"""Tables of seconds and memory."""

from collections.abc import Sequence

from benchmarks.published.cells import crossed, number, picked, short, shown
from benchmarks.published.results import Results, Row
from benchmarks.published.table import Cells, Table

STEPS = ("skflowmix", "zuko, stack", "zuko, loop", "nflows, loop", "matrix products alone")
RECORDED = ("skflowmix, graph", "skflowmix", "zuko, stack", "nflows, loop", "nflows, loop, graph")


def fits(results: Results) -> list[Cells]:
    """Seconds of a fit, and beside a Gaussian mixture."""
    names = ("data", "n", "d", "K", "estimator", "seconds", "ratio")
    rows = [row | {"estimator": _shorter(row["estimator"])} for row in results.rows("speed_fits")]
    return picked(rows, {name: name for name in names})


def _shorter(estimator: str) -> str:
    name, *rest = estimator.split(", ")
    return ", ".join([short(name), *rest])


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
    """Seconds and memory as rows become more."""
    names = ("estimator", "n", "epochs", "seconds", "MiB above X", "MiB of X")
    table = picked(results.rows("speed_growth"), {name: name for name in names})
    return [[short(first), *rest] for first, *rest in table]


TABLES = {
    f"speed_{name}": Table((f"speed_{name}",), (f"speed_{name}",), make)
    for name, make in {
        "fits": fits,
        "steps": steps,
        "scoring": scoring,
        "growth": growth,
        "cuda": steps_on_a_gpu,
    }.items()
}
