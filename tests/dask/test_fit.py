"""Fits by the workers that hold the rows: nothing is gathered, and whatever fails is told."""

import os
from concurrent.futures import ThreadPoolExecutor

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster, futures_of, wait

from skflowmix import FlowGMM
from skflowmix.dask import fit, predict
from tests.dask.doubles import Blocks, Copied, Failing, Witness
from tests.estimators import QUICK, blobs

LONGEST = 150
"""Seconds after which a fit that lost a worker counts as one that hangs."""


@pytest.fixture(scope="module")
def cluster():
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture
def client(cluster):
    """A client of two workers, although a test before may have killed one."""
    cluster.wait_for_workers(2, timeout=60)
    return cluster


@pytest.fixture
def pool():
    """Threads for fits that a test waits for a limited time for."""
    with ThreadPoolExecutor(3) as pool:
        yield pool


@pytest.fixture
def no_files_left(client):
    """Local directories of the workers are at the end as they were before."""
    before = client.run(files_of)
    yield
    assert client.run(files_of) == before


def files_of(dask_worker):
    return sorted(os.listdir(dask_worker.local_directory))


def table(sizes):
    """Rows ``(n, 2)`` of which each has its number in the first column, in chunks of sizes."""
    n = sum(sizes)
    rows = np.stack([np.arange(n), np.ones(n)], axis=1).astype(float)
    return da.from_array(rows, chunks=(tuple(sizes), 2))


def placed(client, collection, worker):
    """Have a worker, by its number, hold a collection."""
    kept = client.persist(collection, workers=[sorted(client.nthreads())[worker]])
    wait(kept)
    return kept


def spread(client, first, second):
    """Rows in chunks of such sizes on the first and on the second worker."""
    rows = table([*first, *second])
    parts = rows[: sum(first)], rows[sum(first) :]
    return da.concatenate([placed(client, part, worker) for worker, part in enumerate(parts)])


def framed(first, last):
    """Rows of such numbers as a data frame of three partitions."""
    frame = pd.DataFrame({"a": np.arange(first, last), "b": 0.5})
    return dd.from_pandas(frame, npartitions=3)


def with_unknown_chunks(rows):
    return rows[rows[:, 1] > 0]


def numbers(seen, name):
    return sorted(number for own in seen for number in own[name])


def test_each_worker_fits_to_what_it_holds_and_rows_stay_there(client):
    rows = spread(client, (1, 7, 0, 3), (5,))
    holders = client.who_has(futures_of(rows))
    witness = fit(Witness(), rows, client=client)
    assert sorted(own["rows"] for own in witness.seen_) == [5, 11]
    assert len({own["process"] for own in witness.seen_}) == 2
    assert {own["threads"] for own in witness.seen_} == {1}
    assert client.who_has(futures_of(rows)) == holders


def test_labels_and_weights_go_to_their_rows(client):
    rows = spread(client, (2, 3), (4, 1))
    labels = placed(client, table((2, 3, 4, 1))[:, 0], 0)  # all on one worker
    seen = fit(Witness(), rows, labels, labels + 0.5, client=client).seen_
    assert numbers(seen, "labels") == list(range(10))
    for own in seen:
        assert own["labels"][0] == own["first"]
        assert own["weights"] == [label + 0.5 for label in own["labels"]]


@pytest.mark.parametrize("sizes", [((6, 2), ()), ((5, 3), (0, 0))])
def test_workers_without_rows_are_left_out(client, sizes):
    seen = fit(Witness(), spread(client, *sizes), client=client).seen_
    assert [own["rows"] for own in seen] == [8]


def test_unknown_sizes_of_chunks(client):
    rows = with_unknown_chunks(spread(client, (4, 1), (3, 2)))
    seen = fit(Witness(), rows, rows[:, 0], client=client).seen_
    assert numbers(seen, "labels") == list(range(10))


def test_data_frames_with_empty_partitions(client):
    frame = pd.DataFrame({"number": np.arange(12.0), "kept": np.arange(12) < 7})
    some = dd.from_pandas(frame, npartitions=4).query("kept")
    seen = fit(Witness(), some[["number"]], some["number"], client=client).seen_
    assert numbers(seen, "labels") == list(range(7))


def test_columns_in_several_chunks(client):
    seen = fit(Witness(), table((4, 4)).rechunk((4, 1)), client=client).seen_
    assert sum(own["rows"] for own in seen) == 8


def test_the_default_client_is_taken(client):
    assert sum(own["rows"] for own in fit(Witness(), table((3, 3))).seen_) == 6


@pytest.mark.parametrize("kind", [np.float32, np.int64, pd.DataFrame])
def test_rows_in_files_are_the_same_in_the_same_order(client, kind, no_files_left):
    if kind is pd.DataFrame:
        parts = [framed(start, start + 6) for start in (0, 6)]
        rows = dd.concat([placed(client, part, i) for i, part in enumerate(parts)])
        labels = rows["a"]
    else:
        wait(rows := client.persist(spread(client, (4, 1, 0, 2), (3, 2)).astype(kind)))
        labels = rows[:, 0]
    in_memory, in_files = (
        fit(Witness(), rows, labels, labels, client=client, in_memory=most).seen_
        for most in ("1 GB", 0)
    )
    assert in_files == in_memory
    assert sum(own["rows"] for own in in_files) == 12


