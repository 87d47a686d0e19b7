"""What users give, checked.

Knows numpy, scikit-learn, torch devices, collectives and labels.
"""

import math
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from skflowmix.collective import ALONE, Collective, unlike
from skflowmix.data.categories import Categories, places_of
from skflowmix.data.labels import encode_labels
from skflowmix.estimators.frames import check_no_times, columns_named, with_nan
from skflowmix.families import Design
from skflowmix.fitted import Fitted
from skflowmix.fitting import Observations
from skflowmix.scikit_learn_private import check_sample_weight, feature_names_of

__all__ = [
    "check_continues",
    "check_is_table",
    "check_same_parameters",
    "checked_bounds",
    "checked_categories",
    "checked_class_prior",
    "checked_column_numbers",
    "checked_columns",
    "checked_component_number",
    "checked_component_numbers",
    "checked_device",
    "checked_latents",
    "checked_mixed_rows",
    "checked_observations",
    "checked_responsibilities",
    "checked_rows",
    "checked_table",
    "checked_widths",
    "usable_device",
]

FLOATS = [np.float64, np.float32]
"""What rows may be without being copied as a whole."""

MOST_WEIGHT = 1e30
"""Weights beyond this, below its inverse, or as much lighter than the heaviest as this says, have
weights at these bounds: a sum of double precision does not tell them apart."""


def checked_observations(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike | None,
    sample_weight: ArrayLike | None,
    n_components: int | None,
    known: np.ndarray | None = None,
    together: Collective = ALONE,
) -> Observations:
    """Return rows, labels and weights for a fit.

    The estimator says whether values may be missing, and gives its name to messages.

    The ``known`` names of components are those of a fit that this one goes on from.
    """
    categories = together.agreed(lambda: checked_categories(estimator, X, sample_weight))
    if categories is not None and together.n_processes > 1:
        raise ValueError(
            "Rows of several processes cannot have categories yet: encode them as numbers, and "
            "set categorical_features=None."
        )
    rows, weights, names = checked_table(estimator, X, sample_weight, together, categories)
    codes, classes = encode_labels(y, len(rows), n_components, known, together)
    n_present = together.added(int((weights > 0).sum()))
    if len(classes) > n_present:
        raise ValueError(
            f"{len(classes)} components are more than the {n_present} rows: ask for fewer by "
            "n_components."
        )
    return Observations(rows, codes, classes, weights, names, together, categories)


def checked_categories(
    estimator: Any, X: ArrayLike, sample_weight: ArrayLike | None
) -> Categories | None:
    """Return which columns of a table are categories, if any; rows without weight are not seen."""
    wanted = estimator.categorical_features
    if isinstance(wanted, str) and not hasattr(X, "columns"):  # an array has no types to go by
        return None
    names = feature_names_of(X)
    if wanted is None or not _is_table(X):  # which is told later
        return None
    places = places_of(X, wanted, names)
    if not places:
        return None
    return Categories.of(X, places, names, _non_negative(sample_weight, X) > 0)


def _is_table(X: ArrayLike) -> bool:
    """Whether there are rows and columns."""
    shape = np.shape(X)
    return len(shape) == 2 and 0 not in shape


def check_is_table(estimator: Any, X: ArrayLike) -> None:
    """Refuse what has no rows or no columns, as scikit-learn does."""
    if not _is_table(X):
        check_array(np.zeros(np.shape(X)), estimator=estimator, input_name="X")


