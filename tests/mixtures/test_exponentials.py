"""Exponentials that may vanish: they equal torch's, gradients included, and never overflow."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.mixtures import exponentials
from tests.flows.bijections import normal
from tests.mixtures.examples import generators

spreads = st.sampled_from([0.1, 10.0, 80.0, 1e3, 1e30])
dtypes = st.sampled_from([torch.float32, torch.float64])
FUNCTIONS = {
    "logsumexp": (lambda x: exponentials.logsumexp(x, -1), lambda x: x.logsumexp(-1)),
    "logsumexp, kept": (
        lambda x: exponentials.logsumexp(x, 0, keepdim=True),
        lambda x: x.logsumexp(0, keepdim=True),
    ),
    "logaddexp": (
        lambda x: exponentials.logaddexp(x[0], x[1]),
        lambda x: torch.logaddexp(x[0], x[1]),
    ),
}


@given(st.sampled_from(sorted(FUNCTIONS)), spreads, dtypes, generators)
def test_values_and_gradients_are_those_of_torch(name, spread, dtype, generator):
    x = normal((2, 5, 4), generator, spread).to(dtype).requires_grad_()
    found, expected = (function(x) for function in FUNCTIONS[name])
    torch.testing.assert_close(found, expected)
    towards = torch.linspace(-1, 1, found.numel(), dtype=dtype).view_as(found)
    found, expected = (torch.autograd.grad(each, x, towards)[0] for each in (found, expected))
    torch.testing.assert_close(found, expected)


@given(spreads, dtypes, generators)
def test_exponentials_are_those_of_torch_and_change_no_input(spread, dtype, generator):
    x = -normal((5, 4), generator, spread).to(dtype).abs()
    before = x.clone()
    torch.testing.assert_close(exponentials.exp(x), x.exp())
    assert torch.equal(x, before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [-torch.inf, torch.inf, torch.nan])
@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_what_is_not_finite_stays_what_torch_makes_of_it(name, value, dtype):
    for x in (torch.full((2, 3), value, dtype=dtype), torch.tensor([[0, value]] * 2, dtype=dtype)):
        found, expected = (function(x) for function in FUNCTIONS[name])
        torch.testing.assert_close(found, expected, equal_nan=True)


def test_an_exponential_below_all_normal_numbers_is_zero():
    assert float(exponentials.exp(torch.tensor([-90.0]))) == 0
    assert float(exponentials.exp(torch.tensor([-720.0]).double())) == 0