def test_a_fit_to_files_is_bit_by_bit_that_in_memory(client):
    X, _ = blobs(60)
    parts = [placed(client, da.from_array(X[i::2], chunks=(10, 2)), i) for i in range(2)]
    quick = {**QUICK, "max_iter": 1, "init_params": "kmeans"}
    in_memory, in_files = (
        fit(FlowGMM(3, **quick), da.concatenate(parts), client=client, in_memory=most)
        for most in ("1 GB", 0)
    )
    assert np.array_equal(in_memory.score_samples(X), in_files.score_samples(X))


def test_lazy_rows_that_are_written_do_not_wait_for_each_other(client, no_files_left):
    n = 40
    rows = table((2,) * n).map_blocks(Blocks.made, dtype=float, meta=np.zeros((0, 2)))
    seen = fit(Witness(), rows, rows[:, 0], client=client, in_memory=0).seen_
    assert all(own["labels"] == [row[0] for row in own["table"]] for own in seen)
    assert numbers(seen, "labels") == list(range(2 * n))
    assert sum(client.run(Blocks.most_at_once).values()) < n / 2
    fit(Witness(), rows, client=client, in_memory="1 GB")
    assert sum(client.run(Blocks.most_at_once).values()) >= n


def test_columns_that_are_not_numeric_stay_in_memory(client):
    frame = pd.DataFrame({"a": np.arange(6.0), "b": list("uvwxyz")})
    rows = dd.from_pandas(frame, npartitions=3)
    seen = fit(Witness(), rows, client=client, in_memory=0).seen_
    assert sorted(row for own in seen for row in own["table"]) == frame.to_numpy().tolist()


TABLE = np.arange(12.0).reshape(6, 2)


@pytest.mark.parametrize(
    "rows",
    [
        da.from_array(TABLE[:, 0], chunks=2),
        da.from_array(TABLE[:, :, None], chunks=(2, 2, 1)),
        da.from_array(TABLE * 1j, chunks=(2, 2)),
        dd.from_pandas(pd.DataFrame(TABLE * 1j), npartitions=3),
        dd.from_pandas(pd.DataFrame(TABLE, columns=["a", 1]), npartitions=3),
        dd.from_pandas(pd.DataFrame(TABLE).astype(pd.SparseDtype(float, 1.0)), npartitions=3),
    ],
    ids=["1-D", "3-D", "complex", "complex frame", "names", "sparse"],
)
def test_what_a_fit_refuses_is_refused_in_its_words(client, rows, no_files_left):
    def refusal(most):
        with pytest.raises((TypeError, ValueError)) as told:
            fit(FlowGMM(2, **QUICK), rows, client=client, in_memory=most)
        return str(told.value).splitlines()[0]

    assert refusal(0) == refusal("1 GB")


@pytest.mark.parametrize("most", [None, "much", [1], np.nan, np.inf])
def test_what_is_no_number_of_bytes_is_refused(client, most):
    with pytest.raises(ValueError, match="in_memory must be"):
        fit(Witness(), table((3, 3)), client=client, in_memory=most)


@pytest.mark.parametrize("most", [-1, "0 B", 1.5, np.int64(0)])
def test_any_number_of_bytes_will_do(client, most, no_files_left):
    assert sum(own["rows"] for own in fit(Witness(), table((3, 3)), in_memory=most).seen_) == 6


