"""Modes of a density of numbers and categories, chosen on rows that are held out.

Given the mode, categories are independent of the numbers and of each other, so all that they have
to do with each other is in which modes there are.
"""

from collections.abc import Sequence

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.starts.clusters import fit_kmeans
from skflowmix.starts.mixed import MixedRows, spaces_of

PROFILES = (1, 2, 4, 8, 16, 32)
"""Numbers of modes that are tried in turn."""
PATIENCE = 2
"""How many of them may bring held-out rows no gain, one after the other, before it ends."""
HELD_OUT = 5
"""One in how many rows is held out to choose among them. By hand."""
FEW_ROWS = 1_500
"""Up to a fifth of so many rows, each is held out in turn, and of more rows fewer parts are, as a
part of few rows says little. By hand, for time."""
RESTARTS = 2
"""How often EM starts anew for each number, in each space. By hand."""
MOST_ROWS = 5_000
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
    begins = _begins(problem, size, np.ones(len(rows), dtype=bool))
    mixture, log_prob = rows.fitted(begins)
    return rows.posteriors(mixture)[log_prob.argmax()]


def _best_size(problem: Problem, rows: MixedRows, sizes: Sequence[int]) -> int:
    drawn = np.random.RandomState(SEED).permutation(len(rows))[:MOST_ROWS]
    problem, rows = problem.take(drawn), rows.take(drawn)
    n_folds = min(max(FEW_ROWS // len(drawn), 1), HELD_OUT)
    folds = np.arange(len(drawn)) % HELD_OUT == np.arange(n_folds)[:, None]  # (F, n)
    scores: dict[int, float] = {}
    for size in sizes:
        if scores and len(drawn) < 2 * size * HELD_OUT:
            break
        scores[size] = _held_out_score(problem, rows, folds, size)
        if max(scores.values()) > max(list(scores.values())[-PATIENCE:]):
            break
    return max(scores, key=lambda size: scores[size])


def _held_out_score(problem: Problem, rows: MixedRows, folds: np.ndarray, size: int) -> float:
    """Return the mean score of folds ``(F, n)`` under so many modes that other rows make."""
    begins = np.stack([_begins(problem, size, ~fold) for fold in folds])  # (F, B, n, M)
    n_begins = begins.shape[1]
    held = folds.repeat(n_begins, 0)
    mixture, log_prob = rows.fitted(begins.reshape(-1, *begins.shape[2:]), rows.shown(~held))
    scores = rows.scores(mixture, rows.shown(held)).reshape(-1, n_begins)
    likeliest = log_prob.reshape(-1, n_begins).argmax(1)
    return float(scores[np.arange(len(folds)), likeliest].mean())


def _begins(problem: Problem, size: int, shown: np.ndarray) -> np.ndarray:
    """Responsibilities ``(B, n, M)`` by k-means of the rows that are shown, in each space."""
    if size == 1:
        return np.ones((1, len(shown), 1))
    random_state = np.random.RandomState(SEED)
    weights = problem.sample_weight[shown]
    groups = [
        fit_kmeans(each.X[shown], size, random_state, weights).predict(each.X)
        for each in spaces_of(problem)
        for _ in range(RESTARTS)
    ]
    return np.eye(size)[groups]
