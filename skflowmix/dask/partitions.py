"""Rows, labels and weights that dask holds in the same partitions, kept on its workers.

Knows dask and distributed, and of files how a partition gets there.
"""

from dataclasses import dataclass
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
from dask.delayed import Delayed, delayed
from distributed import Client, Future, futures_of

from skflowmix.dask.files import Storage, put_away

NAMES = ("X", "y", "sample_weight")


@dataclass(frozen=True)
class Partition:
    """One partition of the rows, on the workers.

    Attributes
    ----------
    number : int
        Its place among all partitions.
    rows : Future
        Of rows ``(n, d)``, or of the file that they are in.
    labels, weights : Future or None
        Of labels ``(n,)`` and weights ``(n,)``; None for what was not given.
    """

    number: int
    rows: Future
    labels: Future | None
    weights: Future | None


def partitions_on_workers(client: Client, storage: Storage, *given: Any) -> list[Partition]:
    """Start to compute X, y and weights, of which the last two may be None, on the workers.

    Rows that are not there yet are put away as soon as they are computed. The scheduler starts
    few partitions at once, and those that are put away do not wait for the others.

    Raises
    ------
    TypeError
        If one of them is no collection of dask.
    ValueError
        If they have different partitions, as far as dask knows before it computes them.
    """
    for name, collection in zip(NAMES, given, strict=True):
        _check_kind(name, collection)
        _check_partitions(name, collection, given[0])
    X, *others = given
    rows = _parts(X)
    if not are_on_workers(X):
        away = delayed(put_away, pure=False)
        rows = [away(part, number, storage) for number, part in enumerate(rows)]
    parts = [rows, *(_parts(one) for one in others if one is not None)]
    futures = iter(client.compute([part for column in parts for part in column]))
    columns = [[None if one is None else next(futures) for _ in rows] for one in given]
    return [Partition(i, *parts) for i, parts in enumerate(zip(*columns, strict=True))]


def are_on_workers(collection: Any) -> bool:
    """Whether a collection is made of partitions that the workers hold already."""
    return len(futures_of(collection)) >= _n_partitions(collection)


def _check_kind(name: str, collection: Any) -> None:
    kinds = (da.Array, dd.DataFrame) if name == "X" else (da.Array, dd.Series, dd.DataFrame)
    if not isinstance(collection, kinds) and (name == "X" or collection is not None):
        raise TypeError(
            f"{name} must be a dask {' or '.join(kind.__name__ for kind in kinds)}, got "
            f"{type(collection).__name__}: see dask.array.from_array and dask.dataframe."
        )


def _check_partitions(name: str, collection: Any, X: Any) -> None:
    if collection is None:
        return
    own, wanted = _edges(collection), _edges(X)
    alike = isinstance(collection, da.Array) == isinstance(X, da.Array)
    both_known = alike and None not in own + wanted
    if _n_partitions(collection) != _n_partitions(X) or (both_known and own != wanted):
        raise ValueError(
            f"{name} has other partitions than X, {_n_partitions(collection)} with the sizes or "
            f"divisions {own} and not {_n_partitions(X)} with {wanted}: give it those of X by "
            "rechunk or repartition."
        )


def _n_partitions(collection: Any) -> int:
    """Into how many parts the rows are divided."""
    return collection.numblocks[0] if isinstance(collection, da.Array) else collection.npartitions


def _edges(collection: Any) -> tuple:
    """Numbers of rows of chunks, or divisions of the index; None where dask does not know."""
    if isinstance(collection, da.Array):
        return tuple(None if np.isnan(size) else size for size in collection.chunks[0])
    return collection.divisions


def _parts(collection: Any) -> list[Delayed]:
    """Return the partitions of a collection, of whole rows."""
    if isinstance(collection, da.Array) and collection.ndim == 2:
        collection = collection.rechunk({1: -1})
    return list(np.ravel(collection.to_delayed()))
