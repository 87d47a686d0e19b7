"""Tables with categories, from end to end."""

import itertools
import pickle
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.estimators import ESTIMATORS, QUICK, every_estimator, hide, may_empty_components

SHARES = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
COLOURS = ["red", "green", "blue"]


def table(n=240, seed=0, spread=0.5, missing=20):
    """Three groups of rows, of two numbers, colours and bools, and which they are."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    numbers = 3 * np.eye(3)[y, :2] + spread * rng.standard_normal((n, 2))
    colour = (rng.random((n, 1)) > SHARES[y].cumsum(1)).sum(1)
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical(np.array(COLOURS)[colour], categories=COLOURS),
            "size": numbers[:, 0],
            "round": pd.Categorical(rng.random(n) < SHARES[y, 0]),
            "weight": numbers[:, 1],
        }
    )
    frame.loc[rng.choice(n, missing, replace=False), "colour"] = None
    return frame, y


def gaussian(n_components=None, **own):
    """A mixture without a flow, which EM alone fits."""
    return ESTIMATORS["FlowGMM"](n_components, n_layers=0, random_state=0, **own)


def with_levels(rows):
    """All rows that there are with the numbers of some, side by side: ``(levels, n)``."""
    return [
        rows.assign(
            colour=pd.Categorical([colour] * len(rows), categories=COLOURS),
            round=pd.Categorical([is_round] * len(rows), categories=[False, True]),
        )
        for colour, is_round in itertools.product(COLOURS, (False, True))
    ]


@every_estimator
@pytest.mark.parametrize("n_components", [1, 3])
def test_levels_sum_to_the_density_of_the_numbers(estimator, n_components):
    frame, _ = table()
    model = estimator(n_components, **QUICK).fit(frame)
    rows = frame[:20]
    total = np.logaddexp.reduce([model.score_samples(each) for each in with_levels(rows)])
    nothing = rows.assign(colour=None, round=None)
    np.testing.assert_allclose(model.score_samples(nothing), total, rtol=1e-8, atol=1e-8)


@every_estimator
@pytest.mark.parametrize("n_components", [1, 3])
def test_samples_are_tables_like_that_of_the_fit(estimator, n_components):
    frame, _ = table()
    model = estimator(n_components, **QUICK).fit(frame)
    drawn, _ = model.sample(2000, random_state=0, as_frame=True)
    assert drawn.dtypes.to_dict() == frame.dtypes.to_dict()
    assert list(drawn) == list(frame)
    for column in ("colour", "round"):
        expected = frame[column].value_counts(normalize=True, sort=False)
        found = drawn[column].value_counts(normalize=True, sort=False)
        assert (found - expected).abs().max() < 0.15
    assert np.isfinite(model.score_samples(drawn)).all()
    rows, components = model.sample(5, random_state=0)
    again, names = model.sample(5, random_state=0, as_frame=True)
    assert rows.tolist() == again.to_numpy(dtype=object).tolist()
    np.testing.assert_array_equal(components, names)


@every_estimator
def test_views_of_a_model(estimator):
    frame, y = table()
    model = estimator(3, **QUICK).fit(frame)
    assert model.n_features_in_ == 4
    assert model.feature_names_in_.tolist() == list(frame)
    np.testing.assert_allclose(model.predict_proba(frame).sum(1), 1)
    np.testing.assert_array_equal(model.predict(frame), model.labels_)
    assert adjusted_rand_score(y, model.labels_) > 0.9
    latents = model.transform(frame)
    assert latents.shape == (240, 2)
    assert len(model.get_feature_names_out()) == 2
    back = model.inverse_transform(latents, model.predict(frame))
    np.testing.assert_allclose(back[:, [1, 3]].astype(float), frame[["size", "weight"]])
    assert set(back[:, 0]) <= set(COLOURS)
    assert model.component_means_.shape == (3, 2)
    assert np.isfinite([model.bic(frame), model.aic(frame), model.icl(frame)]).all()
    assert np.isfinite(model.score_samples(frame, mass=True)).all()
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.score_samples(frame), model.score_samples(frame))


@every_estimator
def test_frames_arrays_and_lists_say_the_same(estimator):
    frame, _ = table(60, missing=3)
    values = frame.to_numpy(dtype=object)
    model = estimator(2, **QUICK)
    expected = model.fit(frame).score_samples(frame)
    codes = frame.assign(**{name: frame[name].cat.codes for name in ("colour", "round")})
    codes = codes.astype(float).replace(-1, np.nan)
    mask = [True, False, True, False]
    for rows, categories in (
        (values, [0, 2]),
        (values.tolist(), mask),
        (frame.astype({"colour": object, "round": object}), ["colour", "round"]),
        (pl.from_pandas(frame.astype({"round": str}).astype({"round": "category"})), "from_dtype"),
    ):
        own = clone(model).set_params(categorical_features=categories).fit(rows)
        np.testing.assert_allclose(own.score_samples(rows), expected, rtol=1e-6)
    own = clone(model).set_params(categorical_features=mask).fit(codes.to_numpy())
    drawn, _ = own.sample(5)
    assert drawn.dtype == np.float64


@every_estimator
@may_empty_components
def test_no_order_of_columns_or_levels_matters(estimator):
    frame, _ = table(90)
    model = estimator(2, n_layers=0, max_iter=0, init_params="kmeans", random_state=0)
    expected = model.fit(frame).score_samples(frame)
    renamed = {"red": "2", "green": "3", "blue": "1"}
    other = frame[["round", "size", "colour", "weight"]].assign(
        colour=frame["colour"].cat.rename_categories(renamed)
    )
    np.testing.assert_allclose(model.fit(other).score_samples(other), expected, rtol=1e-5)


def test_groups_that_differ_in_categories_only_are_found():
    rng = np.random.default_rng(0)
    n, y = 300, np.arange(300) % 2
    noise = rng.random((n, 4)) < 0.1
    categories = pd.DataFrame(np.where(y[:, None] ^ noise, "yes", "no")).astype("category")
    frame = pd.concat([categories, pd.Series(rng.standard_normal(n))], axis=1)
    frame.columns = list("abcde")
    assert adjusted_rand_score(y, gaussian(2).fit_predict(frame)) > 0.8


def test_levels_that_have_nothing_to_do_with_groups_are_no_groups():
    rng = np.random.default_rng(0)
    y = np.arange(300) % 3
    frame = pd.DataFrame({"x": 6 * y + rng.standard_normal(300)})
    frame["noise"] = pd.Categorical(rng.integers(0, 3, 300))
    model = gaussian("auto", max_components=4).fit(frame)
    assert model.n_components_ == 3
    assert adjusted_rand_score(y, model.labels_) > 0.95
    starts = model.starts_
    assert set(starts["n_components"]) == {1, 2, 3, 4}
    assert starts["n_components"][starts["selection_score"].argmax()] == 3


def test_several_modes_tell_what_categories_say_of_numbers():
    frame, _ = table(600)
    held = table(600, seed=1)[0]
    one = gaussian(components_per_class=1).fit(frame)
    several = gaussian().fit(frame)
    assert len(one.weights_) == 1
    assert len(several.weights_) > 1
    assert several.score(held) > one.score(held) + 0.5


def test_independent_columns_lose_nothing_by_several_modes():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.standard_normal(2000)})
    frame["of"] = pd.Categorical(rng.integers(0, 3, 2000))
    shown, held = frame[:1000], frame[1000:]
    one = gaussian(components_per_class=1).fit(shown).score(held)
    assert gaussian().fit(shown).score(held) > one - 0.02


def test_em_does_not_lower_the_likelihood():
    frame, _ = table(120)
    starts = {"n_components": 3, "early_stopping": False, "tol": 1e-12, "n_iter_no_change": 99}
    model = gaussian(**starts, max_iter=10, defensive_weight=0, init_params="kmeans").fit(frame)
    scores = np.concatenate([[model.start_score_], model.validation_scores_])
    assert np.diff(scores).min() > -0.01  # of which the start, and a row of prior, may take some
    assert scores[-1] >= scores[0]


@every_estimator
def test_a_few_labels_teach_categories_too(estimator):
    rng = np.random.default_rng(0)
    n, y = 300, np.arange(300) % 2
    frame = pd.DataFrame({"x": rng.standard_normal(n)})
    for name in "abc":
        frame[name] = pd.Categorical(np.where(y ^ (rng.random(n) < 0.1), "yes", "no"))
    model = estimator(**QUICK).fit(frame, hide(y, 15))
    assert model.score(frame, y) > 0.9


@every_estimator
def test_categories_of_all_kinds_are_fitted(estimator):
    rng = np.random.default_rng(0)
    n = 600
    frame = pd.DataFrame(
        {
            "x": rng.standard_normal(n),
            "many": pd.Categorical(np.arange(n) % 500),
            "unused": pd.Categorical(["a"] * n, categories=["a", "never"]),
            "once": pd.Categorical(["rare"] + ["usual"] * (n - 1)),
            "cut": pd.cut(rng.random(n), 4),
        }
    )
    model = estimator(2, **QUICK).fit(frame)
    assert np.isfinite(model.score_samples(frame)).all()
    drawn, _ = model.sample(10, as_frame=True)
    assert drawn.dtypes.to_dict() == frame.dtypes.to_dict()
    other = frame.assign(unused=pd.Categorical(["never"] * n, categories=["a", "never"]))
    missing = frame.assign(unused=None)
    np.testing.assert_allclose(model.score_samples(other), model.score_samples(missing))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda frame: frame.assign(colour=1), "'colour' holds numbers"),
        (lambda frame: frame.assign(size="a"), "size"),
        (lambda frame: frame[["size", "colour", "round", "weight"]], "order"),
        (lambda frame: frame.drop(columns="round"), "round"),
        (lambda frame: frame.to_numpy(dtype=object)[:, :3], "3 features"),
        (lambda frame: frame.assign(round=pd.Series([1, "x"] * 30, dtype=object)), "'round'"),
    ],
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_tables_unlike_that_of_the_fit_are_refused(change, says):
    frame, _ = table(60)
    model = gaussian(2, max_iter=0).fit(frame)
    with pytest.raises(ValueError, match=says):
        model.predict(change(frame))


def test_types_of_the_fit_need_not_come_again():
    frame, _ = table(60)
    model = gaussian(2, max_iter=0).fit(frame)
    plain = frame.astype({"colour": object, "round": object})
    np.testing.assert_array_equal(model.score_samples(plain), model.score_samples(frame))


def test_what_cannot_be_fitted_is_named():
    frame, _ = table(60)
    with pytest.raises(ValueError, match="All columns are categories"):
        gaussian().fit(frame[["colour", "round"]])
    mixed = frame.assign(mixed=pd.Categorical([1, "a"] * 30))
    with pytest.raises(ValueError, match="'mixed'"):
        gaussian().fit(mixed)
    with pytest.raises(ValueError, match="means_init"):
        gaussian(2, means_init=np.zeros((2, 2))).fit(frame)
    with pytest.raises(ValueError, match="colour"):
        gaussian(categorical_features=None).fit(frame)


@pytest.mark.parametrize(
    "level",
    [b"a", (1, "a"), Decimal(3), 2**70, date(2020, 1, 1), pd.Timestamp(0), True, np.int8(1)],
)
def test_whatever_can_be_told_apart_is_a_level(level):
    frame, _ = table(60)
    objects = np.empty(60, dtype=object)
    objects[::2] = [level] * 30
    model = gaussian(2, max_iter=0, categorical_features=["colour", "round", "any"])
    model.fit(frame.assign(any=objects))
    drawn, _ = model.sample(5, as_frame=True)
    assert set(drawn["any"]) == {level}


@pytest.mark.parametrize("value", [[1], {"a": 1}, np.zeros(2), np.inf, -np.inf, Decimal("inf")])
def test_values_that_cannot_be_levels_are_refused(value):
    frame, _ = table(60)
    objects = np.empty(60, dtype=object)
    objects[3] = value
    model = gaussian(2, max_iter=0, categorical_features=["colour", "round", "any"])
    with pytest.raises(ValueError, match="'any' of categories holds"):
        model.fit(frame.assign(any=objects))


def test_weights_count_as_rows():
    frame, _ = table(60)
    weights = np.arange(60) % 3
    twice = frame.loc[np.repeat(np.arange(60), weights)]
    model = gaussian(2, max_iter=0, init_params="kmeans")
    by_weight = model.fit(frame, sample_weight=weights).score_samples(frame)
    np.testing.assert_allclose(by_weight, model.fit(twice).score_samples(frame), rtol=1e-5)


def test_a_fit_goes_on_with_the_same_categories_only():
    frame, _ = table(120)
    model = ESTIMATORS["FlowGMM"](2, **QUICK, warm_start=True).fit(frame)
    before = model.score(frame)
    assert model.fit(frame).score(frame) > before - 0.5
    other = frame.assign(colour=frame["colour"].cat.rename_categories({"red": "pink"}))
    with pytest.raises(ValueError, match="same levels"):
        model.fit(other)


def test_pipelines_hand_frames_on():
    frame, _ = table(60)
    model = make_pipeline(FunctionTransformer(), gaussian(2, max_iter=0)).fit(frame)
    assert model.predict(frame).shape == (60,)


def test_complete_tables_of_numbers_do_not_know_of_categories():
    frame, _ = table(60)
    numbers = frame[["size", "weight"]]
    model = gaussian(2, max_iter=0)
    expected = model.fit(numbers.to_numpy()).score_samples(numbers.to_numpy())
    np.testing.assert_array_equal(model.fit(numbers).score_samples(numbers), expected)


def with_gaps(seed=0):
    """A table in which numbers and categories are missing, beside the whole one."""
    whole, y = table(240, seed, missing=0)
    frame, rng = whole.copy(), np.random.default_rng(seed)
    for column in frame:
        frame.loc[rng.choice(240, 40, replace=False), column] = None
    return frame, whole, y


@every_estimator
@pytest.mark.parametrize("n_components", [1, 3])
@pytest.mark.parametrize("n_layers", [0, 2])
def test_numbers_and_categories_may_be_missing_together(estimator, n_components, n_layers):
    frame, _, _ = with_gaps()
    model = estimator(n_components, **QUICK | {"n_layers": n_layers}).fit(frame)
    assert np.isfinite(model.score_samples(frame)).all()
    rows = frame[:20]
    total = np.logaddexp.reduce([model.score_samples(each) for each in with_levels(rows)])
    nothing = rows.assign(colour=None, round=None)
    tolerance = 1e-8 if n_layers == 0 else 0.2  # where flows are integrated by chance
    np.testing.assert_allclose(model.score_samples(nothing), total, atol=tolerance)
    np.testing.assert_allclose(model.predict_proba(frame).sum(1), 1)
    assert model.transform(frame).shape == (240, 2)
    np.testing.assert_array_equal(model.predict(frame), model.labels_)


def test_gaussians_of_rows_with_gaps_integrate_exactly():
    frame, _, _ = with_gaps()
    model = gaussian(3).fit(frame)
    row = frame.dropna()[:1]
    grid = np.linspace(-40, 44, 8401)  # as far as the tails of the guard reach
    rows = row.loc[row.index.repeat(len(grid))].assign(size=grid)
    total = np.exp(model.score_samples(rows)).sum() * (grid[1] - grid[0])
    assert np.exp(model.score_samples(row.assign(size=None)))[0] == pytest.approx(total, rel=1e-4)


@every_estimator
def test_the_rest_of_a_row_is_drawn_given_its_categories(estimator):
    frame, whole, _ = with_gaps()
    model = estimator(3, **QUICK).fit(frame)
    given = whole[:1].assign(size=None, round=None)
    drawn, _ = model.sample(500, random_state=0, as_frame=True, given=given)
    assert (drawn["colour"] == given["colour"].iloc[0]).all()
    np.testing.assert_allclose(drawn["weight"], given["weight"].iloc[0])
    assert drawn.notna().all(axis=None)
    assert drawn["round"].nunique() == 2


def test_levels_that_the_fit_did_not_have_are_missing_in_scores_and_refused_in_draws():
    frame, _ = table(60)
    model = gaussian(2, max_iter=0).fit(frame)
    other = frame[:2].assign(colour=["red", "violet"])
    missing = frame[:2].assign(colour=["red", None])
    np.testing.assert_array_equal(model.score_samples(other), model.score_samples(missing))
    with pytest.raises(ValueError, match="'colour' holds 'violet', which was not in the rows"):
        model.sample(given=other)
    assert len(model.sample(given=missing)[0]) == 2
    with pytest.raises(ValueError, match="given must be rows of all columns of the fit"):
        model.sample(given={"colour": "red"})


@pytest.mark.parametrize(
    ("empty", "says"),
    [
        ([], "Expected 2D array"),
        ([[]], "0 feature|1 sample"),
        (np.empty((0, 4)), "0 sample"),
        (table(60)[0][:0], "0 sample"),
    ],
)
def test_empty_tables_are_refused_as_scikit_learn_does(empty, says):
    frame, _ = table(60)
    model = gaussian(2, max_iter=0, categorical_features=[0, 2])
    with pytest.raises(ValueError, match=says):
        model.fit(empty)
    with pytest.raises(ValueError, match=says):
        model.fit(frame).predict(empty)


@every_estimator
def test_conditional_densities_of_categories_sum_to_one(estimator):
    frame, whole, _ = with_gaps()
    model = estimator(3, **QUICK).fit(frame)
    given = ["size", "weight"]
    logs = [model.conditional_log_prob(each, given) for each in with_levels(whole[:10])]
    np.testing.assert_allclose(np.exp(logs).sum(0), 1)


def test_labels_with_gaps():
    frame, _, y = with_gaps()
    model = ESTIMATORS["FlowGMM"](**QUICK).fit(frame, hide(y, 10))
    assert model.score(frame, y) > 0.7
