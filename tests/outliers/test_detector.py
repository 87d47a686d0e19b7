"""The outlier detector: what it says of rows, of columns, and among scikit-learn's tools."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone, is_outlier_detector
from sklearn.exceptions import NotFittedError
from sklearn.metrics import make_scorer, roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skflowmix import FlowGMM, OutlierDetector
from tests.estimators import QUICK
from tests.outliers.examples import contaminated, rows, seeds, sizes

X, IS_ODD = contaminated(200, 3)
WITH_DENSITY = OutlierDetector(density=KernelDensity(bandwidth=0.5))
every_detector = pytest.mark.parametrize(
    "detector", [OutlierDetector(), WITH_DENSITY], ids=["as it comes", "with a density"]
)


@parametrize_with_checks([OutlierDetector(), OutlierDetector(contamination=0.1)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@every_detector
def test_a_clump_of_anomalies_is_found(detector):
    fitted = clone(detector).fit(X)
    assert roc_auc_score(~IS_ODD, fitted.score_samples(X)) > 0.99
    assert (fitted.predict(X[IS_ODD]) == -1).all()
    assert (fitted.predict(X[~IS_ODD]) == 1).mean() > 0.9
    assert is_outlier_detector(fitted)


@pytest.mark.filterwarnings("ignore:.*hold few distinct:UserWarning")
def test_a_flow_may_be_a_view():
    detector = OutlierDetector(density=FlowGMM(**QUICK)).fit(X)
    assert roc_auc_score(~IS_ODD, detector.score_samples(X)) > 0.99
    assert detector.views_["view"].tolist()[-1] == "density"
    assert isinstance(detector.density_, FlowGMM)
    assert not hasattr(detector.density, "weights_")
    assert detector.explain(X[:2]).sum(1) == pytest.approx(-detector.score_samples(X[:2]))


@every_detector
@given(size=sizes, seed=seeds, log_scale=st.sampled_from([-200, -20, 0, 20, 200]))
def test_any_size_and_scale_gives_finite_answers(detector, size, seed, log_scale):
    fitted = clone(detector).fit(rows(size, seed) * 10.0**log_scale)
    new = rows((5, size[1]), seed + 1) * 10.0**log_scale
    assert np.isfinite(fitted.score_samples(new)).all()
    contributions = fitted.explain(new)
    assert (contributions >= 0).all()
    np.testing.assert_allclose(contributions.sum(1), -fitted.score_samples(new))
    assert set(fitted.predict(new)) <= {-1, 1}
    np.testing.assert_allclose(
        fitted.decision_function(new), fitted.score_samples(new) - fitted.offset_
    )


RNG = np.random.default_rng(0)
UNUSUAL = {
    "constant column": np.c_[X, np.full(200, 7.0)],
    "duplicated column": np.c_[X, X[:, 0]],
    "all rows equal": np.tile([1.0, -2.0], (60, 1)),
    "all zero": np.zeros((60, 2)),
    "few distinct rows": np.repeat(X[:2], 30, axis=0),
    "huge and constant": np.c_[X, np.full(200, 1e20)],
    "extreme": np.c_[X[:, 0] * 1e200, X[:, 1] * 1e-200],
    "far from zero": X + 1e9,
    "heavy tails": RNG.standard_cauchy((60, 2)),
    "one wild row": np.r_[X, [[1e15, -1e15, 0.0]]],
    "integers": (10 * X).astype(int),
    "booleans": X > 0,
    "float32": X.astype(np.float32),
    "list": X.tolist(),
    "one column": X[:, :1],
    "wide": RNG.standard_normal((10, 300)),
    "two rows": X[:2],
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_unusual_input_gives_finite_answers(case):
    table = UNUSUAL[case]
    detector = OutlierDetector().fit(table)
    assert np.isfinite(detector.score_samples(table)).all()
    assert np.isfinite(detector.explain(table)).all()
    assert np.isfinite(detector.offset_)


@pytest.mark.parametrize("size", [1e3, 1e20, 1e300, -1e300])
def test_rows_far_from_anything_are_scored_in_order(size):
    detector = OutlierDetector().fit(X)
    scores = detector.score_samples([[size / 10, 0, 0], [size, 0, 0]])
    assert np.isfinite(scores).all()
    assert scores[1] <= scores[0] < detector.score_samples(X).min()


@every_detector
@given(size=sizes, seed=seeds)
def test_neither_order_nor_repetition_of_rows_matters(detector, size, seed):
    table, rng = rows(size, seed), np.random.default_rng(seed)
    weights = rng.integers(0, 3, len(table))
    weights[:2] = 1
    fitted = clone(detector).fit(table, sample_weight=weights)
    repeated = clone(detector).fit(rng.permutation(np.repeat(table, weights, axis=0)))
    np.testing.assert_allclose(fitted.score_samples(table), repeated.score_samples(table))
    assert fitted.offset_ == pytest.approx(repeated.offset_)
    np.testing.assert_allclose(fitted.explain(table), repeated.explain(table), atol=1e-9)


@given(st.floats(0.01, 0.5), seeds)
def test_contamination_is_the_share_of_outliers_in_the_fit(share, seed):
    table = np.random.default_rng(seed).normal(size=(200, 2))
    detector = OutlierDetector(contamination=share)
    found = (detector.fit_predict(table) == -1).mean()
    assert found == pytest.approx(share, abs=1 / 200)
    auto = OutlierDetector().fit(table)
    np.testing.assert_array_equal(auto.score_samples(table), detector.score_samples(table))


def test_weights_count_for_the_share_of_outliers():
    weights = np.random.default_rng(0).integers(1, 5, 200)
    detector = OutlierDetector(contamination=0.2)
    is_outlier = detector.fit_predict(X, sample_weight=weights) == -1
    assert weights[is_outlier].sum() / weights.sum() == pytest.approx(0.2, abs=0.02)


def test_most_of_a_cloud_without_anomalies_is_no_outlier():
    for seed in range(3):
        cloud = np.random.default_rng(seed).normal(size=(300, 3))
        assert (OutlierDetector().fit_predict(cloud) == -1).mean() < 0.12


@every_detector
def test_the_column_that_moved_is_told(detector):
    table = np.random.default_rng(0).normal(size=(300, 4))
    table[:10, 2] += 8
    contributions = clone(detector).fit(table).explain(table[:10])
    assert (contributions.argmax(1) == 2).all()


def test_a_pair_that_breaks_with_the_others_is_told():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(300, 4))
    table[:, 1] = table[:, 0] + 0.1 * rng.normal(size=300)
    table[:5, :2] = [1.5, -1.5]
    contributions = OutlierDetector().fit(table).explain(table[:5])
    assert (np.sort(contributions.argsort(1)[:, -2:], axis=1) == [0, 1]).all()


def test_views_are_told():
    detector = OutlierDetector().fit(X)
    assert list(detector.views_) == ["view", "weight"]
    assert detector.views_["weight"].sum() == pytest.approx(1)
    assert len(detector.views_["view"]) == len(detector.views_["weight"])
    with pytest.raises(AttributeError, match="density_"):
        detector.density_  # noqa: B018


def test_data_frames_keep_the_names_of_their_columns():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    detector = OutlierDetector().fit(frame)
    assert detector.feature_names_in_.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(
        detector.score_samples(frame), OutlierDetector().fit(X).score_samples(X)
    )
    with pytest.raises(ValueError, match="feature names"):
        detector.predict(frame[["b", "a", "c"]])
    assert not hasattr(detector.fit(X), "feature_names_in_")


@pytest.mark.parametrize(
    "detector", [OutlierDetector(), OutlierDetector(density=FlowGMM(**QUICK))]
)
def test_a_detector_comes_back_from_a_file(detector):
    detector = clone(detector).fit(X)
    before = (detector.score_samples(X), detector.explain(X[:3]), detector.predict(X))
    loaded = pickle.loads(pickle.dumps(detector))
    after = (loaded.score_samples(X), loaded.explain(X[:3]), loaded.predict(X))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_round_trip_through_skops_needs_our_own_types_only():
    detector = OutlierDetector().fit(X)
    saved = skops.io.dumps(detector)
    unknown = skops.io.get_untrusted_types(data=saved)
    assert all(name.startswith("skflowmix.") for name in unknown)
    loaded = skops.io.loads(saved, trusted=unknown)
    np.testing.assert_array_equal(loaded.score_samples(X), detector.score_samples(X))


def test_a_fit_in_another_format_says_so():
    fitted = copy.copy(vars(OutlierDetector().fit(X))["_fitted"])
    vars(fitted)["format_version"] = 0
    with pytest.raises(ValueError, match="saved in format 0"):
        pickle.loads(pickle.dumps(fitted))


def test_a_refit_that_fails_leaves_all_as_it_was():
    detector = OutlierDetector().fit(X)
    before = detector.score_samples(X)
    with pytest.raises(ValueError, match="NaN"):
        detector.fit(np.full((5, 2), np.nan))
    np.testing.assert_array_equal(detector.score_samples(X), before)


def test_a_detector_that_is_not_fitted_says_so():
    for method in ("predict", "score_samples", "decision_function", "explain"):
        with pytest.raises(NotFittedError):
            getattr(OutlierDetector(), method)(X)
    for name in ("offset_", "views_", "n_features_in_", "density_"):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
            getattr(OutlierDetector(), name)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"contamination": 0.0}, "'contamination'"),
        ({"contamination": 0.6}, "'contamination'"),
        ({"contamination": "some"}, "'contamination'"),
        ({"density": "flow"}, "'density'"),
        ({"density": StandardScaler()}, "'density'"),
    ],
)
def test_every_parameter_is_validated(parameters, message):
    with pytest.raises(ValueError, match=f"The {message} parameter of OutlierDetector"):
        OutlierDetector(**parameters).fit(X)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.where(X > 2, np.nan, X), "NaN"),
        (np.where(X > 2, np.inf, X), "infinity"),
        (X[:1], "minimum of 2"),
        (X[:, 0], "Reshape your data"),
        (np.empty((0, 2)), "0 sample"),
    ],
)
def test_unusable_rows_are_refused_in_words(table, message):
    with pytest.raises(ValueError, match=message):
        OutlierDetector().fit(table)


def test_sparse_rows_are_refused_as_scikit_learn_does():
    with pytest.raises(TypeError, match="dense"):
        OutlierDetector().fit(scipy.sparse.csr_array(X))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (-np.ones(200), "[Nn]egative"),
        (np.zeros(200), "zero|positive"),
        (np.eye(200)[0], "two rows or more"),
        (np.ones(199), "shape"),
        (np.full(200, np.nan), "NaN"),
    ],
)
def test_unusable_weights_are_refused_in_words(weights, message):
    with pytest.raises(ValueError, match=message):
        OutlierDetector().fit(X, sample_weight=weights)


def test_a_pipeline_and_a_grid_search_take_it():
    detector = make_pipeline(StandardScaler(), OutlierDetector())
    scorer = make_scorer(roc_auc_score, response_method="decision_function")
    densities = [None, GaussianMixture(2, random_state=0)]
    search = GridSearchCV(detector, {"outlierdetector__density": densities}, scoring=scorer, cv=2)
    order = np.random.default_rng(0).permutation(len(X))
    search.fit(X[order], np.where(IS_ODD, -1, 1)[order])
    assert search.best_score_ > 0.95
    assert set(search.predict(X)) == {-1, 1}
