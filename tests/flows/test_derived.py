"""What is derived is kept of modules that are frozen, and is what it was."""

import pytest
import torch
from torch import Generator, nn

from skflowmix.flows import derived, freeze, thaw
from tests.flows.bijections import BIJECTIONS, STATES, normal, prepared


class Doubled(nn.Module):
    """A module of one number; it counts how often twice that is worked out."""

    def __init__(self):
        super().__init__()
        self.number = nn.Parameter(torch.ones(()))
        self.n_times = 0

    @derived
    def double(self):
        """Twice the number."""
        self.n_times += 1
        return 2 * self.number


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", BIJECTIONS)
def test_bijections_that_are_frozen_answer_the_same_to_the_bit(name, state):
    generator = Generator().manual_seed(0)
    shape = (2, 4, 3)
    bijection = prepared(name, state, shape, 0.3, generator).requires_grad_(False)
    x = normal(shape, generator)
    expected = (*bijection(x), *bijection.inverse(x))
    freeze(bijection)
    for _ in range(2):
        for actual, wanted in zip((*bijection(x), *bijection.inverse(x)), expected, strict=True):
            assert torch.equal(actual, wanted)


def test_it_is_worked_out_once_when_frozen_and_at_every_use_before():
    module = Doubled()
    assert module.double == module.double == 2
    assert module.n_times == 2
    freeze(nn.ModuleList([module]))
    assert module.double == module.double == 2
    assert module.n_times == 3


def test_it_has_gradients_until_it_is_frozen():
    module = Doubled()
    module.double.backward()
    assert module.number.grad == 2
    freeze(module)
    assert not module.double.requires_grad


def test_a_module_that_is_thawed_follows_its_parameters():
    module = Doubled()
    thaw(module)
    freeze(module)
    module.number.data.fill_(3)
    assert module.double == 2
    thaw(module)
    assert module.double == 6


def test_it_is_described_like_a_property():
    assert Doubled.double.__doc__ == "Twice the number."
