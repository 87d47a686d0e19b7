"""Rows as tensors: priors, parts, and weights."""

import numpy as np
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


@given(st.integers(2, 4), st.integers(8, 30), st.integers(0, 2**20))
def test_each_start_sees_the_rows_that_are_its_own(n_starts, n, seed):
    generator = torch.Generator().manual_seed(seed)
    x, weights = torch.randn(n, 2, generator=generator), torch.rand(n, generator=generator) + 0.1
    rows = Rows(x, torch.zeros(n, 1), weights, torch.ones(n_starts, n, 1))
    held = np.zeros((n_starts, n), dtype=bool)
    held[np.arange(n_starts), np.arange(n_starts)] = True
    held |= torch.rand(n_starts, n, generator=generator).numpy() < 0.2
    held[:, -1] = False
    values = torch.randn(n_starts, n, generator=generator)
    for part, mask in zip(rows.split(held), (~held, held), strict=True):
        some = torch.from_numpy(mask.any(0))
        found = part.mean(values[:, some])
        for start in range(n_starts):
            alone = rows.take(torch.from_numpy(np.flatnonzero(mask[start])))
            own = values[start, mask[start]]
            expected = (own * alone.weights).sum() / alone.weights.sum()
            torch.testing.assert_close(found[start], expected)
            one = part.of_starts([start])
            torch.testing.assert_close(one.mean(values[:, some][start][None])[0], expected)
