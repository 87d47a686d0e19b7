"""Tables of held-out log-likelihood."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks.density.tables import GROUPS
from benchmarks.published.cells import number, picked, short, shown
from benchmarks.published.results import Results
from benchmarks.published.table import Cells, Table

BASELINE = "GaussianMixture"
METHODS = (
    "FlowGMM",
    "VariationalFlowMixture",
    BASELINE,
    "vine copula",
    "zuko MAF, our schedule",
    "zuko NSF, our schedule",
    "FlowGMM, start",
)
"""Those of the tables; the start is no method of its own."""
COLUMNS = ("over Gaussian", "median of it", "first on", "least to the best", "seconds")


def scores(results: Results, what: str = "mean") -> dict[tuple[str, str], float]:
    """A figure of each table and method."""
    rows = results.rows("density")
    return {(row["data"], row["method"]): number(row[what]) for row in rows}


def measured(results: Results, group: str) -> list[str]:
    """Tables of a group that were measured."""
    there = {name for name, _ in scores(results)}
    return [name for name in GROUPS[group] if name in there]


def of_group(results: Results, group: str) -> list[Cells]:
    """A line for each table."""
    found = scores(results)
    columns = {row["data"]: row["d"] for row in results.rows("density")}
    lines = [
        [name, columns[name], *(shown(found.get((name, m), np.nan), 2) for m in METHODS)]
        for name in measured(results, group)
    ]
    return [["table", "d", *map(short, METHODS)], *lines]


def complete(results: Results, group: str) -> tuple[list[str], list[str], np.ndarray]:
    """Methods, tables where each of them has a score, and the scores (methods, tables)."""
    found, names = scores(results), measured(results, group)
    methods = [m for m in METHODS if any((name, m) in found for name in names)]
    all_scores = np.array(
        [[found.get((name, m), np.nan) for name in names] for m in methods]
    ).reshape(len(methods), len(names))
    kept = ~np.isnan(all_scores).any(axis=0)
    return methods, [n for n, k in zip(names, kept, strict=True) if k], all_scores[:, kept]


def summary(results: Results) -> list[Cells]:
    """A line for each group and method."""
    table = [["tables", "method", *COLUMNS]]
    for group in GROUPS:
        methods, names, found = complete(results, group)
        if names and BASELINE in methods:
            seconds = scores(results, "seconds")
            took = [np.median([seconds[name, m] for name in names]) for m in methods]
            table += _summary(f"{group} ({len(names)})", methods, found, took)
    return table


def _summary(
    group: str, methods: Sequence[str], found: np.ndarray, took: Sequence[float]
) -> list[Cells]:
    """Lines of a group, from scores ``(methods, tables)`` in nats a row."""
    best, over = found.max(axis=0), found - found[methods.index(BASELINE)]
    return [
        [group, short(method), *_line(over[i], found[i] == best, found[i] - best, took[i])]
        for i, method in enumerate(methods)
    ]


def _line(over: np.ndarray, first: np.ndarray, behind: np.ndarray, took: float) -> Cells:
    figures = (over.mean(), np.median(over))
    return [
        *(shown(x, 2) for x in figures),
        str(first.sum()),
        shown(behind.min(), 2),
        shown(took, 1),
    ]


def few_rows(results: Results) -> list[Cells]:
    """Whether a fit of few rows is worse than its start."""
    names = ("rows", "kind", "tables", "mean gain", "worst", "moved")
    return picked(results.rows("few_rows"), {name: name for name in names})


def one_or_many(results: Results) -> list[Cells]:
    """One flow of as many parameters as a mixture of flows."""
    names = ("data", "d", "flows", "width", "parameters", "mean", "deviation")
    return picked(results.rows("one_or_many"), {name: name for name in names})


DENSITY = (("density",), ("density",))
TABLES = {
    **{f"density_{group}": Table(*DENSITY, partial(of_group, group=group)) for group in GROUPS},
    "density_summary": Table(
        *DENSITY,
        summary,
        picture=("density", "Held-out log-likelihood against seconds, a panel for each table"),
    ),
    "few_rows": Table(("few_rows",), ("few_rows",), few_rows),
    "one_or_many": Table(("one_or_many",), ("one_or_many",), one_or_many),
}
