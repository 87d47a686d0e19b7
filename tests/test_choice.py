"""Which of several groupings is believed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.choice import MOVED, certainty, conviction

seeds = st.integers(0, 2**20)
sizes = st.integers(2, 5)


def drawn(seed, n, n_groups, sharpness=1.0):
    """Posteriors ``(1, n, K)`` and weights with mean 1."""
    generator = torch.Generator().manual_seed(seed)
    posterior = (sharpness * torch.randn(1, n, n_groups, generator=generator)).softmax(-1)
    weights = torch.rand(n, generator=generator) + 0.1
    return posterior, weights / weights.mean()


@given(seeds, sizes)
def test_certainty_is_a_share(seed, n_groups):
    share = certainty(*drawn(seed, 50, n_groups))
    assert share.shape == (1,)
    assert -1e-5 <= share.item() <= 1


@given(seeds, sizes)
def test_decided_rows_are_certain_and_undecided_ones_are_not(seed, n_groups):
    posterior, weights = drawn(seed, 50, n_groups)
    decided = torch.nn.functional.one_hot(posterior.argmax(-1), n_groups).float()
    assert certainty(decided, weights).item() == 1
    same = posterior[:, :1].expand_as(posterior)
    assert certainty(same, weights).item() == pytest.approx(0, abs=1e-5)


def test_a_single_group_is_certain():
    assert certainty(torch.ones(1, 9, 1), torch.ones(9)).item() == 1


def test_a_weight_of_two_is_a_row_twice():
    posterior, _ = drawn(0, 4, 3)
    twice = posterior[:, [0, 0, 1, 2, 3]]
    weights = torch.tensor([2.0, 1, 1, 1])
    expected = certainty(twice, torch.ones(5))
    torch.testing.assert_close(certainty(posterior, weights / weights.mean()), expected)


@given(seeds, sizes)
def test_groups_that_stay_lose_nothing_and_names_do_not_matter(seed, n_groups):
    posterior, weights = drawn(seed, 50, n_groups, sharpness=5.0)
    order = np.random.default_rng(seed).permutation(n_groups)
    sure = certainty(posterior, weights)
    torch.testing.assert_close(conviction(posterior, posterior[..., order], weights), sure)


def test_groups_that_training_moved_count_less():
    posterior = torch.eye(2).repeat(25, 1)[None]  # 0, 1, 0, 1, ...
    elsewhere = torch.eye(2).repeat_interleave(25, 0)[None]
    weights = torch.ones(50)
    stayed = conviction(posterior, posterior, weights).item()
    moved = conviction(posterior, elsewhere, weights).item()
    assert stayed == pytest.approx(1)
    assert moved == pytest.approx(1 - MOVED, abs=0.01)


def test_several_models_are_judged_each_for_itself():
    one, weights = drawn(0, 40, 3)
    other, _ = drawn(1, 40, 3, sharpness=6.0)
    both = conviction(torch.cat([one, other]), torch.cat([one, one]), weights)
    torch.testing.assert_close(both[:1], conviction(one, one, weights))
    torch.testing.assert_close(both[1:], conviction(other, one, weights))
