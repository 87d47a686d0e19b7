"""The start from a Gaussian mixture, fitted by EM."""

import numpy as np
import torch
from torch import Tensor

from skflowmix.data.problem import Problem
from skflowmix.mixtures import FlowMixture, fit_gaussians
from skflowmix.starts.base import respect_labels
from skflowmix.starts.centres import kmeans
from skflowmix.starts.thinning import thin

EM_RESTARTS = 5
"""How often a Gaussian mixture starts anew. By hand; no measurement of others is on record."""
EM_ROWS = 20_000
"""Most rows that EM runs on, and that are asked about at once. No measurement is on record."""
EM_MAX_ITER, EM_TOL = 100, 1e-3
"""When EM stops, as in scikit-learn's `GaussianMixture`."""


def gaussian_mixture(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Fit Gaussian mixtures by EM from k-means and return the posteriors of the likeliest."""
    sample, _ = thin(problem, EM_ROWS, random_state)
    fits = [
        fit_mixtures(sample, respect_labels(kmeans(sample, random_state), sample.codes)[None])
        for _ in range(EM_RESTARTS if problem.n_components > 1 else 1)
    ]
    best, _ = max(fits, key=lambda fit: float(fit[1]))
    x, log_mask, _ = as_tensors(problem)
    parts = [
        (best.joint_log_prob(rows) + mask).softmax(-1)[0].detach()  # (m, K) of (1, m, K)
        for rows, mask in zip(x.split(EM_ROWS), log_mask.split(EM_ROWS), strict=True)
    ]
    return torch.cat(parts).numpy()


def fit_mixtures(problem: Problem, responsibilities: np.ndarray) -> tuple[FlowMixture, Tensor]:
    """Fit Gaussian mixtures by EM from responsibilities ``(R, n, K)``.

    Returns
    -------
    mixtures : FlowMixture
        R of them.
    log_likelihoods : Tensor of shape (R,)
        Nats a row.
    """
    starts = torch.from_numpy(responsibilities)
    return fit_gaussians(starts, as_tensors(problem), problem.reg_covar, EM_MAX_ITER, EM_TOL)


def as_tensors(problem: Problem) -> tuple[Tensor, Tensor, Tensor]:
    """Rows ``(n, d)``, log-mask ``(n, K)`` and weights ``(n,)``, all in float64."""
    return (
        torch.from_numpy(problem.X),
        torch.from_numpy(problem.log_mask),
        torch.from_numpy(problem.sample_weight),
    )
