"""The choice of groups of rows with categories, by the likelihood of a mixture of both.

Levels of a category lie apart from each other in any space, whether they have to do with groups or
not, so that compact and well separated groups may be nothing but levels. A mixture in which
categories are independent of the numbers, given the group, knows the difference.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.selection.choice import ONE_GROUP, Choice, possible_sizes
from skflowmix.selection.search import SEED, Sample
from skflowmix.starts import GROUPERS, MixedRows, spaces_of

BEGINS = ("gaussian_mixture", "kmeans", "ward", "tied_mixture", "shrunk_mixture")
"""Groupings that EM begins with, for each number of groups."""
Found = tuple[str, int, float, np.ndarray]
"""Name, number of groups, score and responsibilities of a grouping."""


def choose_mixed(
    problem: Problem,
    X: np.ndarray,
    sizes: Sequence[int],
    on_step: Callable[[str], object] = lambda name: None,
) -> Choice:
    """Choose a grouping of rows with categories, and the number of groups where several may be.

    Groupings of the numbers alone, and of numbers and levels in one space, go on by EM of
    Gaussians and tables. The score of what they end as is its Bayesian information criterion,
    over -2 n: nats a row.

    Parameters
    ----------
    problem : Problem
        Of n rows with categories, and places for these.
    X : ndarray of shape (n, d)
        The rows as they came, by which copies are told.
    sizes : sequence of int
        Numbers of groups to choose among, increasing.
    on_step : callable
        ``on_step(name)`` is called after each way of grouping.

    References
    ----------
    McLachlan and Peel (2000), Finite mixture models, section 6.9.
    """
    sample = Sample.of(problem, X)
    found = _all_groupings(sample.problem, sizes, on_step)
    _, n_groups, _, _ = max(found, key=_score)
    own = sorted((each for each in found if each[1] == n_groups), key=_score, reverse=True)
    names, numbers, scores, _ = zip(*found, strict=True)
    table = {
        "start": np.array(names),
        "n_components": np.array(numbers),
        "selection_score": np.array(scores),
    }
    starts, proposals = [each[0] for each in own], [each[3] for each in own]
    return Choice(n_groups, starts, proposals, sample.nearest, table)


def _all_groupings(
    problem: Problem, sizes: Sequence[int], on_step: Callable[[str], object]
) -> list[Found]:
    rows = MixedRows.of(problem)
    several = possible_sizes(sizes, len(problem.X))
    found = []
    if 1 in sizes or not several:
        found.append(_refined(rows, ONE_GROUP, np.ones((1, len(problem.X), 1))))
    for name in BEGINS if several else ():
        of_spaces = [_begins(name, each, several) for each in spaces_of(problem)]
        found += [_refined(rows, name, np.stack(own)) for own in zip(*of_spaces, strict=True)]
        on_step(name)
    return found


def _begins(name: str, problem: Problem, sizes: Sequence[int]) -> list[np.ndarray]:
    """Responsibilities ``(n, K)`` by one way of grouping, for each size."""
    return GROUPERS[name](problem, sizes, np.random.RandomState(SEED))


def _score(found: Found) -> float:
    return found[2]


def _refined(rows: MixedRows, name: str, begins: np.ndarray) -> Found:
    """Run EM from responsibilities ``(R, n, K)``, and score the likeliest of what they end as."""
    mixture, log_prob = rows.fitted(begins)
    best, n_rows = int(log_prob.argmax()), len(rows)
    cost = mixture.n_free_parameters * math.log(n_rows) / (2 * n_rows)
    posterior = rows.posteriors(mixture)[best]
    return name, posterior.shape[1], float(log_prob[best]) - cost, posterior
