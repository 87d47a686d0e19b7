"""Pictures of what was found. matplotlib is imported when one is drawn."""

import base64
import io
import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from skflowmix.command_line.fitting import Fit
from skflowmix.command_line.reading import MissingPackageError
from skflowmix.command_line.tables import Table
from skflowmix.plotting import (
    GroupsDisplay,
    MixtureDisplay,
    OutlierDisplay,
    ProfileDisplay,
    SelectionDisplay,
)
from skflowmix.whole_files import replacing

DEFAULT_SUFFIX = ".png"
DPI = 120
MOST_IN_PAIRS, MOST_IN_PROFILES = 5, 10
"""Columns that are drawn in pairs, and columns whose differences are drawn."""


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
        ``"groups"``, ``"profiles"``, ``"selection"`` and ``"outliers"``, as far as there are any;
        the first of them is what ``--picture`` writes.
    """
    import matplotlib

    table = replace(table, X=fit.filled)
    with matplotlib.rc_context({"text.parse_math": False}):  # names are text
        found = {} if fit.mixture is None else _pictures_of_groups(fit.mixture, table)
        if fit.detector is not None:
            found["outliers"] = _outliers_figure(fit.detector, table)
    return found


def _pictures_of_groups(mixture: Any, table: Table) -> dict[str, Any]:
    found = {"groups": _groups_figure(mixture, table)}
    if mixture.n_components_ > 1:
        found["profiles"] = _profiles_figure(mixture, table)
    if len(set(mixture.starts_["n_components"].tolist())) > 1:
        found["selection"] = _selection_figure(mixture)
    return found


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure  # draws to a file, whatever screen there is

    return Figure(figsize=(width, height), layout="constrained")


def _groups_figure(mixture: Any, table: Table) -> Any:
    """Draw rows over the density in two columns, and else in pairs or along directions."""
    n_columns = len(table.numbers)
    if n_columns == 2 and not table.categories:
        figure = _figure(7, 5)
        display = MixtureDisplay.from_estimator(mixture, table.X, ax=figure.subplots())
        display.ax_.legend(title="group", loc="center left", bbox_to_anchor=(1, 0.5))
        return figure
    side = 1.6 * n_columns + 1.6 if 2 <= n_columns <= MOST_IN_PAIRS else 6.0
    figure = _figure(side, side - 0.6)
    GroupsDisplay.from_estimator(mixture, table.X, max_columns=MOST_IN_PAIRS, ax=figure.subplots())
    return figure


def _profiles_figure(mixture: Any, table: Table) -> Any:
    n_columns = min(len(table.numbers), MOST_IN_PROFILES)
    figure = _figure(7, max(0.36 * n_columns + 1.2, 3))
    ProfileDisplay.from_estimator(
        mixture, table.X, max_columns=MOST_IN_PROFILES, ax=figure.subplots()
    )
    return figure


def _selection_figure(mixture: Any) -> Any:
    figure = _figure(7, 3.6)
    SelectionDisplay.from_estimator(mixture, ax=figure.subplots())
    return figure


def _outliers_figure(detector: Any, table: Table) -> Any:
    figure = _figure(8, 3.6)
    ax = figure.subplots()
    display = OutlierDisplay.from_estimator(detector, table.X[table.numbers], ax=ax)
    rows = [table.name_of(row) for row in table.rows[display.rows[::-1]]]
    ax.set_yticks(range(len(rows)), rows)
    return figure
