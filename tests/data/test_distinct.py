"""Distinct rows: which are alike, and their order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, rankdata, spearmanr

from skflowmix.data.distinct import Distinct, row_hashes

seeds = st.integers(0, 2**20)
n_rows = st.integers(1, 60)
n_columns = st.integers(1, 4)


def drawn(seed, n, d):
    """Rows ``(n, d)``, many of them alike, and their weights."""
    rng = np.random.default_rng(seed)
    return rng.integers(-1, 2, (n, d)) / 2, rng.uniform(0.5, 2, n)


def distinct_of(X):
    return Distinct.of(X, np.ones(len(X)))


def in_order(X):
    """Return the distinct rows in the order of their hashes."""
    return X[distinct_of(X).first]


@given(seeds, n_rows, n_columns)
def test_kinds_are_rows_with_equal_values(seed, n, d):
    X, weights = drawn(seed, n, d)
    distinct = Distinct.of(X, weights)
    alike = (X[:, None] == X).all(-1)
    np.testing.assert_array_equal(distinct.inverse[:, None] == distinct.inverse, alike)
    np.testing.assert_array_equal(X[distinct.first][distinct.inverse], X)
    np.testing.assert_array_equal(distinct.first[distinct.inverse], alike.argmax(1))


@given(seeds, n_rows, n_columns)
def test_weights_of_rows_alike_add_up(seed, n, d):
    X, weights = drawn(seed, n, d)
    distinct = Distinct.of(X, weights)
    alike = (X[:, None] == X).all(-1)
    expected = (alike @ weights)[distinct.first]
    np.testing.assert_allclose(distinct.weights * expected.mean(), expected)
    assert distinct.weights.mean() == pytest.approx(1)


@given(seeds, n_rows, n_columns)
def test_places_and_doubles_change_neither_rows_nor_their_order(seed, n, d):
    X, _ = drawn(seed, n, d)
    rng = np.random.default_rng(seed)
    more = np.concatenate([X, X[rng.integers(n, size=n)]])
    np.testing.assert_array_equal(in_order(rng.permutation(more)), in_order(X))


@given(seeds, n_rows, n_columns)
def test_rows_left_out_leave_the_others_in_their_order(seed, n, d):
    X, _ = drawn(seed, n, d)
    rest = X[: n // 2 + 1]
    is_left = (in_order(X)[:, None] == rest).all(-1).any(1)
    np.testing.assert_array_equal(in_order(rest), in_order(X)[is_left])


@given(seeds, n_rows, n_columns)
def test_minus_zero_is_zero(seed, n, d):
    X, _ = drawn(seed, n, d)
    np.testing.assert_array_equal(row_hashes(np.where(X == 0, -0.0, X)), row_hashes(X))


@given(seeds, n_rows, n_columns, st.sampled_from([np.float32, np.float16]))
def test_the_precision_does_not_matter(seed, n, d, dtype):
    X, _ = drawn(seed, n, d)
    np.testing.assert_array_equal(row_hashes(X.astype(dtype)), row_hashes(X))


@given(seeds, n_rows, n_columns)
def test_neither_does_the_layout(seed, n, d):
    X, _ = drawn(seed, n, d)
    for other in (np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(row_hashes(other), row_hashes(X))


def test_the_table_stays_as_it_is():
    X = np.array([[-0.0, 1.0], [2.0, 0.0]])
    distinct_of(X)
    assert np.signbit(X[0, 0])


@given(seeds)
def test_the_smallest_difference_counts(seed):
    X = np.random.default_rng(seed).standard_normal((20, 3))
    near = X.copy()
    near[:, seed % 3] = np.nextafter(near[:, seed % 3], np.inf)
    assert len(distinct_of(np.concatenate([X, near])).first) == 40


def test_columns_do_not_stand_for_each_other():
    X = np.array([[a, b, c] for a in range(8) for b in range(8) for c in range(8)], dtype=float)
    assert len(distinct_of(X).first) == 512


def test_rows_of_zeros_differ_by_their_length():
    hashes = {int(row_hashes(np.zeros((1, d)))[0]) for d in range(1, 20)}
    assert len(hashes) == 19


def test_a_zero_has_the_first_number_that_the_published_generator_draws_from_seed_0():
    assert row_hashes(np.zeros((1, 1))) == 0xE220A8397B1DCDAF


TABLES = {
    "ramp": np.arange(4000.0)[:, None],
    "tenths": np.arange(4000)[:, None] / 10,
    "powers": 2.0 ** np.arange(-1000, 1000)[:, None],
    "grid": np.stack(np.meshgrid(*[np.arange(16.0)] * 3), axis=-1).reshape(-1, 3),
    "constants": np.column_stack([np.ones((4000, 5)), np.arange(4000), np.zeros((4000, 5))]),
    "bits": (np.arange(4096)[:, None] >> np.arange(12) & 1).astype(float),
    "normal": np.random.default_rng(0).standard_normal((4000, 3)),
}
tables = pytest.mark.parametrize("X", TABLES.values(), ids=TABLES)


@tables
def test_the_order_has_nothing_to_do_with_the_values(X):
    rows = in_order(X)
    assert len(rows) == len(X)
    for column in rows.T[np.ptp(rows, axis=0) > 0]:
        assert abs(spearmanr(np.arange(len(rows)), column).statistic) < 4 / np.sqrt(len(rows))


@tables
def test_the_first_rows_are_a_sample(X):
    m = len(X) // 8
    shares = (rankdata(X, axis=0) - 0.5) / len(X)  # of the rows below each value
    first = shares[distinct_of(X).first[:m]]
    assert (np.abs(first.mean(0) - 0.5) < 4 * shares.std(0) / np.sqrt(m) + 1e-9).all()


@tables
def test_hashes_are_spread_evenly(X):
    assert kstest(row_hashes(X) / 2.0**64, "uniform").pvalue > 1e-3
