"""Input that cannot be used is refused in words; all other input gives finite results."""

import warnings
from contextlib import nullcontext

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning

from skflowmix.data.dequantising import LEAST_WIDTH
from tests.estimators import (
    ESTIMATORS,
    QUICK,
    blobs,
    every_estimator,
    hide,
    in_turn,
    may_empty_components,
)

X, Y = blobs(60)


def with_value(value):
    """X with one entry replaced."""
    changed = X.copy()
    changed[3, 1] = value
    return changed


REFUSED = {
    "a column of NaN": (X * [1, np.nan], None, r"columns \[1\] have no value"),
    "infinity": (with_value(np.inf), None, "infinity"),
    "strings": (np.array([["a", "b"], ["c", "d"]]), None, "could not convert"),
    "no rows": (np.empty((0, 2)), None, "0 sample"),
    "no columns": (np.empty((9, 0)), None, "0 feature"),
    "one row": (X[:1], None, "minimum of 2"),
    "one dimension": (X[:, 0], None, "Reshape your data"),
    "short y": (X, Y[:-1], "59 labels for 60 rows"),
    "y of two columns": (X, np.c_[Y, Y], "should be a 1d array"),
    "infinity in y": (X, np.where(Y, Y, np.inf), "mark unlabelled rows by -1"),
    "string -1 in y": (X, np.where(Y, "a", "-1"), "use None or the int -1"),
    "y of fractions": (X, Y + 0.5, "[Uu]nknown label type"),
    "mixed types in y": (X, np.array([1, "a"] * 30, dtype=object), "one type"),
}


@every_estimator
@pytest.mark.parametrize("case", REFUSED)
def test_unusable_input_is_refused_in_words(estimator, case):
    rows, labels, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        estimator(**QUICK).fit(rows, labels)


DAYS = pd.date_range("2020-01-01", periods=60)
TIMES = {
    "days": DAYS,
    "zone": DAYS.tz_localize("UTC"),
    "durations": DAYS - DAYS[0],
}


@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_columns_of_times_are_refused_by_their_names(times, make):
    for columns in ({"x": X[:, 0], "when": times}, {"when": times}):
        with pytest.raises(ValueError, match=r"columns \['when'\] hold times"):
            ESTIMATORS["FlowGMM"](**QUICK).fit(make(columns))


@every_estimator
def test_sparse_input_is_refused_as_scikit_learn_does(estimator):
    sparse = scipy.sparse.csr_array(X)
    for categorical_features in (None, [1]):
        with pytest.raises(TypeError, match="dense"):
            estimator(**QUICK, categorical_features=categorical_features).fit(sparse)


BAD_PARAMETERS = {
    "n_components": [0, 2.5, "three"],
    "max_components": [0, 2.5, "auto"],
    "components_per_class": [0, "some"],
    "flow": ["glow"],
    "n_layers": [-1],
    "hidden_layer_sizes": [0, "wide"],
    "activation": ["swish"],
    "init_params": ["best"],
    "weights_init": ["equal", 0.5],
    "means_init": ["far", 0.5],
    "precisions_init": ["high", 0.5],
    "bounds": ["wide", 0.5],
    "categorical_features": ["all", 0.5],
    "n_init": [0],
    "n_estimators": [0, "many"],
    "max_iter": [-1, "enough"],
    "subsample": [1, 0.5],
    "batch_size": [0, "big"],
    "learning_rate_init": [0.0, "fast"],
    "weight_decay": [-1.0],
    "reg_covar": [-1e-6],
    "defensive_weight": [-0.1, 1.0],
    "tol": [-1.0],
    "early_stopping": ["yes"],
    "validation_fraction": [0.0, 1.0],
    "n_iter_no_change": [0],
    "class_prior": ["equal", 0.5],
    "warm_start": ["yes"],
    "random_state": ["seed"],
    "device": [3],
    "covariance_type": ["none"],
    "verbose": [-1, "much"],
    "verbose_interval": [0, 2.5],
}
OF_ONE = {"components_per_class"}
"""Parameters of `FlowGMM` alone."""


@every_estimator
def test_every_parameter_is_validated(estimator):
    names = set(estimator().get_params())
    assert names | OF_ONE == set(BAD_PARAMETERS)
    for name in names:
        for value in BAD_PARAMETERS[name]:
            with pytest.raises(
                ValueError, match=f"The '{name}' parameter of {estimator.__name__}"
            ):
                estimator(**{**QUICK, name: value}).fit(X)


