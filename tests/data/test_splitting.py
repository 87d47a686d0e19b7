"""Rows are chosen, and held out, fairly over the classes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.splitting import MAX_HELD_OUT, held_out, subsample

some_codes = st.lists(st.integers(-1, 3), min_size=1, max_size=300)
n_parts = st.integers(1, 6)
seeds = st.integers(0, 2**20)


@given(some_codes, st.floats(0.05, 0.5), n_parts, seeds)
def test_every_class_is_held_out_in_its_share_and_never_whole(codes, fraction, n_parts, seed):
    codes = np.array(codes)
    for held in held_out(codes, fraction, n_parts, np.random.RandomState(seed)):
        assert abs(held.sum() - fraction * len(codes)) <= fraction * len(codes) / 2 + 5
        for code in np.unique(codes[codes >= 0]):
            count, n_held = (codes == code).sum(), (held & (codes == code)).sum()
            assert n_held < count
            assert abs(n_held - fraction * count) <= 1


@given(some_codes, st.floats(0.02, 0.5), n_parts, seeds)
def test_every_part_has_a_row_where_one_can_be_spared(codes, fraction, n_parts, seed):
    codes = np.array(codes)
    parts = held_out(codes, fraction, n_parts, np.random.RandomState(seed))
    assert len(parts) == n_parts
    counts = np.array([(codes == code).sum() for code in codes])
    can_be_spared = (codes < 0) | (counts * fraction >= 1)
    for held in parts:
        assert held.any() == can_be_spared.any()
        assert not (held & ~can_be_spared).any()


@given(some_codes, st.integers(1, 6), seeds)
def test_parts_are_disjoint_where_they_can_be(codes, n_parts, seed):
    codes = np.full(len(codes) + n_parts, -1)
    parts = held_out(codes, 1 / n_parts, n_parts, np.random.RandomState(seed))
    assert (np.sum(parts, axis=0) <= 1).all()


@given(
    some_codes,
    st.integers(8, 400),
    st.integers(0, 2**20),
)
def test_a_subsample_keeps_few_labels_and_the_shares_of_many(codes, most, seed):
    codes = np.array(codes)
    chosen = subsample(codes, most, np.random.RandomState(seed))
    assert len(np.unique(chosen)) == len(chosen) == min(len(codes), most)
    kept, labelled = codes[chosen], codes >= 0
    if labelled.sum() <= most / 2:
        assert (kept >= 0).sum() == labelled.sum()
        return
    for code in np.unique(codes):
        share = (codes == code).mean() * len(chosen)
        assert abs((kept == code).sum() - share) <= 5
        assert code < 0 or (kept == code).any()


def test_a_subsample_of_all_rows_draws_nothing():
    random_state = np.random.RandomState(0)
    assert np.array_equal(subsample(np.full(9, -1), 9, random_state), np.arange(9))
    assert random_state.randint(1000) == np.random.RandomState(0).randint(1000)


def test_no_more_rows_are_held_out_than_it_takes():
    (held,) = held_out(np.full(500_000, -1), 0.5, 1, np.random.RandomState(0))
    assert held.sum() == MAX_HELD_OUT
