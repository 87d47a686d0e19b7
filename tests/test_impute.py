"""The imputer: laws that hold for every density, and its place among scikit-learn's tools."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skflowmix import FlowGMM
from skflowmix.impute import FlowImputer
from skflowmix.incomplete import committee
from tests.estimators import ESTIMATORS

GAUSSIAN = FlowGMM(n_layers=0, random_state=0)
DENSITIES = {
    "Gaussian": GAUSSIAN,
    "Gaussians": FlowGMM(2, n_layers=0, max_iter=2, init_params="kmeans", random_state=0),
    **{
        name: estimator(n_layers=2, hidden_layer_sizes=8, max_iter=1, random_state=0)
        for name, estimator in ESTIMATORS.items()
    },
}
every_density = pytest.mark.parametrize("density", DENSITIES.values(), ids=DENSITIES)
quickly = settings(max_examples=10, deadline=None)


def rows(n=80, seed=0):
    """Rows of three columns, of which the second is twice the first but for a little noise."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 2))
    return np.c_[x[:, 0], 2 * x[:, 0] + 0.01 * rng.standard_normal(n), x[:, 1]]


def with_gaps(X, share=0.2, seed=1):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(X.shape) < share, np.nan, X)


@pytest.fixture
def few_kinds(monkeypatch):
    """The default with two kinds of mixtures, which are fitted soon."""
    kinds = committee.Kind(1, 0.01), committee.Kind(2, 0.1)
    monkeypatch.setattr(committee, "KINDS", kinds)


@parametrize_with_checks([FlowImputer(GAUSSIAN, random_state=0), FlowImputer()])
@pytest.mark.usefixtures("few_kinds")
def test_scikit_learn_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks provoke warnings on purpose
        check(estimator)


@pytest.mark.parametrize("density", [*DENSITIES.values(), None], ids=[*DENSITIES, "default"])
@pytest.mark.parametrize("sample_posterior", [False, True])
@pytest.mark.usefixtures("few_kinds")
def test_what_is_there_stays_and_the_rest_is_filled(density, sample_posterior):
    X = with_gaps(rows())
    X[0] = np.nan
    filled = FlowImputer(density, sample_posterior=sample_posterior).fit_transform(X)
    is_there = ~np.isnan(X)
    np.testing.assert_array_equal(filled[is_there], X[is_there])
    assert np.isfinite(filled).all()


@every_density
def test_means_are_those_of_many_draws(density):
    X = with_gaps(rows())
    imputer = FlowImputer(density, random_state=0).fit(X)
    means = imputer.transform(X[:10])
    draws, _ = imputer.estimator_.sample(400, given=X[:10], random_state=0)
    draws = draws.reshape(10, 400, -1)
    error = draws.std(axis=1) / np.sqrt(400)
    assert (np.abs(draws.mean(axis=1) - means) <= 6 * error + 0.1).all()


@pytest.mark.usefixtures("few_kinds")
def test_means_of_the_default_are_those_of_many_draws():
    X = with_gaps(rows())
    imputer = FlowImputer(random_state=0).fit(X)
    means = imputer.transform(X[:10])
    imputer.set_params(sample_posterior=True)
    draws = imputer.transform(np.tile(X[:10], (400, 1))).reshape(400, 10, 3)
    error = draws.std(axis=0) / np.sqrt(400)
    assert (np.abs(draws.mean(axis=0) - means) <= 6 * error + 1e-9).all()


def test_a_column_that_others_determine_is_filled_exactly():
    X = rows(200)
    given = X.copy()
    given[:50, 1] = np.nan
    for imputer in (FlowImputer(GAUSSIAN), FlowImputer(GAUSSIAN, sample_posterior=True)):
        assert np.abs(imputer.fit_transform(given) - X).max() < 0.1


def test_a_row_without_values_gets_the_means_of_the_columns():
    X = rows()
    imputer = FlowImputer(GAUSSIAN).fit(X)
    filled = imputer.transform(np.full((1, 3), np.nan))
    np.testing.assert_allclose(filled[0], X.mean(axis=0), atol=0.05)


