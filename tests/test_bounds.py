"""Columns that cannot leave a range: densities, draws and answers of both estimators."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skflowmix import FlowGMM
from tests.estimators import QUICK, every_estimator

rng = np.random.default_rng(0)
X = np.c_[rng.gamma(1.0, 2.0, 150), rng.beta(0.7, 0.5, 150), rng.normal(size=150)]
BOUNDS = [(0, None), (0, 1), None]
every_way = pytest.mark.parametrize("bounds", ["auto", BOUNDS, {0: (0, None), 1: (0, 1)}])


def fit(estimator, bounds=BOUNDS, rows=X, n=1, **changed):
    """Fit in a moment."""
    return estimator(n, bounds=bounds, **{**QUICK, "max_iter": 1, **changed}).fit(rows)


@every_estimator
@every_way
def test_no_draw_leaves_the_ranges(estimator, bounds):
    model = fit(estimator, bounds)
    rows, _ = model.sample(3000, random_state=0)
    assert (rows[:, 0] > 0).all()
    assert ((rows[:, 1] > 0) & (rows[:, 1] < 1)).all()
    assert rows[:, 2].min() < 0
    assert np.isfinite(model.score_samples(rows)).all()


@every_estimator
def test_all_ways_to_say_the_same_fit_the_same(estimator):
    expected = fit(estimator).score_samples(X)
    for bounds in (
        "auto",
        {1: [0.0, 1.0], 0: (0, np.inf)},
        np.array([[0, np.inf], [0, 1], [-np.inf, np.inf]]),
    ):
        np.testing.assert_array_equal(fit(estimator, bounds).score_samples(X), expected)


def test_columns_of_frames_are_said_by_names_or_by_numbers_in_the_table():
    frame = pd.DataFrame(X, columns=["income", "share", "change"])
    frame.insert(0, "kind", pd.Categorical(np.arange(150) % 3))
    ways = [
        {"income": (0, None), "share": (0, 1)},
        {1: (0, None), 2: (0, 1)},
        {"income": (0, None), 2: (0, 1)},
        [None, (0, None), (0, 1), None],
    ]
    first, *others = (
        fit(FlowGMM, bounds, frame, max_iter=0).score_samples(frame) for bounds in ways
    )
    for other in others:
        np.testing.assert_array_equal(other, first)
    for wrong in ({4: (0, 1)}, {-1: (0, 1)}, {"share": (0, 1), 2: (0, 1)}):
        with pytest.raises(ValueError, match="names or numbers, each of them once"):
            fit(FlowGMM, wrong, frame)


@every_estimator
@pytest.mark.parametrize("column", [0, 1])
def test_a_density_integrates_to_one_over_its_range(estimator, column):
    rows = np.clip(X[:, [column]], 0.01, 0.99 if column else None)
    model = fit(estimator, [BOUNDS[column]], rows, n=2, init_params="kmeans")
    high = 1 if column else 200
    ends = np.linspace(0, high ** (1 / 3), 40_001) ** 3  # finer near zero
    middles = (ends[1:] + ends[:-1]) / 2
    masses = np.exp(model.score_samples(middles[:, None])) * np.diff(ends)
    assert masses.sum() == pytest.approx(1, abs=0.01)


@every_estimator
def test_rows_outside_have_no_density_and_the_component_of_rows_just_inside(estimator):
    model = fit(estimator, n=2, init_params="kmeans")
    outside = np.array([[-1, 0.5, 0], [1, 1, 0], [0, 2, 0.3]])
    assert (model.score_samples(outside) == -np.inf).all()
    assert model.score(outside) == -np.inf
    inside = np.clip(outside, [1e-8, 1e-9, -9], [np.inf, 1 - 1e-9, 9])
    np.testing.assert_array_equal(model.predict(outside), model.predict(inside))
    np.testing.assert_allclose(model.predict_proba(outside).sum(1), 1)
    assert np.isfinite(model.transform(outside)).all()
    conditional = model.conditional_log_prob(outside, given=[0, 1])
    assert (conditional == -np.inf).all()
    assert model.bic(outside) == model.aic(outside) == model.icl(outside) == np.inf
    given = np.where(np.isin(outside, [-1, 1, 2]), outside, np.nan)
    others = np.where(np.isnan(given), np.nan, inside)
    _, components = model.sample(50, 0, given=given)
    np.testing.assert_array_equal(components, model.sample(50, 0, given=others)[1])


@every_estimator
def test_latents_lead_back(estimator):
    model = fit(estimator, n=2, init_params="kmeans")
    back = model.inverse_transform(model.transform(X), model.predict(X))
    np.testing.assert_allclose(back, X, rtol=1e-4, atol=1e-6)


@every_estimator
def test_what_is_missing_is_integrated_out_and_drawn_within_the_ranges(estimator):
    model = fit(estimator, max_iter=0)
    some = X[:5].copy()
    some[:, 1] = np.nan
    grid = (np.arange(4000) + 0.5) / 4000
    for row, log_prob in zip(some, model.score_samples(some), strict=True):
        whole = np.tile(row, (4000, 1))
        whole[:, 1] = grid
        total = np.log(np.exp(model.score_samples(whole)).mean())
        assert log_prob == pytest.approx(total, abs=0.02)
    drawn, _ = model.sample(50, random_state=0, given=some)
    assert ((drawn[:, 1] > 0) & (drawn[:, 1] < 1)).all()
    given = model.conditional_log_prob(X, given=[0, 2])
    other = X.copy()
    other[:, 1] = np.nan
    np.testing.assert_allclose(given, model.score_samples(X) - model.score_samples(other))


@every_estimator
def test_means_are_those_of_draws(estimator):
    model = fit(estimator, n=2, init_params="kmeans")
    for number, name in enumerate(model.classes_):
        rows, _ = model.sample(20_000, random_state=1, y=name)
        error = rows.std(axis=0) / 100
        assert (np.abs(model.component_means_[number] - rows.mean(axis=0)) < 5 * error).all()
        assert model.component_covariances_[number].shape == (3, 3)


@every_estimator
def test_means_beside_categories_are_those_of_the_numbers(estimator):
    frame = pd.DataFrame({"kind": pd.Categorical(["ant", "bee", "cow"] * 50), "income": X[:, 0]})
    model = fit(estimator, {"income": (0, None)}, frame)
    rows, _ = model.sample(20_000, random_state=1, as_frame=True)
    assert model.component_means_ == pytest.approx(rows[["income"]].to_numpy().mean(), rel=0.1)
    assert model.component_covariances_.shape == (1, 1, 1)


@every_estimator
def test_scores_of_the_fit_are_in_the_units_of_the_rows(estimator):
    model = fit(estimator, max_iter=3, validation_fraction=0.5)
    assert model.lower_bound_ == pytest.approx(model.score(X), abs=0.5)
    assert abs(model.validation_scores_[-1] - model.score(X)) < 1
    other = fit(estimator, rows=X * [1e-4, 1, 1e3], max_iter=3, validation_fraction=0.5)
    np.testing.assert_allclose(
        other.validation_scores_, model.validation_scores_ + np.log(1e4 / 1e3), atol=0.01
    )


@every_estimator
def test_a_start_without_bounds_is_told_apart_from_none(estimator):
    rows = X - 5
    np.testing.assert_array_equal(
        fit(estimator, "auto", rows).score_samples(rows),
        fit(estimator, None, rows).score_samples(rows),
    )


@every_estimator
@pytest.mark.filterwarnings("ignore:The columns .* hold few distinct:UserWarning")
def test_columns_in_steps_get_no_bounds_by_themselves_but_may_have_them(estimator):
    counts = 1.0 + rng.poisson(2, (150, 1))
    by_itself = fit(estimator, "auto", counts)
    assert by_itself.noise_widths_ == pytest.approx([1])
    model = fit(estimator, [(0, None)], counts)
    assert set(model.sample(200, random_state=0)[0][:, 0]) <= set(counts[:, 0])
    assert np.isfinite(model.score_samples(counts, mass=True)).all()


@every_estimator
def test_ranges_that_cannot_be_are_refused(estimator):
    frame = pd.DataFrame(X, columns=["income", "share", "change"])
    with pytest.raises(ValueError, match=r"'change' has values from .* bounds \(0, inf\)"):
        fit(estimator, {"change": (0, None)}, frame)
    with pytest.raises(ValueError, match=r"'income' has values .* touch neither"):
        fit(estimator, {"income": (X[:, 0].min(), None)}, frame)
    for wrong in ([(0, None)], {"age": (0, 1)}):
        with pytest.raises(ValueError, match="a pair for each of the 3 columns"):
            fit(estimator, wrong, frame)
    for wrong in ((1, 0), (0, 0), 5, ("a", "b"), (0, 1, 2), (np.nan, 1), (-1e308, 1e308)):
        with pytest.raises(ValueError, match="The bounds of the column 'share' must be"):
            fit(estimator, {"share": wrong}, frame)
    with pytest.raises(ValueError, match="bounds"):
        fit(estimator, "positive")


@pytest.mark.parametrize(
    "bounds", [{"kind": (0, 1)}, {"kind": (None, 2)}, [None, None, (0, None), None]]
)
def test_categories_have_no_bounds(bounds):
    frame = pd.DataFrame(X, columns=["income", "share", "change"])
    frame.insert(2, "kind", pd.Categorical(np.arange(150) % 3))
    with pytest.raises(ValueError, match="'kind' is of categories"):
        FlowGMM(1, bounds=bounds, **QUICK).fit(frame)
    FlowGMM(1, bounds=[(0, None), None, (None, None), None], n_layers=0).fit(frame)


@every_estimator
def test_rows_of_no_weight_may_lie_outside(estimator):
    rows = np.r_[X, [[-1, 0.5, 0]]]
    weights = np.r_[np.ones(150), 0]
    model = estimator(bounds=BOUNDS, **QUICK).fit(rows, sample_weight=weights)
    assert model.labels_.shape == (151,)


@every_estimator
def test_a_fit_that_goes_on_keeps_its_ranges(estimator):
    model = fit(estimator, warm_start=True, n=2, init_params="kmeans")
    model.fit(X[::2])
    assert model.score_samples([[-1, 0.5, 0]]) == -np.inf
    with pytest.raises(ValueError, match=r"The column 0 has values"):
        model.fit(-X)


@every_estimator
def test_ranges_are_copied_and_saved_with_the_estimator(estimator):
    model = fit(estimator)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.score_samples(X), model.score_samples(X))
    np.testing.assert_array_equal(clone(model).fit(X).score_samples(X), model.score_samples(X))
