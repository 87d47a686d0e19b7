"""The composition of bijections."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.flows import Chain
from tests.flows.bijections import BIJECTIONS, generators, normal, prepared

links = st.lists(st.sampled_from(sorted(BIJECTIONS)), max_size=4)


@given(links, generators)
def test_a_chain_is_its_links_one_after_another(names, generator):
    parts = [prepared(name, "stirred", (2, 4, 3), 0.3, generator) for name in names]
    z = x = normal((2, 4, 3), generator)
    steps = [torch.zeros(2, 4, dtype=x.dtype)]
    for part in parts:
        z, step = part(z)
        steps.append(step)
    actual, log_det = Chain(*parts)(x)
    torch.testing.assert_close(actual, z)
    torch.testing.assert_close(log_det, sum(steps))


@given(links, links, generators)
def test_chains_can_be_linked_in_any_grouping(first, second, generator):
    first, second = (
        [prepared(name, "stirred", (2, 4, 3), 0.3, generator) for name in names]
        for names in (first, second)
    )
    x = normal((2, 4, 3), generator)
    nested, flat = Chain(Chain(*first), Chain(*second)), Chain(*first, *second)
    for method in ("forward", "inverse"):
        for actual, expected in zip(
            getattr(nested, method)(x), getattr(flat, method)(x), strict=True
        ):
            torch.testing.assert_close(actual, expected)


def test_an_empty_chain_is_the_identity():
    x = torch.ones(2, 4, 3)
    for image, log_det in (Chain()(x), Chain().inverse(x)):
        assert torch.equal(image, x)
        assert torch.equal(log_det, torch.zeros(2, 4))
