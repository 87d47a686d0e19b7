"""Tables that come in chunks, written to one file that is mapped into memory.

Knows numpy and scikit-learn.
"""

import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from os import SEEK_END, PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from skflowmix.scikit_learn_private import feature_names_of
from skflowmix.whole_files import check_writable, replacing

__all__ = ["on_disk"]

SINGLE: np.dtype = np.dtype(np.float32)
DOUBLE: np.dtype = np.dtype(np.float64)
BLOCK = 2**20
"""Numbers of a file that are made double at once."""


def on_disk(chunks: Iterable[ArrayLike], path: str | PathLike[str] | None = None) -> np.memmap:
    """Write chunks of a table to a file, one after another, and map it into memory.

    All estimators take what is returned, in `fit` as elsewhere. No more than one chunk is in
    memory, and the number of rows need not be known.

    Parameters
    ----------
    chunks : iterable of array-like or DataFrame of shape (n_rows, n_features)
        Numbers, such as batches of a file, or blocks of an array of dask or zarr. Chunks may have
        any numbers of rows, none included. Missing entries may be NaN, or ``NA`` in data frames.
    path : str or path-like, default=None
        File to write, in the format of `numpy.save`. It takes its place once it is whole, and it
        stays. None means a file in the folder of `tempfile.gettempdir`, which is deleted with the
        last view of the array, or at the end of the program.

    Returns
    -------
    X : numpy.memmap of shape (n_samples, n_features)
        All rows, in order. Read-only, and of single precision if all chunks with rows are, else
        of double precision.

    Raises
    ------
    ValueError
        If there is no chunk, a chunk is no table of real numbers or has other columns than the
        first one, or the path cannot be written to. The message gives the number of the chunk,
        from 0 on.
    TypeError
        If a chunk is a sparse matrix, or some names of columns are strings and others are not.

    See Also
    --------
    skflowmix.dask.fit : Fits by the workers of a cluster, which write such files by themselves.

    Notes
    -----
    An array has no names of columns. ``pandas.DataFrame(X, columns=names, copy=False)`` gives it
    names without reading it. On some systems the folder of temporary files is kept in memory: set
    the environment variable ``TMPDIR`` to a folder on a disk, or give a path. Windows deletes no
    file that is mapped: ``del`` an array without a path before the program ends.

    A Parquet file, a dask array and a zarr array, each in chunks::

        on_disk(batch.to_pandas() for batch in pyarrow.parquet.ParquetFile(path).iter_batches())
        on_disk(array.blocks[i].compute() for i in range(array.numblocks[0]))
        on_disk(array[i : i + 100_000] for i in range(0, len(array), 100_000))

    Examples
    --------
    >>> import numpy as np
    >>> from skflowmix import FlowGMM
    >>> from skflowmix.larger_than_memory import on_disk
    >>> rng = np.random.default_rng(0)
    >>> X = on_disk(rng.normal(size=(n_rows, 2)) for n_rows in (500, 300, 700))
    >>> X.shape
    (1500, 2)
    >>> model = FlowGMM(2, max_iter=1, subsample=500, random_state=0).fit(X)
    >>> model.score_samples(X).shape
    (1500,)
    """
    if path is not None:
        check_writable(Path(path))
        return _in_file(chunks, Path(path))
    folder = TemporaryDirectory(prefix="skflowmix-", ignore_cleanup_errors=True)
    try:
        rows = _in_file(chunks, Path(folder.name) / "rows.npy")
    except BaseException:
        folder.cleanup()
        raise
    # Some systems keep a file while it is mapped, which it still is when its array goes.
    weakref.finalize(rows.base, folder.cleanup)
    return rows


def _in_file(chunks: Iterable[ArrayLike], path: Path) -> np.memmap:
    with replacing(path) as beside, beside.open("w+b") as file:
        table = _Table(file)
        for number, chunk in enumerate(chunks):
            table.append(number, chunk)
        table.end()
    return np.load(path, mmap_mode="r")


class _Table:
    """A table that grows at the end of a file, whose header is written anew when it is whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._columns: list[str] | int | None = None  # names, or how many there are
        self._width, self._n_rows, self._start = 0, 0, 0
        self._dtype = SINGLE

    def append(self, number: int, chunk: ArrayLike) -> None:
        """Write a chunk ``(n, d)`` behind the others."""
        with _numbered(number):
            rows = _numbers(chunk)
            columns = _columns_of(chunk, rows)
        if self._columns is None:
            self._begin(columns, rows.shape[1])
        elif columns != self._columns:
            raise ValueError(
                f"Chunk {number} has {_said(columns)}, but chunk 0 has {_said(self._columns)}."
            )
        if len(rows):
            self._widen_to(rows.dtype)
            np.ascontiguousarray(rows, self._dtype).tofile(self._file)
            self._n_rows += len(rows)

    def end(self) -> None:
        """Write how many rows there are, and of what precision."""
        if self._columns is None:
            raise ValueError("There are no chunks to write: a table has one at least.")
        self._file.seek(0)
        self._write_header()

    def _begin(self, columns: list[str] | int, width: int) -> None:
        self._columns, self._width = columns, width
        self._write_header()
        self._start = self._file.tell()

    def _write_header(self) -> None:
        """Write a header, whose length depends neither on the number of rows nor on precision."""
        shape = (self._n_rows, self._width)
        layout = {"descr": self._dtype.str, "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(self._file, layout)

    def _widen_to(self, dtype: np.dtype) -> None:
        if dtype == DOUBLE and self._dtype == SINGLE:
            _make_double(self._file, self._start, self._n_rows * self._width)
            self._dtype = DOUBLE


def _columns_of(chunk: ArrayLike, rows: np.ndarray) -> list[str] | int:
    """Return the names of the columns, or how many there are if they have none."""
    names = getattr(chunk, "column_names", None)  # of a batch of arrow
    names = feature_names_of(chunk) if names is None else names
    return rows.shape[1] if names is None else list(names)


def _said(columns: list[str] | int) -> str:
    return f"{columns} columns" if isinstance(columns, int) else f"the columns {columns}"


def _numbers(chunk: ArrayLike) -> np.ndarray:
    """Return a chunk as `fit` reads it: floats ``(n, d)``, which may be missing."""
    return check_array(
        chunk, dtype=[DOUBLE, SINGLE], ensure_all_finite=False, ensure_min_samples=0
    )


@contextmanager
def _numbered(number: int) -> Iterator[None]:
    """Have errors say in which chunk they are."""
    try:
        yield
    except (TypeError, ValueError) as error:
        error.args = (f"Chunk {number}: {error}",)
        raise


def _make_double(file: BinaryIO, start: int, n_numbers: int) -> None:
    """Make the single numbers behind the start double, in place, from the last to the first."""
    for first in reversed(range(0, n_numbers, BLOCK)):
        file.seek(start + first * SINGLE.itemsize)
        block = np.fromfile(file, SINGLE, min(BLOCK, n_numbers - first))
        file.seek(start + first * DOUBLE.itemsize)
        block.astype(DOUBLE).tofile(file)
    file.seek(0, SEEK_END)
