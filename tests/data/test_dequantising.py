"""Columns whose values come in steps are found, and their noise is as wide as the steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.dequantising import (
    LEAST_WIDTH,
    cell_points,
    dequantising_noise,
    noise_widths,
    quantisation_widths,
)


def test_steps_are_found_and_as_wide_as_they_are():
    rng = np.random.default_rng(0)
    n = 200
    columns = {
        "continuous": (rng.standard_normal(n), 0.0),
        "whole": (rng.integers(0, 6, n), 1.0),
        "halves": (rng.integers(0, 6, n) / 2, 0.5),
        "constant": (np.zeros(n), LEAST_WIDTH),
        "mostly zero": (np.where(np.arange(n) < 120, 0, rng.uniform(1, 2, n)), LEAST_WIDTH),
        "rounded": (rng.standard_normal(n).round(2), 0.0),
    }
    found = quantisation_widths(np.column_stack([column for column, _ in columns.values()]))
    np.testing.assert_allclose(found, [width for _, width in columns.values()])


@pytest.mark.parametrize("widths", [[0.0, 0.5], [2.0, 1.0]])
def test_noise_fills_the_steps_and_leaves_other_columns_alone(widths):
    noise = dequantising_noise((2000, 2), np.array(widths), np.random.RandomState(0))
    assert (np.abs(noise) <= np.array(widths) / 2).all()
    np.testing.assert_allclose(np.ptp(noise, axis=0), widths, rtol=0.01)
    np.testing.assert_allclose(noise.mean(0), 0, atol=0.05)


def test_without_steps_there_is_no_noise_and_nothing_is_drawn():
    random_state = np.random.RandomState(0)
    assert not np.any(dequantising_noise((5, 2), np.zeros(2), random_state))
    assert random_state.randint(1000) == np.random.RandomState(0).randint(1000)


@given(st.floats(-9, 9), st.floats(-9, 9), st.integers(2, 5))
def test_widths_have_the_units_of_their_column_and_no_place(size, place, n_values):
    rng = np.random.default_rng(n_values)
    X = np.column_stack([rng.integers(0, n_values, 200), rng.standard_normal(200)])
    step = 10.0**size
    widths = noise_widths(X * step + np.sign(place) * min(10 ** abs(place), 1e3) * step)
    np.testing.assert_allclose(widths, [step, 0], rtol=1e-6)


def test_widths_of_a_constant_column_are_a_share_of_its_size():
    widths = noise_widths(np.tile([2007.0, -1e-5, 0.0], (50, 1)))
    np.testing.assert_allclose(widths, LEAST_WIDTH * np.array([2007, 1e-5, 1]))


@given(st.lists(st.sampled_from([0.0, 0.5, 3.0]), min_size=1, max_size=12))
def test_points_fill_the_cell_evenly_and_leave_continuous_columns_alone(widths):
    widths = np.array(widths)
    points = cell_points(widths)
    np.testing.assert_array_equal(points, cell_points(widths))
    assert (np.abs(points) <= widths / 2).all()
    for column, width in zip(points.T, widths, strict=True):
        gaps = np.diff(np.r_[-width / 2, np.sort(column), width / 2])
        assert gaps.max() <= 2 * width / len(points) + 1e-12


@given(st.floats(-6, 6), st.integers(2, 8), st.floats(-100, 100))
def test_values_that_differ_by_rounding_are_one(size, n_values, place):
    step = 10.0**size
    whole = np.random.default_rng(n_values).integers(0, n_values, 400)
    exact = (whole + place) * step
    column = np.where(np.arange(400) % 2, exact, np.nextafter(exact, np.inf))
    assert len(np.unique(column)) > len(np.unique(exact))
    np.testing.assert_allclose(noise_widths(column[:, None]), [step], rtol=1e-9)
