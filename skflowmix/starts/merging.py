"""The start from a Gaussian mixture with too many components, merged down to K groups.

A group of any shape can be covered by some Gaussians, and those that cover one group overlap.
"""

from dataclasses import replace

import numpy as np
import torch

from skflowmix.mixtures import fit_gaussians
from skflowmix.starts.centres import kmeans
from skflowmix.starts.problem import Problem, nearest_of, some_rows

N_COMPONENTS = (5, 10, 20, 40, 60)
"""Components to begin with, in turn."""
N_FITS = 2
"""How often each of these is done, as EM depends on where it begins."""
ROWS_PER_PARAMETER = 2
"""No more components than have so many rows for each of their means and covariances."""
MERGED_ROWS, EM_MAX_ITER, EM_TOL = 10_000, 100, 1e-3
"""On how many rows it is done, and when EM stops."""


def merged_mixture(problem: Problem, random_state: np.random.RandomState) -> np.ndarray:
    """Merge the components of too large Gaussian mixtures; keep what tells most of the rows.

    References
    ----------
    Baudry, Raftery, Celeux, Lo and Gottardo (2010), Combining mixture components for
    clustering, equation 8, with each gain of entropy divided by the smaller weight.
    """
    some = some_rows(problem.codes >= 0, MERGED_ROWS, random_state)
    sample = problem.take(some)
    weights = sample.sample_weight
    groups = [
        merged_by_overlap(posterior, problem.n_components, weights)
        for size in _sizes(sample)
        for posterior in _posteriors(sample, size, random_state)
    ]
    best = max(groups, key=lambda each: information(each, weights))
    return best[nearest_of(problem.X, some)]


def _sizes(problem: Problem) -> list[int]:
    """Numbers of components that the rows are enough for, K at least."""
    n_rows, n_features = problem.X.shape
    n_parameters = n_features * (n_features + 3) / 2
    most = n_rows / (ROWS_PER_PARAMETER * n_parameters)
    larger = [size for size in N_COMPONENTS if problem.n_components < size <= most]
    return [problem.n_components, *larger]


def _posteriors(problem: Problem, size: int, random_state: np.random.RandomState) -> np.ndarray:
    """Responsibilities ``(N_FITS, n, size)`` of Gaussian mixtures, labels aside."""
    wide = replace(problem, n_components=size, codes=np.full_like(problem.codes, -1))
    begins = np.stack([kmeans(wide, random_state) for _ in range(N_FITS)])
    rows = wide.as_tensors()
    mixtures, _ = fit_gaussians(
        torch.from_numpy(begins), rows, problem.reg_covar, EM_MAX_ITER, EM_TOL
    )
    return mixtures.joint_log_prob(rows[0]).softmax(-1).detach().numpy()


def merged_by_overlap(
    responsibilities: np.ndarray, n_groups: int, weights: np.ndarray
) -> np.ndarray:
    """Merge columns of responsibilities ``(n, M)``, each time the two that overlap most.

    Overlap is the doubt, in nats, that merging takes away, for each row of the smaller of the
    two groups.
    """
    columns = responsibilities.T.copy()  # (M, n)
    doubts = _entropies(columns) @ weights
    overlaps = np.array([_overlaps(i, columns, doubts, weights) for i in range(len(columns))])
    while len(columns) > n_groups:
        np.fill_diagonal(overlaps, -np.inf)
        kept, gone = sorted(np.unravel_index(overlaps.argmax(), overlaps.shape))
        columns[kept] += columns[gone]
        doubts[kept] = _entropies(columns[kept]) @ weights
        columns, doubts = np.delete(columns, gone, axis=0), np.delete(doubts, gone)
        overlaps = np.delete(np.delete(overlaps, gone, axis=0), gone, axis=1)
        overlaps[kept] = overlaps[:, kept] = _overlaps(kept, columns, doubts, weights)
    return columns.T


def _overlaps(
    group: int | np.intp, columns: np.ndarray, doubts: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Overlap of one group with each of ``columns (M, n)`` that have ``doubts (M,)``: ``(M,)``."""
    saved = doubts[group] + doubts - _entropies(columns[group] + columns) @ weights
    sizes = columns @ weights
    return saved / np.maximum(np.minimum(sizes[group], sizes), 1e-12)


def information(responsibilities: np.ndarray, weights: np.ndarray) -> float:
    """How much a row tells of its group: entropy of the groups' sizes less that of the rows."""
    sizes = np.average(responsibilities, axis=0, weights=weights)
    doubt = np.average(_entropies(responsibilities).sum(axis=1), weights=weights)
    return float(_entropies(sizes).sum() - doubt)


def _entropies(probabilities: np.ndarray) -> np.ndarray:
    return torch.special.entr(torch.from_numpy(probabilities)).numpy()
