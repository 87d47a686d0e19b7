"""Classifiers that see a few labels and many rows, on rows that they have not seen.

Run ``python -m benchmarks.few_labels --data FOLDER``. A fifth of the rows, stratified, is for the
test; of the others some rows a class keep their labels, drawn anew with every seed, and all are
standardised by them; digits are principal components in one scale. Calibration is the log-loss and
the expected calibration error (15 bins). Of the flows both are also given for the exact posterior,
before it is calibrated, as "raw".

Every run is written to ``results/few_labels_runs.csv`` as it ends and is not repeated while it
stands there, of the same code and machine, so a long benchmark can be done in parts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import make_circles, make_moons
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from threadpoolctl import threadpool_limits

from benchmarks import origin, reports
from benchmarks.arguments import Command, at_least
from benchmarks.data_sets import DATA, MissingDataError, hide_labels
from benchmarks.papers import mnist, pictures
from benchmarks.papers.rivals import CLASSIFIERS, FLOWS, Factory, Fit
from benchmarks.papers.runs import fitted
from benchmarks.resumable import Record, Run, Runs, commits
from skflowmix import FlowGMM
from skflowmix.calibration import Calibration
from skflowmix.datasets import make_pinwheel

Labelled = tuple[np.ndarray, np.ndarray]

MNIST_ROWS, MNIST_DIRECTIONS = 25_000, 50
"""Rows drawn of MNIST, a fifth of them for the test, and principal components kept."""
ALL = 0
"""The number of labels a class that stands for a label on every training row."""
BASELINE = "LabelSpreading(knn)"
"""Whose seconds the others' are multiples of."""
N_BINS = 15


def _table(name: str) -> Callable[[Path, int], Labelled]:
    def load(folder: Path, seed: int) -> Labelled:
        path = folder / f"semisup/{name}.npz"
        if not path.is_file():
            raise MissingDataError(f"there is no {path}: arrays X and y of the UCI set {name}.")
        with np.load(path) as file:
            return file["X"].astype(np.float64), np.unique(file["y"], return_inverse=True)[1]

    return load


def _digits(folder: Path, seed: int) -> Labelled:
    X, y = mnist.load(folder, 10, "train")
    drawn = np.random.default_rng(seed).permutation(len(X))[:MNIST_ROWS]
    return X[drawn], y[drawn].astype(np.int64)


TABLES: dict[str, Callable[[Path, int], Labelled]] = {
    **{n: _table(n) for n in ("dry_bean", "letter", "magic_gamma", "optdigits", "pendigits")},
    "mnist": _digits,
}
TOYS: dict[str, Callable[[Path, int], Labelled]] = {
    "circles": lambda _, seed: make_circles(1000, noise=0.05, factor=0.4, random_state=seed),
    "moons": lambda _, seed: make_moons(1000, noise=0.05, random_state=seed),
    "pinwheel": lambda _, seed: make_pinwheel(1000, random_state=seed),
}
SETS = {**TABLES, **TOYS}

LINEAR: dict[str, Factory] = {"logistic": lambda K, seed: LogisticRegression(max_iter=1000)}
FEW: dict[str, Factory] = {
    BASELINE: CLASSIFIERS[BASELINE],
    **LINEAR,
    "MLP": lambda K, seed: MLPClassifier(max_iter=500, random_state=seed),
    "SelfTraining(logistic)": lambda K, seed: SelfTrainingClassifier(
        LogisticRegression(max_iter=1000)
    ),
    "SelfTraining(forest)": lambda K, seed: SelfTrainingClassifier(
        RandomForestClassifier(random_state=seed)
    ),
    **FLOWS,
}
"""For a few labels."""
MANY: dict[str, Factory] = {
    **LINEAR,
    "QDA": lambda K, seed: QuadraticDiscriminantAnalysis(reg_param=1e-3),
    "GaussianNB": lambda K, seed: GaussianNB(),
    **FLOWS,
}
"""Where all rows have one."""
ESTIMATORS: dict[str, Factory] = {**FEW, **MANY}


class Cell(NamedTuple):
    """One run: which set, how many labels a class, which estimator and seed."""

    data: str
    labels: int
    estimator: str
    seed: int


class Metrics(NamedTuple):
    """What a run measured on the test rows, and the seconds of its fit."""

    accuracy: float
    log_loss: float
    ece: float
    raw_log_loss: float
    raw_ece: float
    seconds: float


