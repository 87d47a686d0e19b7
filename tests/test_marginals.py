"""Some columns of a fitted mixture by themselves."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sklearn.exceptions import NotFittedError

from tests.estimators import QUICK, blobs, every_estimator, hide

X, Y = blobs(90, d=3, spread=1.0)
NAMES = ["a", "b", "c"]
CLASSES = np.array(["ant", "bee", "cow"], dtype=object)


@cache
def fitted(estimator, max_iter=0):
    """Return a model that knows the names of its columns."""
    frame = pd.DataFrame(X, columns=NAMES)
    return estimator(3, init_params=np.eye(3)[Y], **{**QUICK, "max_iter": max_iter}).fit(frame)


@every_estimator
@pytest.mark.parametrize("columns", [["c", "a"], [2, 0], [-1, -3], ["b"]])
def test_they_are_those_of_rows_with_the_others_missing(estimator, columns):
    model = fitted(estimator, max_iter=2)
    part = model.marginal(columns)
    numbers = [NAMES.index(each) if isinstance(each, str) else each for each in columns]
    gaps = np.full(X.shape, np.nan)
    gaps[:, numbers] = X[:, numbers]
    gaps = pd.DataFrame(gaps, columns=NAMES)
    own = X[:, numbers]
    np.testing.assert_allclose(part.score_samples(own), model.score_samples(gaps))
    np.testing.assert_allclose(part.predict_proba(own), model.predict_proba(gaps))
    np.testing.assert_array_equal(part.predict(own), model.predict(gaps))
    assert part.feature_names_ == [NAMES[number] for number in numbers]


@every_estimator
def test_without_a_flow_they_are_gaussians(estimator):
    model = fitted(estimator)
    part = model.marginal(["c", "a"])
    means, covariances = model.component_means_, model.component_covariances_
    expected = sum(
        multivariate_normal(means[k][[2, 0]], covariances[k][np.ix_([2, 0], [2, 0])]).pdf(
            X[:, [2, 0]]
        )
        / 3
        for k in range(3)
    )
    np.testing.assert_allclose(part.score_samples(X[:, [2, 0]]), np.log(expected), atol=0.05)


@every_estimator
def test_draws_are_those_of_the_whole(estimator):
    model = fitted(estimator)
    part = model.marginal(["c", "a"])
    rows, names = part.sample(20, random_state=3)
    whole, same = model.sample(20, random_state=3)
    np.testing.assert_array_equal(rows, whole[:, [2, 0]])
    np.testing.assert_array_equal(names, same)
    frame, _ = part.sample(5, random_state=3, as_frame=True, y=1)
    assert frame.columns.tolist() == ["c", "a"]
    np.testing.assert_array_equal(part.predict(frame), model.marginal([2, 0]).predict(frame))


@every_estimator
def test_all_columns_are_the_whole_and_classes_keep_their_names(estimator):
    model = estimator(3, **QUICK).fit(X, np.where(hide(Y, 9) < 0, None, CLASSES[Y]))
    part = model.marginal([True, True, True])
    np.testing.assert_array_equal(part.score_samples(X), model.score_samples(X))
    np.testing.assert_array_equal(part.predict(X), model.predict(X))
    assert set(model.marginal([0]).predict(X[:, :1])) <= set(CLASSES)
    np.testing.assert_allclose(model.marginal([0]).predict_proba(X[:, :1]).sum(1), 1)


@every_estimator
def test_other_columns_than_were_asked_for_are_refused(estimator):
    model = fitted(estimator)
    for wrong in (["d"], [3], "d", [0.5], ["a", 0]):
        with pytest.raises(ValueError, match="Columns must be names"):
            model.marginal(wrong)
    for wrong in ([], ["a", "a"], [0, -3], [False] * 3):
        with pytest.raises(ValueError, match="one or more, each of them once"):
            model.marginal(wrong)
    part = model.marginal(["c", "a"])
    with pytest.raises(ValueError, match=r"must have the columns \['c', 'a'\], got 3"):
        part.score_samples(X)
    with pytest.raises(ValueError, match=r"got \['a', 'c'\]"):
        part.score_samples(pd.DataFrame(X[:, [0, 2]], columns=["a", "c"]))
    with pytest.raises(NotFittedError):
        estimator().marginal([0])


@every_estimator
def test_a_missing_value_is_integrated_out_as_well(estimator):
    model = fitted(estimator)
    rows = X[:, [2, 0]].copy()
    rows[:, 1] = np.nan
    np.testing.assert_allclose(
        model.marginal([2, 0]).score_samples(rows), model.marginal([2]).score_samples(X[:, 2:])
    )


@every_estimator
def test_categories_are_columns_like_others(estimator):
    table = pd.DataFrame(X, columns=NAMES)
    table.insert(1, "kind", pd.Categorical(CLASSES[Y]))
    model = estimator(3, init_params=np.eye(3)[Y], **{**QUICK, "max_iter": 0}).fit(table)
    for columns in (["kind"], ["c", "kind"], ["b", "a"]):
        part = model.marginal(columns)
        gaps = table.copy()
        for name in set(table.columns) - set(columns):
            gaps[name] = None if name == "kind" else np.nan
        gaps["kind"] = gaps["kind"].astype(table["kind"].dtype)
        own = table[columns]
        np.testing.assert_allclose(part.score_samples(own), model.score_samples(gaps))
        np.testing.assert_array_equal(part.predict(own), model.predict(gaps))
        drawn, _ = part.sample(9, random_state=0, as_frame=True)
        assert drawn.columns.tolist() == columns
        assert np.isfinite(part.score_samples(drawn)).all()
