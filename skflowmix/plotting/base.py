"""What pictures share: where they are drawn, how groups look, which rows and names they show."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skflowmix.estimators.frames import columns_named, with_nan
from skflowmix.scikit_learn_private import check_matplotlib_support

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442")
"""The colours of Okabe and Ito, told apart by colour-blind readers too; black is for lines."""
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
"""One for each colour, as grey prints have no colours; moved by one once all are in use."""
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)))
"""Of the lines of groups, likewise."""
LEAST_ROWS = 20
"""Rows of each group that are drawn in any case, if it has them."""
CHARACTER = 0.52
"""Width of a letter beside its height, in the mean."""


class Display:
    """A picture, which is drawn into axes that are given or into a figure of its own."""

    ax_: Any
    figure_: Any

    @classmethod
    def _check_can_show(cls, estimator) -> None:
        """Refuse to draw without matplotlib, or what is not fitted."""
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)

    def _open(self, ax, **figure: Any) -> None:
        """Set where to draw."""
        check_matplotlib_support(f"{type(self).__name__}.plot")
        import matplotlib.pyplot as plt

        self.ax_ = plt.subplots(layout="constrained", **figure)[1] if ax is None else ax
        self.figure_ = self.ax_.figure

    def _settle(self) -> None:
        """Let the layout of the figure find the sizes of its axes, so that text can be fitted."""
        if self.figure_.get_layout_engine() is not None:
            self.ax_.get_figure(root=True).draw_without_rendering()

    def _legend(self, **options: Any) -> Any:
        """Add a legend: beside the axes where the layout of the figure makes room for it."""
        style: dict[str, Any] = {"frameon": True, "framealpha": 0.8, "labelspacing": 0.25}
        if self.figure_.get_layout_engine() is not None:
            style |= {"loc": "center left", "bbox_to_anchor": (1, 0.5), "frameon": False}
        return self.ax_.legend(**{**style, **options})


def style_of(number: int) -> dict[str, Any]:
    """Return colour, marker and line style of a group; no two of the first 49 look alike."""
    place, turn = number % len(PALETTE), number // len(PALETTE)
    shape = (place + turn) % len(MARKERS)
    return {"color": PALETTE[place], "marker": MARKERS[shape], "linestyle": LINE_STYLES[shape]}


# Groups, rows and columns of estimators.


def component_numbers(estimator, X: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the component of each row, and the names of all components.

    Parameters
    ----------
    estimator : object
        A fitted mixture. What it predicts are entries of its ``classes_``, or numbers.
    X : array-like of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    components : ndarray of shape (n_samples,)
        Number of the component of each row.
    classes : ndarray of shape (n_components,)
        Name of each component.
    """
    groups = np.asarray(estimator.predict(X))
    classes = getattr(estimator, "classes_", None)
    if classes is not None:
        return (groups[:, None] == classes).argmax(axis=1), classes
    if groups.min() < 0:  # outliers are -1
        names, numbers = np.unique(groups, return_inverse=True)
        return numbers, names
    return groups, np.arange(groups.max() + 1)


def column_names(estimator, X: ArrayLike, given: Sequence[str] | None) -> list[str]:
    """Return names of the columns: those given, of the fit, of X, or else x0, x1, ..."""
    n_features = np.shape(X)[1]
    if given is None:
        given = getattr(estimator, "feature_names_in_", None)
    if given is None:
        given = getattr(X, "columns", [f"x{j}" for j in range(n_features)])
    if len(given) != n_features:
        raise ValueError(f"feature_names has {len(given)} names for {n_features} columns.")
    return [str(name) for name in given]


def column_number(column: int | str, names: Sequence[str]) -> int:
    """Return the number of a column that is given by its number or name."""
    if isinstance(column, str):
        if column not in names:
            raise ValueError(f"There is no column {column!r}: the columns are {', '.join(names)}.")
        return list(names).index(column)
    if not -len(names) <= column < len(names):
        raise ValueError(f"There is no column {column}: X has {len(names)} columns.")
    return int(column) % len(names)


def as_rows(X: ArrayLike, *, allow_nan: bool = False) -> np.ndarray:
    """Return the rows ``(n, d)`` as numbers, of which some may be missing."""
    allowed = "allow-nan" if allow_nan else True
    with columns_named(X, allow_nan):
        return check_array(with_nan(X), dtype=np.float64, ensure_all_finite=allowed)


def number_columns(
    estimator, X: ArrayLike, *, allow_nan: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows ``(n, d)`` with NaN in columns of categories, and which columns are none."""
    categories = getattr(estimator, "_categories", None)
    if categories is None:
        rows = as_rows(X, allow_nan=allow_nan)
        return rows, np.arange(rows.shape[1])
    of_numbers = categories.order[: categories.n_numbers]
    rows = np.full((len(X), categories.n_columns), np.nan)  # type: ignore[arg-type]
    rows[:, of_numbers] = as_rows(categories.numbers_of(X), allow_nan=allow_nan)
    return rows, of_numbers


def check_numbers(names: Sequence[str]) -> None:
    """Refuse to draw columns of categories."""
    if names:
        raise ValueError(f"The columns {names} are categories, and only numbers are drawn.")


def standardised(X: np.ndarray) -> np.ndarray:
    """Return rows ``(n, d)`` with mean 0 and deviation 1; constant columns are 0."""
    X = X / np.maximum(np.abs(X).max(axis=0), np.finfo(float).tiny)  # whose squares are finite
    deviation = X.std(axis=0)
    is_constant = (np.ptp(X, axis=0) == 0) | (deviation == 0)
    return np.where(is_constant, 0.0, (X - X.mean(axis=0)) / np.where(is_constant, 1, deviation))


def thinned(X: np.ndarray, groups: np.ndarray, most: int) -> np.ndarray:
    """Choose at most so many rows, by their values only.

    Each group keeps about its share, and some rows in any case. In each group the rows are evenly
    spaced in the order of their values, so neither chance nor the order of the rows matters.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows.
    groups : ndarray of int of shape (n,)
        Number of the group of each.
    most : int
        How many rows at most; a row for each group at least.

    Returns
    -------
    places : ndarray of int of shape (m,)
        Numbers of the rows, increasing.
    """
    if len(X) <= most:
        return np.arange(len(X))
    names = np.unique(groups)
    least = min(LEAST_ROWS, most // len(names))
    spare = (most - least * len(names)) / len(X)
    chosen = []
    for name in names:
        own = np.flatnonzero(groups == name)
        own = own[np.lexsort(X[own].T[::-1])]
        n_kept = min(len(own), max(least + int(spare * len(own)), 1))
        chosen.append(own[np.linspace(0, len(own) - 1, n_kept).round().astype(int)])
    return np.sort(np.concatenate(chosen))


# Text that fits.


def inches_of(ax) -> tuple[float, float]:
    """Return width and height of axes."""
    box = ax.get_window_extent()
    return box.width / ax.figure.dpi, box.height / ax.figure.dpi


def font_size(inches: float) -> float:
    """Return the points of text beside a panel of so many inches."""
    return float(np.clip(4.5 + 2 * inches, 5.5, 9))


def signed(value: float, digits: int) -> str:
    """Return a number with its sign; minus is as long as plus."""
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def text_inches(text: str, points: float) -> float:
    """Return about how long a text is."""
    return len(text) * CHARACTER * points / 72


def shortened(name: str, inches: float, points: float) -> str:
    """Return a name that fits into so many inches: what is in its middle gives way."""
    most = max(int(inches / text_inches("x", points)), 5)
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end]}…{name[len(name) - end :]}"
