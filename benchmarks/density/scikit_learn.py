"""Densities of scikit-learn."""

import numpy as np
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.neighbors import KernelDensity

from benchmarks.density.fits import Fitted, chosen_by_validation
from benchmarks.density.tables import Split

N_COMPONENTS = (1, 2, 4, 8, 16, 32)
BANDWIDTHS = np.geomspace(0.05, 1, 8)
KERNEL_ROWS = 10_000
"""Rows that a kernel density is made of at most; it would take minutes to score with more."""


def gaussian_mixture(split: Split, seed: int, limit: float) -> Fitted:
    """Fit Gaussian mixtures, the number of components by validation."""
    candidates = (
        (f"K={k}", GaussianMixture(k, random_state=seed))
        for k in N_COMPONENTS
        if k <= len(split.train)
    )
    return chosen_by_validation(candidates, split.train, split.validation)


def bayesian_gaussian_mixture(split: Split, seed: int, limit: float) -> Fitted:
    """Fit a variational Gaussian mixture of up to 32 components."""
    k = min(max(N_COMPONENTS), len(split.train))
    model = BayesianGaussianMixture(n_components=k, random_state=seed)
    return chosen_by_validation([("", model)], split.train, split.validation)


def kernel_density(split: Split, seed: int, limit: float) -> Fitted:
    """Fit kernel densities, the bandwidth by validation."""
    candidates = ((f"h={h:.2f}", KernelDensity(bandwidth=h, rtol=1e-3)) for h in BANDWIDTHS)
    return chosen_by_validation(candidates, split.train[:KERNEL_ROWS], split.validation)
