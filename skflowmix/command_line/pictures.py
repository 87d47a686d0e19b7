"""Pictures of what was found. matplotlib is imported when one is drawn."""

import base64
import io
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from skflowmix.command_line.fitting import Fit
from skflowmix.command_line.reading import MissingPackageError
from skflowmix.command_line.tables import Table
from skflowmix.command_line.writing import replacing
from skflowmix.plotting import (
    MARKERS,
    PALETTE,
    MixtureDisplay,
    OutlierDisplay,
    SelectionDisplay,
    component_numbers,
)

DEFAULT_SUFFIX = ".png"
DPI = 120


def is_possible() -> bool:
    """Whether pictures can be drawn here."""
    return find_spec("matplotlib") is not None


def check_possible() -> None:
    """Refuse pictures where matplotlib is not installed."""
    if not is_possible():
        raise MissingPackageError(
            'pictures need matplotlib, which is not installed: pip install "skflowmix[plot]".'
        )


def with_suffix(path: Path) -> Path:
    """Complete the path of a picture whose suffix is none of a picture.

    Examples
    --------
    >>> with_suffix(Path("groups.v2")).name, with_suffix(Path("groups.svg")).name
    ('groups.v2.png', 'groups.svg')
    """
    from matplotlib.backend_bases import FigureCanvasBase

    known = FigureCanvasBase.get_supported_filetypes()
    if path.suffix[1:].lower() in known:
        return path
    return path.with_name(path.name + DEFAULT_SUFFIX)


def save(figure: Any, path: Path) -> None:
    """Write a figure, all of it or nothing, in the format that the suffix says."""
    with replacing(path) as beside:
        _save(figure, beside, path.suffix[1:].lower())


def embedded(figure: Any) -> str:
    """Return a figure as a PNG in a data URL."""
    buffer = io.BytesIO()
    _save(figure, buffer, "png")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _save(figure: Any, file: Path | io.BytesIO, kind: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # of names in letters that the font lacks
        figure.savefig(file, dpi=DPI, format=kind)


def figures(fit: Fit, table: Table) -> dict[str, Any]:
    """Draw all that there is to see of some fits.

    Parameters
    ----------
    fit : Fit
        What was fitted.
    table : Table
        What it was fitted to.

    Returns
    -------
    figures : dict of str to matplotlib Figure
        ``"groups"``, ``"selection"`` and ``"outliers"``, as far as there are any; the first of
        them is what ``--picture`` writes.
    """
    found = {}
    if fit.mixture is not None:
        found["groups"] = _groups_figure(fit.mixture, table)
        if len(set(fit.mixture.starts_["n_components"].tolist())) > 1:
            found["selection"] = _selection_figure(fit.mixture)
    if fit.detector is not None:
        found["outliers"] = _outliers_figure(fit.detector, table)
    return found


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure  # draws to a file, whatever screen there is

    return Figure(figsize=(width, height), layout="constrained")


def _literal(name: str) -> str:
    """Keep matplotlib from reading a name as mathematics."""
    return name.replace("$", r"\$")


def _groups_figure(mixture: Any, table: Table) -> Any:
    figure = _figure(7, 5)
    ax = figure.subplots()
    if table.X.shape[1] == 2:
        MixtureDisplay.from_estimator(mixture, table.X, ax=ax)
        columns = list(table.X.columns)
    else:
        columns = _draw_rows(ax, mixture, table)
    ax.set(xlabel=_literal(columns[0]), ylabel=_literal(columns[1]))
    ax.legend(title="group", frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _draw_rows(ax: Any, mixture: Any, table: Table) -> list[str]:
    """Draw rows by the two columns that tell groups apart best, or by one and the density."""
    numbers, classes = component_numbers(mixture, table.X)
    X = table.X.to_numpy()
    columns = _telling_columns(X, numbers)
    names = [table.X.columns[j] for j in columns]
    places = X[:, columns]  # (n, 2)
    if len(columns) == 1:
        places = np.column_stack([places, mixture.score_samples(table.X)])
        names.append("log-density (nats)")
    for k in np.unique(numbers):
        style = {"color": PALETTE[k % len(PALETTE)], "marker": MARKERS[k // len(PALETTE) % 7]}
        ax.scatter(*places[numbers == k].T, s=11, label=str(classes[k]), **style)
    return names


def _telling_columns(X: np.ndarray, groups: np.ndarray) -> list[int]:
    """The two columns in which the means of groups vary most beside the rows."""
    means = np.stack([X[groups == k].mean(axis=0) for k in np.unique(groups)])  # (K, d)
    ratio = means.std(axis=0) / np.maximum(X.std(axis=0), np.finfo(float).tiny)
    return sorted(np.argsort(-ratio, kind="stable")[:2].tolist())


def _selection_figure(mixture: Any) -> Any:
    figure = _figure(7, 3.6)
    SelectionDisplay.from_estimator(mixture, ax=figure.subplots())
    return figure


def _outliers_figure(detector: Any, table: Table) -> Any:
    figure = _figure(8, 3.6)
    ax = figure.subplots()
    names = [_literal(name) for name in table.X.columns]
    display = OutlierDisplay.from_estimator(detector, table.X, ax=ax, feature_names=names)
    rows = [_literal(table.name_of(row)) for row in table.rows[display.rows[::-1]]]
    ax.set_yticks(range(len(rows)), rows)
    return figure
