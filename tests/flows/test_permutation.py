"""The fixed reordering of features."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.flows import Permutation
from tests.flows.bijections import generators


@given(st.permutations(range(4)), generators)
def test_each_feature_goes_where_the_order_says(order, generator):
    x = torch.randn(2, 3, 4, generator=generator)
    z, log_det = Permutation(torch.tensor(order))(x)
    for place, feature in enumerate(order):
        assert torch.equal(z[..., place], x[..., feature])
    assert not log_det.any()


def test_the_order_is_kept_with_the_state_and_not_trained():
    permutation = Permutation(torch.tensor([2, 0, 1]))
    assert list(permutation.state_dict()) == ["order"]
    assert not list(permutation.parameters())