@quickly
@given(st.integers(0, 2**32 - 1))
def test_a_row_is_filled_alike_whatever_rows_are_beside_it(seed):
    imputer = FlowImputer(GAUSSIAN).fit(rows())
    X = with_gaps(rows(12, seed % 100), 0.4, seed)
    together = imputer.transform(X)
    alone = np.vstack([imputer.transform(row[None]) for row in X])
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-9)


def test_draws_differ_between_calls_and_not_between_fits_of_one_seed():
    X = with_gaps(rows())
    first, second = (
        FlowImputer(GAUSSIAN, sample_posterior=True, random_state=3).fit(X) for _ in range(2)
    )
    draws = first.transform(X)
    np.testing.assert_array_equal(second.transform(X), draws)
    assert (first.transform(X) != draws)[np.isnan(X)].all()


def test_complete_rows_are_returned_as_a_copy():
    X = rows()
    filled = FlowImputer(GAUSSIAN).fit_transform(X)
    np.testing.assert_array_equal(filled, X)
    assert not np.shares_memory(filled, X)


@pytest.mark.parametrize("as_frame", [False, True])
def test_indicators_say_where_values_were_missing(as_frame):
    X = rows()
    X[:5, 1] = np.nan
    names = ["x0", "x1", "x2"]
    if as_frame:
        names = ["height", "width", "depth"]
        X = pd.DataFrame(X, columns=names)
    imputer = FlowImputer(GAUSSIAN, add_indicator=True).fit(X)
    filled = imputer.transform(X)
    assert imputer.get_feature_names_out().tolist() == [*names, f"missingindicator_{names[1]}"]
    assert filled.shape == (80, 4)
    assert filled[:, 3].tolist() == [1.0] * 5 + [0.0] * 75


def test_frames_keep_their_names_and_index():
    X = pd.DataFrame(with_gaps(rows()), columns=["a", "b", "c"], index=range(5, 85))
    imputer = FlowImputer(GAUSSIAN).set_output(transform="pandas").fit(X)
    filled = imputer.transform(X)
    assert filled.columns.tolist() == ["a", "b", "c"]
    assert filled.index.equals(X.index)
    assert imputer.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        imputer.transform(X[["b", "a", "c"]])


@pytest.mark.parametrize("as_frame", [False, True])
def test_columns_stay_in_place_where_the_density_has_categories(as_frame):
    rng = np.random.default_rng(0)
    levels = rng.choice([10.0, 20.0, 30.0], 60)
    rows = np.column_stack([levels, rng.normal(size=60), levels + rng.normal(size=60)])
    gaps = np.where(rng.random(rows.shape) < 0.2, np.nan, rows)
    table = pd.DataFrame(gaps).astype({0: "category"}) if as_frame else gaps
    density = FlowGMM(1, n_layers=0, categorical_features="from_dtype" if as_frame else [0])
    found = FlowImputer(density, add_indicator=True, random_state=0).fit_transform(table)
    filled, is_missing = found[:, :3], found[:, 3:]
    np.testing.assert_array_equal(np.where(np.isnan(gaps), np.nan, filled), gaps)
    np.testing.assert_array_equal(is_missing, np.isnan(gaps))
    assert set(filled[:, 0]) == {10, 20, 30}
    assert np.isfinite(filled).all()


def test_a_column_without_values_is_named():
    X = pd.DataFrame(rows(), columns=["a", "b", "c"])
    X["b"] = np.nan
    with pytest.raises(ValueError, match="b"):
        FlowImputer(GAUSSIAN).fit(X)
    with pytest.raises(ValueError, match="b"):
        FlowImputer().fit(X)


def test_infinity_is_refused():
    X = rows()
    X[3, 2] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        FlowImputer(GAUSSIAN).fit(X)


def test_other_estimators_are_refused():
    with pytest.raises(ValueError, match="estimator"):
        FlowImputer(GaussianMixture()).fit(rows())


