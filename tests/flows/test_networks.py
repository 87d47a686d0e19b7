"""Stacked perceptrons against one perceptron at a time."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neural_network import MLPRegressor
from torch import Generator

from skflowmix.flows import ACTIVATIONS, StackedMLP, fold_weights, make_flow
from skflowmix.flows.networks import MAX_UNSCALED_WIDTH
from tests.flows.bijections import generators, normal, stirred

widths = st.integers(1, 6) | st.just(2 * MAX_UNSCALED_WIDTH)
hiddens = st.lists(st.integers(1, 6), max_size=3)
activations = st.sampled_from(sorted(ACTIVATIONS))


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), hiddens, activations, generators)
def test_begins_as_the_zero_map(n_stack, n_in, n_out, hidden, activation, generator):
    network = StackedMLP(n_stack, n_in, n_out, hidden, activation, generator)
    y = network(torch.randn(n_stack, 5, n_in, generator=generator))
    assert torch.equal(y, torch.zeros(n_stack, 5, n_out))


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic"])
@given(st.lists(widths, min_size=1, max_size=3), generators)
def test_each_is_the_perceptron_of_scikit_learn(activation, hidden, generator):
    network = StackedMLP(2, 3, 2, hidden, activation, generator).double()
    stirred(network, None, 0.5, generator)
    x = normal((2, 5, 3), generator)
    y = network(x).detach().numpy()
    layers = [*network.hidden, network.last]
    for element in range(2):
        reference = MLPRegressor(hidden, activation=activation, max_iter=1)
        reference.n_layers_, reference.out_activation_ = len(layers) + 1, "identity"
        reference.coefs_ = [layer.effective_weight[element].detach().numpy() for layer in layers]
        reference.intercepts_ = [layer.bias[element, 0].detach().numpy() for layer in layers]
        reference.n_features_in_ = 3
        np.testing.assert_allclose(y[element], reference.predict(x[element].numpy()))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_step_moves_wide_networks_as_far_as_narrow_ones(activation):
    moved = []
    for share in (0.5, 1, 16):
        width = int(share * MAX_UNSCALED_WIDTH)
        generator = Generator().manual_seed(0)
        network = StackedMLP(1, 3, 2, (width,), activation, generator)
        x = torch.randn(1, 100, 3, generator=generator)
        optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
        network(x).sum().backward()
        optimizer.step()
        moved.append(float(network(x).detach().abs().mean()))
    assert moved[2] == pytest.approx(moved[1], rel=0.3)
    assert moved[0] < 0.8 * moved[1]  # as it is for narrow ones


def test_silu_has_the_minimum_that_is_known_of_it():
    # Elfwing, Uchibe and Doya (2018): about -0.28 at about -1.28.
    x = torch.linspace(-3, 3, 60_001)
    y, place = ACTIVATIONS["silu"](x).min(0)
    assert (float(y), float(x[place])) == pytest.approx((-0.27846, -1.27846), abs=1e-3)


@given(hiddens, activations, st.integers(0, 2**31 - 1))
def test_weights_come_from_the_generator_alone(hidden, activation, seed):
    global_state = torch.get_rng_state()
    one, two, other = (
        StackedMLP(2, 3, 2, hidden, activation, Generator().manual_seed(s))
        for s in (seed, seed, seed + 1)
    )
    assert torch.equal(torch.get_rng_state(), global_state)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)
    for a, c in zip(one.hidden.parameters(), other.hidden.parameters(), strict=True):
        assert not torch.equal(a, c)


@given(st.integers(1, 50))
def test_first_weights_are_bounded_by_the_number_of_inputs(n_in):
    network = StackedMLP(2, n_in, 1, (16,), "relu", Generator().manual_seed(0))
    bound = n_in**-0.5
    for parameter in network.hidden.parameters():
        assert 0.5 * bound < parameter.detach().abs().max() <= bound


@given(st.integers(1, 3), st.integers(2, 4), st.sampled_from([4, 200]))
def test_folded_weights_give_the_same_answers_to_the_bit(n_stack, n_features, width):
    flow = make_flow(
        "autoregressive", n_stack, n_features, 2, (width,), "tanh", Generator().manual_seed(0)
    )
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(
                0.1 * torch.randn(parameter.shape, generator=Generator().manual_seed(1))
            )
    x = torch.randn(n_stack, 5, n_features, generator=Generator().manual_seed(2))
    expected = flow(x)
    fold_weights(flow)
    for actual, wanted in zip(flow(x), expected, strict=True):
        assert torch.equal(actual, wanted)
