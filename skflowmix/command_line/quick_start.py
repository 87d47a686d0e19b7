"""Without a table: estimators side by side on data that come with the package."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_digits, load_wine, make_moons
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skflowmix.command_line import fitting, pictures
from skflowmix.command_line.answering import with_checked_files
from skflowmix.command_line.comparison import (
    HELD_OUT,
    Comparison,
    Result,
    compare,
    comparison_figure,
    on_equal_terms,
    report,
)
from skflowmix.command_line.requests import Request
from skflowmix.datasets import make_pinwheel

PICTURE = Path("skflowmix.png")
"""Where the picture is if nothing is said."""


class DataSet(NamedTuple):
    """Data of the quick start and how its columns are prepared."""

    name: str
    load: Callable[[int], tuple[np.ndarray, np.ndarray]]
    n_components: int
    preparation: Any = FunctionTransformer()


DATA_SETS = (
    DataSet("pinwheel", lambda seed: make_pinwheel(1000, random_state=seed), 5),
    DataSet("moons", lambda seed: make_moons(1000, noise=0.05, random_state=seed), 2),
    DataSet("wine", lambda seed: load_wine(return_X_y=True), 3, StandardScaler()),
    DataSet("digits", lambda seed: load_digits(return_X_y=True), 10, PCA(10)),
)


def compare_data_sets(request: Request) -> None:
    """Fit and score estimators on all data sets, print a table and write a picture.

    Parameters
    ----------
    request : Request
        Its seed, its picture and whether to be quiet count.
    """
    request = with_checked_files(replace(request, picture=request.picture or PICTURE))
    seed = request.seed
    results = [
        result
        for data_set in DATA_SETS
        for result in _results(demonstration(data_set, seed), data_set.n_components, request)
    ]
    said = [
        report(results, "all rows of the fit, which saw no labels"),
        _picture(results, request),
    ]
    if not request.quiet:
        print("\n".join(said))


def demonstration(data_set: DataSet, seed: int) -> Comparison:
    """Split a data set, and prepare its columns as the rows of the fit have it.

    Parameters
    ----------
    data_set : DataSet
        What to load.
    seed : int
        Of the data and of the split.

    Returns
    -------
    comparison : Comparison
        The fits see no labels; their groups are judged by the classes of the rows of the fit.
    """
    X, y = data_set.load(seed)
    X, X_held_out, y, _ = train_test_split(X, y, test_size=HELD_OUT, random_state=seed)
    preparation = data_set.preparation.fit(X)
    prepared = preparation.transform(X), preparation.transform(X_held_out)
    X, X_held_out, columns = on_equal_terms(*prepared, seed)
    return Comparison(data_set.name, X, X_held_out, y, columns)


def _results(comparison: Comparison, n_components: int, request: Request) -> list[Result]:
    mixtures = [
        GaussianMixture(n_components, n_init=5, random_state=request.seed),
        *(make(n_components, random_state=request.seed) for make in fitting.MIXTURES.values()),
    ]
    if not request.quiet:
        mixtures[1:] = map(fitting.with_progress, mixtures[1:])
    return compare(comparison, mixtures)


def _picture(results: list[Result], request: Request) -> str:
    if not pictures.is_possible():
        return "No picture: it needs matplotlib, see `pip install matplotlib`."
    flat = [result for result in results if result.comparison.X.shape[1] == 2]
    path = request.picture or PICTURE
    pictures.save(comparison_figure(flat), path)
    return f"Picture: {path}"
