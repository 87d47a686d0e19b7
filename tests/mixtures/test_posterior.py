"""The amortised posterior."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from skflowmix.flows import ACTIVATIONS
from skflowmix.mixtures import PosteriorNetwork
from tests.flows.bijections import alone, normal, stirred
from tests.mixtures.examples import generators, sizes

activations = st.sampled_from(sorted(ACTIVATIONS))


def make(n_starts, n_components, n_features, activation, generator):
    return PosteriorNetwork(
        n_starts, n_features, n_components, (8, 4), activation, generator
    ).double()


@given(sizes, activations, generators)
def test_begins_as_the_uniform_distribution(size, activation, generator):
    logits = make(*size, activation, generator)(normal((5, size[-1]), generator, 3))
    uniform = torch.full((size[0], 5, size[1]), 1 / size[1]).double()
    torch.testing.assert_close(logits.softmax(-1), uniform, rtol=1e-7, atol=0)


@given(sizes, activations, generators)
def test_starts_do_not_talk(size, activation, generator):
    network = make(*size, activation, generator)
    stirred(network, None, 0.5, generator)
    x = normal((5, size[-1]), generator)
    logits = network(x)
    for start in range(size[0]):
        one = alone(lambda n: make(n, *size[1:], activation, generator), network, start)
        torch.testing.assert_close(logits[start], one(x)[0])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_can_learn_a_grouping(activation):
    network = make(2, 2, 1, activation, Generator().manual_seed(0))
    x = torch.linspace(-1, 1, 20).double().unsqueeze(-1)
    target = (x[:, 0] > 0).long().expand(2, -1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(x).mT, target)
        loss.backward()
        optimizer.step()
    assert torch.equal(network(x)[:, [0, -1]].argmax(-1), target[:, [0, -1]])
