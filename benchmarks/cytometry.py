"""Flow cytometry: groups found in each manually gated sample, compared with its gates.

Run ``python -m benchmarks.cytometry --data FOLDER``. A sample is clustered without the cells that
are in no gate, with as many groups as it has gates. It is scored by the adjusted Rand index, which
the large gates decide, and by a mean F1 in which every gate counts alike. Peers get rows in one
scale, as in `benchmarks.clustering`. HDBSCAN, which takes no number of groups, may leave cells
out: in the index they are one more group, and in F1 they are in none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.cluster import HDBSCAN, Birch
from sklearn.metrics.cluster import contingency_matrix

from benchmarks import clustering, reports
from benchmarks.arguments import Command
from benchmarks.clustering import Run, Set, measured, result
from benchmarks.data_sets import MissingDataError, dequantised
from benchmarks.papers.rivals import FLOWS, Factory
from benchmarks.papers.runs import Options

Measure = Callable[[np.ndarray, np.ndarray], float]
"""Compares gates with groups; higher is better."""


class ShareHDBSCAN(HDBSCAN):
    """HDBSCAN with groups of a hundredth of the rows at least."""

    def fit(self, X, y=None):
        """Set the least size by the number of rows and fit."""
        self.min_cluster_size = max(len(X) // 100, 2)
        return super().fit(X)


ESTIMATORS: dict[str, Factory] = {
    **clustering.PEERS,
    "Birch": lambda K, seed: Birch(n_clusters=K),
    "HDBSCAN": lambda K, seed: ShareHDBSCAN(copy=True),
    **FLOWS,
}


def counts_scaled(X: np.ndarray) -> np.ndarray:
    """Counts of a mass cytometer, linear near 0 and logarithmic above, as is usual."""
    return np.arcsinh(X.astype(np.float64) / 5)


ARCHIVES: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "GvHD": ("flowcap1_gvhd12.npz", dequantised),  # channels of 0 to 1023, logarithmic already
    "MultiCenter": ("cytof_multicenter16_sub.npz", counts_scaled),
}
"""File of each data set and what is done to the rows of a sample."""
QUICK_ROWS = 1000
QUICK_SAMPLES = 2
"""Of each data set in a quick run."""
HEADER = (
    "data",
    "n",
    "d",
    "K",
    "measure",
    *ESTIMATORS,
    *(f"{name} seconds" for name in FLOWS),
)


def mean_f1(gates: np.ndarray, groups: np.ndarray) -> float:
    """F1 of the group that fits a gate best, the mean over gates; groups below 0 fit none."""
    shared = contingency_matrix(gates, groups)  # (gates, groups)
    f1 = 2 * shared / (shared.sum(axis=1, keepdims=True) + shared.sum(axis=0))
    return float(f1[:, np.unique(groups) >= 0].max(axis=1, initial=0.0).mean())


MEASURES: dict[str, Measure] = {"ARI": clustering.score, "F1": mean_f1}


def load(folder: Path, n_rows: int, n_samples: int | None = None) -> list[Set]:
    """The first samples of each data set, or all, with so many gated cells at most."""
    folder = folder / "clustering/cytometry"
    missing = [name for name, _ in ARCHIVES.values() if not (folder / name).is_file()]
    if missing:
        raise MissingDataError(
            f"{folder} lacks {' and '.join(missing)}: arrays X, y (gates, 0 for none) and sample, "
            "to be made from https://github.com/KlugerLab/deepcytof. Name the folder by --data."
        )
    return [
        Set(suite, f"sample {number}", scale(X), (gates,))
        for suite, (name, scale) in ARCHIVES.items()
        for number, X, gates in _gated(folder / name, n_rows, n_samples)
    ]


def _gated(
    path: Path, n_rows: int, n_samples: int | None
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    with np.load(path) as file:
        X, gates, samples = file["X"], file["y"], file["sample"]
    for sample in np.unique(samples)[:n_samples].tolist():
        gated = np.flatnonzero((samples == sample) & (gates > 0))
        chosen = np.sort(np.random.default_rng(0).permutation(gated)[:n_rows])
        yield sample, X[chosen], gates[chosen]


def numbers(data: Set, runs: Mapping[str, Sequence[Run]]) -> np.ndarray:
    """A row for each measure: the mean over seeds by estimator, and median seconds of a fit."""
    (gates,) = data.references
    seconds = [np.median([run.seconds for run in runs[name]]) for name in FLOWS]
    rows = [
        [np.mean([compare(gates, run.groups) for run in runs[name]]) for name in ESTIMATORS]
        for compare in MEASURES.values()
    ]
    return np.array([[*row, *seconds] for row in rows])


def lines(sets: Sequence[Set], columns: np.ndarray) -> list[tuple]:
    """The table: each sample by each measure, then the same for each data set and for all.

    ``columns`` has shape (samples, measures, columns).
    """
    table = [
        (data.title, *data.X.shape, *data.sizes, name, *row)
        for data, rows in zip(sets, columns.tolist(), strict=True)
        for name, row in zip(MEASURES, rows, strict=True)
    ]
    for name, part in clustering.parts(sets, "all samples").items():
        table += _summary(name, columns[part])
    return table


def _summary(part: str, columns: np.ndarray) -> list[tuple]:
    """Means of a part, and on how many of its samples each estimator is first, ties included."""
    scores, means = columns[..., : len(ESTIMATORS)], columns.mean(axis=0).tolist()
    firsts = (scores == scores.max(axis=-1, keepdims=True)).sum(axis=0).tolist()
    none = [np.nan] * len(FLOWS)
    return [
        *((f"mean of {part}", "-", "-", "-", *line) for line in _named(means)),
        *((f"first in {part}", "-", "-", "-", *line, *none) for line in _named(firsts)),
    ]


def _named(rows: Sequence[Sequence]) -> list[tuple]:
    return [(name, *row) for name, row in zip(MEASURES, rows, strict=True)]


def asked(argv: Sequence[str] | None) -> tuple[Options, list[Set]]:
    """Options of the command line and the samples; without data, a message and exit."""
    command = Command("cytometry", __doc__, ("data", "seeds", "quick", "jobs"), seeds=1)
    command.add_number("rows", 20_000, "most cells of a sample")
    command.add_number("samples", None, "of each data set; all unless given")
    arguments = vars(command.asked(argv))
    n_rows, n_samples = arguments.pop("rows"), arguments.pop("samples")
    if arguments["quick"]:
        arguments["seeds"] = 1
        n_rows = min(n_rows, QUICK_ROWS)
        n_samples = min(n_samples or QUICK_SAMPLES, QUICK_SAMPLES)
    with command.needing_data():
        sets = load(arguments["data"], n_rows, n_samples)
    return Options(**arguments), sets


def main(argv: Sequence[str] | None = None) -> None:
    """Cluster every sample with every estimator and report."""
    options, sets = asked(argv)
    runs = measured(sets, options, ESTIMATORS)
    columns = np.array([numbers(*pair) for pair in zip(sets, runs, strict=True)])
    reports.report(result("cytometry", options), HEADER, lines(sets, columns))


if __name__ == "__main__":
    main()