def checked_table(
    estimator: Any,
    X: ArrayLike,
    sample_weight: ArrayLike | None,
    together: Collective = ALONE,
    categories: Categories | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return rows, weights and names of columns for a fit."""
    names = together.agreed(lambda: feature_names_of(X))
    least = 2 if together.n_processes == 1 else 0  # of a shard, which others have more of
    rows = together.agreed(lambda: checked_mixed_rows(estimator, X, categories, least))
    _check_columns(together.collected((rows.shape[1], None if names is None else names.tolist())))
    weights = together.agreed(lambda: _non_negative(sample_weight, rows))
    if together.added(int((weights > 0).sum())) < 2:
        raise ValueError("sample_weight must be above zero for two rows or more.")
    return rows, _in_range(weights, together.largest(weights.max(initial=0))), names


def _check_columns(columns: list[tuple[int, list[str] | None]]) -> None:
    """Refuse processes whose columns, by their number and names, are not those of the first."""
    rank = unlike(columns)
    if rank is not None:
        (n_first, first), (n_own, own) = columns[0], columns[rank]
        raise ValueError(
            f"The columns of process {rank} are not those of process 0: {own or n_own} there, "
            f"{first or n_first} here."
        )


def checked_rows(estimator: Any, X: ArrayLike, least: int = 1) -> np.ndarray:
    """Return rows of numbers, so many at ``least``, or say which columns are at fault.

    Missing values are NaN, where the estimator allows them; infinity is always an error.
    """
    check_no_times(X)
    # scikit-learn adds numbers up, to infinities even
    with columns_named(X, estimator.allows_nan), np.errstate(invalid="ignore"):
        return check_array(
            with_nan(X),
            dtype=FLOATS,
            ensure_min_samples=least,
            ensure_all_finite="allow-nan" if estimator.allows_nan else True,
            estimator=estimator,
            input_name="X",
        )


def checked_mixed_rows(
    estimator: Any, X: ArrayLike, categories: Categories | None, least: int = 1
) -> np.ndarray:
    """Return rows of numbers, with the levels of categories behind them where there are any."""
    if categories is None:
        return checked_rows(estimator, X, least)
    numbers = checked_rows(estimator, categories.numbers_of(X), least)
    return np.column_stack([numbers, categories.codes_of(X)])


def _non_negative(sample_weight: ArrayLike | None, X: ArrayLike) -> np.ndarray:
    n_rows = len(X)  # type: ignore[arg-type]
    if sample_weight is None or not n_rows:  # as a shard may be; no empty array passes below
        return np.broadcast_to(1.0, n_rows)  # one number, as there may be many rows
    return check_sample_weight(
        sample_weight,
        X,
        dtype=np.float64,
        ensure_non_negative=True,
        allow_all_zero_weights=True,  # refused below, by the name of the parameter
    )


def _in_range(weights: np.ndarray, heaviest: float) -> np.ndarray:
    """Move weights ``(n,)`` to where neither sums nor squares overflow, nor single precision ends.

    None of them becomes zero, as a row of weight zero is absent.
    """
    wanted = np.clip(heaviest, 1 / MOST_WEIGHT, MOST_WEIGHT)
    least = wanted / MOST_WEIGHT
    if wanted == heaviest and weights.min(initial=heaviest) >= least:
        return weights
    scaled = weights if wanted == heaviest else weights / heaviest * wanted
    return np.where(weights > 0, np.maximum(scaled, least), 0.0)


OWN_PARAMETERS = {"init_params", "random_state", "device", "verbose", "verbose_interval"}
"""Parameters that may differ between the processes of a fit."""


def check_same_parameters(estimator: Any, goes_on: bool, together: Collective) -> None:
    """Refuse processes whose parameters differ, or of which some go on from another fit."""
    if together.n_processes == 1:
        return
    own = {
        name: repr(value)
        for name, value in estimator.get_params(deep=False).items()
        if name not in OWN_PARAMETERS
    }
    start = estimator.init_params
    own["init_params"] = repr(start) if isinstance(start, str) else "array"
    own["warm_start"] += f", {'' if goes_on else 'not '}fitted before"
    told = together.collected({"class": type(estimator).__name__, **own})
    rank = unlike(told)
    if rank is not None:
        name = next(name for name in told[0] if told[rank].get(name) != told[0][name])
        raise ValueError(
            f"The parameters of process {rank} are not those of process 0: {name} is "
            f"{told[rank].get(name)} there and {told[0][name]} here."
        )


PARAMETER_OF = {"hidden": "hidden_layer_sizes", "n_modes": "components_per_class"}
"""Names of parameters whose field in a design is called otherwise."""


def check_continues(
    previous: Fitted, data: Observations, n_components: int | None, design: Design
) -> None:
    """Refuse to go on from a fit of another shape than is asked for."""
    architecture = previous.family.architecture
    asked = data.n_components
    if n_components is not None:
        asked = max(n_components, previous.n_classes, data.n_classes)
    before = (architecture.n_components, previous.n_features)
    if before != (asked, data.X.shape[1]):
        raise ValueError(
            f"warm_start=True needs the {before[0]} components and {before[1]} features of "
            f"the last fit, got {asked} and {data.X.shape[1]}: set warm_start=False."
        )
    names, own = previous.feature_names, data.feature_names
    if names is not None and own is not None and not np.array_equal(names, own):
        raise ValueError(
            f"warm_start=True needs the features {names.tolist()} of the last fit, got "
            f"{own.tolist()}: set warm_start=False."
        )
    if data.categories != previous.categories:
        raise ValueError(
            "warm_start=True needs the categories of the last fit, with the same levels: set "
            "warm_start=False."
        )
    changed = [PARAMETER_OF.get(name, name) for name in design.disagreements(architecture)]
    if changed:
        raise ValueError(
            f"warm_start=True goes on with the model of the last fit, which had another "
            f"{' and another '.join(changed)}: set warm_start=False."
        )


def checked_widths(hidden_layer_sizes: Any) -> tuple[int, ...] | str:
    """Return the widths of hidden layers as a tuple, or "auto"."""
    if isinstance(hidden_layer_sizes, str):
        return hidden_layer_sizes
    widths = list(hidden_layer_sizes) if np.iterable(hidden_layer_sizes) else [hidden_layer_sizes]
    if not all(isinstance(width, int | np.integer) and width > 0 for width in widths):
        raise ValueError(
            f"hidden_layer_sizes must be integers above 0, got {hidden_layer_sizes!r}."
        )
    return tuple(int(width) for width in widths)


def checked_responsibilities(given: ArrayLike, data: Observations) -> np.ndarray:
    """Return the user's matrix ``(n, K)``, which must hold shares for all rows that count."""
    try:
        matrix = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"init_params must be a matrix of numbers: {error}") from error
    expected = (len(data.X), data.n_components)
    if matrix.shape != expected:
        raise ValueError(
            f"init_params has shape {matrix.shape}, expected one row for each of the "
            f"{expected[0]} rows of X and one column for each of {expected[1]} components."
        )
    counted = matrix[data.weights > 0]
    if not (np.isfinite(counted).all() and (counted >= 0).all() and (counted.sum(1) > 0).all()):
        raise ValueError(
            "init_params must hold finite responsibilities >= 0 with a positive one in every row."
        )
    return matrix


