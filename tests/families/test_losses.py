"""What mixtures are trained for, as functions of log-probabilities."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.problem import FORBIDDEN
from skflowmix.families.losses import (
    COOLED_AT,
    INITIAL_TEMPERATURE,
    annealed_em_bound,
    annealing_temperature,
    evidence_lower_bound,
    label_log_likelihood,
    log_likelihood,
    posterior_cross_entropy,
)

seeds = st.integers(0, 2**20)


def drawn(seed, n=50, n_components=4, n_draws=2):
    """Log-probabilities ``(1, n, K)`` drawn at random."""
    generator = torch.Generator().manual_seed(seed)
    shape = (n_draws, 1, n, n_components)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def mask(n, n_components, label):
    """What a label allows."""
    allowed = torch.full((n, n_components), FORBIDDEN, dtype=torch.float64)
    allowed[:, label] = 0
    return allowed


def test_bound_is_below_the_likelihood_and_tight_at_the_exact_posterior():
    generator = torch.Generator().manual_seed(0)
    joint, logits = torch.randn(2, 1, 50, 4, generator=generator, dtype=torch.float64)
    free = torch.zeros(50, 4)
    likelihood = joint.logsumexp(-1)
    assert (evidence_lower_bound(joint, logits, free) < likelihood).all()
    torch.testing.assert_close(evidence_lower_bound(joint, joint, free), likelihood)


def test_bound_of_a_labelled_row_is_its_joint():
    generator = torch.Generator().manual_seed(0)
    joint, logits = torch.randn(2, 1, 5, 3, generator=generator, dtype=torch.float64)
    mask = torch.full((5, 3), -1e30, dtype=torch.float64)
    mask[:, 1] = 0
    torch.testing.assert_close(evidence_lower_bound(joint, logits, mask), joint[..., 1])
    torch.testing.assert_close(label_log_likelihood(logits, mask), logits.log_softmax(-1)[..., 1])


@given(seeds)
def test_likelihood_with_a_label_is_the_joint_of_its_component(seed):
    (joint,) = drawn(seed, n_draws=1)
    torch.testing.assert_close(log_likelihood(joint, mask(50, 4, 2)), joint[..., 2])
    torch.testing.assert_close(log_likelihood(joint, torch.zeros(50, 4)), joint.logsumexp(-1))


@given(seeds)
def test_without_a_label_q_is_told_nothing(seed):
    _, logits = drawn(seed)
    told = label_log_likelihood(logits, torch.zeros(50, 4))
    torch.testing.assert_close(told, torch.zeros_like(told))


def test_the_temperature_falls_to_one_and_stays_there():
    progress = torch.linspace(0, 1, 101, dtype=torch.float64)
    temperature = annealing_temperature(progress)
    assert temperature[0] == INITIAL_TEMPERATURE > 1
    assert (temperature.diff() <= 0).all()
    assert (temperature[progress >= COOLED_AT] == 1).all()
    assert (temperature[progress < COOLED_AT] > 1).all()


@given(seeds)
def test_the_annealed_bound_is_below_the_likelihood_at_a_temperature_of_one(seed):
    joint, logits = drawn(seed)
    prior = torch.zeros(50, 4)
    bound = annealed_em_bound(joint, logits, prior, torch.tensor(1.0))
    assert (bound <= joint.logsumexp(-1)).all()


@given(seeds, st.sampled_from([1.0, INITIAL_TEMPERATURE, 5.0]))
def test_the_gradient_of_the_annealed_bound_is_the_tempered_posterior(seed, temperature):
    joint, logits = drawn(seed)
    joint, logits = joint.requires_grad_(), logits.requires_grad_()
    bound = annealed_em_bound(joint, logits, mask(50, 4, [0, 1]), torch.tensor(temperature))
    bound.sum().backward()
    shares = joint.grad
    torch.testing.assert_close(shares.sum(-1), torch.ones_like(shares[..., 0]))
    assert (shares[..., 2:] == 0).all()
    odds = (joint[..., 0] - joint[..., 1]).detach() / temperature
    torch.testing.assert_close(shares[..., 0].logit(), odds)
    # q learns the same shares: its gradient is what its own are short of them.
    missing = shares - logits.detach().softmax(-1)
    torch.testing.assert_close(logits.grad, missing)


@given(seeds)
def test_cross_entropy_is_least_at_the_exact_posterior_and_moves_q_only(seed):
    joint, logits = drawn(seed)
    joint, logits = joint.requires_grad_(), logits.requires_grad_()
    entropy = posterior_cross_entropy(joint, joint)
    assert (posterior_cross_entropy(joint, logits) >= entropy - 1e-9).all()
    posterior_cross_entropy(joint, logits).sum().backward()
    assert joint.grad is None
    assert logits.grad.abs().sum() > 0


@pytest.mark.parametrize("label", [0, 3])
def test_a_label_tells_q_only_that_component(label):
    _, logits = drawn(0)
    logits.requires_grad_()
    label_log_likelihood(logits, mask(50, 4, label)).sum().backward()
    assert (logits.grad[..., label] > 0).all()
    others = [k for k in range(4) if k != label]
    assert (logits.grad[..., others] < 0).all()
