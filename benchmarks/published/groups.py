"""Tables of groups that are found without labels."""

from benchmarks.published.cells import OURS, picked, short
from benchmarks.published.results import Results
from benchmarks.published.table import Cells, Table

PEERS = ("GaussianMixture", "KMeans", "SpectralClustering")
KINDS = {kind: kind for kind in ("pictures", "real", "drawn")}


def unseen(results: Results) -> list[Cells]:
    """Whole fits, families of tables left out."""
    columns = {"family": "family", "tables": "tables", **{short(name): name for name in OURS}}
    columns |= {"before training": "FlowGMM before training"}
    columns |= {short(name): name for name in PEERS}
    return picked(results.rows("unseen_real"), columns)


def stability(results: Results) -> list[Cells]:
    """How far groups stay the same."""
    changes = ("seed", "order", "twice", "removed", "worst")
    columns = {"estimator": "estimator", **{name: name for name in changes}}
    return picked(results.rows("unseen_stability"), columns)


def choosing(results: Results) -> list[Cells]:
    """The rule beside all single groupings."""
    columns = {"given the number": "given the number", **KINDS}
    table = picked(results.rows("choosing"), columns)
    return [[name.replace("_", " "), *rest] for name, *rest in table]


def sizes(results: Results) -> list[Cells]:
    """The same where the number of groups is open."""
    columns = {"not given the number": "not given the number", **KINDS}
    return picked(results.rows("choosing_sizes"), columns)


def clustering(results: Results) -> list[Cells]:
    """Means of suites."""
    means = [row for row in results.rows("clustering") if row["data"].startswith("mean of ")]
    columns = {"suite": "data", **{short(name): name for name in (*OURS, *PEERS)}}
    columns |= {"Genie": "published Genie", "best published": "best published"}
    return [[cells[0].removeprefix("mean of "), *cells[1:]] for cells in picked(means, columns)]


def clustering_sets(results: Results) -> list[Cells]:
    """All sets."""
    sets = [row for row in results.rows("clustering") if "/" in row["data"]]
    columns = {"set": "data", "K": "K", **{short(name): name for name in OURS}}
    columns |= {"Gaussian": "GaussianMixture", "best published": "best published"}
    return picked(sets, columns)


def cytometry(results: Results) -> list[Cells]:
    """Means over samples whose cells experts have gated."""
    rows = [row for row in results.rows("cytometry") if not row["data"][-1].isdecimal()]
    columns = {"samples": "data", "measure": "measure"}
    names = (*OURS, *PEERS, "Birch", "HDBSCAN")
    return picked(rows, columns | {short(name): name for name in names})


TABLES = {
    "unseen": Table(("unseen_real",), ("unseen",), unseen),
    "stability": Table(("unseen_stability",), ("unseen",), stability),
    "choosing": Table(("choosing",), ("choosing",), choosing),
    "sizes": Table(("choosing_sizes",), ("choosing",), sizes),
    "clustering": Table(
        ("clustering",),
        ("clustering",),
        clustering,
        picture=("clustering", "Groups that VariationalFlowMixture found in sets of two columns"),
    ),
    "clustering_sets": Table(("clustering",), ("clustering",), clustering_sets),
    "cytometry": Table(("cytometry",), ("cytometry",), cytometry),
}
