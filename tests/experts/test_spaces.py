"""How experts look at columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.experts import spaces
from skflowmix.experts.spaces import Ranks, Standardised
from tests.experts.examples import seeds

values = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@given(values, values)
def test_larger_values_have_ranks_that_are_no_smaller(knots, others):
    space = Ranks.of(np.array(knots)[:, None])
    scores = space.apply(np.sort([*knots, *others])[:, None])
    assert np.isfinite(scores).all()
    assert (np.diff(scores[:, 0]) >= 0).all()


@given(st.integers(2, 50), seeds)
def test_values_between_two_knots_have_a_rank_between_theirs(n, seed):
    rng = np.random.default_rng(seed)
    knots = np.sort(rng.standard_normal(n))
    space = Ranks.of(rng.permutation(knots)[:, None])
    at, between = (space.apply(each[:, None])[:, 0] for each in (knots, knots[:-1] + 1e-9))
    assert (at[:-1] < between).all()
    assert (between < at[1:]).all()
    beyond = space.apply(np.array([[knots[0] - 1], [knots[-1] + 1]]))
    assert beyond[0] < at[0]
    assert at[-1] < beyond[1]


@given(values, st.integers(2, 5))
def test_equal_values_share_their_rank_and_the_middle_is_zero(knots, times):
    X = np.array(knots)[:, None]
    scores = Ranks.of(X).apply(X)
    np.testing.assert_allclose(Ranks.of(np.repeat(X, times, axis=0)).apply(X), scores, atol=0.6)
    for value in knots:
        assert len(np.unique(scores[value == X])) == 1
    both = np.concatenate([X, -X])
    np.testing.assert_allclose(Ranks.of(both).apply(np.zeros((1, 1))), 0, atol=1e-12)


@given(seeds)
def test_ranks_do_not_change_with_the_units_of_a_column(seed):
    X = np.random.default_rng(seed).standard_normal((40, 2))
    expected = Ranks.of(X).apply(X)
    bent = np.column_stack([np.exp(X[:, 0]), X[:, 1] ** 3])
    np.testing.assert_array_equal(Ranks.of(bent).apply(bent), expected)


def test_ranks_of_many_rows_are_normal_scores():
    X = np.random.default_rng(0).standard_normal((4000, 1))
    space = Ranks.of(X)
    assert space.knots.shape == (spaces.KNOTS, 1)
    inner = np.linspace(-1, 1, 21)[:, None]
    np.testing.assert_allclose(space.apply(inner), inner, atol=0.1)


def test_standardised_rows_stay_as_they_are_within_bounds():
    X = np.array([[0.5, -3.0], [1e30, -1e9]])
    found = Standardised().apply(X)
    np.testing.assert_array_equal(found[0], X[0])
    assert found[1, 0] == -found[1, 1] == spaces.FARTHEST
