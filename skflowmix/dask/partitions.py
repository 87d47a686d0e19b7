"""Rows, labels and weights that dask holds in the same partitions, kept on its workers.

Knows dask and distributed.
"""

from dataclasses import dataclass
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
from distributed import Client, Future, futures_of

NAMES = ("X", "y", "sample_weight")


@dataclass(frozen=True)
class Partition:
    """One partition of the rows, on the workers.

    Attributes
    ----------
    number : int
        Its place among all partitions.
    rows : Future
        Of rows ``(n, d)``.
    labels, weights : Future or None
        Of labels ``(n,)`` and weights ``(n,)``; None for what was not given.
    """

    number: int
    rows: Future
    labels: Future | None
    weights: Future | None


def partitions_on_workers(client: Client, *given: Any) -> list[Partition]:
    """Start to compute X, y and weights, of which the last two may be None, on the workers.

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
    rows = _kept(client, X)
    columns = [[None] * len(rows) if one is None else _kept(client, one) for one in others]
    return [Partition(i, *parts) for i, parts in enumerate(zip(rows, *columns, strict=True))]


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


def _kept(client: Client, collection: Any) -> list[Future]:
    """Have the workers compute and keep the partitions of a collection."""
    if isinstance(collection, da.Array) and collection.ndim == 2:
        collection = collection.rechunk({1: -1})
    futures = futures_of(client.persist(collection))
    return sorted(futures, key=lambda future: future.key[1:])  # a key has a name, then numbers
