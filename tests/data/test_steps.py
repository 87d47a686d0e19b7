"""Columns that come in steps are rounded back to the values they had."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.dequantising import dequantising_noise, noise_widths
from skflowmix.data.steps import Steps

seeds = st.integers(0, 1000)


def table(seed, n=200):
    """Rows of all kinds of columns."""
    rng = np.random.default_rng(seed)
    columns = {
        "two values": rng.integers(0, 2, n),
        "uneven": np.array([-3.0, 0.1, 7.5])[rng.integers(0, 3, n)],
        "constant": np.full(n, 2007.0),
        "mostly zero": np.where(np.arange(n) < 120, 0, rng.uniform(1, 2, n)),
        "continuous": rng.normal(size=n),
    }
    return np.column_stack(list(columns.values()))


@given(seeds, st.integers(-20, 20))
def test_rounding_takes_the_noise_away(seed, power):
    X = table(seed) * 2.0**power
    widths = noise_widths(X)
    steps = Steps.of(X, widths)
    noise = dequantising_noise(X.shape, widths, np.random.RandomState(seed))
    np.testing.assert_array_equal(steps.round(X + noise)[:, :3], X[:, :3])
    is_zero = X[:, 3] == 0
    np.testing.assert_array_equal(steps.round(X + noise)[is_zero, 3], 0)
    np.testing.assert_array_equal(steps.round(X), X)


@given(seeds)
def test_rounding_is_to_values_of_the_column_and_done_once(seed):
    X = table(seed)
    steps = Steps.of(X, noise_widths(X))
    wild = np.random.default_rng(seed).standard_cauchy(X.shape) * 10
    rounded = steps.round(wild)
    for number in range(3):
        assert np.isin(rounded[:, number], X[:, number]).all()
        distances = np.abs(wild[:, number, None] - np.unique(X[:, number]))
        np.testing.assert_array_equal(np.abs(wild - rounded)[:, number], distances.min(axis=1))
    np.testing.assert_array_equal(rounded[:, 4], wild[:, 4])
    np.testing.assert_array_equal(steps.round(rounded), rounded)


def test_only_what_is_near_the_value_of_most_rows_becomes_it():
    X = table(0)
    steps = Steps.of(X, noise_widths(X))
    far = X[X[:, 3] > 0]
    np.testing.assert_array_equal(steps.round(far + 0.01)[:, 3], far[:, 3] + 0.01)


def test_values_that_are_all_there_twice_are_few_in_a_small_table():
    column = np.array([0.0] * 8 + [1.0] * 4)[:, None]
    steps = Steps.of(column, np.array([0.1]))
    np.testing.assert_array_equal(steps.round(np.array([[0.4], [0.7]])), [[0], [1]])


def test_missing_values_are_no_values():
    X = table(0)
    gaps = X.copy()
    gaps[::3] = np.nan
    steps = Steps.of(gaps[:, :3], noise_widths(X)[:3])
    np.testing.assert_array_equal(steps.round(X[:, :3] + 0.01), X[:, :3])


def test_of_columns_that_are_unknown_another_says_the_values():
    X = table(0)
    widths = noise_widths(X)
    first = Steps.of(X[:, [0, 4]], widths[[0, 4]])
    other = Steps.of(X[:, [1, 2]], widths[[1, 2]])
    both = first.or_else(other)
    np.testing.assert_array_equal(both.round(np.array([[0.9, 55.0]])), [[1, 2007]])
    assert first.or_else(None) is first
