"""Fits of what is asked for, with progress on a terminal and warnings as sentences."""

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.callback import ProgressBar

from skflowmix import FlowGMM, OutlierDetector, VariationalFlowMixture
from skflowmix.command_line.requests import AUTO, ESTIMATORS, Request
from skflowmix.command_line.tables import Table

if TYPE_CHECKING:
    from pandas import DataFrame

MIXTURES: dict[str, Callable[..., Any]] = {
    "flow-gmm": FlowGMM,
    "variational": VariationalFlowMixture,
}
N_DRAWS = 20
"""Draws of numbers that are missing, whose mean is taken. By hand: the mean is then off by less
than a quarter of what is uncertain."""
TOLD_BEFORE = r"The columns .* hold few distinct"
"""A warning of what is said of the columns before the fit."""


@dataclass(frozen=True, eq=False)
class Fit:
    """What was fitted.

    Attributes
    ----------
    mixture : FlowGMM or VariationalFlowMixture, or None
        None where outliers alone are asked for.
    detector : OutlierDetector or None
        None where nothing is asked of single rows.
    seconds : float
        What the fits took.
    warnings : tuple of str
        What they warned of.
    filled : DataFrame of shape (n_used, n_features)
        The rows of the table, with what the mixture leads to expect in empty cells of numbers: for
        what takes no such cells, which are the detector and the pictures.
    """

    mixture: Any
    detector: Any
    seconds: float
    warnings: tuple[str, ...]
    filled: "DataFrame"


def fit(table: Table, request: Request) -> Fit:
    """Fit to a table what answers a request.

    Parameters
    ----------
    table : Table
        What was read.
    request : Request
        What is asked for.

    Returns
    -------
    found : Fit
    """
    began, mixture, detector = time.perf_counter(), None, None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", TOLD_BEFORE, UserWarning)
        if request.wants_groups:
            mixture = make_mixture(request).fit(table.X, table.y)
        filled = _filled(mixture, table, request.seed)
        if not request.wants_groups or request.row is not None or request.report is not None:
            detector = OutlierDetector().fit(filled[table.numbers])
    messages = (" ".join(str(each.message).split()) for each in caught)
    seconds = time.perf_counter() - began
    return Fit(mixture, detector, seconds, tuple(dict.fromkeys(messages)), filled)


def _filled(mixture: Any, table: Table, seed: int) -> "DataFrame":
    """Rows ``(n, d)`` with means of what a mixture draws in place of numbers that are missing."""
    numbers = table.X[table.numbers]
    has_gaps = numbers.isna().any(axis=1).to_numpy()
    if not has_gaps.any():
        return table.X
    drawn, _ = mixture.sample(N_DRAWS, seed, as_frame=True, given=table.X[has_gaps])
    rows = table.X.copy()
    of_numbers = drawn[table.numbers].to_numpy().reshape(-1, N_DRAWS, numbers.shape[1])
    own = numbers[has_gaps].to_numpy()
    rows.loc[has_gaps, table.numbers] = np.where(np.isnan(own), of_numbers.mean(axis=1), own)
    return rows


def make_mixture(request: Request) -> Any:
    """Return the mixture that is asked for, not fitted yet."""
    make = MIXTURES[request.estimator or ESTIMATORS[0]]
    mixture = make(request.n_components or AUTO, random_state=request.seed)
    return mixture if request.quiet else with_progress(mixture)


def with_progress(estimator: Any) -> Any:
    """Show the progress of the fit if there is anyone to see it and rich to draw it."""
    if sys.stdout.isatty() and find_spec("rich"):
        estimator.set_callbacks(ProgressBar())
    return estimator
