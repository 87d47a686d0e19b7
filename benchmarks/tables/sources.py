"""Real tables as they lie in the data folder or come with scikit-learn, by their names."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn import datasets

from benchmarks.cytometry import counts_scaled
from benchmarks.data_sets import MissingDataError

Rows = tuple[np.ndarray, np.ndarray]
"""Rows ``(n, d)`` and their classes ``(n,)``."""

LOADERS: dict[str, Callable] = {
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
}
WHOLE = ("olive", "penguins", "date_fruit")
LABELLED = (
    "pendigits",
    "optdigits",
    "letter",
    "dry_bean",
    "magic_gamma",
    "robot_sensors",
    "waveform40",
    "body_performance",
)
CYTOMETRY: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "gvhd": ("flowcap1_gvhd12.npz", np.asarray),
    "multicenter": ("cytof_multicenter16_sub.npz", counts_scaled),
}
"""File of each family of samples and what is done to its rows."""
SAME_SOURCE = dict.fromkeys(("digits", "optdigits", "pendigits", "mnist"), "handwriting")
"""Families that are left out together."""


def arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file."""
    if not path.exists():
        raise MissingDataError(f"{path} is not there")
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files}


def source(folder: Path, name: str) -> Rows:
    """All rows and classes of a table; where there are several references, the last.

    Raises
    ------
    MissingDataError
        If the folder lacks the file.
    """
    if name in LOADERS:
        return LOADERS[name](return_X_y=True)
    if name == "mnist":
        found = arrays(folder / "images/mnist.npz")
        return found["X_train"].reshape(len(found["y_train"]), -1), found["y_train"]
    part = "clustering/real" if name in WHOLE else "semisup"
    found = arrays(folder / part / f"{name}.npz")
    last = max(key for key in found if key in ("y", "y0", "y1"))
    return found["X"], found[last]


def samples(folder: Path, family: str) -> dict[int, Rows]:
    """The samples of cells of a family by their numbers, with gates; 0 is in no gate.

    Raises
    ------
    MissingDataError
        If the folder lacks the file.
    """
    file, scaled = CYTOMETRY[family]
    found = arrays(folder / "clustering/cytometry" / file)
    X, gates, numbers = found["X"], found["y"], found["sample"]
    return {
        number: (scaled(X[numbers == number]), gates[numbers == number])
        for number in np.unique(numbers).tolist()
    }
