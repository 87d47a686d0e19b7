"""A start by Gaussians that the user describes as `sklearn.mixture.GaussianMixture` has it.

A start is one matrix of responsibilities, so all that is made of them is such a matrix.
"""

from typing import Any

import numpy as np
from sklearn.mixture import GaussianMixture
from sklearn.utils import gen_batches

from skflowmix.fitting import Observations

NAMES = ("weights_init", "means_init", "precisions_init")
FILLING = ("kmeans", "k-means++", "random", "random_from_data")
"""Values of ``init_params`` by which `GaussianMixture` finds what is not given."""
ROWS = 100_000
"""Rows that are asked about at a time, as X may be more than fits into the memory."""


def given_gaussians(estimator: Any) -> dict[str, Any]:
    """Return what an estimator is told of the Gaussians to begin with, by its parameters."""
    return {name: getattr(estimator, name) for name in NAMES if _is_given(estimator, name)}


def _is_given(estimator: Any, name: str) -> bool:
    return getattr(estimator, name) is not None


def count_given(given: dict[str, Any]) -> int | None:
    """Return how many Gaussians are given, or None where that is not said."""
    for name in ("weights_init", "means_init"):
        if name in given:
            return len(np.atleast_1d(given[name]))
    return None


def responsibilities_of(
    given: dict[str, Any],
    data: Observations,
    estimator: Any,
    random_state: np.random.RandomState,
) -> np.ndarray:
    """Return the posteriors ``(n, K)`` of Gaussians that are given in part or as a whole.

    What is not given is found as `GaussianMixture` does, in the units of X. Rows of weight zero
    are absent from that, and other weights do not count.
    """
    names = " and ".join(given)
    _check_is_only_start(names, data, estimator)
    mixture = GaussianMixture(
        data.n_components,
        covariance_type=estimator.covariance_type,
        reg_covar=estimator.reg_covar,
        max_iter=0,
        init_params="kmeans" if estimator.init_params == "auto" else estimator.init_params,
        random_state=random_state,
        **given,
    )
    mixture.covariances_ = np.empty(0)  # it asks for them, and given precisions make none
    rows = _rows_to_fit(data, estimator.subsample, random_state)
    try:
        with np.errstate(all="ignore"):  # what overflows is refused below
            mixture = data.together.from_first(lambda: mixture.fit(rows))
            parts = [
                mixture.predict_proba(data.X[batch].astype(np.float64))
                for batch in gen_batches(len(data.X), ROWS)
            ]
    except ValueError as error:
        raise ValueError(f"{names} cannot be the start: {error}") from error
    found = np.concatenate([np.empty((0, data.n_components)), *parts])
    return data.together.agreed(lambda: _checked(found, names, data))


def _rows_to_fit(
    data: Observations, most: int | None, random_state: np.random.RandomState
) -> np.ndarray:
    """Draw rows that have weight, of all processes, as many as are to be looked at."""
    together, present = data.together, np.flatnonzero(data.weights)
    n_rows = together.added(len(present))
    most = int(min(n_rows if most is None else most, together.most_rows))
    n_drawn = together.share(most, len(present))
    if n_drawn < len(present):
        present = random_state.choice(present, n_drawn, replace=False)
    return together.gather(data.X[present].astype(np.float64))


def _check_is_only_start(names: str, data: Observations, estimator: Any) -> None:
    """Refuse Gaussians where anything else says which rows begin where."""
    if data.categories is not None:
        raise ValueError(
            f"{names} describes Gaussians, and X has categories beside its numbers: leave one of "
            "them out."
        )
    start = estimator.init_params
    if not isinstance(start, str):
        raise ValueError(
            f"init_params is an array of responsibilities, and {names} a start as well: give one "
            "of them."
        )
    if start not in ("auto", *FILLING):
        raise ValueError(
            f"init_params={start!r} and {names} are two starts: give one of them. What is not "
            f"given of the Gaussians can be found by init_params of {', '.join(FILLING)}."
        )
    if estimator.n_components == "auto":
        raise ValueError(
            f'n_components="auto" compares groupings of its own, so that {names} cannot be the '
            "start: set n_components to the number of Gaussians."
        )
    if data.n_classes:
        raise ValueError(
            f"y has labels, and {names} does not say which Gaussian is of which class: leave one "
            "of them out. Labels alone are a start; so is an array as init_params."
        )


def _checked(responsibilities: np.ndarray, names: str, data: Observations) -> np.ndarray:
    if not np.isfinite(responsibilities[data.weights > 0]).all():
        raise ValueError(f"{names} cannot be the start: the densities of some rows of X overflow.")
    return responsibilities