@every_estimator
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": 61}, "61 components are more than the 60 rows"),
        ({"device": "nowhere"}, "device='nowhere'"),
        ({"hidden_layer_sizes": (8, 0)}, "hidden_layer_sizes"),
        ({"hidden_layer_sizes": (8, 1.5)}, "hidden_layer_sizes"),
        ({"init_params": np.ones((59, 2))}, r"shape \(59, 2\)"),
        ({"init_params": -np.ones((60, 2))}, "finite responsibilities"),
        ({"init_params": np.zeros((60, 2))}, "positive one in every row"),
    ],
)
def test_parameters_that_do_not_fit_the_data_are_refused(estimator, parameters, message):
    with pytest.raises(ValueError, match=message):
        estimator(**{**QUICK, **parameters}).fit(X)


@every_estimator
def test_weights_are_checked(estimator):
    for weights, message in [
        (-np.ones(60), "[Nn]egative"),
        (np.zeros(60), "sample_weight must be above zero"),
        (np.eye(60)[0], "two rows or more"),
        (np.ones(59), "shape"),
        (np.full(60, np.nan), "NaN"),
    ]:
        with pytest.raises(ValueError, match=message):
            estimator(3, **QUICK).fit(X, sample_weight=weights)


WEIGHTS = {
    "huge": np.full(60, 1e308),
    "tiny": np.full(60, 5e-324),
    "one huge": np.where(np.arange(60) == 7, 1e300, 1.0),
    "one tiny": np.where(np.arange(60) == 7, 1e-300, 1.0),
    "all sizes": 10.0 ** np.linspace(-320, 308, 60),
}


@may_empty_components
@in_turn(case=WEIGHTS, labelled=[False, True])
def test_weights_of_any_size_work(estimator, case, labelled):
    labels = hide(Y, 3) if labelled else None
    model = estimator(3, **QUICK).fit(X, labels, sample_weight=WEIGHTS[case])
    assert_finite(model, X)
    if WEIGHTS[case].min() == WEIGHTS[case].max():
        plain = estimator(3, **QUICK).fit(X, labels)
        np.testing.assert_allclose(plain.score_samples(X), model.score_samples(X))


EXTREME = {
    "a wild step": {"learning_rate_init": 1e300},
    "a step of 1 in one column": {"learning_rate_init": 1.0, "flow": "autoregressive_spline"},
    "a wild decay": {"weight_decay": 1e300},
    "no regularisation": {"reg_covar": 0.0},
    "hardly any regularisation": {"reg_covar": 1e-300},
    "too much regularisation": {"reg_covar": 1e6},
}


@may_empty_components
@pytest.mark.filterwarnings("ignore:The loss was not finite:sklearn.exceptions.ConvergenceWarning")
@in_turn(case=EXTREME, d=[1, 2])
def test_extreme_parameters_leave_a_model_that_is_sound(estimator, case, d):
    model = estimator(2, **{**QUICK, **EXTREME[case]}).fit(X[:, :d])
    assert_finite(model, X[:, :d], has_failed="wild" in case)
    far = np.array([[1e300] * d, [-1e30] * d])
    assert np.isfinite(model.score_samples(far)).all()


@every_estimator
def test_an_epoch_that_failed_scores_minus_infinity(estimator):
    model = estimator(2, **{**QUICK, "max_iter": 4, "weight_decay": 1e300})
    with pytest.warns(ConvergenceWarning, match="not finite"):
        model.fit(X)
    assert (model.validation_scores_ == -np.inf).any()
    assert not np.isnan(model.validation_scores_).any()
    assert np.isfinite(model.lower_bound_)


@every_estimator
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_rows_of_hardly_any_weight_are_labelled_as_they_are_predicted(estimator):
    rows = np.r_[X, 1e40 * X[:9]]
    weights = np.r_[np.ones(60), np.full(9, 1e-300)]
    model = estimator(3, **QUICK).fit(rows, sample_weight=weights)
    np.testing.assert_array_equal(model.predict(rows), model.labels_)
    near = model.score_samples(X).mean()
    assert near == pytest.approx(estimator(3, **QUICK).fit(X).score(X), abs=1)


@every_estimator
@may_empty_components
def test_several_starts_are_compared_by_numbers_of_any_size(estimator):
    model = estimator(2, **QUICK, n_init=2).fit(np.round(9 * X) * 5e-324)
    assert np.isfinite(model.starts_["trained_score"][model.starts_["trained"]]).all()
    assert_finite(model, np.round(9 * X) * 5e-324)


@every_estimator
def test_groups_two_milliseconds_apart_are_found_in_times_in_nanoseconds(estimator):
    times = 1.7e18 + 2e6 * (np.arange(200) % 2) + 256.0 * np.arange(200)
    model = estimator(2, **{**QUICK, "max_iter": 0}).fit(times[:, None])
    assert len(set(zip(model.labels_.tolist(), np.arange(200) % 2, strict=True))) == 2
    drawn = model.sample(50, random_state=0)[0]
    assert len(np.unique(drawn)) > 40
    back = model.inverse_transform(model.transform(times[:, None]), model.labels_)[:, 0]
    assert (np.abs(back - times) <= 256).all()


