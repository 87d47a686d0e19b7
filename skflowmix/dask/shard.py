"""What one worker does in a fit over several: joins its partitions, its process group, and fits.

Knows distributed, numpy, pandas and torch, of partitions in files, and of the estimator its `fit`.
"""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.distributed as dist
from distributed import get_worker

from skflowmix.dask.files import Storage, Written, rows_in_one_file
from skflowmix.fitted import Fitted


@dataclass(frozen=True)
class Place:
    """The place of one process among those that fit together.

    Attributes
    ----------
    rank : int
        Its number.
    n_processes : int
    meeting_point : str
        Host and port of the first process, as a URL.
    timeout : float
        Seconds to wait for another process.
    """

    rank: int
    n_processes: int
    meeting_point: str
    timeout: float


def process_and_port() -> tuple[tuple[str, int], int]:
    """Return host and number of the process that calls, and a port that is free there."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return (socket.gethostname(), os.getpid()), probe.getsockname()[1]


def sizes(columns: Sequence[Sequence[Any]]) -> list[tuple[int | None, ...]]:
    """Return how many rows, labels and weights each partition has; None for what is not given."""
    return [
        tuple(None if part is None else len(part) for part in parts)
        for parts in zip(*columns, strict=True)
    ]


def fit_shard(
    estimator: Any, columns: Sequence[Sequence[Any]], place: Place, storage: Storage
) -> Any:
    """Fit an estimator to the rows of this process, together with the other processes.

    The ``columns`` are partitions of rows, of labels and of weights; rows may be in files. Returns
    the estimator in the first process, without labels of rows, and nothing in the others.
    """
    rows, *others = columns
    y, weights = map(_joined, others)
    given = {} if weights is None else {"sample_weight": weights}
    with _rows_joined(rows, storage) as X, _threads_of_worker(), _together(place):
        estimator.fit(X, y, **given)
    return _without_labels(estimator) if place.rank == 0 else None


def _rows_joined(parts: Sequence[Any], storage: Storage) -> AbstractContextManager[Any]:
    """Put rows one behind the other: in memory, or in a file if some are in files."""
    filled = _filled(parts)
    if any(isinstance(part, Written) for part in filled):
        return rows_in_one_file(filled, storage)
    return nullcontext(_joined(filled))


def _filled(parts: Sequence[Any]) -> Sequence[Any]:
    return [part for part in parts if len(part)] or parts[:1]


def _joined(parts: Sequence[Any]) -> Any:
    """Put partitions one behind the other; a single one is not copied."""
    if parts[0] is None:
        return None
    filled = _filled(parts)
    if len(filled) == 1:
        return filled[0]
    return np.concatenate(filled) if isinstance(filled[0], np.ndarray) else pd.concat(filled)


@contextmanager
def _threads_of_worker() -> Iterator[None]:
    """Have torch use as many threads as the worker has."""
    before = torch.get_num_threads()
    torch.set_num_threads(get_worker().state.nthreads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _together(place: Place) -> Iterator[None]:
    """Have fits be of all processes meanwhile; one process needs no group."""
    if place.n_processes == 1:
        yield
        return
    from skflowmix.distributed import shards

    with _process_group(place), shards(timeout=place.timeout):
        yield


@contextmanager
def _process_group(place: Place) -> Iterator[None]:
    """Hold torch's default group, and end it in any case, so that the next fit can have one."""
    if dist.is_initialized():
        raise RuntimeError("A process group of torch is there already: another program fits here.")
    dist.init_process_group(
        "gloo",
        init_method=place.meeting_point,
        rank=place.rank,
        world_size=place.n_processes,
        timeout=timedelta(seconds=place.timeout),
    )
    try:
        yield
    finally:
        dist.destroy_process_group()


def _without_labels(estimator: Any) -> Any:
    """Drop the labels of the rows of a shard, which are not those of all rows."""
    if isinstance(found := vars(estimator).get("_fitted"), Fitted):
        estimator._fitted = replace(found, labels=None)
    return estimator
