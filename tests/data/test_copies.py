"""Rows that are there several times: which are copies, and that their order does not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.copies import without_copies

seeds = st.integers(0, 2**20)


def without(X, weights=None, codes=None):
    """Return the rows that are left, and their weights."""
    codes = np.full(len(X), -1) if codes is None else codes
    numbers, weights = without_copies(X, codes, np.ones(len(X)) if weights is None else weights)
    return X[numbers], weights


def continuous(seed, n=30, d=2):
    """Rows ``(n, d)`` none of which is there twice."""
    return np.random.default_rng(seed).standard_normal((n, d))


@given(seeds, st.integers(1, 3))
def test_neither_places_nor_copies_nor_units_matter(seed, d):
    rng = np.random.default_rng(seed)
    X = continuous(seed, d=d)
    rows, weights = without(X)
    assert (weights == 1).all()
    order = rng.permutation(np.repeat(np.arange(30), 2))
    again, twice = without(X[order])
    np.testing.assert_array_equal(again, rows)
    assert (twice == 2).all()
    scaled, _ = without(7.3 * X[order] + 1)
    np.testing.assert_allclose((scaled - 1) / 7.3, rows)


@given(seeds)
def test_weights_split_among_copies_add_up(seed):
    rng = np.random.default_rng(seed)
    X, weights, share = continuous(seed), rng.uniform(0.5, 2, 30), rng.uniform(size=30)
    rows, own = without(X, weights)
    split = np.concatenate([share * weights, (1 - share) * weights])
    again, total = without(np.concatenate([X, X]), split)
    np.testing.assert_array_equal(again, rows)
    np.testing.assert_allclose(total, own)


@given(seeds)
def test_labels_tell_copies_apart(seed):
    X = np.repeat(continuous(seed), 2, axis=0)
    codes = np.arange(60) % 2
    assert len(without(X, codes=codes)[0]) == 60
    assert len(without(X, codes=codes // 2)[0]) == 30


@given(seeds, st.integers(1, 3))
def test_rows_that_are_alike_by_chance_are_no_copies(seed, d):
    X = np.random.default_rng(seed).integers(0, 3, (200, d)).astype(float)
    rows, weights = without(X)
    assert len(rows) == 200
    assert (weights == 1).all()


@given(seeds, st.integers(1, 3))
def test_rows_that_are_mostly_zero_are_no_copies(seed, d):
    rng = np.random.default_rng(seed)
    X = np.where(rng.uniform(size=(200, d)) < 0.8, 0.0, rng.standard_normal((200, d)))
    assert len(without(X)[0]) == 200


@pytest.mark.parametrize("n", [1, 2])
def test_a_row_that_is_alone_stays(n):
    assert len(without(continuous(0, n))[0]) == n
