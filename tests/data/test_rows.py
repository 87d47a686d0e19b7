"""Rows as tensors: priors, parts, and weights."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.problem import FORBIDDEN
from skflowmix.data.rows import MAX_LOG_PRIOR, Rows


@given(st.integers(1, 5), st.integers(1, 100), st.floats(0, 1), st.integers(0, 2**20))
def test_a_start_is_trusted_by_so_many_nats_a_feature_and_labels_without_bound(
    n_components, d, prior_weight, seed
):
    generator = torch.Generator().manual_seed(seed)
    groups = torch.randint(n_components, (20,), generator=generator)
    sure = torch.nn.functional.one_hot(groups, n_components).float()
    log_mask = torch.zeros(20, n_components)
    log_mask[:10] = torch.where(sure[:10] > 0, 0.0, FORBIDDEN)
    rows = Rows(torch.zeros(20, d), log_mask, torch.ones(20), sure.unsqueeze(0))
    (log_prior,) = rows.log_prior(prior_weight).expand(1, 20, n_components)
    assert (log_prior[sure > 0] == 0).all()
    assert (log_prior[:10][sure[:10] == 0] <= FORBIDDEN).all()
    torch.testing.assert_close(
        log_prior[10:], -prior_weight * MAX_LOG_PRIOR * d * (1 - sure[10:]), check_dtype=False
    )
