"""Maps of columns with bounds to the line, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.bounds import BoundedScaling, Bounds
from skflowmix.data.scaling import Scaling

ENDS = {
    "above": (0.0, np.inf),
    "below": (-np.inf, 3.0),
    "between": (-2.0, 5.0),
    "share": (0.0, 1.0),
    "far": (1e9, np.inf),
    "open": (-np.inf, np.inf),
}
names = st.sampled_from(sorted(ENDS))
units = st.sampled_from([1e-6, 0.3, 1.0, 1e5])
seeds = st.integers(0, 1000)


def bounds_of(*names, unit=1.0):
    """Return bounds of columns."""
    low, high = np.array([ENDS[name] for name in names]).T
    return Bounds(low, high, np.full(len(names), unit))


def line(seed, n=50, d=1, spread=5.0):
    """Numbers on the line, ``(n, d)``."""
    return spread * np.random.default_rng(seed).normal(size=(n, d))


@given(names, units, seeds)
def test_maps_lead_back(name, unit, seed):
    bounds = bounds_of(name, unit=unit)
    X = bounds.undo(line(seed))
    np.testing.assert_allclose(bounds.undo(bounds.apply(X)), X, rtol=1e-9, atol=1e-300)


@given(names, units, seeds)
def test_maps_rise(name, unit, seed):
    bounds = bounds_of(name, unit=unit)
    X = np.sort(bounds.undo(line(seed)), axis=0)
    assert (np.diff(bounds.apply(X), axis=0) >= 0).all()


@given(names, seeds)
def test_log_determinants_are_those_of_differences(name, seed):
    bounds = bounds_of(name)
    X = bounds.undo(line(seed, spread=2.0))
    if name == "far":
        return  # where no difference is small beside the numbers
    step = 1e-6 * np.minimum(1, np.abs(X - np.clip(ENDS[name][0], -9, None)).min(1, keepdims=True))
    slopes = (bounds.apply(X + step) - bounds.apply(X - step)) / (2 * step)
    np.testing.assert_allclose(bounds.log_det(X), np.log(slopes[:, 0]), atol=1e-4)


@given(names, st.sampled_from([-np.inf, -1e300, -800.0, 0.0, 800.0, 1e300, np.inf]))
def test_nothing_that_is_undone_leaves_the_range_or_has_no_density(name, number):
    bounds = bounds_of(name)
    X = bounds.undo(np.array([[number]]))
    if name == "open":
        return
    assert bounds.contain(X).all()
    assert np.isfinite(bounds.log_det(X)).all()
    assert np.isfinite(bounds.apply(X)).all()


@pytest.mark.parametrize("name", ["above", "below", "between", "share", "far"])
def test_rows_outside_are_told_and_taken_as_rows_just_inside(name):
    bounds = bounds_of(name)
    low, high = ENDS[name]
    outside = np.array([[end] for end in (low, low - 1, high, high + 1) if np.isfinite(end)])
    assert not bounds.contain(outside).any()
    assert (bounds.log_det(outside) == -np.inf).all()
    span = bounds.undo(np.array([[-3.0], [3.0]]))
    inside = np.clip(outside, span.min(), span.max())
    on_line = bounds.apply(outside)
    assert (np.sign(on_line) == np.sign(bounds.apply(inside))).all()
    assert (np.abs(on_line) > 15).all()
    assert (np.abs(on_line) < 50).all()


def test_far_from_an_only_end_nothing_changes_but_the_unit():
    bounds = bounds_of("above", unit=2.0)
    X = np.array([[100.0], [1e6]])
    np.testing.assert_allclose(bounds.apply(X), X / 2)
    np.testing.assert_allclose(bounds.log_det(X), -np.log(2))


def test_missing_values_stay_and_add_nothing():
    bounds = bounds_of("above", "share", "open")
    X = bounds.undo(line(0, d=3, spread=1.0))
    gaps = X.copy()
    gaps[:, 1] = np.nan
    np.testing.assert_array_equal(np.isnan(bounds.apply(gaps)), np.isnan(gaps))
    np.testing.assert_array_equal(np.isnan(bounds.undo(gaps)), np.isnan(gaps))
    first = np.array([True, False, False])
    np.testing.assert_array_equal(bounds.log_det(gaps), bounds.log_det(X, first))
    assert (bounds.log_det(np.full((2, 3), np.nan)) == 0).all()


def test_columns_add_up():
    bounds = bounds_of("above", "share", "between")
    X = bounds.undo(line(0, d=3, spread=1.0))
    alone = [bounds.log_det(X, np.arange(3) == column) for column in range(3)]
    np.testing.assert_allclose(sum(alone), bounds.log_det(X))


@given(seeds)
def test_a_scaling_with_bounds_leads_back_and_keeps_the_line_at_one(seed):
    bounds = bounds_of("above", "share", "open")
    X = bounds.undo(line(seed, n=100, d=3, spread=2.0))
    scaling = BoundedScaling.around(Scaling.of(bounds.apply(X), np.ones(100)), bounds, 0.0)
    Z = scaling.apply(X)
    np.testing.assert_allclose(Z.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(Z.std(0), 1)
    np.testing.assert_allclose(scaling.undo(Z), X, rtol=1e-9)