def checked_class_prior(given: ArrayLike | str | None, data: Observations) -> np.ndarray | None:
    """Return the shares of the labelled classes ``(C,)``, or None where they are estimated."""
    n_classes = data.n_classes
    if given is None or not n_classes:
        return None
    if isinstance(given, str):  # "balanced"
        return np.full(n_classes, 1 / n_classes)
    shares = _as_shares(given)
    if shares.shape != (n_classes,) or not (shares > 0).all():
        raise ValueError(
            f"class_prior must hold a positive share for each of the {n_classes} labelled "
            f"classes {data.classes[:n_classes].tolist()}, in this order; got {given!r}."
        )
    return shares


def _as_shares(given: ArrayLike) -> np.ndarray:
    """Return numbers with a sum of 1; empty where they are not finite and positive."""
    try:
        numbers = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return np.empty(0)
    if not numbers.size or not np.isfinite(numbers).all() or numbers.min() <= 0:
        return np.empty(0)
    shares = numbers / numbers.max()
    return shares / shares.sum()


def checked_bounds(given: Any, data: Observations) -> np.ndarray | str | None:
    """Return the ends ``(d, 2)`` of the ranges of columns, infinite where open, or "auto"."""
    if given is None or isinstance(given, str):
        return given
    names = data.column_names.tolist()
    order = list(range(len(names))) if data.categories is None else data.categories.order.tolist()
    known = dict(zip(order, names, strict=True))  # by their places in the table
    own = given if isinstance(given, dict) else dict(enumerate(given))
    named = {name if name in names else known.get(name): pair for name, pair in own.items()}
    is_whole = isinstance(given, dict) or len(own) == len(names)
    if not is_whole or None in named or len(named) < len(own):
        raise ValueError(
            f"bounds must be a pair for each of the {len(names)} columns, or a dict from some of "
            f"their names or numbers, each of them once, to pairs; the names are "
            f"{[known[place] for place in sorted(known)]}, got {given!r}."
        )
    pairs = [named.get(name) for name in names]
    ends = [_ends(pair, name) for pair, name in zip(pairs, names, strict=True)]
    for (low, high), name in list(zip(ends, names, strict=True))[data.n_numbers :]:
        if min(-low, high) < math.inf:
            raise ValueError(f"The column {name!r} is of categories, which have no bounds.")
    return np.array(ends, dtype=np.float64)


