"""Autoregressive maps: what each feature looks at, and zuko's as a reference."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.flows import AffineTransformer
from skflowmix.flows.autoregressive import autoregressive_masks
from tests.flows.bijections import AUTOREGRESSIVE, generators, normal, prepared
from tests.flows.test_laws import jacobian

names = st.sampled_from(sorted(AUTOREGRESSIVE))


@given(names, st.integers(2, 5), generators)
def test_a_feature_looks_at_all_those_before_it_and_at_none_behind(name, n_features, generator):
    bijection = prepared(name, "stirred", (2, 1, n_features), 0.4, generator)
    slopes = jacobian(lambda x: bijection(x)[0], normal((2, 6, n_features), generator))
    assert (slopes.triu(1) == 0).all()
    depends = (slopes.tril(-1) != 0).any(1)  # (S, d, d)
    assert torch.equal(depends, torch.ones_like(depends).tril(-1))


@given(st.integers(2, 9), st.lists(st.integers(8, 20), max_size=3))
def test_masks_leave_a_way_from_each_feature_to_those_behind_it_alone(n_features, hidden):
    masks = autoregressive_masks(n_features, hidden, AffineTransformer().feature_index(n_features))
    ways = torch.eye(n_features).double()
    for mask in masks:
        ways = ways @ mask.double()
    behind = torch.ones(n_features, n_features).triu(1).repeat(1, 2) > 0
    assert torch.equal(ways > 0, behind)


@given(st.integers(2, 5), generators)
def test_agrees_with_the_autoregressive_transform_of_zuko(n_features, generator):
    zuko = pytest.importorskip("zuko")
    bijection = prepared("autoregressive", "stirred", (1, 1, n_features), 0.2, generator)
    x = normal((1, 6, n_features), generator)

    def meta(before):
        raw = bijection.network(before[None])[0]
        shift, log_scale = bijection.transformer.forward(torch.zeros_like(before), raw)
        affine = torch.distributions.AffineTransform(shift, log_scale.exp())
        return zuko.transforms.DependentTransform(affine, 1)

    reference = zuko.transforms.AutoregressiveTransform(meta, passes=n_features)
    z, log_det = bijection(x)
    torch.testing.assert_close(z[0], reference(x[0]))
    torch.testing.assert_close(log_det[0], reference.log_abs_det_jacobian(x[0], z[0]))
    torch.testing.assert_close(bijection.inverse(z)[0][0], reference.inv(z[0]))
