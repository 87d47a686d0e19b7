"""The one table of README: each task with its measure, ours, and others in the same run."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from benchmarks.few_labels.sets import MORE
from benchmarks.published import densities, groups, labels, outliers
from benchmarks.published.cells import LEVEL, OURS, best, number, shown
from benchmarks.published.results import Results
from benchmarks.published.table import Cells, Table

GAUSSIAN = "GaussianMixture"
RAND_INDEX = "adjusted Rand index"
HEADS = ("FlowGMM", "Variational")


class Task(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    what, data, measure : str
    figures : mapping
        By estimator.
    digits : int
        Of the figures.
    """

    what: str
    data: str
    measure: str
    figures: Mapping[str, float]
    digits: int = 3


def unseen(results: Results) -> Task | None:
    """Groups on real tables of families that the choice of a start has not learned from."""
    rows = results.rows("unseen_real")
    if not rows:
        return None
    mean = rows[-1]
    figures = {name: number(mean[name]) for name in (*OURS, *groups.PEERS)}
    return Task("groups", f"{mean['tables']} unseen real tables", RAND_INDEX, figures)


def clustering(results: Results) -> Task | None:
    """Groups on the sets that the choice of a start has learned from too."""
    rows = results.rows("clustering")
    if not rows:
        return None
    figures = {name: number(rows[-1][name]) for name in (*OURS, *groups.PEERS)}
    n_sets = sum("/" in row["data"] for row in rows)
    return Task("groups", f"{n_sets} sets it learned from", RAND_INDEX, figures)


def ten_labels(results: Results) -> Task | None:
    """Accuracy with ten labels a class."""
    figures = {
        name: number(row["accuracy"])
        for (group, n, name), row in labels.means(results).items()
        if (group, n) == ("MORE", "10") and not name.endswith("start alone")
    }
    if not figures:
        return None
    rows = results.rows("few_labels")
    n_sets = len({row["data"] for row in rows if row["data"] in MORE})
    return Task("10 labels a class", f"{n_sets} real tables", "accuracy", figures)


def density(results: Results) -> Task | None:
    """Held-out log-likelihood on the tables that nothing was set on."""
    found = densities.beside(results, "other")
    if "FlowGMM" not in found:
        return None
    n_tables = len(found["FlowGMM"].over)
    figures = {m: float(own.over.mean()) for m, own in found.items() if len(own.over) == n_tables}
    figures.pop("FlowGMM, start", None)
    return Task("density", f"{n_tables} unseen real tables", "nats above Gaussian", figures, 2)


def anomalies(results: Results) -> Task | None:
    """Anomalies among the rows that are fitted."""
    rows = results.rows("anomalies")
    if not rows:
        return None
    figures = {row["detector"]: number(row["AUROC"]) for row in rows}
    peers = {name: v for name, v in figures.items() if outliers.is_peer(name)}
    mixtures = [v for name, v in peers.items() if name.startswith(GAUSSIAN)]
    kept = {n: v for n, v in peers.items() if not n.startswith(GAUSSIAN)}
    kept |= {outliers.FEATURE: figures.get(outliers.FEATURE, np.nan)}
    kept |= {GAUSSIAN: max(mixtures, default=np.nan)}
    return Task("anomalies", f"{rows[0]['sets']} sets", "ROC AUC", kept)


TASKS: dict[str, Callable[[Results], Task | None]] = {
    "unseen": unseen,
    "clustering": clustering,
    "few_labels_10": ten_labels,
    "density": density,
    "anomalies": anomalies,
}
"""By the measurement that each is made by."""


def tasks(results: Results) -> dict[str, Task]:
    """Those that were measured."""
    return {job: task for job, find in TASKS.items() if (task := find(results)) is not None}


def summary(results: Results) -> list[Cells]:
    """A line for each task."""
    header = ["task", "data", "measure", *HEADS, "best other", "Gaussian"]
    return [header, *map(_line, tasks(results).values())]


def _line(task: Task) -> Cells:
    figures, mine = task.figures, (*OURS, outliers.FEATURE)
    own = [shown(figures.get(name, np.nan), task.digits) for name in OURS]
    if outliers.FEATURE in figures:
        own[0] = f"{shown(figures[outliers.FEATURE], task.digits)} {outliers.FEATURE}"
    name, most = best({n: v for n, v in figures.items() if n not in (*mine, GAUSSIAN)})
    other = f"{shown(most, task.digits)} {name.removesuffix(', our schedule')}"
    gaussian = shown(figures.get(GAUSSIAN, np.nan), task.digits)
    return [task.what, task.data, task.measure, *own, other, gaussian]


def limits(results: Results) -> str:
    """Say where ours are behind the best of the others, which is only known afterwards."""
    found = [part for say in LIMITS if (part := say(results))]
    intro = "Behind the best other method of each table, which is only known afterwards"
    return f"{intro}: {'; '.join(found)}." if found else ""


def _behind_on_groups(results: Results) -> str:
    rows = results.rows("unseen_real")[:-1]
    behind = [
        row["family"]
        for row in rows
        if number(row["FlowGMM"]) < max(number(row[p]) for p in groups.PEERS) - LEVEL
    ]
    return (
        f"groups, by more than {LEVEL}, in {len(behind)} of {len(rows)} families" if rows else ""
    )


def _behind_on_labels(results: Results) -> str:
    for row in results.rows("few_labels_best_peer"):
        if (row["sets"], row["labels a class"], row["estimator"]) == ("MORE", "10", "FlowGMM"):
            return f"classes, by more than a point, on {row['behind']} of {row['number']}"
    return ""


def _behind_on_densities(results: Results) -> str:
    own = densities.beside(results, "other").get("FlowGMM")
    if own is None:
        return ""
    behind = own.behind[own.behind > 0]
    most = f", by {behind.max():.2f} nats at most" if len(behind) else ""
    return f"densities on {len(behind)} of {len(own.behind)}{most}"


def _behind_on_anomalies(results: Results) -> str:
    behind = []
    for found in outliers.areas(results).values():
        peers = [number(area) for name, area in found.items() if outliers.is_peer(name)]
        if peers and outliers.FEATURE in found:
            behind.append(number(found[outliers.FEATURE]) < max(peers) - LEVEL)
    return f"anomalies, by more than {LEVEL}, on {sum(behind)} of {len(behind)}" if behind else ""


LIMITS = (_behind_on_groups, _behind_on_labels, _behind_on_densities, _behind_on_anomalies)
FILES = (
    "unseen_real",
    "clustering",
    "few_labels",
    "few_labels_best_peer",
    "density",
    "anomalies",
    "anomalies_by_set",
)
TABLES = {"summary": Table(FILES, tuple(TASKS), summary, limits)}