@every_estimator
def test_another_number_of_columns_is_refused(estimator):
    model = estimator(3, **QUICK).fit(X)
    for method in (model.predict, model.score_samples, model.transform):
        with pytest.raises(ValueError, match="3 features, but"):
            method(np.c_[X, X[:, 0]])


RNG = np.random.default_rng(0)
UNUSUAL = {
    "constant column": np.c_[X, np.full(60, 7.0)],
    "column of zeros": np.c_[X, np.zeros(60)],
    "duplicated column": np.c_[X, X[:, 0]],
    "all rows equal": np.tile([1.0, -2.0], (60, 1)),
    "all zero": np.zeros((60, 2)),
    "few distinct rows": np.repeat(X[:2], 30, axis=0),
    "huge": X * 1e20,
    "huge and constant": np.c_[X, np.full(60, 1e20)],
    "tiny": X * 1e-20,
    "extreme": np.c_[X[:, 0] * 1e200, X[:, 1] * 1e-200],
    "far from zero": X + 1e9,
    "heavy tails": RNG.standard_cauchy((60, 2)),
    "one wild row": np.r_[X, [[1e15, -1e15]]],
    "integers": (10 * X).astype(int),
    "booleans": X > 0,
    "float32": X.astype(np.float32),
    "Fortran order": np.asfortranarray(X),
    "list": X.tolist(),
    "strides": np.repeat(X, 2, axis=0)[::-2],
    "one column": X[:, :1],
    "wide": RNG.standard_normal((10, 30)),
    "five rows": X[:5],
    "two rows": X[:2],
    "the whole range": np.where(np.arange(120).reshape(60, 2) % 7 < 3, -1.7e308, X * 1e300),
    "the least numbers": np.round(X) * 5e-324,
    "least normal numbers": X * 1e-308,
    "nanoseconds": np.c_[1.7e18 + 2e6 * Y[:, None], X[:, 0]] + 256.0 * RNG.integers(0, 9, (60, 2)),
    "mostly zero": np.where(RNG.uniform(size=(60, 1)) < 0.6, 0.0, X),
    "a spike at random": np.c_[X, np.where(RNG.uniform(size=60) < 0.6, 0.3, X[:, 0])],
}
IN_STEPS = {
    "constant column",
    "column of zeros",
    "all rows equal",
    "all zero",
    "few distinct rows",
    "huge and constant",
    "booleans",
    "mostly zero",
    "a spike at random",
}
"""Those with columns of which noise is told."""


def assert_finite(model, rows, *, has_failed=False):
    """Every answer of a fitted model is finite, and probabilities are."""
    assert np.isfinite(model.score_samples(rows)).all()
    assert np.isfinite(model.transform(rows)).all()
    proba = model.predict_proba(rows)
    np.testing.assert_allclose(proba.sum(1), 1)
    assert np.isfinite(model.sample(10, random_state=0)[0]).all()
    assert np.isfinite([model.lower_bound_, *model.weights_]).all()
    assert has_failed or np.isfinite(model.validation_scores_).all()


@may_empty_components
@in_turn(case=UNUSUAL, k=[1, 2])
def test_unusual_input_gives_finite_results_and_no_other_warning(estimator, case, k):
    rows = UNUSUAL[case]
    told = pytest.warns(UserWarning, match="few distinct") if case in IN_STEPS else nullcontext()
    with told as warned:
        model = estimator(k, **QUICK).fit(rows)
    assert case not in IN_STEPS or sum("few distinct" in str(w.message) for w in warned) == 1
    assert_finite(model, rows)


@every_estimator
def test_more_columns_than_a_covariance_has_rows_for(estimator):
    rows = np.random.default_rng(0).standard_normal((300, 200))
    assert_finite(estimator(**QUICK).fit(rows), rows)


@every_estimator
@pytest.mark.parametrize("n_components", [1, 3])
def test_heavy_tails_are_scored_no_lower_than_the_start_allows(estimator, n_components):
    rows = np.random.default_rng(0).standard_cauchy((400, 3))
    quick = {**QUICK, "n_estimators": 1, "max_iter": 20, "init_params": "kmeans"}
    trained = estimator(n_components, **quick).fit(rows[:200])
    start = estimator(n_components, **{**quick, "max_iter": 0}).fit(rows[:200])
    assert_finite(trained, rows)
    loss = start.score_samples(rows[200:]) - trained.score_samples(rows[200:])
    assert np.median(loss) < -np.log(trained.defensive_weight)


@every_estimator
def test_a_spike_is_modelled_as_wide_as_its_noise_and_no_narrower(estimator):
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((400, 2))
    rows[:300, 0] = 0.0
    with pytest.warns(UserWarning, match=r"columns \[0\] hold few distinct"):
        model = estimator(n_estimators=1, max_iter=40, random_state=0).fit(rows)
    highest = np.log(1 / (LEAST_WIDTH * rows[:, 0].std())) - np.log(2 * np.pi) / 2
    assert model.score_samples(rows).max() < highest + 2


