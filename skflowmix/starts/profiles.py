"""Modes of a density of numbers and categories, chosen on rows that are held out.

Given the mode, categories are independent of the numbers and of each other, so all that they have
to do with each other is in which modes there are.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from skflowmix.data.dequantising import dequantising_noise, quantisation_widths
from skflowmix.data.problem import Problem
from skflowmix.mixtures import CategoricalMixture, fit_mixed
from skflowmix.starts.clusters import fit_kmeans

PROFILES = (1, 2, 4, 8, 16, 32)
"""Numbers of modes that are tried in turn, until held-out rows gain no more."""
HELD_OUT = 5
"""One in how many rows is held out to choose among them. By hand."""
RESTARTS = 3
"""How often EM starts anew for each number. By hand."""
MOST_ROWS = 10_000
"""Most rows by which the number is chosen. By hand, for time."""
MAX_ITER, TOL = 100, 1e-3
"""When EM stops, as elsewhere among the starts."""
SEED = 0
"""Of all chance, so that modes depend on the rows alone."""


def find_profiles(
    problem: Problem, n_levels: tuple[int, ...], sizes: Sequence[int] = PROFILES
) -> np.ndarray:
    """Return responsibilities ``(n, M)`` of modes, as many as held-out rows are likeliest by.

    Parameters
    ----------
    problem : Problem
        Of n rows with categories and places for these.
    n_levels : tuple of int
        Of the categories.
    sizes : sequence of int
        Numbers of modes to choose among, increasing.
    """
    if tuple(sizes) == (1,):
        return np.ones((len(problem.X), 1))
    problem = _without_steps(problem)
    size = sizes[0] if len(sizes) == 1 else _best_size(problem, n_levels, sizes)
    mixture = _likeliest(problem, n_levels, size)
    with torch.no_grad():
        joint = mixture.joint_log_prob(torch.from_numpy(problem.table))
    return joint[0].softmax(-1).numpy()


def _without_steps(problem: Problem) -> Problem:
    """Add noise to numbers that come in steps: no narrow mode is to gain without bound."""
    widths = quantisation_widths(problem.rows)
    noise = dequantising_noise(problem.rows.shape, widths, np.random.RandomState(SEED))
    return replace(problem, numbers=problem.rows + noise)


def _best_size(problem: Problem, n_levels: tuple[int, ...], sizes: Sequence[int]) -> int:
    n_rows = len(problem.X)
    if n_rows > MOST_ROWS:
        drawn = np.random.RandomState(SEED).permutation(n_rows)[:MOST_ROWS]
        problem = problem.take(np.sort(drawn))
    place = np.arange(len(problem.X)) % HELD_OUT
    shown = problem.take(np.flatnonzero(place != HELD_OUT - 1))
    held = problem.take(np.flatnonzero(place == HELD_OUT - 1))
    best, best_score = sizes[0], -np.inf
    for size in sizes:
        if len(shown.X) < 2 * size * HELD_OUT:
            break
        score = _score(_likeliest(shown, n_levels, size), held)
        if score <= best_score:
            break
        best, best_score = size, score
    return best


@torch.no_grad()
def _score(mixture: CategoricalMixture, held: Problem) -> float:
    """Return the mean log-likelihood of rows, in nats."""
    log_prob = mixture.joint_log_prob(torch.from_numpy(held.table))[0].logsumexp(-1)
    return float(np.average(log_prob.numpy(), weights=held.sample_weight))


def _likeliest(problem: Problem, n_levels: tuple[int, ...], size: int) -> CategoricalMixture:
    """Fit mixtures of Gaussians and tables by EM from k-means, and return the likeliest."""
    rows = (torch.from_numpy(problem.table), torch.from_numpy(problem.sample_weight))
    fits = [
        fit_mixed(start, rows, n_levels, problem.reg_covar, MAX_ITER, TOL)
        for start in _begins(problem, size)
    ]
    best, _ = max(fits, key=lambda fit: float(fit[1]))
    return best


def _begins(problem: Problem, size: int) -> list[Tensor]:
    """Responsibilities ``(1, n, M)`` by k-means, from several beginnings."""
    random_state = np.random.RandomState(SEED)
    n_begins = RESTARTS if size > 1 else 1
    models = (
        fit_kmeans(problem.X, size, random_state, problem.sample_weight) for _ in range(n_begins)
    )
    return [torch.eye(size).double()[torch.from_numpy(m.labels_).long()][None] for m in models]
