"""Invertible matrices of triangular factors."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.flows.bijections import generators, normal, prepared

n_features = st.sampled_from([1, 2, 3, 5])


@given(n_features, generators)
def test_the_map_is_the_product_of_its_factors(n_features, generator):
    linear = prepared("linear", "stirred", (2, 1, n_features), 0.4, generator)
    x = normal((2, 6, n_features), generator)
    lower, upper = linear.factors
    torch.testing.assert_close(linear(x)[0].mT, lower @ (upper @ x.mT))
    assert torch.equal(lower.tril(), lower)
    assert torch.equal(upper.triu(), upper)
    assert (lower.diagonal(dim1=-2, dim2=-1) == 1).all()


@given(n_features, generators)
def test_gradients_keep_the_log_determinant_right(n_features, generator):
    linear = prepared("linear", "trained", (2, 8, n_features), 0.4, generator)
    _, log_det = linear(normal((2, 1, n_features), generator))
    lower, upper = linear.factors
    torch.testing.assert_close(log_det[:, 0], (lower @ upper).slogdet().logabsdet)


@given(st.integers(2, 40), generators)
def test_steps_of_one_size_move_images_no_further_where_features_are_many(n_features, generator):
    # Adam moves every number by about the learning rate, whatever its gradient.
    linear = prepared("linear", "built", (1, 1, n_features), 0.0, generator)
    step = 0.01
    for parameter in (linear.lower, linear.upper):
        parameter.data += step
    x = torch.ones(1, 1, n_features, dtype=torch.float64)
    assert (linear(x)[0] - x).abs().max() < 3 * step


@given(n_features, generators)
def test_agrees_with_the_linear_map_of_zuko(n_features, generator):
    zuko = pytest.importorskip("zuko")
    linear = prepared("linear", "stirred", (1, 1, n_features), 0.4, generator)
    linear.log_diagonal.data.zero_()
    x = normal((1, 6, n_features), generator)
    lower, upper = linear.factors
    parameters = lower[0].tril(-1) + torch.eye(n_features).double() + upper[0].triu(1)
    reference = zuko.transforms.LULinearTransform(parameters)
    torch.testing.assert_close(linear(x)[0][0], reference(x[0]))
