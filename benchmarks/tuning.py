"""What each parameter does to a fit, one at a time, beside the default.

Run ``python -m benchmarks.tuning``. Tables of scikit-learn, at most 300 rows of each and eight
principal components where there are more than 20 columns, are split 70 : 30. ``FlowGMM`` is
fitted as it comes and with one parameter changed: as a density (held-out log-likelihood in nats a
row), with ten labels a class (accuracy of held-out rows), or as groups without labels (their
adjusted Rand index). Reported are differences to the default, and processor seconds as a multiple
of its.

Runs are written to ``results/tuning_runs.csv`` as they end, and are not repeated while the code
and the machine are the same.
"""

import time
import warnings
from ast import literal_eval
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from benchmarks import reports
from benchmarks.arguments import Command
from benchmarks.data_sets import hide_labels
from benchmarks.papers import pictures
from benchmarks.resumable import Record, Run, Runs, commits
from skflowmix import FlowGMM
from skflowmix.plotting import MARKERS, PALETTE

TABLES = {"wine": load_wine, "breast_cancer": load_breast_cancer, "digits": load_digits}
MOST_COLUMNS, N_COMPONENTS, N_LABELS = 20, 8, 10
DEFAULT = "default"
MEASURES = {"density": "nats a row", "labels": "accuracy", "groups": "adjusted Rand index"}
VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "flow": {
        "density": ("affine", "spline", "autoregressive", DEFAULT),
        "labels": (DEFAULT, "spline"),
    },
    "n_estimators": {"density": ("1", "2", DEFAULT, "10"), "labels": (DEFAULT, "5")},
    "max_iter": {"density": ("10", "30", DEFAULT), "labels": ("0", "30", DEFAULT)},
    "learning_rate_init": {
        "density": ("0.001", DEFAULT, "0.1"),
        "labels": ("0.0005", DEFAULT, "0.05"),
    },
    "n_layers": {"density": ("1", DEFAULT, "6"), "labels": ("2", DEFAULT, "16")},
    "hidden_layer_sizes": {"density": ("16", DEFAULT, "(128, 128)")},
    "reg_covar": {"density": (DEFAULT, "0.001", "0.1"), "labels": (DEFAULT, "0.001", "0.1")},
    "components_per_class": {"labels": ("1", DEFAULT, "4")},
    "n_init": {"groups": (DEFAULT, "3")},
    "validation_fraction": {"density": ("0.05", DEFAULT, "0.3")},
    "batch_size": {"density": ("16", DEFAULT, "128")},
    "defensive_weight": {"density": ("0", DEFAULT, "0.1")},
}
"""What is tried for each task, in order; the first parameters are those to try first."""
HEADER = (
    "parameter",
    "task",
    "value",
    "tables",
    "difference",
    "least",
    "most",
    "time ratio",
    reports.COMMIT,
)


class Cell(NamedTuple):
    """One fit."""

    task: str
    parameter: str
    value: str
    data: str


class Metrics(NamedTuple):
    """The measure of the task, and processor seconds of the fit."""

    score: float
    seconds: float


def rows_of(data: str, n_rows: int) -> list[np.ndarray]:
    """Rows to fit and rows to score ``(n, d)``, and their classes ``(n,)``."""
    X, y = TABLES[data](return_X_y=True)
    if X.shape[1] > MOST_COLUMNS:
        X = PCA(N_COMPONENTS, random_state=0).fit_transform(X)
    kept = np.random.default_rng(0).permutation(len(X))[:n_rows]
    return train_test_split(X[kept], y[kept], test_size=0.3, random_state=0)


