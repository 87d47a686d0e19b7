"""Columns are standardised at any size, and narrow directions found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.scaling import NARROW, Scaling, stretch_of


@given(st.integers(2, 50), st.integers(1, 4), st.floats(-200, 200), st.integers(0, 2**20))
def test_scaling_standardises_at_any_size_and_undoes_itself(n, d, log_size, seed):
    rng = np.random.default_rng(seed)
    X = (rng.standard_normal((n, d)) + 3) * 10.0**log_size
    weights = rng.uniform(0.1, 2, n)
    scaling = Scaling.of(X, weights)
    Z = scaling.apply(X)
    np.testing.assert_allclose(np.average(Z, axis=0, weights=weights), 0, atol=1e-9)
    np.testing.assert_allclose(np.average(Z**2, axis=0, weights=weights), 1)
    np.testing.assert_allclose(scaling.undo(Z), X)
    assert scaling.log_det == pytest.approx(-np.log(scaling.spread).sum())


@given(st.integers(2, 5), st.floats(-2, 0), st.integers(0, 2**20))
def test_no_direction_is_narrow_once_it_is_stretched(d, log_width, seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((200, d))
    X[:, 0] = X[:, 1:].sum(1) + 10**log_width * X[:, 0]
    weights = rng.uniform(0.5, 1.5, 200)
    Z = Scaling.of(X, weights).apply(X)
    stretch = stretch_of(Z, weights, 1e-6)
    covariance = np.cov(Z.T, aweights=weights, ddof=0)
    if stretch is None:
        assert np.linalg.eigvalsh(covariance).min() >= NARROW * 0.99
        return
    np.testing.assert_allclose(stretch, stretch.T)
    wide = stretch @ covariance @ stretch
    assert np.linalg.eigvalsh(wide).min() >= NARROW * 0.99
    before = np.linalg.eigvalsh(covariance)
    kept = np.linalg.eigvalsh(wide)[-(before > NARROW).sum() :]
    np.testing.assert_allclose(kept, before[before > NARROW])  # what was wide stays


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=30),
    st.integers(0, 2**20),
)
def test_any_finite_column_is_scaled_and_comes_back_as_exactly_as_its_largest_value(values, seed):
    column = np.array(values)[:, None]
    weights = np.random.default_rng(seed).uniform(0.1, 2, len(column))
    scaling = Scaling.of(column, weights)
    Z = scaling.apply(column)
    assert np.isfinite(Z).all()
    assert np.isfinite(scaling.log_det)
    assert np.abs(np.average(Z[:, 0], weights=weights)) < 1 + 1e-9
    step = np.abs(column).max() * np.finfo(float).eps + 5e-324
    assert (np.abs(scaling.undo(Z) / 4 - column / 4) <= step).all()


@pytest.mark.parametrize("step", [256.0, 2e6])
def test_times_in_nanoseconds_are_told_apart_and_not_moved(step):
    rng = np.random.default_rng(0)
    column = 1.7e18 + step * rng.integers(0, 5, 200)[:, None]
    scaling = Scaling.of(column, np.ones(200))
    Z = scaling.apply(column)
    assert Z.std() == pytest.approx(1)
    assert Z.mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(scaling.undo(Z), column)


@pytest.mark.parametrize("value", [0.0, 5e-324, -7.0, 1.7e18, 1.7e308])
def test_a_constant_column_is_scaled_by_its_size(value):
    scaling = Scaling.of(np.full((9, 1), value), np.ones(9))
    assert scaling.center == value
    assert scaling.spread == (abs(value) or 1.0)
    assert scaling.apply(np.full((9, 1), value)).tolist() == [[0.0]] * 9


@pytest.mark.parametrize("ratio", [1e-10, 1e-30, 1e-300])
def test_rows_of_hardly_any_weight_do_not_make_a_column_narrow(ratio):
    column = np.r_[1e20, np.random.default_rng(0).standard_normal(50)][:, None]
    scaling = Scaling.of(column, np.r_[ratio * 1e-50, np.ones(50)])
    assert scaling.spread == pytest.approx(column[1:].std())
    heavy = Scaling.of(column[:3], np.r_[ratio, ratio, 1e-30 + ratio])
    assert heavy.spread > 0
    assert np.isfinite(heavy.apply(column)).all()


def test_no_direction_becomes_narrower_however_large_the_least_variance():
    Z = np.random.default_rng(0).standard_normal((50, 2)) * [1, 1e-3]
    assert np.linalg.eigvalsh(stretch_of(Z, np.ones(50), 1e300)).min() == pytest.approx(1)
