"""The start from a Gaussian mixture, fitted by EM."""

import numpy as np
import torch

from skflowmix.mixtures import fit_gaussians
from skflowmix.starts.centres import kmeans
from skflowmix.starts.problem import Problem, respect_labels, some_rows

EM_RESTARTS, EM_MAX_ITER, EM_TOL, EM_ROWS = 5, 100, 1e-3, 20_000
"""How often a Gaussian mixture starts anew, when EM stops, and on how many rows it runs."""


def gaussian_mixture(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Fit Gaussian mixtures by EM from k-means and return the posteriors of the likeliest."""
    some = some_rows(problem.codes >= 0, EM_ROWS, random_state)
    sample = problem.take(some)
    fits = [
        fit_gaussians(
            torch.from_numpy(respect_labels(kmeans(sample, random_state), sample.codes))[None],
            sample.as_tensors(),
            problem.reg_covar,
            EM_MAX_ITER,
            EM_TOL,
        )
        for _ in range(EM_RESTARTS if problem.n_components > 1 else 1)
    ]
    best, _ = max(fits, key=lambda fit: float(fit[1]))
    parts = [
        (best.joint_log_prob(x) + log_mask).softmax(-1)[0].detach()
        for x, log_mask in zip(*(t.split(EM_ROWS) for t in problem.as_tensors()[:2]), strict=True)
    ]
    return torch.cat(parts).numpy()