@every_estimator
def test_columns_in_steps_are_named(estimator):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "kind": np.arange(60) % 2})
    with pytest.warns(UserWarning, match="columns \\['kind'\\] hold few distinct"):
        estimator(**QUICK).fit(frame)


@pytest.fixture
def torch_warns_always():
    """Warnings that torch gives once in a process."""
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(False)


def read_only(values):
    own = np.array(values)
    own.flags.writeable = False
    return own


@every_estimator
def test_read_only_input_works(estimator, torch_warns_always):
    rows, labels, weights = map(read_only, (X, hide(Y, 5), np.ones(60)))
    model = estimator(3, **QUICK).fit(rows, labels, sample_weight=weights)
    assert_finite(model, rows)
    assert np.isfinite(model.score(rows, labels, sample_weight=weights))
    assert np.isfinite(model.inverse_transform(rows)).all()
    assert np.isfinite(model.inverse_transform(rows, read_only(model.predict(rows)))).all()
    start = {"init_params": read_only(np.eye(3)[Y])}
    assert_finite(estimator(3, **QUICK | start).fit(rows), rows)


@in_turn(size=[1e3, 1e20, 1e300, -1e300], defensive_weight=[0.0, 0.01])
def test_rows_far_from_anything_are_scored(estimator, size, defensive_weight):
    model = estimator(2, **QUICK, defensive_weight=defensive_weight).fit(X)
    far = np.array([[size, 0.0], [size, size]])
    assert np.isfinite(model.score_samples(far)).all()
    np.testing.assert_allclose(model.predict_proba(far).sum(1), 1)


UNUSUAL_LABELS = {
    "none labelled": np.full(60, -1),
    "all labelled": Y,
    "one class": np.where(Y == 0, 0, -1),
    "a class with one row": np.where(np.arange(60) == 4, 9, hide(Y, 5)),
    "booleans": Y > 0,
    "not consecutive": np.where(hide(Y, 5) < 0, -1, 10 * Y - 7),
    "floats": hide(Y, 5).astype(float),
    "strings": np.array(["a", "b", "c"])[Y],
    "strings with int -1": np.array(
        [-1 if label < 0 else "abc"[label] for label in hide(Y, 5)], dtype=object
    ),
    "list": hide(Y, 5).tolist(),
    "unsigned": Y.astype(np.uint8),
    "below the mark": np.where(hide(Y, 5) < 0, -1, Y - 5),
    "the last number of 64 bits": np.where(Y, Y, 2**63 - 1),
    "the last unsigned number": np.array([2**64 - 1, 1, 2], dtype=np.uint64)[Y],
    "the last numbers of their type": np.array([0, 254, 255], dtype=np.uint8)[Y],
    "more than floats count to": np.array([0, 1, 2**53], dtype=float)[Y],
}


@in_turn(case=UNUSUAL_LABELS, n_components=[None, 1, 5])
def test_unusual_labels_work_and_the_mark_is_no_class(estimator, case, n_components):
    labels = UNUSUAL_LABELS[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = estimator(n_components, **QUICK).fit(X, labels)
    assert_finite(model, X)
    known = {label for label in np.asarray(labels).tolist() if label != -1}
    assert known <= set(model.classes_.tolist())
    assert len(model.classes_) == max(len(known), n_components or 1)
    assert -1 not in model.classes_.tolist()
    assert len(set(model.classes_.tolist())) == len(model.classes_)


@may_empty_components
@pytest.mark.filterwarnings("ignore:The only class in y is 1:UserWarning")
@given(
    st.sampled_from(sorted(ESTIMATORS)),
    st.integers(2, 40),
    st.integers(1, 6),
    st.integers(1, 4),
    st.floats(-30, 30),
    st.integers(0, 2**20),
)
def test_any_size_and_scale_gives_finite_results(name, n, d, k, log_scale, seed):
    rng = np.random.default_rng(seed)
    rows = rng.standard_t(2, (n, d)) * 10.0**log_scale
    labels = rng.integers(-1, 2, n)
    model = ESTIMATORS[name](min(k, n), **QUICK)
    if len(set(labels) - {-1}) <= n:
        assert_finite(model.fit(rows, labels), rows)


@every_estimator
def test_a_component_without_rows_is_told(estimator):
    start = np.eye(4)[Y]  # nothing for the fourth
    model = estimator(init_params=start, max_iter=0)
    with pytest.warns(ConvergenceWarning, match=r"components \[3\]"):
        model.fit(X)
    assert model.weights_[3] < 0.01
    assert set(model.labels_) == {0, 1, 2}
