"""Whether training was worth it."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.fitting.acceptance import MAX_LABEL_LOSS, Evaluation

seeds = st.integers(0, 2**20)


def evaluation(log_prob, label_loss):
    """What a single model is worth."""
    log_prob = torch.as_tensor(log_prob)[None]
    return Evaluation(log_prob, torch.ones(log_prob.shape[1]), np.array([label_loss]))


@given(st.integers(2, 50), st.floats(0.01, 10), seeds)
def test_a_gain_in_density_counts_if_it_is_more_than_chance(n, gain, seed):
    noise = torch.randn(n, generator=torch.Generator().manual_seed(seed))
    noise -= noise.mean()
    before = evaluation(torch.zeros(n), 0.0)
    chance = float(noise.std()) / n**0.5
    assert evaluation(noise + 1.01 * chance, 0.0).improves_on(before, 0)
    assert not evaluation(noise + 0.99 * chance, 0.0).improves_on(before, 0)
    assert not evaluation(noise - gain, 0.0).improves_on(before, 0)


def test_a_gain_in_density_does_not_pay_for_lost_labels():
    before = evaluation(torch.zeros(9), 0.2)
    assert evaluation(torch.ones(9), 0.2 * MAX_LABEL_LOSS).improves_on(before, 0)
    assert not evaluation(torch.ones(9), 0.21 * MAX_LABEL_LOSS).improves_on(before, 0)


def test_a_gain_on_rows_that_hardly_count_is_no_gain():
    weights = torch.tensor([1e-3] * 3 + [1.0] * 3)
    weights = weights / weights.mean()
    gain = torch.tensor([5.0, 5.1, 4.9, -0.1, -0.2, -0.1])[None]
    before = Evaluation(torch.zeros(1, 6), weights, np.zeros(1))
    after = Evaluation(gain, weights, np.zeros(1))
    assert after.score < before.score
    assert not after.improves_on(before, 0)
    equal = Evaluation(gain.abs(), weights, np.zeros(1))
    assert equal.improves_on(before, 0)
