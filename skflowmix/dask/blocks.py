"""What a fitted estimator answers for each block of a dask array or data frame, lazily.

Knows dask, numpy and pandas, and of the estimator its methods only.
"""

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.dataframe.utils import make_meta, meta_nonempty

Collection = da.Array | dd.DataFrame
"""Rows that dask holds in blocks, ``(n, d)``."""
Ask = Callable[[Any, Any], np.ndarray]
"""Answers of an estimator for rows in memory: takes the rows, then the estimator."""


def predict(estimator: Any, X: Collection) -> da.Array | dd.Series:
    """Find the most probable component of each row, lazily; see `FlowGMM.predict`.

    Parameters
    ----------
    estimator : object
        A fitted estimator: of this package, or a pipeline that ends in one. What it knows now
        counts, whatever it is fitted to later.
    X : dask Array or DataFrame of shape (n_samples, n_features)
        Rows. The chunks of an array may have unknown sizes, and partitions may be empty. Columns
        that are chunked are put together.

    Returns
    -------
    labels : dask Array or Series of shape (n_samples,)
        Entries of ``classes_``. For an array, an array with the chunks of X. For a data frame,
        a series with its index and divisions.

    Raises
    ------
    TypeError
        If X is no collection of dask.
    ValueError
        If the columns of X are not those of the fit; this is told before anything is computed.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    Notes
    -----
    The estimator is one key of the graph, so that it goes once to each worker. It answers for one
    made-up row to learn dtypes and shapes; rows of X are not looked at.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.dask import predict
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2)) + 9 * (np.arange(200) % 2)[:, None]
    >>> model = FlowGMM(2, max_iter=0, random_state=0).fit(X)
    >>> labels = predict(model, da.from_array(X, chunks=(50, 2)))
    >>> labels.numblocks
    (4,)
    >>> bool((labels.compute(scheduler="synchronous") == model.predict(X)).all())
    True
    """
    return _over_blocks(estimator, X, "predict")


def predict_proba(estimator: Any, X: Collection) -> Collection:
    """Compute the probability of each component for each row, lazily.

    Parameters
    ----------
    estimator : object
        A fitted estimator, see `skflowmix.dask.predict`.
    X : dask Array or DataFrame of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    proba : dask Array or DataFrame of shape (n_samples, n_components)
        Columns in the order of ``classes_``, which are the names of the columns of a data frame.

    See Also
    --------
    skflowmix.dask.predict : What X may be, and what is raised.
    """
    return _over_blocks(estimator, X, "predict_proba")


def predict_log_proba(estimator: Any, X: Collection) -> Collection:
    """Compute the log-probability of each component for each row, lazily.

    Parameters
    ----------
    estimator : object
        A fitted estimator, see `skflowmix.dask.predict`.
    X : dask Array or DataFrame of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    log_proba : dask Array or DataFrame of shape (n_samples, n_components)
        In nats. Columns in the order of ``classes_``, which are the names of the columns of a
        data frame.

    See Also
    --------
    skflowmix.dask.predict : What X may be, and what is raised.
    """
    return _over_blocks(estimator, X, "predict_log_proba")


def score_samples(estimator: Any, X: Collection, *, mass: bool = False) -> da.Array | dd.Series:
    """Compute the log-density of each row, or the log-probability of its cell, lazily.

    Parameters
    ----------
    estimator : object
        A fitted estimator, see `skflowmix.dask.predict`.
    X : dask Array or DataFrame of shape (n_samples, n_features)
        Rows.
    mass : bool, default=False
        Whether to integrate the density over cells, see `FlowGMM.score_samples`.

    Returns
    -------
    log_prob : dask Array or Series of shape (n_samples,)
        log p(x) in nats; of an `OutlierDetector`, how normal each row is.

    See Also
    --------
    skflowmix.dask.predict : What X may be, and what is raised.
    """
    return _over_blocks(estimator, X, "score_samples", **({"mass": True} if mass else {}))


