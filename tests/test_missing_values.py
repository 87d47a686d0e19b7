"""Estimators of rows of which some values are missing."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.integrate import trapezoid
from scipy.stats import kstest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score

from skflowmix import FlowGMM, VariationalFlowMixture
from tests.estimators import QUICK, blobs, every_estimator, hide

X, Y = blobs(150, 3)


def with_gaps(X, share=0.25, seed=0):
    """Rows of which some values are missing, of the first all."""
    gaps = X.copy()
    gaps[np.random.default_rng(seed).uniform(size=X.shape) < share] = np.nan
    gaps[0] = np.nan
    return gaps


GAPS = with_gaps(X)


def fitted(estimator, X=GAPS, y=None, **parameters):
    """A small fit, whose warnings of a short training are of no interest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator(**{**QUICK, "n_components": 3, **parameters}).fit(X, y)


@every_estimator
@pytest.mark.parametrize("n_layers", [0, 2])
def test_all_answers_are_finite_and_groups_are_found(estimator, n_layers):
    model = fitted(estimator, n_layers=n_layers)
    assert adjusted_rand_score(Y, model.labels_) > 0.8
    np.testing.assert_array_equal(model.labels_, model.predict(GAPS))
    for answer in (
        model.predict_proba(GAPS),
        model.score_samples(GAPS),
        model.transform(GAPS),
        model.score(GAPS, Y),
        model.bic(GAPS),
    ):
        assert np.isfinite(answer).all()
    np.testing.assert_allclose(model.predict_proba(GAPS).sum(1), 1)


@every_estimator
@pytest.mark.parametrize("n_layers", [0, 2])
def test_a_row_without_values_has_the_prior(estimator, n_layers):
    model = fitted(estimator, n_layers=n_layers)
    nothing = np.full((1, 3), np.nan)
    assert model.score_samples(nothing)[0] == pytest.approx(0, abs=0.05)
    shares = np.bincount(model.sample(20_000, 0)[1]) / 20_000
    np.testing.assert_allclose(model.predict_proba(nothing)[0], shares, atol=0.03)


@every_estimator
def test_whole_rows_answer_as_they_do_without_others_beside_them(estimator):
    model = fitted(estimator)
    alone, beside = model.score_samples(X), model.score_samples(np.r_[X, GAPS])
    np.testing.assert_allclose(beside[: len(X)], alone)
    gaps, std = model.score_samples(GAPS, return_std=True)
    np.testing.assert_allclose(beside[len(X) :], gaps)
    whole = ~np.isnan(GAPS).any(1)
    assert (std[whole] == 0).all()
    assert (std[~whole] >= 0).all()


@every_estimator
def test_the_density_of_some_values_is_the_integral_over_the_others(estimator):
    model = fitted(estimator, X[:, :2], max_iter=20)
    grid = np.linspace(X[:, 1].min() - 8, X[:, 1].max() + 8, 4_000)
    for value in X[:3, 0]:
        whole = model.score_samples(np.c_[np.full(len(grid), value), grid])
        found, std = model.score_samples([[value, np.nan]], return_std=True)
        integral = np.log(trapezoid(np.exp(whole), grid))
        assert found[0] == pytest.approx(integral, abs=0.02 + 4 * std[0])


@every_estimator
def test_draws_of_the_rest_of_a_row_follow_the_conditional(estimator):
    model = fitted(estimator, X[:, :2], max_iter=20)
    rows, groups = model.sample(2_000, 0, given=[[X[0, 0], np.nan], X[1, :2]])
    assert rows.shape == (4_000, 2)
    assert (rows[:2_000, 0] == X[0, 0]).all()
    np.testing.assert_array_equal(rows[2_000:], np.tile(X[1, :2], (2_000, 1)))
    assert set(groups) <= set(model.classes_)
    grid = np.linspace(X[:, 1].min() - 8, X[:, 1].max() + 8, 2_000)
    density = np.exp(model.score_samples(np.c_[np.full(len(grid), X[0, 0]), grid]))
    cdf = np.cumsum(density) / density.sum()
    assert kstest(rows[:2_000, 1], lambda x: np.interp(x, grid, cdf)).statistic < 0.06


@every_estimator
def test_the_conditional_density_is_that_of_the_whole_over_that_of_the_given(estimator):
    model = fitted(estimator)
    given = np.c_[X[:, :1], np.full((len(X), 2), np.nan)]
    expected = model.score_samples(X) - model.score_samples(given)
    for columns in ([0], [True, False, False], "x0", -3):
        np.testing.assert_allclose(model.conditional_log_prob(X, given=columns), expected)
    for wrong in ([3], ["x9"], [0.5], [0, 1, 2], [True, False]):
        with pytest.raises(ValueError, match=r"[Cc]olumn"):
            model.conditional_log_prob(X, given=wrong)


@every_estimator
def test_units_and_the_order_of_columns_do_not_matter_to_a_gaussian(estimator):
    units, how = np.array([1e3, 1e-3, 1]), {"n_components": 1, "n_layers": 0}
    own = fitted(estimator, **how).score_samples(GAPS)
    moved = (GAPS * units)[:, ::-1]
    others = fitted(estimator, moved, **how).score_samples(moved)
    np.testing.assert_allclose(others, own - ~np.isnan(GAPS) @ np.log(units), atol=1e-3)


@every_estimator
def test_labels_of_rows_with_gaps_teach(estimator):
    y = hide(Y, 8)
    model = fitted(estimator, y=y, n_components=None)
    assert (model.predict(GAPS) == Y)[1:].mean() > 0.9
    np.testing.assert_allclose(model.predict_proba(GAPS).sum(1), 1)
    alone = model.predict_proba(GAPS[5:6])
    np.testing.assert_allclose(alone, model.predict_proba(GAPS)[5:6], atol=1e-9)


