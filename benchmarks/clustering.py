"""Gagolewski's clustering benchmark: adjusted Rand index with the number of groups given.

Run ``python -m benchmarks.clustering --data FOLDER``. A set may have several vectors of reference
labels, and its score is the best over them, each compared with the partition into as many groups
as it has. Rows without a reference (noise) are clustered but not scored. Peers get rows that are
centred and divided by one scale for all columns, as those of the published partitions did; both
estimators of this package get them as they are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score

from benchmarks import csv_files, reports
from benchmarks.arguments import Command
from benchmarks.data_sets import MissingDataError
from benchmarks.papers import pictures
from benchmarks.papers.rivals import BLIND, FLOWS, Factory
from benchmarks.papers.runs import Options, fitted
from skflowmix.plotting import PALETTE

PEERS: dict[str, Factory] = {
    **BLIND,
    "SpectralClustering": lambda K, seed: SpectralClustering(
        K, affinity="nearest_neighbors", n_neighbors=10, random_state=seed
    ),
}
ESTIMATORS: dict[str, Factory] = {**PEERS, **FLOWS}
PUBLISHED = {"Genie": "Genie_G0.3", "GaussianMixture": "sklearn_gm"}
"""Methods whose published scores have a column, by the column's name."""

HEADER = (
    "data",
    "n",
    "d",
    "K",
    *ESTIMATORS,
    *(f"worst {name}" for name in FLOWS),
    *(f"published {name}" for name in PUBLISHED),
    "best published",
    *(f"{name} seconds" for name in FLOWS),
)

QUICK_ROWS = 1100
"""A quick run leaves out sets that have as many rows or more."""
QUICK_ITERATIONS = 20
"""Of a flow in a quick run."""
N_COLUMNS = 5
"""Panels along the picture."""


@dataclass(frozen=True)
class Set:
    """Rows and what is known of their groups.

    Attributes
    ----------
    suite : str
    name : str
    X : ndarray of shape (n, d)
    references : tuple of ndarrays of shape (n,)
        Alternative labels, from 1; 0 marks noise.
    """

    suite: str
    name: str
    X: np.ndarray
    references: tuple[np.ndarray, ...]

    @property
    def title(self) -> str:
        """The name within the benchmark."""
        return f"{self.suite}/{self.name}"

    @property
    def sizes(self) -> list[int]:
        """The numbers of groups to ask for, increasing."""
        return sorted({n_groups(reference) for reference in self.references})


@dataclass(frozen=True)
class Run:
    """What one estimator with one seed made of a set.

    Attributes
    ----------
    ari : float
        The best over the references.
    groups : ndarray of shape (n,)
        The partition that has it.
    seconds : tuple of float
        Of every fit, one for each number of groups.
    """

    ari: float
    groups: np.ndarray
    seconds: tuple[float, ...]


def load(folder: Path, suites: Collection[str] = ()) -> list[Set]:
    """All sets in a folder of archives or in a clone of the benchmark, or some suites of them."""
    found = [
        data
        for reader, pattern in ((_archive, "clustering/*/*.npz"), (_texts, "*/*.data.gz"))
        for path in sorted(folder.glob(pattern))
        if not suites or path.parent.name in suites
        for data in reader(path)
    ]
    if not found:
        wanted = f"labelled sets of {', '.join(suites)}" if suites else "labelled sets"
        raise MissingDataError(
            f"there are no {wanted} in {folder}. Get them by git clone "
            "https://github.com/gagolews/clustering-data-v1 and name its folder by --data."
        )
    return found


def _archive(path: Path) -> Iterator[Set]:
    """One set with arrays X, y0, y1 and so on; archives of another kind are passed over."""
    with np.load(path) as file:
        names = sorted(name for name in file if name[0] == "y" and name[1:].isdigit())
        if names and "X" in file:
            X = file["X"].astype(np.float64)
            yield Set(path.parent.name, path.stem, X, tuple(file[name] for name in names))


def _texts(path: Path) -> Iterator[Set]:
    """One set of the clone, whose rows and labels are text files; without labels, none."""
    name = path.name.removesuffix(".data.gz")
    labels = sorted(path.parent.glob(f"{name}.labels*.gz"))
    if labels:
        references = tuple(np.loadtxt(label, dtype=int) for label in labels)
        yield Set(path.parent.name, name, np.loadtxt(path, ndmin=2), references)


def published_scores(folder: Path) -> dict[str, dict[str, float]]:
    """Best score over the references by set and method; empty if there is no such file."""
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for row in csv_files.read_named(folder / "clustering/published_scores.csv"):
        own, method = scores[f"{row['suite']}/{row['dataset']}"], row["method"]
        own[method] = max(float(row["ar"]), own.get(method, -np.inf))
    return scores


def n_groups(reference: np.ndarray) -> int:
    """Number of groups of a reference; noise is none."""
    return len(np.unique(reference[reference > 0]))


def score(reference: np.ndarray, groups: np.ndarray) -> float:
    """Adjusted Rand index over the rows that are not noise."""
    known = reference > 0
    return float(adjusted_rand_score(reference[known], groups[known]))


