"""Partitions in files of a worker, which then needs memory for a few of them at once.

Knows distributed, numpy and pandas.
"""

import mmap
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from distributed import Worker, get_worker

from skflowmix.larger_than_memory import on_disk

PULSE = 0.005
"""Seconds after which pages of a file are given back: some hundred MB can be read in 0.1 s."""


@dataclass(frozen=True)
class Storage:
    """Where the workers keep the rows of one fit.

    Attributes
    ----------
    name : str
        Of the folder of this fit in the local directory of each worker.
    in_memory : int
        Bytes of data that a worker may hold; partitions beyond them are written to files.
    """

    name: str
    in_memory: int

    def folder(self, worker: Worker) -> Path:
        """Return the folder of a worker."""
        return Path(worker.local_directory) / self.name


@dataclass(frozen=True)
class Written:
    """A partition in a file.

    Attributes
    ----------
    path : Path
    n_rows : int
    names : Index or None
        Of the columns of a data frame.
    """

    path: Path
    n_rows: int
    names: pd.Index | None

    def __len__(self) -> int:
        return self.n_rows

    def read(self) -> Any:
        """Return the rows ``(n, d)``, as an array or a data frame."""
        return _named(np.load(self.path), self.names)


def put_away(partition: Any, number: int, storage: Storage) -> Any:
    """Return a partition as it is while the worker holds few bytes; else write it to a file."""
    worker = get_worker()
    if worker.state.nbytes <= storage.in_memory or not _is_numeric(partition):
        return partition
    path = _file(worker, storage, str(number))
    on_disk([partition], path)
    return Written(path, len(partition), getattr(partition, "columns", None))


@contextmanager
def rows_in_one_file(parts: Sequence[Any], storage: Storage) -> Iterator[Any]:
    """Yield partitions, some of which are written, one behind the other, as a mapped file.

    Their own files are deleted one by one as they are copied.
    """
    rows = on_disk(_read_once(parts), _file(get_worker(), storage, "rows"))
    with _pages_given_back(rows):
        yield _named(rows, getattr(parts[0], "names", getattr(parts[0], "columns", None)))


def remove_files(storage: Storage, dask_worker: Worker) -> None:
    """Delete what a worker has written; dask gives the worker by this name."""
    shutil.rmtree(storage.folder(dask_worker), ignore_errors=True)


def _file(worker: Worker, storage: Storage, name: str) -> Path:
    """Return a file of a worker; another in its process may be the one that wrote before."""
    storage.folder(worker).mkdir(exist_ok=True)
    return storage.folder(worker) / f"{name}.npy"


def _is_numeric(partition: Any) -> bool:
    """Whether a file can hold the partition: a table of real numbers.

    What a fit refuses stays in memory, so that it is refused in the words of the fit.
    """
    if isinstance(partition, pd.DataFrame):
        return all(map(_is_real, partition.dtypes)) and len(set(map(type, partition.columns))) == 1
    return isinstance(partition, np.ndarray) and partition.ndim == 2 and _is_real(partition.dtype)


def _is_real(dtype: Any) -> bool:
    return dtype.kind in "biuf" and not isinstance(dtype, pd.SparseDtype)


def _named(rows: np.ndarray, names: pd.Index | None) -> Any:
    return rows if names is None else pd.DataFrame(rows, columns=names, copy=False)


def _read_once(parts: Sequence[Any]) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, Written):
            yield part.read()
            part.path.unlink()
        else:
            yield part


@contextmanager
def _pages_given_back(rows: np.memmap) -> Iterator[None]:
    """Give pages of a mapped file back to the system, again and again.

    Once read they count as memory of the process, for which a nanny would end the worker.
    """
    if not hasattr(mmap, "MADV_DONTNEED"):
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_give_back, args=(rows.base, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _give_back(pages: Any, over: threading.Event) -> None:
    while not over.wait(PULSE):
        pages.madvise(mmap.MADV_DONTNEED)
