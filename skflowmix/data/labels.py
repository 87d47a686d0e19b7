"""From the user's labels to component numbers and back. Knows numpy and scikit-learn only."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

UNLABELLED = -1


def is_labelled(y: np.ndarray) -> np.ndarray:
    """Return the mask of the entries that are not the int -1."""
    return np.array([label != UNLABELLED for label in y.tolist()], dtype=bool)


def encode_labels(
    y: ArrayLike | None, n_rows: int, n_components: int | None, known: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Number the labelled rows by component and name every component.

    Parameters
    ----------
    y : array-like of shape (n_rows,) or None
        Labels, with the int -1 for unlabelled rows.
    n_rows : int
        Number of rows that y must have.
    n_components : int or None
        Number of components wanted: at least as many as classes are made, and None asks for
        one per class.
    known : ndarray of shape (K,), optional
        Names of the components of a fit that this one goes on from. They stay what they are.

    Returns
    -------
    codes : ndarray of shape (n_rows,)
        Component of each labelled row, -1 for the others.
    classes : ndarray of shape (K,)
        Names of the components: the classes in sorted order, then the new groups.

    Raises
    ------
    ValueError
        If y has another length, holds missing or continuous values, marks unlabelled rows by
        the string "-1", or names a class that is not among the known ones.
    """
    codes = np.full(n_rows, UNLABELLED)
    labels = np.full(n_rows, UNLABELLED) if y is None else checked_labels(y, n_rows)
    labelled = is_labelled(labels)
    if not labelled.any():
        return codes, np.arange(n_components or 1) if known is None else known
    names = labels[labelled]
    if names.dtype == object:
        names = _of_one_type(names)
    classes, numbers = np.unique(names, return_inverse=True)
    if known is not None:
        codes[labelled] = _among(known, classes)[numbers]
        return codes, known
    codes[labelled] = numbers
    n_new = max((n_components or 0) - len(classes), 0)
    return codes, _with_new_groups(classes, n_new)


def _among(known: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Numbers of classes among the known ones."""
    found = [np.flatnonzero(known == name) for name in classes]
    if not all(len(place) for place in found):
        raise ValueError(
            f"warm_start=True needs the classes {known.tolist()} of the last fit, got "
            f"{classes.tolist()}: set warm_start=False."
        )
    return np.concatenate(found)


def checked_labels(y: ArrayLike, n_rows: int) -> np.ndarray:
    """Return labels as a flat array of one for each row, or say what is wrong with them."""
    labels = column_or_1d(y, warn=True)
    if len(labels) != n_rows:
        raise ValueError(
            f"y has {len(labels)} labels for {n_rows} rows of X: give one label a row, with -1 "
            "for the unlabelled ones."
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError("y contains NaN or infinity: mark unlabelled rows by -1.")
    if labels.dtype.kind in "OU" and any(label is None or label == "-1" for label in labels):
        raise ValueError(
            'y marks unlabelled rows by None or by the string "-1": use the int -1, in an array '
            "of dtype object if the other labels are strings."
        )
    if labels.dtype.kind == "f" or labels.dtype.kind not in "OUSbiu":
        check_classification_targets(labels)
    return labels


def _of_one_type(names: np.ndarray) -> np.ndarray:
    """The labels of an object array as an array of strings, ints or bools."""
    if not (all(isinstance(n, str) for n in names) or not any(isinstance(n, str) for n in names)):
        raise ValueError("y mixes strings and numbers: give all classes names of one type.")
    plain = np.array(names.tolist())
    if plain.dtype.kind in "fOc":
        check_classification_targets(plain)
    return plain


def _with_new_groups(classes: np.ndarray, n_new: int) -> np.ndarray:
    """Names for components beyond the classes: the next integers, or "component_3"."""
    if not n_new:
        return classes
    if classes.dtype.kind in "US":
        taken = {str(name) for name in classes}
        free = (f"component_{j}" for j in range(len(classes), len(classes) + n_new + len(taken)))
        fresh = [name for name in free if name not in taken][:n_new]
        return np.concatenate([classes.astype(str), fresh])
    first = int(classes.max()) + 1
    return np.concatenate([classes, np.arange(first, first + n_new)])
