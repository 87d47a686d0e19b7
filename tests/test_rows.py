"""Scaling and holding out."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix._rows import MOST_HELD_OUT, MOST_TRUST, Rows, Scaling, held_out
from skflowmix.starts.problem import FORBIDDEN


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


@given(
    st.lists(st.integers(-1, 3), min_size=1, max_size=300),
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
