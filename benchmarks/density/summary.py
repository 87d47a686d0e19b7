"""All methods over the tables of a group, as far as every one of them has a score there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import reports
from benchmarks.density.tables import GROUPS
from benchmarks.resumable import Run, Runs, commits

BASELINE = "GaussianMixture"
HEADER = (
    "tables of the group",
    "method",
    "tables",
    "seeds",
    "over the baseline",
    "first on",
    "least to the best",
    reports.COMMIT,
)
LEFT_OUT = ("data", "method", "seeds without score", "reason", reports.COMMIT)


@dataclass(frozen=True)
class Asked:
    """What the summary is about.

    Attributes
    ----------
    tables, methods : sequence of str
    n_seeds : int
    """

    tables: Sequence[str]
    methods: Sequence[str]
    n_seeds: int


Scores = Mapping[tuple[str, str], list[Run | None]]
"""The runs of a table and a method, one for each seed; None is one that was not done."""


def gathered(runs: Runs, asked: Asked) -> Scores:
    """All runs of the summary, by table and method."""
    found = {(cell.data, cell.method, cell.seed): run for cell, run in runs.items()}
    return {
        (data, method): [found.get((data, method, seed)) for seed in range(asked.n_seeds)]
        for data in asked.tables
        for method in asked.methods
    }


def summary(runs: Runs, asked: Asked) -> list[tuple]:
    """A line for each group and method: scores in nats a row, of the mean over the seeds.

    They are the mean over the tables of what a method is above the baseline, how many tables it is
    first on, and its least difference to the best method of a table, zero if it is always first.
    Tables where a method has no score for a seed are left out for all methods.
    """
    scores, table = gathered(runs, asked), []
    for group, names in GROUPS.items():
        complete = [data for data in names if _is_complete(data, scores, asked)]
        if complete:
            table += _of_group(group, complete, scores, asked)
    return table


def _of_group(group: str, names: list[str], scores: Scores, asked: Asked) -> list[tuple]:
    means = np.array(
        [[_mean(scores[data, method]) for data in names] for method in asked.methods]
    )  # (methods, tables)
    best = means.max(axis=0)
    methods = list(asked.methods)
    baseline = means[methods.index(BASELINE)] if BASELINE in methods else np.nan * best
    return [
        (
            group,
            method,
            len(names),
            asked.n_seeds,
            float((own - baseline).mean()),
            int((own == best).sum()),
            float((own - best).min()),
            commits(run for data in names for run in scores[data, method] if run is not None),
        )
        for method, own in zip(methods, means, strict=True)
    ]


def _is_complete(data: str, scores: Scores, asked: Asked) -> bool:
    return data in asked.tables and not any(
        _lacks(run) for method in asked.methods for run in scores[data, method]
    )


def _lacks(run: Run | None) -> bool:
    return run is None or bool(np.isnan(run.metrics.mean))


def _mean(runs: Sequence[Run | None]) -> float:
    return float(np.mean([run.metrics.mean for run in runs if run is not None]))


def left_out(runs: Runs, asked: Asked) -> list[tuple]:
    """What has no score, and why: because of it the summary is without the table."""
    table = []
    for (data, method), own in gathered(runs, asked).items():
        lacking = [run for run in own if _lacks(run)]
        if lacking:
            done = [run for run in lacking if run is not None]
            reasons = dict.fromkeys(run.metrics.chosen if run else "not run" for run in lacking)
            table.append((data, method, len(lacking), "; ".join(reasons), commits(done)))
    return table