def measure(cell: Cell, n_rows: int, **brief: Any) -> Metrics:
    """Fit with one parameter changed, and score."""
    X, X_test, y, y_test = rows_of(cell.data, n_rows)
    changed = {} if cell.value == DEFAULT else {cell.parameter: parsed(cell.value)}
    model = FlowGMM(random_state=0, **brief | changed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few values and of groupings that are equally good
        before = time.process_time()
        model = FITS[cell.task](model, X, y)
        seconds = time.process_time() - before
        return Metrics(SCORES[cell.task](model, X_test, y_test), seconds)


def _with_labels(model: FlowGMM, X: np.ndarray, y: np.ndarray) -> FlowGMM:
    n_kept = np.minimum(np.unique(y, return_counts=True)[1] - 1, N_LABELS)
    return model.fit(X, hide_labels(y, n_kept, seed=0))


FITS: dict[str, Callable[[FlowGMM, np.ndarray, np.ndarray], FlowGMM]] = {
    "density": lambda model, X, y: model.fit(X),
    "labels": _with_labels,
    "groups": lambda model, X, y: model.set_params(n_components=len(np.unique(y))).fit(X),
}
SCORES: dict[str, Callable[[FlowGMM, np.ndarray, np.ndarray], float]] = {
    "density": lambda model, X, y: float(model.score(X)),
    "labels": lambda model, X, y: float((model.predict(X) == y).mean()),
    "groups": lambda model, X, y: float(adjusted_rand_score(y, model.predict(X))),
}


def parsed(value: str) -> Any:
    """A number or a sequence of them, or a word."""
    try:
        return literal_eval(value)
    except ValueError:
        return value


def cells(tables: Sequence[str]) -> list[Cell]:
    """All fits; one of the default serves all parameters of a task."""
    tried = [
        Cell(task, DEFAULT if value == DEFAULT else parameter, value, data)
        for parameter, tasks in VALUES.items()
        for task, values in tasks.items()
        for value in values
        for data in tables
    ]
    return list(dict.fromkeys(tried))


def differences(runs: Runs) -> dict[tuple[str, str, str], list[tuple[Run, Run]]]:
    """Runs beside that of the default on the same table, by parameter, task and value."""
    found: dict[tuple[str, str, str], list[tuple[Run, Run]]] = defaultdict(list)
    for cell in cells(list(TABLES)):
        base = Cell(cell.task, DEFAULT, DEFAULT, cell.data)
        if cell != base and cell in runs and base in runs:
            found[cell.parameter, cell.task, cell.value].append((runs[cell], runs[base]))
    return found


def lines(runs: Runs) -> list[tuple]:
    """What each value changes, over the tables."""
    table = []
    for key, pairs in differences(runs).items():
        found = np.array([own.metrics.score - base.metrics.score for own, base in pairs])
        ratios = [own.metrics.seconds / base.metrics.seconds for own, base in pairs]
        figures = (found.mean(), found.min(), found.max(), np.median(ratios))
        mixed = commits([run for pair in pairs for run in pair])
        table.append((*key, len(pairs), *map(float, figures), mixed))
    return table


def draw(runs: Runs) -> Any:
    """Differences to the default, a panel for each parameter and task, a curve for each table."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    shown = {(parameter, task) for parameter, task, _ in differences(runs)}
    panels = [(t, p) for t in MEASURES for p in VALUES if (p, t) in shown]
    n_rows = -(-len(panels) // 3)
    figure, axes = plt.subplots(
        n_rows, 3, figsize=(9.5, 2.4 * n_rows), layout="constrained", squeeze=False
    )
    for ax, (task, parameter) in zip(axes.flat, panels, strict=False):
        _draw_panel(ax, runs, task, parameter)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    handles, names = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(names))
    return figure


def _draw_panel(ax: Any, runs: Runs, task: str, parameter: str) -> None:
    values = VALUES[parameter][task]
    for number, data in enumerate(TABLES):
        base = runs.get(Cell(task, DEFAULT, DEFAULT, data))
        own = [
            base if value == DEFAULT else runs.get(Cell(task, parameter, value, data))
            for value in values
        ]
        if base is not None and None not in own:
            heights = [run.metrics.score - base.metrics.score for run in own]
            look = {"color": PALETTE[number], "marker": MARKERS[number], "label": data}
            ax.plot(range(len(values)), heights, **look)
    ax.axhline(0, color="grey", linewidth=0.8)
    ax.set_xticks(range(len(values)), values, fontsize="small")
    ax.set_title(f"{task}: {parameter}", fontsize="medium")
    ax.set_ylabel(MEASURES[task], fontsize="small")


def main(argv: Sequence[str] | None = None) -> None:
    """Do the fits that are missing, report and draw."""
    command = Command("tuning", __doc__, ("quick",))
    command.add_number("rows", 300, "of a table at most", 100)
    asked = command.asked(argv)
    folder, brief = ("quick", {"max_iter": 1}) if asked.quick else ("", {})
    record = Record(reports.RESULTS / folder / "tuning_runs.csv", Cell, Metrics)
    tables = list(TABLES)[:1] if asked.quick else list(TABLES)
    runs = record.completed(cells(tables), lambda cell: measure(cell, asked.rows, **brief))
    name = f"{folder}/tuning" if folder else "tuning"
    reports.report_runs(name, HEADER, lines(runs))
    pictures.save(draw(runs), "tuning", folder=folder)


if __name__ == "__main__":
    main()
