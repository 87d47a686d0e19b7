"""Lazy answers over blocks are those of the estimator for all rows, of the types that they say."""

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skflowmix.dask as lazily
from skflowmix import FlowGMM, OutlierDetector
from tests.estimators import QUICK, blobs

METHODS = ("predict", "predict_proba", "predict_log_proba", "score_samples", "transform")
every_method = pytest.mark.parametrize("method", METHODS)
every_scheduler = pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
X, GROUPS = blobs(41)
FRAME = pd.DataFrame(X, columns=["width", "height"], index=pd.Index(range(100, 141), name="id"))


@pytest.fixture(scope="module")
def model():
    return FlowGMM(3, **QUICK).fit(X, np.array(["a", "b", "c"])[GROUPS])


@pytest.fixture(scope="module")
def named():
    return FlowGMM(3, **QUICK).fit(FRAME)


def asked(estimator, rows, method):
    return getattr(lazily, method)(estimator, rows)


def agrees(lazy, expected, scheduler="synchronous"):
    """What is computed is what is expected, and is of the type and size that was promised."""
    found = lazy.compute(scheduler=scheduler)
    promised = lazy._meta
    assert type(found) is type(promised)
    assert np.asarray(found).dtype == np.asarray(promised).dtype == np.asarray(expected).dtype
    if np.asarray(expected).dtype.kind == "f":  # sums of blocks differ in their last bits
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6, atol=1e-9)
    else:
        np.testing.assert_array_equal(np.asarray(found), expected)
    return found


@every_scheduler
@every_method
@pytest.mark.parametrize("chunks", [(10, 2), (41, 1), ((1, 39, 1), 2)])
def test_blocks_of_an_array(model, method, scheduler, chunks):
    lazy = asked(model, da.from_array(X, chunks=chunks), method)
    expected = getattr(model, method)(X)
    agrees(lazy, expected, scheduler)
    assert lazy.shape == expected.shape


@every_method
def test_unknown_and_empty_chunks(model, method):
    rows = da.from_array(X, chunks=(10, 2))
    kept = rows[rows[:, 0] > np.quantile(X[:, 0], 0.9)]  # most chunks have few rows, or none
    lazy = asked(model, kept, method)
    expected = getattr(model, method)(X[X[:, 0] > np.quantile(X[:, 0], 0.9)])
    agrees(lazy, expected)
    assert lazy.shape[1:] == expected.shape[1:]
    agrees(asked(model, rows[rows[:, 0] > np.inf], method), expected[:0])


@every_scheduler
@every_method
def test_partitions_of_a_frame(named, method, scheduler):
    frame = dd.from_pandas(FRAME, npartitions=4)
    lazy = asked(named, frame, method)
    found = agrees(lazy, getattr(named, method)(FRAME), scheduler)
    pd.testing.assert_index_equal(found.index, FRAME.index)
    assert lazy.divisions == frame.divisions


@every_method
def test_empty_partitions_of_a_frame(named, method):
    frame = dd.from_pandas(FRAME, npartitions=8)
    kept = FRAME[FRAME["width"] > FRAME["width"].quantile(0.9)]
    lazy = asked(named, frame[frame["width"] > kept["width"].min() - 1e-9], method)
    found = agrees(lazy, getattr(named, method)(kept))
    pd.testing.assert_index_equal(found.index, kept.index)


def test_columns_of_frames_have_their_names(named):
    frame = dd.from_pandas(FRAME, npartitions=2)
    assert lazily.transform(named, frame).columns.tolist() == ["flowgmm0", "flowgmm1"]
    assert lazily.predict_proba(named, frame).columns.tolist() == named.classes_.tolist()


def test_other_columns_are_refused_before_anything_is_computed(named, model):
    frame = dd.from_pandas(FRAME, npartitions=2)
    with pytest.raises(ValueError, match="feature names should match"):
        lazily.predict(named, frame[["height", "width"]])
    with pytest.raises(ValueError, match="features"):
        lazily.predict(model, da.zeros((9, 3)))
    with pytest.raises(ValueError, match="known number of columns"):
        lazily.predict(model, da.zeros(9))


def test_no_row_is_read_before_it_is_asked_for(model):
    def read(block):
        raise AssertionError("read")

    rows = da.from_array(X, chunks=(10, 2)).map_blocks(read, dtype=float, meta=X[:0])
    for method in METHODS:
        asked(model, rows, method)


def test_masses(model):
    lazy = lazily.score_samples(model, da.from_array(X, chunks=(20, 2)), mass=True)
    agrees(lazy, model.score_samples(X, mass=True))


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_types_of_rows(model, dtype):
    rows = X.astype(dtype)
    lazy = lazily.score_samples(model, da.from_array(rows, chunks=(41, 2)))
    agrees(lazy, model.score_samples(rows))


@pytest.mark.parametrize("kind", ["default", "pandas"])
def test_arrays_stay_arrays_whatever_the_output_is_set_to(model, kind):
    shown = clone(model).fit(X).set_output(transform=kind)
    lazy = lazily.transform(shown, da.from_array(X, chunks=(20, 2)))
    agrees(lazy, np.asarray(shown.transform(X)))


def test_outliers_and_pipelines():
    rows = da.from_array(X, chunks=(20, 2))
    detector = OutlierDetector().fit(X)
    agrees(lazily.predict(detector, rows), detector.predict(X))
    pipeline = make_pipeline(StandardScaler(), FlowGMM(3, **QUICK)).fit(X)
    agrees(lazily.predict_proba(pipeline, rows), pipeline.predict_proba(X))


def test_a_later_fit_does_not_change_lazy_answers():
    refitted = FlowGMM(2, **QUICK).fit(X)
    lazy, before = lazily.score_samples(refitted, da.from_array(X)), refitted.score_samples(X)
    refitted.fit(X + 1)
    agrees(lazy, before)


def test_what_is_no_collection_is_refused(model):
    with pytest.raises(TypeError, match=r"call FlowGMM\.predict"):
        lazily.predict(model, X)
    with pytest.raises(NotFittedError):
        lazily.predict(FlowGMM(), da.from_array(X))


def test_the_estimator_is_one_key_of_the_graph(named, model):
    of_chunks = lazily.predict(model, da.ones((9, 2), chunks=(1, 2)))
    of_partitions = lazily.predict(named, dd.from_pandas(FRAME, npartitions=9))
    for answers in (of_chunks, of_partitions):
        (lazy,) = dask.optimize(answers)
        holders = [task for task in dict(lazy.dask).values() if "FlowGMM(" in repr(task)]
        assert (lazy.npartitions, len(holders)) == (9, 1)
