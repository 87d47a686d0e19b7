"""Rows for the laws of views and detectors."""

import numpy as np
from hypothesis import strategies as st

sizes = st.tuples(st.integers(2, 60), st.integers(1, 5))
seeds = st.integers(0, 2**31 - 1)


def rows(size, seed):
    """Rows with a column of steps, and the last a product of normal numbers."""
    Z = np.random.default_rng(seed).normal(size=size)
    Z[:, 0] = np.round(Z[:, 0])
    Z[:, -1] *= Z[:, 0]
    return Z


def contaminated(n=400, d=4, share=0.1, seed=0):
    """A cloud with a dense clump away from it, and which rows these are."""
    rng = np.random.default_rng(seed)
    is_odd = np.arange(n) < share * n
    X = np.where(is_odd[:, None], 4 + 0.05 * rng.normal(size=(n, d)), rng.normal(size=(n, d)))
    return X, is_odd