def test_a_gaussian_fit_reaches_the_likelihood_of_em():
    gaps = with_gaps(X[Y == 0], 0.3)
    model = FlowGMM(1, n_layers=0, defensive_weight=0, reg_covar=0).fit(gaps)
    rng, best = np.random.default_rng(0), model.score(gaps)
    scale = X[Y == 0].std(0)
    for _ in range(10):
        moved = gaps + 0.1 * scale * rng.standard_normal(3)
        assert model.score(moved) < best
        assert model.score(gaps * rng.uniform(0.9, 1.1, 3)) < best + 0.3


BAD = {
    "a column seen once": lambda X: np.c_[X, np.where(np.arange(len(X)) == 3, 5.0, np.nan)],
    "half of all": lambda X: with_gaps(X, 0.5),
    "all but one of the rows": lambda X: np.where(np.arange(len(X))[:, None] > 1, X, np.nan),
    "a column of steps": lambda X: np.c_[with_gaps(X), np.arange(len(X)) % 3],
    "single precision": lambda X: with_gaps(X).astype(np.float32),
    "one column": lambda X: with_gaps(X[:, :1]),
    "copies": lambda X: np.r_[with_gaps(X), with_gaps(X)],
}
WAYS = {
    "None": lambda rows, gaps: np.where(gaps, None, rows),
    "pandas' NA": lambda rows, gaps: np.where(gaps, pd.NA, rows),
    "lists": lambda rows, gaps: np.where(gaps, None, rows).tolist(),
    "a mask": lambda rows, gaps: np.ma.array(rows, mask=gaps),
    "a mask of objects": lambda rows, gaps: np.ma.array(rows.astype(object), mask=gaps),
    "objects in a frame": lambda rows, gaps: pd.DataFrame(np.where(gaps, pd.NA, rows)),
    "Float64": lambda rows, gaps: pd.DataFrame(np.where(gaps, np.nan, rows)).astype("Float64"),
    "polars' null": lambda rows, gaps: pl.DataFrame(
        np.where(gaps, None, rows).tolist(), orient="row"
    ),
}
"""How people write that a value is missing."""


@every_estimator
@pytest.mark.parametrize("case", BAD)
def test_rows_of_any_gaps_are_fitted(estimator, case):
    rows = BAD[case](X)
    model = fitted(estimator, rows)
    assert np.isfinite(model.score_samples(rows)).all()
    assert np.isfinite(model.sample(20, 0)[0]).all()


@every_estimator
def test_a_class_that_lacks_a_column_is_fitted(estimator):
    rows, y = X.copy(), hide(Y, 8)
    rows[y == 1, 2] = np.nan
    model = fitted(estimator, rows, y, n_components=None)
    assert np.isfinite(model.predict_proba(rows)).all()


@every_estimator
def test_a_fit_goes_on_with_gaps(estimator):
    model = estimator(3, **QUICK, warm_start=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X).fit(GAPS)
    assert np.isfinite(model.score(GAPS))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("categorical_features", [None, [3]])
def test_all_ways_to_write_gaps_are_the_same(way, categorical_features):
    X = np.c_[blobs(60, 3)[0], np.arange(60) % 3]
    gaps = np.random.default_rng(0).random(X.shape) < 0.2
    model = FlowGMM(1, n_layers=0, random_state=0, categorical_features=categorical_features)
    expected = np.where(gaps, np.nan, X)
    rows = WAYS[way](X, gaps)
    found = clone(model).fit(rows).score_samples(rows)
    np.testing.assert_allclose(found, model.fit(expected).score_samples(expected))


@pytest.mark.parametrize("dtype", ["object", "string", "str", "category", "arrow"])
def test_text_with_gaps_is_refused_by_the_name_of_its_column(dtype):
    if dtype == "arrow":
        pa = pytest.importorskip("pyarrow")
        dtype = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    text = pd.Series([pd.NA, "x", None] * 50, dtype=dtype)
    frame = pd.DataFrame(GAPS, columns=["a", "b", "c"]).assign(b=text)
    with pytest.raises(ValueError, match=r"'x': see the columns \['b'\]"):
        FlowGMM(categorical_features=None).fit(frame)


def test_a_message_names_columns_at_fault_and_none_with_gaps_only():
    frame = pd.DataFrame(GAPS, columns=["a", "b", "c"]).assign(c=np.inf)
    with pytest.raises(ValueError, match=r"infinity .* columns \['c'\]"):
        FlowGMM().fit(frame)
    with pytest.raises(ValueError, match=r"columns \['c'\]"):
        FlowGMM().fit(frame.assign(a=pd.array([pd.NA] * 150), c="text"))


@pytest.mark.parametrize("estimator", [FlowGMM, VariationalFlowMixture])
def test_gaps_are_the_same_in_frames(estimator):
    frame = pd.DataFrame(GAPS, columns=["a", "b", "c"])
    model = fitted(estimator, frame, max_iter=0)
    alike = fitted(estimator, max_iter=0)
    np.testing.assert_allclose(model.score_samples(frame), alike.score_samples(GAPS))
    with pytest.raises(ValueError, match=r"columns \['b'\] have no value"):
        estimator().fit(frame.assign(b=np.nan))


def test_gaps_do_not_mislead_the_choice_of_a_start():
    rows, y = load_iris(return_X_y=True)
    gaps = with_gaps(rows, 0.2)
    whole = ~np.isnan(gaps).any(1)
    model = fitted(FlowGMM, gaps, n_layers=0)
    assert adjusted_rand_score(y[whole], model.labels_[whole]) > 0.8