def test_workers_of_one_process_write_files_for_each_other():
    """Only the second worker has too many rows, and the first one fits."""
    options = {"processes": False, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(n_workers=2, **options) as cluster, Client(cluster) as client:
        few, many = (placed(client, table((n,)), worker) for worker, n in enumerate((1, 7)))
        lazy = da.concatenate([few, many]).rechunk(((1, 2, 3, 2), 2))
        seen = fit(Witness(), lazy, client=client, in_memory=few.nbytes * 3).seen_
    assert [own["rows"] for own in seen] == [8]


def test_a_fit_that_fails_leaves_no_files(client, no_files_left):
    rows = table((3, 3)).map_blocks(lambda rows: np.where(rows > 4, np.nan, rows), dtype=float)
    with pytest.raises(ValueError, match="NaN"):
        fit(FlowGMM(2, **QUICK), rows, client=client, in_memory=0)


def test_parameters_stay_the_objects_they_are(client):
    tag = object.__new__(Witness)
    tag.tag = None
    witness = Witness(tag)
    assert fit(witness, table((3, 3)), client=client) is witness
    assert witness.tag is tag


@pytest.mark.parametrize(
    "labels",
    [table((4, 4, 4))[:, 0], table((5, 3))[:, 0], with_unknown_chunks(table((3, 5)))[:, 0]],
    ids=["number", "sizes", "sizes that are not known before"],
)
def test_other_partitions_of_labels_are_refused(client, labels):
    with pytest.raises(ValueError, match="y has other partitions than X"):
        fit(Witness(), table((4, 4)), labels, client=client)


def test_other_divisions_of_weights_are_refused(client):
    frame = pd.DataFrame({"number": np.arange(12.0)})
    X = dd.from_pandas(frame, npartitions=2)
    weights = X["number"].repartition(divisions=(0, 3, 11))
    with pytest.raises(ValueError, match="sample_weight has other partitions than X"):
        fit(Witness(), X, None, weights, client=client)


def test_what_is_no_collection_is_refused(client):
    with pytest.raises(TypeError, match="X must be a dask Array or DataFrame"):
        fit(Witness(), np.zeros((4, 2)), client=client)
    with pytest.raises(TypeError, match="y must be a dask Array or Series"):
        fit(Witness(), table((4,)), np.zeros(4), client=client)


def test_no_rows_at_all_are_refused(client):
    rows = table((3, 3))
    with pytest.raises(ValueError, match="X has no rows"):
        fit(Witness(), rows[rows[:, 1] > 1], client=client)


def test_rows_that_cannot_be_computed_say_why(client):
    def fail(block):
        raise ZeroDivisionError("of a block")

    rows = table((3, 3)).map_blocks(fail, dtype=float, meta=np.zeros((0, 2)))
    with pytest.raises(ZeroDivisionError, match="of a block"):
        fit(Witness(), rows, client=client)


def test_fits_at_once_come_one_after_the_other(client, pool):
    rows = spread(client, (3,), (4,))
    for one in [pool.submit(fit, Witness(), rows, client=client) for _ in range(3)]:
        assert sorted(own["rows"] for own in one.result(LONGEST).seen_) == [3, 4]


def test_workers_in_one_process_fit_as_one():
    options = {"processes": False, "n_workers": 2, "dashboard_address": ":0"}
    with Client(**options, set_as_default=False) as own:
        seen = fit(Witness(), spread(own, (3,), (4,)), client=own).seen_
    assert [one["rows"] for one in seen] == [7]


def test_an_error_of_one_worker_is_told_and_the_next_fit_works(client, pool):
    rows = spread(client, (3,), (4,))
    failing = pool.submit(fit, Failing("raise"), rows, client=client)
    with pytest.raises(ZeroDivisionError, match="of the second"):
        failing.result(LONGEST)
    seen = fit(Witness(), rows, client=client).seen_
    assert sorted(own["rows"] for own in seen) == [3, 4]


def test_one_worker_finds_what_a_fit_in_memory_finds(client):
    X, _ = blobs(60)
    rows = placed(client, da.from_array(X, chunks=(20, 2)), 0)
    model = fit(FlowGMM(3, **QUICK), rows, client=client)
    plain = FlowGMM(3, **QUICK).fit(X)
    np.testing.assert_allclose(model.score_samples(X), plain.score_samples(X))
    np.testing.assert_array_equal(predict(model, rows).compute(), plain.labels_)
    with pytest.raises(AttributeError, match="labels_"):
        model.labels_  # noqa: B018


def test_two_workers_fit_one_mixture_of_all_rows(client):
    X, y = blobs(60)  # groups far from each other
    sorted_by_group = np.argsort(y, kind="stable")  # no worker holds all groups
    X, y = X[sorted_by_group], y[sorted_by_group]
    few = np.where(np.arange(60) % 4, -1, y)
    rows, labels = (
        da.concatenate([placed(client, da.from_array(part), i) for i, part in enumerate(parts)])
        for parts in ((X[:35], X[35:]), (few[:35], few[35:]))
    )
    model = fit(FlowGMM(3, **QUICK), rows, labels, client=client)
    assert model.classes_.tolist() == [0, 1, 2]
    assert predict(model, rows).compute().tolist() == y.tolist()


def test_rows_that_one_worker_cannot_use_are_told(client):
    X = np.ones((9, 2))
    X[8, 1] = np.nan
    rows = [placed(client, da.from_array(part), i) for i, part in enumerate((X[:5], X[5:]))]
    with pytest.raises(ValueError, match="NaN"):
        fit(FlowGMM(2, **QUICK), da.concatenate(rows), client=client)


def test_each_worker_is_sent_the_estimator_once_for_all_blocks(client):
    copies = predict(Copied(), spread(client, (1,) * 6, (1,) * 6)).compute()
    assert len(np.unique(copies)) <= 2


def test_a_worker_that_dies_ends_the_fit_and_the_others_go_on(client, pool):
    rows = spread(client, (3,), (4,))
    survivor = sorted(client.nthreads())[0]
    failing = pool.submit(fit, Failing("die"), rows, client=client)
    with pytest.raises(RuntimeError, match="left the cluster before the fit had ended"):
        failing.result(LONGEST)
    wait(rest := client.persist(table((2, 3)), workers=[survivor]))
    assert [own["rows"] for own in fit(Witness(), rest, client=client).seen_] == [5]