def _ends(pair: Any, name: Any) -> tuple[float, float]:
    """Return the ends of the range of a column, infinite where they are None."""
    try:
        low, high = (None, None) if pair is None else pair
        ends = -math.inf if low is None else float(low), math.inf if high is None else float(high)
    except (TypeError, ValueError):
        ends = math.nan, math.nan
    length = ends[1] - ends[0]  # infinite of two finite ends that are too far apart
    is_open = math.isinf(ends[0]) or math.isinf(ends[1])
    if not length > 0 or ends[0] == math.inf or (math.isinf(length) and not is_open):
        raise ValueError(
            f"The bounds of the column {name!r} must be (low, high) with low < high, or None for "
            f"an open side; got {pair!r}."
        )
    return ends


def checked_latents(Z: ArrayLike, n_features: int) -> np.ndarray:
    """Return latents ``(n, d)`` of the width that `transform` gives."""
    with np.errstate(invalid="ignore"):  # as above
        latents = check_array(Z, dtype=np.float64, input_name="Z")
    if latents.shape[1] != n_features:
        raise ValueError(
            f"Z has {latents.shape[1]} columns, but latents have {n_features}, one for each "
            "feature of the rows."
        )
    return np.ascontiguousarray(latents)


def checked_columns(columns: ArrayLike, names: list[str]) -> np.ndarray:
    """Return the mask ``(d,)`` of columns that are given by names, numbers or a mask."""
    mask = np.zeros(len(names), dtype=bool)
    mask[checked_column_numbers(columns, names)] = True
    return mask


def checked_column_numbers(columns: ArrayLike, names: list[str]) -> np.ndarray:
    """Return the numbers of columns that are given by names, numbers or a mask, in their order."""
    asked = np.atleast_1d(np.asarray(columns))
    if asked.dtype == bool and asked.shape == (len(names),):
        return np.flatnonzero(asked)
    numbers = [names.index(each) if each in names else each for each in asked.tolist()]
    unknown = [
        each
        for each in numbers
        if not (isinstance(each, int) and -len(names) <= each < len(names))
    ]
    if unknown or asked.dtype == bool:
        raise ValueError(
            f"Columns must be names, numbers or a mask of the {len(names)} columns {names}, got "
            f"{unknown or columns!r}."
        )
    return np.array(numbers, dtype=int) % len(names)


def checked_component_numbers(y: ArrayLike, classes: np.ndarray, n_rows: int) -> np.ndarray:
    """Return the numbers ``(n,)`` of the components that y names, one for each row."""
    labels = np.asarray(y)
    if labels.shape != (n_rows,):
        raise ValueError(
            f"y must name one component for each of the {n_rows} rows of Z, got shape "
            f"{labels.shape}."
        )
    matches = labels[:, None] == classes[None, :]
    if not matches.any(1).all():
        raise ValueError(f"y must hold components, any of {classes.tolist()}.")
    return matches.argmax(1)


MOST_TOLD = 10
"""Names of components that a message lists at most."""


def checked_component_number(y: Any, classes: np.ndarray) -> int:
    """Return the number of the component that y names."""
    is_one = np.ndim(y) == 0
    matches = np.flatnonzero(classes == y) if is_one else np.empty(0, dtype=int)
    if not len(matches):
        some = ", ".join(repr(name) for name in classes[:MOST_TOLD].tolist())
        more = f" and {len(classes) - MOST_TOLD} more" if len(classes) > MOST_TOLD else ""
        raise ValueError(f"y must be one of the components, {some}{more}; got {y!r}.")
    return int(matches[0])


def checked_device(name: str) -> torch.device:
    """Return the torch device of this name, "auto" being a GPU if there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.zeros(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device={name!r} cannot be used here: {error}") from error


@cache
def usable_device(name: str) -> torch.device:
    """Return the torch device of this name, or the CPU if there is no such device here."""
    try:
        return checked_device(name)
    except ValueError:
        return torch.device("cpu")
