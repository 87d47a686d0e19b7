"""Tables of anomalies that nobody has marked."""

from benchmarks.published.cells import best, crossed, number, picked, shown
from benchmarks.published.results import Results
from benchmarks.published.table import Cells, Table

OURS = ("OutlierDetector", "OutlierDetector with FlowGMM", "FlowGMM")
FEATURE = "OutlierDetector"


def is_peer(detector: str) -> bool:
    """Whether a detector is of another package."""
    return detector not in OURS


def means(results: Results) -> list[Cells]:
    """Means over the sets, ours first."""
    names = ("detector", "AUROC", "average precision", "precision", "recall")
    rows = sorted(results.rows("anomalies"), key=lambda row: is_peer(row["detector"]))
    return picked(rows, {name: name for name in names})


def areas(results: Results) -> dict[tuple[str, ...], dict[str, str]]:
    """Area under the ROC curve by set and detector."""
    return crossed(results.rows("anomalies_by_set"), ("data", "rows", "d"), "detector", "AUROC")


def by_set(results: Results) -> list[Cells]:
    """Ours, one peer, and the best peer of each set."""
    table = [["set", "rows", "d", FEATURE, "FlowGMM", "IsolationForest", "best peer"]]
    for (data, *size), found in areas(results).items():
        name, area = best({one: number(a) for one, a in found.items() if is_peer(one)})
        own = [found.get(one, "") for one in (FEATURE, "FlowGMM", "IsolationForest")]
        table.append([data, *size, *own, f"{shown(area)} {name}"])
    return table


TABLES = {
    "anomalies": Table(("anomalies",), ("anomalies",), means),
    "anomalies_by_set": Table(("anomalies_by_set",), ("anomalies",), by_set),
}
