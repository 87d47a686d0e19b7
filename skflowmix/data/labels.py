"""From the user's labels to component numbers and back.

Knows numpy, scikit-learn and collectives only.

One rule holds wherever labels are taken: a missing label is an unlabelled row. Missing are -1 as a
number, None, NaN, NaT and pandas' NA.
"""

import math
from collections.abc import Callable
from numbers import Integral, Number
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import column_or_1d

from skflowmix.collective import ALONE, Collective
from skflowmix.warning import warn

UNLABELLED = -1


def is_labelled(labels: np.ndarray) -> np.ndarray:
    """Return the mask of the entries ``(n,)`` that are not missing."""
    if labels.dtype.kind == "O":
        return np.array([not _is_missing(label) for label in labels.tolist()], dtype=bool)
    present = labels == labels  # NaN and NaT are not equal to themselves
    return present & (labels != UNLABELLED) if labels.dtype.kind in "iufc" else present


def _is_missing(label: Any) -> bool:
    return is_absent(label) or _is_minus_one(label)


def is_absent(value: Any) -> bool:
    """Whether a value is None, NaN, NaT or pandas' NA."""
    if value is None:
        return True
    equal = value == value
    if isinstance(equal, bool | np.bool_):
        return not equal
    return equal is value  # pandas' NA answers every comparison by itself, and has no truth


def _is_minus_one(label: Any) -> bool:
    return isinstance(label, Number) and bool(label == UNLABELLED)


# Labels as they were given.


def known_labels(y: ArrayLike, n_rows: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Tell which rows have a label, and which one.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, 1)
        Labels, some of which may be missing.
    n_rows : int, optional
        Number of rows that y must have.

    Returns
    -------
    labelled : ndarray of shape (n_rows,)
        Mask of the rows that have a label.
    names : ndarray of shape (n_labelled,)
        Their labels, of one plain type: strings, bytes, whole numbers, bools or dates.

    Raises
    ------
    ValueError
        If y has another length, marks unlabelled rows by the string "-1", or holds infinity,
        fractions, or labels of several types or of one that is none of these.
    """
    labels = _flat(y, n_rows)
    labelled = is_labelled(labels)
    return labelled, _names(labels[labelled])


def _flat(y: ArrayLike, n_rows: int | None) -> np.ndarray:
    """Labels as an array ``(n_rows,)``, missing ones among them."""
    labels = np.asarray(y)
    if isinstance(y, np.ma.MaskedArray):
        labels = labels.astype(object)
        labels[np.ma.getmaskarray(y)] = None
    if labels.dtype.kind == "T" or (labels.dtype.kind in "US" and not hasattr(y, "dtype")):
        labels = np.asarray(y, dtype=object)  # numpy makes strings of None and -1 in such a list
    if labels.ndim == 2 and labels.shape[1] == 1:
        warn(
            "A column-vector y was passed when a 1d array was expected, as y.ravel() is.",
            DataConversionWarning,
        )
    labels = column_or_1d(labels)
    if n_rows is not None and len(labels) != n_rows:
        raise ValueError(
            f"y has {len(labels)} labels for {n_rows} rows of X: give one label a row, with -1 "
            "for the unlabelled ones."
        )
    return labels


def _names(labels: np.ndarray) -> np.ndarray:
    """Labels that are not missing as an array of one plain type."""
    if labels.dtype.kind not in "USbiufmM" and len(labels):
        labels = _of_one_type(labels.tolist())
    if labels.dtype.kind in "US":
        if (labels == np.array("-1", dtype=labels.dtype.kind)).any():
            raise ValueError(
                'y marks unlabelled rows by the string "-1": use None or the int -1, in an array '
                "of dtype object if the other labels are strings."
            )
    elif labels.dtype.kind == "f":
        _check_whole(labels)
    return labels


STRINGS, BYTES, NUMBERS = str, bytes, (Number, np.bool_)


def _of_one_type(labels: list) -> np.ndarray:
    """Labels as an array of strings, bytes, whole numbers or bools."""
    types = [t for t in (STRINGS, BYTES, NUMBERS) if any(isinstance(n, t) for n in labels)]
    if len(types) > 1:
        raise ValueError("y mixes strings and numbers: give all classes names of one type.")
    if types and all(isinstance(label, types[0]) for label in labels):
        names = np.array(labels)
        is_rounded = names.dtype.kind == "f" and all(isinstance(n, Integral) for n in labels)
        if names.dtype.kind in "USbiuf" and not is_rounded:
            return names
    strange = sorted({type(label).__name__ for label in labels})
    raise ValueError(
        f"y holds labels of type {', '.join(strange)}: name classes by strings, by whole numbers "
        "of at most 64 bits or by bools, as by [str(label) for label in y]."
    )


def _check_whole(labels: np.ndarray) -> None:
    """Refuse infinity, and the fractions of a regression target."""
    if np.isinf(labels).any():
        raise ValueError("y contains infinity: mark unlabelled rows by -1 or NaN.")
    fractions = labels[labels != np.floor(labels)]
    if len(fractions):
        raise ValueError(
            f"Unknown label type: y holds fractions, such as {fractions[0]}. Name classes by "
            "whole numbers, strings or bools."
        )


def labelled_accuracy(
    predict: Callable[[np.ndarray], np.ndarray], y: ArrayLike, weights: np.ndarray
) -> float:
    """Return the share of the labelled rows whose label is predicted.

    Parameters
    ----------
    predict : callable
        Takes a mask of rows ``(n_rows,)`` and returns their labels ``(n_masked,)``.
    y : array-like of shape (n_rows,) or (n_rows, 1)
        True labels, some of which may be missing.
    weights : ndarray of shape (n_rows,)
        Weights of the rows.

    Returns
    -------
    accuracy : float
        NaN if no row has a label.

    Raises
    ------
    ValueError
        If y cannot be used, or every labelled row has weight zero.

    Warns
    -----
    UserWarning
        If no row has a label.
    """
    labelled, names = known_labels(y, len(weights))
    if not labelled.any():
        warn(
            "No row of y has a label, so that the accuracy is NaN. In cross-validation, split by "
            "skflowmix.model_selection.LabeledOnlySplit. Leave y out for the mean log-likelihood.",
        )
        return math.nan
    if not weights[labelled].any():
        raise ValueError("sample_weight must be positive for a labelled row.")
    return float(np.average(predict(labelled) == names, weights=weights[labelled]))


# Components and their names.


def encode_labels(
    y: ArrayLike | None,
    n_rows: int,
    n_components: int | None,
    known: np.ndarray | None = None,
    together: Collective = ALONE,
) -> tuple[np.ndarray, np.ndarray]:
    """Number the labelled rows by component and name every component.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or (n_rows, 1), or None
        Labels, some of which may be missing.
    n_rows : int
        Number of rows that y must have.
    n_components : int or None
        Number of components wanted: at least as many as classes are made, and None asks for
        one per class.
    known : ndarray of shape (K,), optional
        Names of the components of a fit that this one goes on from. They stay what they are.
    together : Collective, default=ALONE
        Processes whose labels name the classes.

    Returns
    -------
    codes : ndarray of shape (n_rows,)
        Component of each labelled row, -1 for the others.
    classes : ndarray of shape (K,)
        Names of the components: the classes in sorted order, then the new groups. Their type is
        that of the labels, so whole numbers in an array of floats stay floats.

    Raises
    ------
    ValueError
        If y cannot be used, see `known_labels`, or names a class that is not among the known
        ones, or holds dates and there are new groups to name.

    Warns
    -----
    UserWarning
        If y looks like two classes that are called -1 and 1.
    """
    unlabelled = np.broadcast_to(UNLABELLED, n_rows)  # one number, as there may be many rows
    labels = unlabelled if y is None else y
    labelled, names = together.agreed(lambda: known_labels(labels, n_rows))
    classes = _classes_of_all(together.collected(np.unique(names)))
    if not len(classes):
        return unlabelled, np.arange(n_components or 1) if known is None else known
    codes = np.full(n_rows, UNLABELLED)
    numbers = np.searchsorted(classes, names.astype(classes.dtype))
    if known is not None:
        codes[labelled] = _among(known, classes)[numbers]
        return codes, known
    codes[labelled] = numbers
    if (n_components or 1) == 1:
        _warn_of_signs(labels, labelled, classes)
    n_new = max((n_components or 0) - len(classes), 0)
    return codes, np.concatenate([classes, _new_names(classes, n_new)]) if n_new else classes


def _classes_of_all(parts: list[np.ndarray]) -> np.ndarray:
    """Distinct labels of all processes, which may each have none, in order."""
    parts = [part for part in parts if len(part)] or parts[:1]
    if len({part.dtype for part in parts}) > 1:
        labels = np.empty(sum(map(len, parts)), dtype=object)
        labels[:] = [label for part in parts for label in part.tolist()]
        parts = [_names(labels)]
    return np.unique(np.concatenate(parts))


def _among(known: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Numbers of classes among the known ones."""
    found = [np.flatnonzero(known == name) for name in classes]
    if not all(len(place) for place in found):
        raise ValueError(
            f"warm_start=True needs the classes {known.tolist()} of the last fit, got "
            f"{classes.tolist()}: set warm_start=False."
        )
    return np.concatenate(found)


