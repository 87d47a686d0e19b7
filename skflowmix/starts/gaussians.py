"""The start from a Gaussian mixture, fitted by EM."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from skflowmix.data.problem import Problem
from skflowmix.mixtures import FlowMixture, fit_gaussians
from skflowmix.starts.base import Grouper, respect_labels
from skflowmix.starts.centres import kmeans
from skflowmix.starts.thinning import thin

EM_RESTARTS = 5
"""How often a Gaussian mixture starts anew. By hand; no measurement of others is on record."""
EM_ROWS = 20_000
"""Most rows that EM runs on, and that are asked about at once. No measurement is on record."""
EM_MAX_ITER, EM_TOL = 100, 1e-3
"""When EM stops, as in scikit-learn's `GaussianMixture`."""
SIZE_RESTARTS = 2
"""How often it does for each of several numbers of components. By hand, for the time it takes."""
SHRUNK_REG_COVAR = 0.1
"""Added to the diagonals of covariances of standardised columns by `shrunk_mixture`. By hand; no
measurement of others is on record."""


def gaussian_mixture(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Fit Gaussian mixtures by EM from k-means and return the posteriors of the likeliest."""
    return _posteriors(problem, random_state, EM_RESTARTS)


def mixtures(
    change: Callable[[Problem], Problem] = lambda problem: problem, covariance_type: str = "full"
) -> Grouper:
    """Return what does the same on changed problems, for all sizes in turn."""

    def grouper(
        problem: Problem, sizes: Sequence[int], random_state: np.random.RandomState
    ) -> list[np.ndarray]:
        changed, restarts = change(problem), EM_RESTARTS if len(sizes) == 1 else SIZE_RESTARTS
        return [
            _posteriors(
                replace(changed, n_components=size), random_state, restarts, covariance_type
            )
            for size in sizes
        ]

    return grouper


def _shrunk(problem: Problem) -> Problem:
    return replace(problem, reg_covar=SHRUNK_REG_COVAR)


def _ranked(problem: Problem) -> Problem:
    return problem.ranked


gaussian_mixtures = mixtures()
tied_mixture = mixtures(covariance_type="tied")
"""With one covariance for all components: right where rows are few for the columns."""
shrunk_mixture = mixtures(_shrunk)
"""With a tenth of a column's variance added: right where columns are many."""
ranked_mixture = mixtures(_ranked)
"""On normal scores: right where columns are skewed or have outliers."""


def _posteriors(
    problem: Problem,
    random_state: np.random.RandomState,
    restarts: int,
    covariance_type: str = "full",
) -> np.ndarray:
    sample, _ = thin(problem, EM_ROWS, random_state)
    fits = [
        fit_mixtures(
            sample,
            respect_labels(kmeans(sample, random_state), sample.codes)[None],
            covariance_type,
        )
        for _ in range(restarts if problem.n_components > 1 else 1)
    ]
    best, _ = max(fits, key=lambda fit: float(fit[1]))
    x, log_mask, _ = as_tensors(problem)
    parts = [
        (best.joint_log_prob(rows) + mask).softmax(-1)[0].detach()  # (m, K) of (1, m, K)
        for rows, mask in zip(x.split(EM_ROWS), log_mask.split(EM_ROWS), strict=True)
    ]
    return torch.cat(parts).numpy()


def fit_mixtures(
    problem: Problem, responsibilities: np.ndarray, covariance_type: str = "full"
) -> tuple[FlowMixture, Tensor]:
    """Fit Gaussian mixtures by EM from responsibilities ``(R, n, K)``.

    Returns
    -------
    mixtures : FlowMixture
        R of them.
    log_likelihoods : Tensor of shape (R,)
        Nats a row.
    """
    return fit_gaussians(
        torch.from_numpy(responsibilities),
        as_tensors(problem),
        problem.reg_covar,
        EM_MAX_ITER,
        EM_TOL,
        covariance_type,
    )


def as_tensors(problem: Problem) -> tuple[Tensor, Tensor, Tensor]:
    """Rows ``(n, d)``, log-mask ``(n, K)`` and weights ``(n,)``, all in float64."""
    return (
        torch.from_numpy(problem.X),
        torch.from_numpy(problem.log_mask),
        torch.from_numpy(problem.sample_weight),
    )
