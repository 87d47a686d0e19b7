"""Columns are standardised at any size, and narrow directions found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.scaling import NARROW, Scaling, stretch_of


@given(st.integers(2, 50), st.integers(1, 4), st.floats(-200, 200), st.integers(0, 2**20))
def test_scaling_standardises_at_any_size_and_undoes_itself(n, d, log_size, seed):
    rng = np.random.default_rng(seed)
    X = (rng.standard_normal((n, d)) + 3) * 10.0**log_size
    weights = rng.uniform(0.1, 2, n)
    scaling = Scaling.of(X, weights)
    Z = scaling.apply(X)
    np.testing.assert_allclose(np.average(Z, axis=0, weights=weights), 0, atol=1e-9)
    np.testing.assert_allclose(np.average(Z**2, axis=0, weights=weights), 1)
    np.testing.assert_allclose(scaling.undo(Z), X)
    assert scaling.log_det == pytest.approx(-np.log(scaling.spread).sum())


@given(st.integers(2, 5), st.floats(-2, 0), st.integers(0, 2**20))
def test_no_direction_is_narrow_once_it_is_stretched(d, log_width, seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((200, d))
    X[:, 0] = X[:, 1:].sum(1) + 10**log_width * X[:, 0]
    weights = rng.uniform(0.5, 1.5, 200)
    Z = Scaling.of(X, weights).apply(X)
    stretch = stretch_of(Z, weights, 1e-6)
    covariance = np.cov(Z.T, aweights=weights, ddof=0)
    if stretch is None:
        assert np.linalg.eigvalsh(covariance).min() >= NARROW * 0.99
        return
    np.testing.assert_allclose(stretch, stretch.T)
    wide = stretch @ covariance @ stretch
    assert np.linalg.eigvalsh(wide).min() >= NARROW * 0.99
    before = np.linalg.eigvalsh(covariance)
    kept = np.linalg.eigvalsh(wide)[-(before > NARROW).sum() :]
    np.testing.assert_allclose(kept, before[before > NARROW])  # what was wide stays
