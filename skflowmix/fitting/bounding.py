"""Which ranges the columns of a fit have, and how its rows are scaled."""

import numpy as np

from skflowmix.collective import Collective
from skflowmix.data.bounds import BoundedScaling, Bounds
from skflowmix.data.dequantising import counts_in_steps
from skflowmix.data.scaling import Scaling
from skflowmix.fitted import Fitted
from skflowmix.fitting.options import Observations


def scaling_of(
    X: np.ndarray,
    weights: np.ndarray,
    data: Observations,
    asked: np.ndarray | str | None,
    previous: Fitted | None,
) -> Scaling:
    """Return the scaling of rows of numbers ``(m, p)``, with the bounds ``(d, 2)`` asked for.

    A fit that goes on keeps the scaling it had.
    """
    together = data.together
    if previous is not None:
        known = previous.scaling.first(data.n_numbers)
        _check_inside(data, known)
        return known
    scaling = Scaling.of(X, weights, together)
    bounds = None if asked is None else _bounds_for(X, data, asked, scaling.spread)
    if bounds is None or not len(bounds.columns):
        return scaling
    total = together.added((weights * bounds.log_det(X)).sum()) / together.added(weights.sum())
    on_line = Scaling.of(bounds.apply(X), weights, together)
    return BoundedScaling.around(on_line, bounds, float(total))


def _bounds_for(
    X: np.ndarray, data: Observations, asked: np.ndarray | str, unit: np.ndarray
) -> Bounds:
    """Return the ends ``(d, 2)`` that are asked for, or those that the rows suggest."""
    least, most = extents(data)
    if isinstance(asked, str):
        ends = _suggested(X, least, most, data.together)
    else:
        ends = asked[: len(unit)]
    bounds = Bounds(ends[:, 0], ends[:, 1], unit)
    _check_between(least, most, bounds, data)
    return bounds


def _suggested(
    X: np.ndarray, least: np.ndarray, most: np.ndarray, together: Collective
) -> np.ndarray:
    """Ends ``(d, 2)`` of continuous columns: 0 of positive numbers, and 1 where all are less."""
    ends = np.tile([-np.inf, np.inf], (len(least), 1))
    for column in np.flatnonzero(least > 0):
        values = X[:, column]
        if counts_in_steps(values[~np.isnan(values)], together) is None:
            ends[column] = 0, 1 if most[column] < 1 else np.inf
    return ends


def extents(data: Observations) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest of each column of numbers, ``(p,)``, in rows of weight."""
    X = data.X[:, : data.n_numbers]
    counted = True if data.weights.all() else (data.weights > 0)[:, None]
    low = np.fmin.reduce(X, axis=0, initial=np.inf, where=counted)
    high = np.fmax.reduce(X, axis=0, initial=-np.inf, where=counted)
    return -data.together.largest(-low), data.together.largest(high)


def _check_inside(data: Observations, scaling: Scaling) -> None:
    """Refuse rows outside of the ranges of an earlier fit."""
    if isinstance(scaling, BoundedScaling) and scaling.bounds is not None:
        _check_between(*extents(data), scaling.bounds, data)


def _check_between(
    least: np.ndarray, most: np.ndarray, bounds: Bounds, data: Observations
) -> None:
    """Refuse columns whose values, between these extents ``(d,)``, are not all inside."""
    names = data.column_names.tolist()
    for column in np.flatnonzero((least <= bounds.low) | (most >= bounds.high)):
        ends = f"({bounds.low[column]:g}, {bounds.high[column]:g})"
        raise ValueError(
            f"The column {names[column]!r} has values from {least[column]:g} to "
            f"{most[column]:g}, which must lie between its bounds {ends} and touch neither: move "
            "the bounds outwards, or leave them out."
        )