def _warn_of_signs(y: ArrayLike, labelled: np.ndarray, classes: np.ndarray) -> None:
    """Tell whoever may have called two classes -1 and 1 that there is only one.

    Rows of one class beside unlabelled ones are also what positive and unlabelled data are. So
    nothing is said where the class has another name, another mark says what is unlabelled, or
    components were asked for that the unlabelled rows may go to.
    """
    if classes.tolist() != [1] or labelled.all():
        return
    marks = np.asarray(y, dtype=object).ravel()[~labelled]
    if all(_is_minus_one(mark) for mark in marks):
        warn(
            "The only class in y is 1, as -1 marks unlabelled rows: every row will be of class 1. "
            "If -1 is a class, give it another name, as by np.where(y == -1, 0, y). If unlabelled "
            "rows may be of other groups, ask for them by n_components.",
        )


def _new_names(classes: np.ndarray, n_new: int) -> np.ndarray:
    """Names for components beyond the classes: the next integers, or "component_3"."""
    kind = classes.dtype.kind
    if kind in "US":
        numbers = range(len(classes), 2 * len(classes) + n_new)
        names = np.array([f"component_{j}" for j in numbers]).astype(kind)
        return names[~np.isin(names, classes)][:n_new]
    if kind in "mM":
        raise ValueError(
            "y holds dates, which new groups cannot be named by: ask for no more n_components "
            "than there are classes, or name classes by strings."
        )
    dtype = classes.dtype if kind == "f" or classes.dtype == np.uint64 else np.dtype(np.int64)
    first = max(int(classes.max()), UNLABELLED) + 1
    if first + n_new - 1 <= _largest(dtype):
        return np.array(range(first, first + n_new), dtype=dtype)
    taken = set(classes.tolist())  # up to the last number that there is
    free = [j for j in range(len(classes) + n_new) if j not in taken]
    return np.array(free[:n_new], dtype=dtype)


def _largest(dtype: np.dtype) -> int:
    """The largest number up to which the type has all whole ones."""
    return 2 ** (np.finfo(dtype).nmant + 1) if dtype.kind == "f" else int(np.iinfo(dtype).max)