HEADER = (
    "data",
    "labels a class",
    "estimator",
    "seeds",
    "accuracy",
    "deviation",
    "worst",
    "log-loss",
    "ECE",
    "raw log-loss",
    "raw ECE",
    "time ratio",
    reports.COMMIT,
)


def split(data: str, labels: int, folder: Path, seed: int) -> tuple[Labelled, Labelled]:
    """Training rows with the labels that are shown, and test rows with theirs."""
    X, y = SETS[data](folder, seed)
    train, test, shown, truth = train_test_split(
        X, y, test_size=0.2, stratify=y, random_state=seed
    )
    scale = _one_scale if data == "mnist" else _standardised
    train, test = scale(train, test)
    if labels != ALL:
        shown = hide_labels(shown, labels, seed)
    return (train, shown), (test, truth)


def _standardised(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)


def _one_scale(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal components divided by the same number, which graphs of digits are better in."""
    pca = PCA(MNIST_DIRECTIONS, random_state=0).fit(train)
    train, test = pca.transform(train), pca.transform(test)
    return train / train.std(), test / train.std()


def measure(cell: Cell, folder: Path) -> Metrics:
    """Fit one estimator to one draw of labels and test it."""
    (train, shown), (test, truth) = split(cell.data, cell.labels, folder, cell.seed)
    supervised = cell.estimator in {*MANY, "MLP"} - {*FLOWS}
    some = shown >= 0 if supervised else slice(None)
    with threadpool_limits(1):
        estimator = ESTIMATORS[cell.estimator](truth.max() + 1, cell.seed)
        model, seconds = fitted(estimator, train[some], shown[some])
    proba = np.nan_to_num(model.predict_proba(test), nan=1 / len(model.classes_))
    raw = (np.nan, np.nan)
    if cell.estimator in FLOWS:
        raw = calibration(_uncalibrated(model).predict_proba(test), truth)
    accuracy = float((proba.argmax(axis=1) == truth).mean())
    return Metrics(accuracy, *calibration(proba, truth), *raw, seconds)


def _uncalibrated(model: Any) -> Any:
    """The same flow, with the exact posterior as its probabilities."""
    exact = copy(model)
    exact._fitted = replace(model._fitted, calibration=Calibration())
    return exact


def calibration(proba: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Log-loss in nats, at most 27.6 a row, and expected calibration error."""
    own = np.take_along_axis(proba, truth[:, None], axis=1)
    sure, right = proba.max(axis=1), proba.argmax(axis=1) == truth
    bins = np.minimum((sure * N_BINS).astype(int), N_BINS - 1)
    gaps = np.abs(np.bincount(bins, sure - right, minlength=N_BINS))
    return float(-np.log(np.maximum(own, 1e-12)).mean()), float(gaps.sum() / len(truth))


def record() -> Record:
    """The file of all runs."""
    return Record(reports.RESULTS / "few_labels_runs.csv", Cell, Metrics, _library)


def _library(cell: Cell) -> str:
    return origin.PACKAGE if cell.estimator in FLOWS else "scikit-learn"


def lines(runs: Runs) -> list[tuple]:
    """The table: a line for each set, number of labels and estimator, then means over tables."""
    groups: dict[tuple, list[Run]] = defaultdict(list)
    for cell in sorted(runs, key=_order):
        groups[cell[:3]].append(runs[cell])
    columns = {key: _summary(key, groups) for key in groups}
    table = [
        (data, labels or "all", name, *columns[data, labels, name])
        for data, labels, name in groups
    ]
    return table + list(_means(columns))


def _order(cell: Cell) -> tuple:
    labels = cell.labels or np.inf  # all come last
    return (list(SETS).index(cell.data), labels, list(ESTIMATORS).index(cell.estimator), cell.seed)


def _summary(key: tuple, groups: dict[tuple, list[Run]]) -> tuple:
    """Number of seeds; mean, deviation and worst accuracy; means of the rest; time ratio; commits.

    Commits are also those of the runs that the time is a multiple of.
    """
    own = np.array([run.metrics for run in groups[key]])  # (seeds, metrics)
    baseline = groups.get((key[0], key[1], BASELINE), [])
    pace = np.median([run.metrics.seconds for run in baseline]) if baseline else np.nan
    accuracy, rest = own[:, 0], own[:, 1:-1].mean(axis=0)
    ratio = float(np.median(own[:, -1]) / pace)
    found = (accuracy.mean(), reports.deviation(accuracy), accuracy.min(), *rest)
    return (len(own), *map(float, found), ratio, commits([*groups[key], *baseline]))


def _means(columns: dict[tuple, tuple]) -> Iterator[tuple]:
    """Means over the tables of those estimators that were run on all of them."""
    for labels, name in dict.fromkeys(key[1:] for key in columns):
        rows = [columns[data, labels, name] for data in TABLES if (data, labels, name) in columns]
        if len(rows) == len(TABLES):
            means = np.array([row[1:-1] for row in rows]).mean(axis=0).tolist()
            numbers = (min(row[0] for row in rows), *means)
            mixed = origin.joined(row[-1] for row in rows)
            yield ("mean of tables", labels or "all", name, *numbers, mixed)


def draw(runs: Runs) -> Any:
    """A figure of accuracy against labels a class: means, and the seeds from worst to best."""
    import matplotlib.pyplot as plt

    counts = sorted({cell.labels for cell in runs if cell.labels != ALL})
    figure, axes = plt.subplots(2, 3, figsize=(9, 5.5), sharex=True, layout="constrained")
    for ax, data in zip(axes.flat, TABLES, strict=True):
        for number, name in enumerate(FEW):
            own = {c: r for c, r in runs.items() if (c.data, c.estimator) == (data, name)}
            _draw_line(ax, own, number)
        ax.set(title=data, xscale="log")
        ax.set_xticks(counts, [str(count) for count in counts])
        ax.minorticks_off()
    axes[1, 1].set_xlabel("labelled rows a class")
    for ax in axes[:, 0]:
        ax.set_ylabel("test accuracy")
    named = {
        label: handle
        for ax in axes.flat
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=4)
    return figure


def regions(n_labels: int = 3) -> Any:
    """A figure of the toys: what `FlowGMM` decides by the labelled rows alone, and by all."""
    fits = {}
    for data, load in TOYS.items():
        X, y = load(DATA, 0)
        shown = hide_labels(y, n_labels, 0)
        for title, rows in (("labelled rows", shown >= 0), ("all rows", slice(None))):
            model, seconds = fitted(FlowGMM(random_state=0), X[rows], shown[rows])
            accuracy = float((model.predict(X) == y)[shown < 0].mean())
            names = {c: c for c in np.unique(y).tolist()}
            fits[data, title] = Fit(model, X, y, shown, names, accuracy, seconds)
    return pictures.compare(fits, pictures.draw_regions, estimators_down=True)


def _draw_line(ax: Any, runs: Runs, number: int) -> None:
    counts = sorted({cell.labels for cell in runs if cell.labels != ALL})
    if not counts:
        return
    scores = [
        [run.metrics.accuracy for run in runs.values() if run.cell.labels == count]
        for count in counts
    ]
    name = next(iter(runs)).estimator
    look = {"color": f"C{number}", "linewidth": 2.2 if name in FLOWS else 1.0}
    ax.plot(counts, [np.mean(s) for s in scores], marker="o", markersize=3, label=name, **look)
    lowest, highest = [min(s) for s in scores], [max(s) for s in scores]
    ax.fill_between(counts, lowest, highest, color=look["color"], alpha=0.15, linewidth=0)


def main(argv: Sequence[str] | None = None) -> None:
    """Do the runs that are missing, report and draw."""
    command = Command("few_labels", __doc__, ("data", "seeds", "jobs"), seeds=5)
    command.add_names("sets", SETS)
    command.add_names("estimators", ESTIMATORS)
    command.add_argument(
        "--labels",
        nargs="+",
        type=at_least(0),
        default=[3, 10, 30, 100, ALL],
        help="labelled rows a class, 0 for all",
    )
    asked = command.asked(argv)
    cells = [
        Cell(data, labels, name, seed)
        for labels, name, seed, data in product(
            asked.labels, asked.estimators, range(asked.seeds), asked.sets
        )
        if name in (FEW if labels != ALL else MANY)
    ]
    with command.needing_data():
        runs = record().completed(cells, partial(measure, folder=asked.data), asked.jobs)
    reports.report_runs("few_labels", HEADER, lines(runs))
    pictures.save(draw(runs), "few_labels", folder="")
    pictures.save(regions(), "few_labels_regions", folder="")


if __name__ == "__main__":
    main()