def measure(
    data: Set,
    estimator: str,
    seed: int,
    quick: bool = False,
    estimators: Mapping[str, Factory] = ESTIMATORS,
) -> Run:
    """Fit an estimator once for each number of groups and keep the best of its partitions."""
    X = data.X if estimator in FLOWS else one_scale(data.X)
    make = partial(_made, estimators, estimator)
    fits = {K: fitted(make(K, seed, quick), X) for K in data.sizes}
    partitions = {K: _groups(model, X) for K, (model, _) in fits.items()}
    candidates = [(reference, partitions[n_groups(reference)]) for reference in data.references]
    scores = [score(*candidate) for candidate in candidates]
    best = int(np.argmax(scores))
    return Run(scores[best], candidates[best][1], tuple(taken for _, taken in fits.values()))


def one_scale(X: np.ndarray) -> np.ndarray:
    """Rows around 0, all columns divided by the same number."""
    centred = X - X.mean(axis=0)
    return centred / centred.std()


def _made(
    estimators: Mapping[str, Factory], estimator: str, K: int, seed: int, quick: bool
) -> Any:
    model = estimators[estimator](K, seed)
    return model.set_params(max_iter=QUICK_ITERATIONS) if quick and estimator in FLOWS else model


def _groups(model: Any, X: np.ndarray) -> np.ndarray:
    return model.labels_ if hasattr(model, "labels_") else model.predict(X)


def measured(
    sets: Sequence[Set], options: Options, estimators: Mapping[str, Factory] = ESTIMATORS
) -> list[dict[str, list[Run]]]:
    """For each set, the runs of each estimator, one a seed."""
    seeds = options.seed_range
    runs = iter(
        Parallel(options.jobs)(
            delayed(measure)(*cell, options.quick, estimators)
            for cell in product(sets, estimators, seeds)
        )
    )
    return [{name: [next(runs) for _ in seeds] for name in estimators} for _ in sets]


def numbers(runs: Mapping[str, Sequence[Run]], published: Mapping[str, float]) -> list[float]:
    """All that the table says of a set but for its name and shape."""
    aris = {name: [run.ari for run in own] for name, own in runs.items()}
    seconds = {name: [taken for run in runs[name] for taken in run.seconds] for name in FLOWS}
    return [
        *(float(np.mean(aris[name])) for name in ESTIMATORS),
        *(min(aris[name]) for name in FLOWS),
        *(published.get(method, np.nan) for method in PUBLISHED.values()),
        max(published.values(), default=np.nan),
        *(float(np.median(seconds[name])) for name in FLOWS),
    ]


def lines(sets: Sequence[Set], columns: np.ndarray) -> list[tuple]:
    """The table: a line for each set, the mean of each suite, and that of all sets."""
    table = [
        (data.title, *data.X.shape, "/".join(map(str, data.sizes)), *own)
        for data, own in zip(sets, columns.tolist(), strict=True)
    ]
    for name, part in parts(sets, "all sets").items():
        table.append((f"mean of {name}", "-", "-", "-", *columns[part].mean(axis=0).tolist()))
    return table


def parts(sets: Sequence[Set], whole: str) -> dict[str, np.ndarray]:
    """Masks of the sets of each suite by its name, and of all of them by the name ``whole``."""
    suites = np.array([data.suite for data in sets])
    masks = {suite: suites == suite for suite in dict.fromkeys(suites.tolist())}
    return {**masks, whole: np.full(len(sets), True)}


def draw(sets: Sequence[Set], runs: Sequence[Run]) -> Any:
    """A figure of the groups that were found in all sets of two columns."""
    flat = [pair for pair in zip(sets, runs, strict=True) if pair[0].X.shape[1] == 2]
    figure, axes = pictures.panels(max(-(-len(flat) // N_COLUMNS), 1), N_COLUMNS)
    for ax, (data, run) in zip(axes.flat, flat, strict=False):
        colours = np.array(PALETTE)[run.groups % len(PALETTE)]
        size = np.clip(1500 / len(data.X), 0.5, 5)  # crowded rows would hide each other
        ax.scatter(*data.X.T, c=colours, s=size, linewidths=0)
        ax.set_title(f"{data.name} {run.ari:.2f}", fontsize=9)
    for ax in axes.flat[len(flat) :]:
        ax.set_visible(False)
    return figure


def asked(
    module: str, about: str | None, n_seeds: int, argv: Sequence[str] | None
) -> tuple[Options, list[Set]]:
    """Options of the command line and the sets it names; without any, a message and exit."""
    command = Command(module, about, ("data", "seeds", "quick", "jobs"), seeds=n_seeds)
    command.add_argument("--suites", nargs="+", default=(), help="all unless some are named")
    arguments = vars(command.asked(argv))
    if arguments["quick"]:
        arguments["seeds"] = 1
    with command.needing_data():
        sets = load(arguments["data"], arguments.pop("suites"))
    if arguments["quick"]:
        sets = [data for data in sets if len(data.X) < QUICK_ROWS]
    return Options(**arguments), sets


def result(name: str, options: Options) -> str:
    """What a result is called; a quick run's must not replace a real one."""
    return f"quick/{name}" if options.quick else name


def main(argv: Sequence[str] | None = None) -> None:
    """Measure every set with every estimator, report and draw."""
    options, sets = asked("clustering", __doc__, 3, argv)
    runs = measured(sets, options)
    published = published_scores(options.data)
    columns = [numbers(own, published[data.title]) for data, own in zip(sets, runs, strict=True)]
    reports.report(result("clustering", options), HEADER, lines(sets, np.array(columns)))
    figure = draw(sets, [own["VariationalFlowMixture"][0] for own in runs])
    pictures.save(figure, result("clustering", options), folder="")


if __name__ == "__main__":
    main()