def test_the_estimator_given_is_not_fitted_and_keeps_its_seed():
    given_one = clone(GAUSSIAN)
    imputer = FlowImputer(given_one, random_state=5).fit(rows())
    assert not given_one.__sklearn_is_fitted__()
    assert imputer.estimator_.get_params() == given_one.get_params()


def test_an_estimator_without_a_seed_has_one_of_the_imputer():
    imputers = [FlowImputer(FlowGMM(n_layers=0), random_state=5).fit(rows()) for _ in range(2)]
    first, second = (imputer.estimator_.random_state for imputer in imputers)
    assert first == second is not None


def test_the_default_weighs_by_hidden_values(monkeypatch):
    """Of two kinds, that which knows how columns depend on each other."""
    good, bad = committee.Kind(1, 0.001), committee.Kind(1, 10.0)
    X = rows(100)
    given = X.copy()
    given[:30, 1] = np.nan
    errors = {}
    for kinds in ((good, bad), (bad, good), (bad,)):
        monkeypatch.setattr(committee, "KINDS", kinds)
        filled = FlowImputer(random_state=0).fit_transform(given)
        errors[kinds] = np.abs(filled - X).max()
    assert errors[good, bad] < 0.1
    assert errors[bad, good] < 0.1
    assert errors[(bad,)] > 1


@quickly
@given(st.integers(0, 2**32 - 1))
def test_the_default_fills_in_nothing_beyond_what_is_seen(seed):
    X = np.random.default_rng(seed).standard_cauchy((12, 2))
    X[0, 1] = np.nan
    far = np.column_stack([100 * X[:, 0], np.full(12, np.nan)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(committee, "KINDS", (committee.Kind(1, 0.01),))
        imputer = FlowImputer(random_state=seed).fit(X)
    for sample_posterior in (False, True):
        filled = imputer.set_params(sample_posterior=sample_posterior).transform(far)[:, 1]
        assert np.nanmin(X[:, 1]) <= filled.min()
        assert filled.max() <= np.nanmax(X[:, 1])


@pytest.mark.usefixtures("few_kinds")
def test_draws_of_a_column_that_comes_in_steps_are_values_of_it():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.choice([0.0, 1.0, 5.0], 80), rng.normal(size=80), np.full(80, 3.0)])
    drawn = FlowImputer(sample_posterior=True, random_state=0).fit_transform(with_gaps(X))
    assert set(drawn[:, 0]) == {0, 1, 5}
    assert set(drawn[:, 2]) == {3}


def test_the_default_has_no_estimator_but_where_there_are_categories():
    rng = np.random.default_rng(0)
    levels = pd.Categorical(np.where(rng.random(60) < 0.2, np.nan, rng.choice([10, 20], 60)))
    table = pd.DataFrame({"level": levels, "number": rng.normal(size=60)})
    imputer = FlowImputer(random_state=0).fit(table)
    assert set(imputer.transform(table)[:, 0]) == {10, 20}
    assert isinstance(imputer.estimator_, FlowGMM)


@pytest.mark.usefixtures("few_kinds")
def test_few_rows_and_complete_ones_are_enough_for_the_default():
    for X in (rows(4), rows(60)):
        np.testing.assert_array_equal(FlowImputer(random_state=0).fit_transform(X), X)


@pytest.mark.usefixtures("few_kinds")
def test_a_column_that_is_seen_once_is_filled():
    X = rows(60)
    X[1:, 2] = np.nan
    assert np.isfinite(FlowImputer(random_state=0).fit_transform(X)).all()


@pytest.mark.usefixtures("few_kinds")
def test_pipelines_and_pickles():
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(FlowImputer(random_state=0), LogisticRegression(max_iter=500))
    with warnings.catch_warnings(action="ignore"):  # columns of few values
        pipeline.fit(with_gaps(X), y)
    loaded = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(loaded.predict(with_gaps(X)), pipeline.predict(with_gaps(X)))
    assert pipeline.score(X, y) > 0.85