def transform(estimator: Any, X: Collection) -> Collection:
    """Map each row to its latent position under its most probable component, lazily.

    Parameters
    ----------
    estimator : object
        A fitted estimator, see `skflowmix.dask.predict`.
    X : dask Array or DataFrame of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    Z : dask Array or DataFrame of shape (n_samples, n_features)
        Latents. An array for an array and a frame for a frame, whatever `set_output` says; the
        columns of a frame are those of ``get_feature_names_out``.

    See Also
    --------
    skflowmix.dask.predict : What X may be, and what is raised.
    """
    return _over_blocks(estimator, X, "transform")


def _over_blocks(estimator: Any, X: Any, method: str, **options: Any) -> Any:
    """Lazy answers of one method of an estimator, in the kind of collection that X is."""
    ask = partial(_asked, method=method, options=options)
    as_it_is = copy.copy(estimator)  # a later fit must not change answers that are still lazy
    if isinstance(X, dd.DataFrame):
        return _over_partitions(ask, as_it_is, X, method)
    if isinstance(X, da.Array):
        return _over_chunks(ask, as_it_is, X)
    raise TypeError(
        f"X must be a dask Array or DataFrame, got {type(X).__name__}: for rows in memory, call "
        f"{type(estimator).__name__}.{method}."
    )


def _over_chunks(ask: Ask, estimator: Any, X: da.Array) -> da.Array:
    if X.ndim != 2 or not np.isfinite(X.shape[1]):
        raise ValueError(f"X must have rows and a known number of columns, got shape {X.shape}.")
    one_row = np.zeros((1, X.shape[1]), X.dtype)
    empty = ask(one_row, estimator)[:0]  # (0,) or (0, width)
    whole_rows = X.rechunk({1: -1}) if X.numblocks[1] > 1 else X
    is_flat = empty.ndim == 1
    return da.map_blocks(
        partial(_answers_of_chunk, ask=ask, empty=empty),
        whole_rows,
        _sent_once(estimator),
        drop_axis=1 if is_flat else None,
        chunks=(X.chunks[0],) if is_flat else (X.chunks[0], empty.shape[1:]),
        dtype=empty.dtype,
        meta=empty,
    )


def _over_partitions(
    ask: Ask, estimator: Any, X: dd.DataFrame, method: str
) -> dd.DataFrame | dd.Series:
    two_rows = meta_nonempty(make_meta(X))
    answers = ask(two_rows, estimator)  # first, as it says so if there is no fit
    columns = _columns_of(estimator, method)
    empty = _with_index(answers, two_rows.index, columns).iloc[:0]
    answer = partial(_answers_of_partition, ask=ask, columns=columns, empty=empty)
    return X.map_partitions(answer, _sent_once(estimator), meta=empty)


def _sent_once(estimator: Any) -> Any:
    """Return the estimator as a key of its own, which a worker is sent once for all its blocks."""
    return dask.delayed(estimator, traverse=False)


def _columns_of(estimator: Any, method: str) -> list:
    """Names of the columns that a method returns, if it returns any."""
    names = estimator.get_feature_names_out() if method == "transform" else ()
    return list(getattr(estimator, "classes_", ()) if "proba" in method else names)


def _asked(rows: Any, estimator: Any, *, method: str, options: dict[str, Any]) -> np.ndarray:
    return np.asarray(getattr(estimator, method)(rows, **options))


def _answers_of_chunk(
    rows: np.ndarray, estimator: Any, *, ask: Ask, empty: np.ndarray
) -> np.ndarray:
    return ask(rows, estimator) if len(rows) else empty


def _answers_of_partition(
    rows: pd.DataFrame,
    estimator: Any,
    *,
    ask: Ask,
    columns: list,
    empty: pd.DataFrame | pd.Series,
) -> pd.DataFrame | pd.Series:
    return _with_index(ask(rows, estimator), rows.index, columns) if len(rows) else empty


def _with_index(answers: np.ndarray, index: pd.Index, columns: list) -> pd.DataFrame | pd.Series:
    """Answers ``(n,)`` as a series, and ``(n, width)`` as a frame."""
    if answers.ndim == 1:
        return pd.Series(answers, index=index)
    return pd.DataFrame(answers, index=index, columns=columns)
