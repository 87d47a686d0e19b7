"""Tables of the papers' experiments."""

from collections.abc import Callable
from functools import partial

from benchmarks.published.cells import OURS, best, number, picked, short
from benchmarks.published.results import Results, Row
from benchmarks.published.table import Cells, Table

MEASURED = {"pinwheel": "", "circles": "", "mnist_five": "test ", "mnist_ten": "test "}
"""Experiments without labels, and what the name of their accuracy begins with."""
PEERS = ("KMeans", "GaussianMixture")


def groups(results: Results) -> list[Cells]:
    """Accuracy of groups, mean and worst of the seeds."""
    table = [["experiment", *map(short, OURS), "best peer"]]
    for experiment, part in MEASURED.items():
        rows = results.rows(f"papers/{experiment}")
        for data in dict.fromkeys(row["data"] for row in rows):
            own = {row["estimator"]: row for row in rows if row["data"] == data}
            name, _ = best({p: number(own[p][f"{part}accuracy"]) for p in PEERS if p in own})
            cells = [_mean_and_worst(own[e], part) if e in own else "" for e in OURS]
            peer = f"{_mean_and_worst(own[name], part)} {short(name)}" if name in own else ""
            table.append([f"{experiment}: {data}", *cells, peer])
    return table


def _mean_and_worst(row: Row, part: str) -> str:
    return f"{row[f'{part}accuracy']} ({row[f'worst {part}accuracy']})"


def labelled(results: Results, experiment: str) -> list[Cells]:
    """Accuracy with a few labels."""
    names = ("data", "estimator", "accuracy", "worst accuracy")
    return picked(results.rows(f"papers/{experiment}"), {name: name for name in names})


def densities(results: Results, experiment: str) -> list[Cells]:
    """Log-likelihood and accuracy."""
    names = ("data", "estimator", "test log-likelihood", "accuracy", "worst accuracy")
    return picked(results.rows(f"papers/{experiment}"), {name: name for name in names})


def _table(job: str, make: Callable[..., list[Cells]], experiment: str, shows: str) -> Table:
    made = partial(make, experiment=experiment)
    name = f"papers/{experiment}"
    return Table((name,), (job,), made, picture=(name, shows))


TABLES = {
    "papers": Table(
        tuple(f"papers/{name}" for name in MEASURED),
        ("papers_pinwheel", "papers_circles", "mnist_five", "mnist_ten"),
        groups,
        picture=("papers/circles", "Thin and noisy rings, grouped by four estimators"),
    ),
    "circles_labelled": _table(
        "papers_labelled", labelled, "circles_labelled", "Rings of which a few rows have labels"
    ),
    "flowgmm_toys": _table("papers_toys", labelled, "flowgmm_toys", "Three toys with few labels"),
    "latent_prior": _table(
        "papers_prior", densities, "latent_prior", "One to four components in latent space"
    ),
    "how_to_train": _table(
        "papers_training", densities, "how_to_train", "Five ways to train a mixture of flows"
    ),
}
