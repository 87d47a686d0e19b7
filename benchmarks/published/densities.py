"""Tables of held-out log-likelihood."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.density.tables import GROUPS
from benchmarks.published.cells import OURS, number, picked, short, shown
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
ALWAYS = tuple(
    method for method in METHODS if method not in ("VariationalFlowMixture", "FlowGMM, start")
)
"""Methods that are beside each other on all tables of a summary."""
COLUMNS = ("tables", "over Gaussian", "median", "first on", "most behind", "seconds")


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


@dataclass(frozen=True)
class Beside:
    """A method beside all others, on the tables of a group where it and all `ALWAYS` have scores.

    Attributes
    ----------
    over : ndarray of shape (n_tables,)
        Nats a row above the baseline.
    behind : ndarray of shape (n_tables,)
        Nats a row below the best of all others, negative where it is first.
    seconds : float
        Median of its fits.
    """

    over: np.ndarray
    behind: np.ndarray
    seconds: float


def beside(results: Results, group: str) -> dict[str, Beside]:
    """All methods of a group of tables."""
    found, seconds = scores(results), scores(results, "seconds")
    there = {method for _, method in found}
    common = [
        name
        for name in measured(results, group)
        if all((name, m) in found and not np.isnan(found[name, m]) for m in ALWAYS if m in there)
    ]
    compared = {}
    for method in METHODS:
        names = [name for name in common if not np.isnan(found.get((name, method), np.nan))]
        if names and BASELINE in there:
            own, base = (np.array([found[name, m] for name in names]) for m in (method, BASELINE))
            best = [_best_other(found, name, method) for name in names]
            took = float(np.median([seconds[name, method] for name in names]))
            compared[method] = Beside(own - base, np.array(best) - own, took)
    return compared


def _best_other(found: dict[tuple[str, str], float], name: str, method: str) -> float:
    """The best score of the other methods of a table; both of ours are beside those of others."""
    peers = [m for m in METHODS if m not in OURS] if method in OURS else METHODS
    return max(found.get((name, m), -np.inf) for m in peers if m != method)


def summary(results: Results) -> list[Cells]:
    """A line for each group and method."""
    table = [["group", "method", *COLUMNS]]
    for group in GROUPS:
        table += [[group, short(m), *_line(own)] for m, own in beside(results, group).items()]
    return table


def _line(own: Beside) -> Cells:
    over, behind = own.over, max(own.behind.max(), 0.0)
    figures = [shown(x, 2) for x in (over.mean(), np.median(over))]
    return [
        str(len(over)),
        *figures,
        str((own.behind <= 0).sum()),
        shown(behind, 2),
        shown(own.seconds, 1),
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
