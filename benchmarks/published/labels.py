"""Tables of a few labels."""

from benchmarks.published.cells import OURS, picked
from benchmarks.published.results import Results, Row
from benchmarks.published.table import Cells, Table

GROUPS = {"six": "SHARED", "more": "MORE", "drawn": "DRAWN"}
"""Groups of sets, by what tables call them."""
JOBS = ("few_labels_10", "few_labels_again", "few_labels_3", "few_labels_more")
FIRST = (*OURS, "FlowGMM, start alone")


def means(results: Results) -> dict[tuple[str, str, str], Row]:
    """Means by group, labels a class and estimator, of labels that are as many for each class."""
    rows = [row for row in results.rows("few_labels") if row["data"].startswith("mean of ")]
    return {
        (row["data"].removeprefix("mean of "), row["labels a class"], row["estimator"]): row
        for row in rows
        if row["draw"] in ("equal", "-")
    }


def _table(results: Results, columns: dict[str, tuple[str, str, str]]) -> list[Cells]:
    """A line for each estimator, ours first; columns are of a group, labels and a measure."""
    found = means(results)
    wanted = {(group, labels) for group, labels, _ in columns.values()}
    there = dict.fromkeys(name for group, labels, name in found if (group, labels) in wanted)
    names = sorted(there, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    lines = [
        [
            found.get((group, labels, name), {}).get(what, "")
            for group, labels, what in columns.values()
        ]
        for name in names
    ]
    return [["estimator", *columns], *([n, *line] for n, line in zip(names, lines, strict=True))]


def ten_labels(results: Results) -> list[Cells]:
    """Accuracy and log-loss with ten labels a class."""
    columns = {title: (group, "10", "accuracy") for title, group in GROUPS.items()}
    columns |= {f"{title}, log-loss": (g, "10", "log-loss") for title, g in GROUPS.items()}
    return _table(results, columns)


def numbers_of_labels(results: Results) -> list[Cells]:
    """Accuracy with other numbers of labels."""
    columns = {f"{title}, 3": (group, "3", "accuracy") for title, group in GROUPS.items()}
    columns |= {f"more, {n}": ("MORE", n, "accuracy") for n in ("30", "100", "all")}
    return _table(results, columns)


def best_peers(results: Results) -> list[Cells]:
    """Beside the best peer of each set."""
    columns = {"sets": "sets", "labels": "labels a class", "estimator": "estimator"}
    columns |= {name: name for name in ("number", "ahead", "level", "behind", "accuracy")}
    titles = {group: title for title, group in GROUPS.items()}
    table = picked(results.rows("few_labels_best_peer"), columns | {"best peers": "best peers"})
    return [[titles.get(first, first), *rest] for first, *rest in table]


def pooling(results: Results) -> list[Cells]:
    """What experts are worth, alone and together."""
    rows = results.rows("pooling")
    columns = {f"{n} labels": (n, "real: accuracy") for n in ("3", "10", "30")}
    columns |= {"10, log-loss": ("10", "real: log-loss")}
    columns |= {f"{k}, 10": ("10", f"{k}: accuracy") for k in ("drawn", "pictures")}
    found = {(row["labels a class"], row["answered by"]): row for row in rows}
    names = dict.fromkeys(row["answered by"] for row in rows)
    lines = [
        [found.get((n, name), {}).get(what, "") for n, what in columns.values()] for name in names
    ]
    return [["answered by", *columns], *([n, *line] for n, line in zip(names, lines, strict=True))]


def new_classes(results: Results) -> list[Cells]:
    """Classes that nobody has labelled."""
    names = ("data", "estimator", "known", "new", "AUROC")
    return picked(results.rows("new_classes"), {name: name for name in names})


TABLES = {
    "ten_labels": Table(
        ("few_labels",),
        JOBS[:2],
        ten_labels,
        picture=("few_labels", "Accuracy against the number of labels, a panel for each set"),
    ),
    "numbers_of_labels": Table(("few_labels",), JOBS[2:], numbers_of_labels),
    "best_peers": Table(("few_labels_best_peer",), JOBS, best_peers),
    "pooling": Table(("pooling",), ("pooling",), pooling),
    "new_classes": Table(("new_classes",), ("new_classes",), new_classes),
}
