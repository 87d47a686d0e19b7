"""The guard: what it promises for every row, and that nothing moves it."""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.mixtures import SCALES, DefensiveMixture, FlowMixture, Guard
from skflowmix.mixtures.defensive import INITIAL_EXCESS
from tests.flows.bijections import normal
from tests.mixtures.examples import (
    FLOOR,
    MIXTURES,
    generators,
    moved,
    random_gaussians,
    sizes,
)

names = st.sampled_from(
    ["defended Gaussian", "defended flow", "defended latent", "defended latent, stretched"]
)


@given(names, sizes, generators)
def test_begins_as_the_gaussians_that_it_is_set_to(name, size, generator):
    mixture = MIXTURES[name](*size, generator).double()
    gaussians = random_gaussians(*size, generator)
    mixture.set_gaussians(*gaussians)
    x = normal((7, size[-1]), generator, 3)
    expected = mixture.guard.joint_log_prob(x)
    torch.testing.assert_close(mixture.model.joint_log_prob(x), expected, rtol=1e-6, atol=1e-6)


@given(names, sizes, st.floats(-30, 30), st.floats(0, 4), generators)
def test_no_row_falls_below_the_floor(name, size, excess, power, generator):
    mixture = moved(name, size, generator, spread=1.0)
    mixture.excess.data.fill_(excess)
    x = normal((20, size[-1]), generator, 10**power)
    joint, guard = mixture.joint_log_prob(x), mixture.guard.joint_log_prob(x)
    assert (joint >= math.log(FLOOR) + guard - 1e-6 * guard.abs()).all()


@given(names, sizes, st.floats(-30, 30), generators)
def test_the_guard_weighs_between_its_floor_and_one(name, size, excess, generator):
    mixture = MIXTURES[name](*size, generator)
    mixture.excess.data.fill_(excess)
    assert mixture.guard_weight.shape == (size[0], 1)
    assert (mixture.guard_weight >= mixture.floor).all()
    assert (mixture.guard_weight <= 1).all()


@given(sizes, st.floats(0.001, 0.5), generators)
def test_begins_a_little_above_its_floor(size, floor, generator):
    model = FlowMixture(*size)
    mixture = DefensiveMixture(model, Guard(*size), floor)
    expected = torch.full((size[0], 1), floor + (1 - floor) * INITIAL_EXCESS)
    torch.testing.assert_close(mixture.guard_weight, expected)


@given(names, sizes, generators)
def test_is_the_two_mixtures_at_their_weights(name, size, generator):
    mixture = moved(name, size, generator)
    x = normal((5, size[-1]), generator, 2)
    weight = mixture.guard_weight.unsqueeze(-1)
    expected = (1 - weight) * mixture.model.joint_log_prob(x).exp()
    expected = expected + weight * mixture.guard.joint_log_prob(x).exp()
    torch.testing.assert_close(mixture.joint_log_prob(x).exp(), expected)


@given(names, sizes, generators)
def test_training_never_moves_the_guard(name, size, generator):
    mixture = moved(name, size, generator)
    before = {key: value.clone() for key, value in mixture.state_dict().items()}
    optimizer = torch.optim.AdamW(mixture.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (-mixture.joint_log_prob(normal((20, size[-1]), generator))).mean().backward()
        optimizer.step()
    for key, value in mixture.state_dict().items():
        is_kept = key == "floor" or key.startswith("guard.")
        if is_kept:
            assert torch.equal(value, before[key])
    assert not torch.equal(mixture.excess, before["excess"])


@given(sizes, st.floats(0.001, 0.9), st.floats(0, 1), generators)
def test_the_start_keeps_its_floor_whatever_weights_its_scales_are_given(
    size, floor, share, generator
):
    mixture = DefensiveMixture(FlowMixture(*size), Guard(*size), floor).double()
    weights = share * normal((len(SCALES),), generator, 3).softmax(-1)
    mixture.set_guard_weights(weights)
    found = mixture.guard_weight * mixture.guard.scale_weights  # (R, S)
    assert (found[:, 0] >= floor * (1 - 1e-5)).all()
    torch.testing.assert_close(mixture.guard.scale_weights.sum(-1), torch.ones(size[0]).double())
    if weights[0] > floor + 1e-3 and share < 1 - 1e-3:
        torch.testing.assert_close(found, weights.expand_as(found), rtol=1e-4, atol=1e-5)


@given(names, sizes, generators)
def test_setting_gaussians_sets_model_and_guard(name, size, generator):
    mixture = MIXTURES[name](*size, generator).double()
    gaussians = random_gaussians(*size, generator)
    mixture.set_gaussians(*gaussians)
    assert mixture.undefended is mixture.model
    reference = FlowMixture(*size).double()
    reference.set_gaussians(*gaussians)
    x = normal((7, size[-1]), generator, 3)
    for part in (mixture.guard, mixture.model):
        torch.testing.assert_close(part.joint_log_prob(x), reference.joint_log_prob(x))


def test_what_has_no_guard_is_its_own_inside():
    mixture = FlowMixture(1, 2, 2)
    assert mixture.undefended is mixture


def test_samples_come_from_the_guard_at_its_weight():
    model, guard = FlowMixture(1, 2, 1).double(), Guard(1, 2, 1).double()
    weights, spread = torch.tensor([[0.5, 0.5]]), torch.ones(1, 2, 1, 1)
    model.set_gaussians(weights, torch.zeros(1, 2, 1), spread)
    guard.set_gaussians(weights, torch.full((1, 2, 1), 1e3), spread)
    mixture = DefensiveMixture(model, guard, 0.3)
    mixture.excess.data.fill_(0.0)
    x, _ = mixture.sample(10_000, Generator().manual_seed(0))
    assert abs(float((x > 500).double().mean()) - 0.65) < 0.03
