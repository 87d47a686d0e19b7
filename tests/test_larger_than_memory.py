"""A table in chunks is that of all chunks, whatever they are, and its file goes with it."""

import gc
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from skflowmix import FlowGMM
from skflowmix.larger_than_memory import on_disk

SIZES = st.lists(st.integers(0, 5), min_size=1, max_size=5)
KINDS = [np.float32, np.float64, np.int64, np.uint8, bool]
MAPS = Path("/proc/self/maps")
"""What files this process has mapped, on systems that tell."""
FRAME = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
"""Rows that every container below holds."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, in which temporary files are made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def numbers(n_rows, kind=np.float64):
    return np.random.default_rng(n_rows).integers(0, 9, size=(n_rows, 3)).astype(kind)


@given(
    SIZES.flatmap(
        lambda sizes: st.tuples(*(st.sampled_from(KINDS) for _ in sizes)).map(
            lambda kinds: [numbers(n, kind) for n, kind in zip(sizes, kinds, strict=True)]
        )
    )
)
def test_the_rows_are_those_of_all_chunks_in_their_precision(chunks):
    rows = on_disk(iter(chunks))
    np.testing.assert_array_equal(rows, np.concatenate(chunks).astype(float), strict=False)
    filled = {chunk.dtype for chunk in chunks if len(chunk)}
    assert rows.dtype == (np.float32 if filled <= {np.dtype(np.float32)} else np.float64)


def test_single_precision_becomes_double_block_by_block(monkeypatch):
    monkeypatch.setattr("skflowmix.larger_than_memory.BLOCK", 4)
    single = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    double = np.random.default_rng(1).normal(size=(5, 3))
    rows = on_disk([single, double, single])
    np.testing.assert_array_equal(rows, np.concatenate([single, double, single]), strict=False)


@pytest.mark.parametrize(
    "chunk",
    [
        FRAME,
        FRAME.astype({"a": "Int64"}),
        FRAME.convert_dtypes(dtype_backend="pyarrow"),
        pa.RecordBatch.from_pandas(FRAME),
        pl.from_pandas(FRAME),
    ],
    ids=["pandas", "nullable", "arrow in pandas", "arrow", "polars"],
)
def test_data_frames_of_any_library_are_chunks(chunk):
    np.testing.assert_array_equal(on_disk([FRAME, chunk]), [[1, 3], [2, 4]] * 2)


def test_missing_entries_are_nan():
    frame = FRAME.astype("Int64")
    frame.loc[1, "b"] = pd.NA
    np.testing.assert_array_equal(on_disk([frame]), [[1, 3], [2, np.nan]])


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (numbers(2)[:, :2], "Chunk 1 has 2 columns, but chunk 0 has 3 columns"),
        (numbers(2)[0], "Chunk 1: Expected 2D array"),
        (numbers(2) * 1j, "Chunk 1: Complex data"),
        (np.full((2, 3), "three"), "Chunk 1: could not convert"),
        (FRAME, r"Chunk 1 has the columns \['a', 'b'\], but chunk 0 has 3 columns"),
    ],
    ids=["columns", "dimensions", "complex", "strings", "a frame among arrays"],
)
def test_a_chunk_that_does_not_fit_is_named(second, said, folder):
    with pytest.raises(ValueError, match=said):
        on_disk([numbers(2), second])
    assert not list(folder.iterdir())


@pytest.mark.parametrize("chunk", [sp.eye_array(2), FRAME.set_axis(["a", 1], axis=1)])
def test_what_has_no_columns_to_write_is_named(chunk, folder):
    with pytest.raises(TypeError, match="Chunk 1"):
        on_disk([numbers(2)[:, :2], chunk])
    assert not list(folder.iterdir())


@pytest.mark.parametrize("columns", [["b", "a"], ["a", "c"], ["a"]])
def test_other_columns_of_a_frame_are_named(columns):
    other = FRAME.reindex(columns=columns, fill_value=0.0)
    with pytest.raises(ValueError, match="Chunk 2 has the columns") as told:
        on_disk([FRAME, FRAME, other])
    assert str(columns) in str(told.value)


def test_no_chunks_are_refused():
    with pytest.raises(ValueError, match="no chunks"):
        on_disk(iter([]))


def test_an_error_of_the_chunks_leaves_no_file(folder):
    def chunks():
        yield numbers(3)
        raise ZeroDivisionError

    kept = folder / "rows.npy"
    for path in (None, kept):
        with pytest.raises(ZeroDivisionError):
            on_disk(chunks(), path)
    assert not list(folder.iterdir())


def test_a_temporary_file_goes_with_the_last_view_of_its_array(folder):
    rows = on_disk([numbers(5)])
    part = np.asarray(rows)[1:]
    del rows
    gc.collect()
    assert list(folder.iterdir())
    np.testing.assert_array_equal(part, numbers(5)[1:])
    del part
    gc.collect()
    assert not list(folder.iterdir())


@pytest.mark.skipif(not MAPS.exists(), reason="the system does not tell what is mapped")
def test_a_temporary_file_is_deleted_once_it_is_mapped_no_more(folder, monkeypatch):
    """There are systems that delete no file before."""
    mapped = []
    cleanup = TemporaryDirectory.cleanup

    def looking(self):
        mapped.append(self.name in MAPS.read_text())
        cleanup(self)

    monkeypatch.setattr(TemporaryDirectory, "cleanup", looking)
    rows = on_disk([numbers(5)])
    assert str(folder) in MAPS.read_text()
    del rows
    gc.collect()
    assert mapped == [False]


def test_a_file_with_a_path_stays_and_numpy_reads_it(folder):
    path = folder / "rows.npy"
    for n_rows in (4, 5):  # the second replaces the first
        rows = on_disk([numbers(n_rows)], path)
        assert Path(rows.filename) == path
        del rows
        np.testing.assert_array_equal(np.load(path), numbers(n_rows))
    with pytest.raises(ValueError, match="no folder"):
        on_disk([numbers(2)], folder / "none" / "rows.npy")


def test_what_is_returned_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        on_disk([numbers(2)])[0] = 1


def test_no_more_than_a_chunk_is_in_memory(monkeypatch):
    monkeypatch.setattr("skflowmix.larger_than_memory.BLOCK", 2**12)

    def chunks():
        for _ in range(50):
            yield np.ones((4_000, 5), np.float32)
        yield np.ones((4_000, 5))  # all that is written becomes double

    tracemalloc.start()
    rows = on_disk(chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < rows.nbytes / 4


def test_a_fit_is_that_of_the_rows_in_memory():
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = FlowGMM(2, max_iter=0, random_state=0, init_params="kmeans")
    wanted = model.fit(X).score_samples(X)
    rows = on_disk(np.array_split(X, 4))
    np.testing.assert_array_equal(model.fit(rows).score_samples(rows), wanted)
    named = pd.DataFrame(rows, columns=["a", "b"], copy=False)
    assert np.shares_memory(named.to_numpy(), rows)
