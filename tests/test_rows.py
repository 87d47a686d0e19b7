"""Scaling and holding out."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix._rows import (
    LEAST_STEP,
    MOST_HELD_OUT,
    MOST_TRUST,
    NARROW,
    Rows,
    Scaling,
    held_out,
    steps,
    subsample,
)
from skflowmix.data.problem import FORBIDDEN

some_codes = st.lists(st.integers(-1, 3), min_size=1, max_size=300)


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
    scaling = Scaling.of(X, weights).with_stretch(X, weights, 1e-6)
    Z = scaling.apply(X)
    covariance = np.cov(Z.T, aweights=weights, ddof=0)
    if scaling.stretch is None:
        assert np.linalg.eigvalsh(covariance).min() >= NARROW * 0.99
        return
    np.testing.assert_allclose(scaling.stretch, scaling.stretch.T)
    wide = scaling.stretch @ covariance @ scaling.stretch
    assert np.linalg.eigvalsh(wide).min() >= NARROW * 0.99
    before = np.linalg.eigvalsh(covariance)
    kept = np.linalg.eigvalsh(wide)[-(before > NARROW).sum() :]
    np.testing.assert_allclose(kept, before[before > NARROW])  # what was wide stays


def test_steps_are_found_and_as_wide_as_they_are():
    rng = np.random.default_rng(0)
    n = 200
    columns = {
        "continuous": (rng.standard_normal(n), 0.0),
        "whole": (rng.integers(0, 6, n), 1.0),
        "halves": (rng.integers(0, 6, n) / 2, 0.5),
        "constant": (np.zeros(n), LEAST_STEP),
        "mostly zero": (np.where(np.arange(n) < 120, 0, rng.uniform(1, 2, n)), LEAST_STEP),
        "rounded": (rng.standard_normal(n).round(2), 0.0),
    }
    found = steps(np.column_stack([column for column, _ in columns.values()]))
    np.testing.assert_allclose(found, [width for _, width in columns.values()])


@given(
    some_codes,
    st.floats(0.05, 0.5),
    st.integers(0, 2**20),
)
def test_every_class_is_held_out_in_its_share_and_never_whole(codes, fraction, seed):
    codes = np.array(codes)
    held = held_out(codes, fraction, np.random.RandomState(seed))
    assert abs(held.sum() - fraction * len(codes)) <= fraction * len(codes) / 2 + 5
    for code in np.unique(codes[codes >= 0]):
        count, n_held = (codes == code).sum(), (held & (codes == code)).sum()
        assert n_held < count
        assert abs(n_held - fraction * count) <= 1


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
    held = held_out(np.full(500_000, -1), 0.5, np.random.RandomState(0))
    assert held.sum() == MOST_HELD_OUT


@given(st.integers(1, 5), st.integers(1, 100), st.floats(0, 1), st.integers(0, 2**20))
def test_a_start_is_trusted_by_so_many_nats_a_feature_and_labels_without_bound(
    n_components, d, lead, seed
):
    generator = torch.Generator().manual_seed(seed)
    groups = torch.randint(n_components, (20,), generator=generator)
    sure = torch.nn.functional.one_hot(groups, n_components).float()
    log_mask = torch.zeros(20, n_components)
    log_mask[:10] = torch.where(sure[:10] > 0, 0.0, FORBIDDEN)
    rows = Rows(torch.zeros(20, d), log_mask, torch.ones(20), sure.unsqueeze(0))
    (log_prior,) = rows.log_prior(lead).expand(1, 20, n_components)
    assert (log_prior[sure > 0] == 0).all()
    assert (log_prior[:10][sure[:10] == 0] <= FORBIDDEN).all()
    torch.testing.assert_close(
        log_prior[10:], -lead * MOST_TRUST * d * (1 - sure[10:]), check_dtype=False
    )
