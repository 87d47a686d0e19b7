"""Modes of a density of numbers and categories, chosen on rows that are held out.

Given the mode, categories are independent of the numbers and of each other, so all that they have
to do with each other is in which modes there are.
"""

from collections.abc import Sequence

import numpy as np
import torch

from skflowmix.data.problem import Problem
from skflowmix.mixtures import CategoricalMixture
from skflowmix.starts.clusters import fit_kmeans
from skflowmix.starts.mixed import MixedRows, spaces_of

PROFILES = (1, 2, 4, 8, 16, 32)
"""Numbers of modes that are tried in turn, until held-out rows gain no more."""
HELD_OUT = 5
"""One in how many rows is held out to choose among them. By hand."""
RESTARTS = 2
"""How often EM starts anew for each number, in each space. By hand."""
MOST_ROWS = 10_000
"""Most rows by which the number is chosen. By hand, for time."""
SEED = 0
"""Of all chance, so that modes depend on the rows alone."""


def find_profiles(problem: Problem, sizes: Sequence[int] = PROFILES) -> np.ndarray:
    """Return responsibilities ``(n, M)`` of modes, as many as held-out rows are likeliest by.

    Parameters
    ----------
    problem : Problem
        Of n rows with categories and places for these.
    sizes : sequence of int
        Numbers of modes to choose among, increasing.
    """
    if tuple(sizes) == (1,):
        return np.ones((len(problem.X), 1))
    rows = MixedRows.of(problem)
    size = sizes[0] if len(sizes) == 1 else _best_size(problem, rows, sizes)
    mixture, _ = _likeliest(problem, rows, size)
    with torch.no_grad():
        return mixture.joint_log_prob(rows.x)[0].softmax(-1).numpy()


def _best_size(problem: Problem, rows: MixedRows, sizes: Sequence[int]) -> int:
    drawn = np.random.RandomState(SEED).permutation(len(rows))[:MOST_ROWS]
    is_held = np.arange(len(drawn)) % HELD_OUT == HELD_OUT - 1
    own, held = drawn[~is_held], rows.take(drawn[is_held])
    shown = problem.take(own)
    best, best_score = sizes[0], -np.inf
    for size in sizes:
        if len(own) < 2 * size * HELD_OUT:
            break
        score = held.score(_likeliest(shown, rows.take(own), size)[0])
        if score <= best_score:
            break
        best, best_score = size, score
    return best


def _likeliest(problem: Problem, rows: MixedRows, size: int) -> tuple[CategoricalMixture, float]:
    """Run EM from k-means several times, and return the likeliest end."""
    random_state = np.random.RandomState(SEED)
    begins = (
        fit_kmeans(each.X, size, random_state, problem.sample_weight).labels_
        for each in spaces_of(problem)
        for _ in range(RESTARTS if size > 1 else 1)
    )
    return max((rows.fitted(np.eye(size)[each]) for each in begins), key=lambda fit: fit[1])
