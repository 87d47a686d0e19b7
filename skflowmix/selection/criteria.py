"""What can be seen of a grouping without knowing the groups: twelve criteria by name.

They hold on all rows and not on a model, so that groupings of any origin can be compared. None of
them changes with the scale of the data, with the order of rows or with the names of groups.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import entr, logsumexp

from skflowmix.data.agreement import adjusted_rand_index, adjusted_rand_indices
from skflowmix.data.problem import TIE, Problem

CRITERION_NEIGHBORS = 10
"""Neighbours of a row; fewer where groups have fewer than twice as many rows on average."""
NEAR_GROUPINGS = 5
"""Groupings that `near_agreement` asks."""
RIDGE = 1e-3
"""Added to the diagonals of covariances, in the units of standardised columns."""
ROUNDING = 1e-9
"""Added likewise, as a share of each variance: `RIDGE` is lost where light rows are far away."""
TINY = 1e-12
"""Least variance of all rows."""
MIN_ENTROPY = 1e-6
"""Entropy of the sizes, in nats, below which all rows are in one group."""
MIN_SHARE = 0.125
"""Size of the smallest group that has an inside, as a share of the mean size."""


@dataclass(frozen=True)
class Grouping:
    """Rows, their groups, and what several criteria need of them.

    Attributes
    ----------
    problem : Problem
        Of n distinct rows.
    groups : ndarray of shape (n,)
        Numbers below ``n_groups``.
    n_groups : int
        K, at least 2.
    """

    problem: Problem
    groups: np.ndarray
    n_groups: int

    @cached_property
    def share(self) -> np.ndarray:
        """Weight of each row in each group, ``(n, K)``."""
        return np.eye(self.n_groups)[self.groups] * self.problem.sample_weight[:, None]

    @cached_property
    def sizes(self) -> np.ndarray:
        """Share of the rows in each group, ``(K,)``."""
        return self.share.sum(axis=0) / self.share.sum()

    @cached_property
    def log_sizes(self) -> np.ndarray:
        """Logs of the sizes ``(K,)``; of an empty group, what keeps all rows away from it."""
        return np.log(self.sizes, out=np.full(self.n_groups, -np.inf), where=self.sizes > 0)

    @cached_property
    def means(self) -> np.ndarray:
        """Means ``(K, d)``; 0 of an empty group."""
        totals = self.share.sum(axis=0)
        return self.share.T @ self.problem.X / np.where(totals > 0, totals, 1)[:, None]

    @cached_property
    def scatter(self) -> np.ndarray:
        """Covariances within the groups, ``(K, d, d)``."""
        off = self.problem.X - self.means[self.groups]
        weights, n_features = self.problem.sample_weight, off.shape[1]
        scatter = np.zeros((self.n_groups, n_features, n_features))
        for group in np.unique(self.groups):
            own = self.groups == group
            scatter[group] = (off[own].T * weights[own]) @ off[own] / weights[own].sum()
        return scatter

    @cached_property
    def pooled(self) -> np.ndarray:
        """Covariance within groups, ``(d, d)``."""
        return np.tensordot(self.sizes, self.scatter, axes=1)

    @cached_property
    def joint(self) -> np.ndarray:
        """Log p(x, k) under a Gaussian for each group, ``(n, K)``.

        A covariance that has few rows for its features is drawn to the pooled one.
        """
        n_features, counts = (
            self.problem.X.shape[1],
            np.bincount(self.groups, minlength=self.n_groups),
        )
        shrinkage = 0.5 * np.minimum(1, (n_features + 1) / np.maximum(counts, 1))
        scatter = self.scatter + shrinkage[:, None, None] * (self.pooled - self.scatter)
        joint = [self._log_prob(mean, own) for mean, own in zip(self.means, scatter, strict=True)]
        return np.column_stack(joint) + self.log_sizes

    def _log_prob(self, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
        """Log-density of the rows, ``(n,)``, without the constant."""
        root = _root(covariance)
        z = solve_triangular(root, (self.problem.X - mean).T, lower=True)  # (d, n)
        return -0.5 * (z**2).sum(axis=0) - np.log(root.diagonal()).sum()

    @cached_property
    def nearest(self) -> np.ndarray:
        """Neighbours of each row, ``(n, n_neighbors)``."""
        most = self.problem.limit_n_neighbors(CRITERION_NEIGHBORS, self.n_groups)
        return self.problem.neighbours(most).indices

    @cached_property
    def strangers(self) -> np.ndarray:
        """Which neighbours are of another group, ``(n, n_neighbors)``."""
        return self.groups[self.nearest] != self.groups[:, None]

    def weighted_mean(self, values: np.ndarray) -> float:
        """Weighted mean of values ``(n,)`` of the rows."""
        return float(np.average(values, weights=self.problem.sample_weight))

    def group_means(self, values: np.ndarray) -> np.ndarray:
        """Means of values ``(n,)`` over the rows of each group that has any."""
        counts = np.bincount(self.groups, minlength=self.n_groups)
        totals = np.bincount(self.groups, values, minlength=self.n_groups)
        return totals[counts > 0] / counts[counts > 0]


def _root(covariance: np.ndarray) -> np.ndarray:
    """Cholesky factor of a covariance ``(d, d)`` that may be singular."""
    return np.linalg.cholesky(covariance + np.diag(RIDGE + ROUNDING * covariance.diagonal()))


def explained_variance(grouping: Grouping) -> float:
    """Share of the variance between groups, of which Calinski and Harabasz (1974) make theirs."""
    total = np.cov(grouping.problem.X.T, aweights=grouping.problem.sample_weight, bias=True)
    return 1 - float(np.trace(grouping.pooled) / max(np.trace(np.atleast_2d(total)), TINY))


def nearest_mean(grouping: Grouping) -> float:
    """Adjusted Rand index with the groups of the nearest means: how far k-means would agree."""
    squares = _squares(grouping.problem.X, grouping.means)
    squares[:, grouping.sizes == 0] = np.inf
    return adjusted_rand_index(grouping.groups, squares.argmin(axis=1))


def _squares(X: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Squared distances ``(n, K)``, up to what depends on the row alone."""
    return (means**2).sum(axis=1) - 2 * X @ means.T


def linear_discriminant(grouping: Grouping) -> float:
    """Adjusted Rand index with the decisions of linear discriminant analysis."""
    root = _root(grouping.pooled)
    X, means = (
        solve_triangular(root, each.T, lower=True).T
        for each in (grouping.problem.X, grouping.means)
    )
    scores = _squares(X, means) - 2 * grouping.log_sizes
    return adjusted_rand_index(grouping.groups, scores.argmin(axis=1))


def quadratic_discriminant(grouping: Grouping) -> float:
    """Adjusted Rand index with the decisions of a Gaussian for each group."""
    return adjusted_rand_index(grouping.groups, grouping.joint.argmax(axis=1))


def normalised_entropy(grouping: Grouping) -> float:
    """Entropy of these Gaussians' posteriors as a share of that of the sizes.

    It is the criterion of Celeux and Soromenho (1996), here for groupings of any origin.
    """
    posterior = np.exp(grouping.joint - logsumexp(grouping.joint, axis=1, keepdims=True))
    whole = max(float(entr(grouping.sizes).sum()), MIN_ENTROPY)
    return min(grouping.weighted_mean(entr(posterior).sum(axis=1)) / whole, 1.0)


def likelihood_gain(grouping: Grouping) -> float:
    """Log-likelihood of a Gaussian for each group beyond that of one for all, by BIC.

    In nats for each row and feature, less half a log n for each parameter that is free.
    """
    problem = grouping.problem
    n_rows, n_features = problem.X.shape
    one = Grouping(problem, np.zeros(n_rows, dtype=int), 1).joint[:, 0]
    gain = grouping.weighted_mean(logsumexp(grouping.joint, axis=1) - one)
    n_free = (grouping.n_groups - 1) * (n_features * (n_features + 3) / 2 + 1)
    return (gain - 0.5 * n_free * np.log(n_rows) / n_rows) / n_features


def neighbour_cut(grouping: Grouping) -> float:
    """Share of a group's links to neighbours that leave it, the mean over groups.

    The normalised cut of Shi and Malik (2000), of a graph of neighbours.
    """
    return float(grouping.group_means(grouping.strangers.mean(axis=1)).mean())


def largest_cut(grouping: Grouping) -> float:
    """Share of its links to neighbours that leave the group with the most such links."""
    return float(grouping.group_means(grouping.strangers.mean(axis=1)).max())


def border_depth(grouping: Grouping) -> float:
    """How dense the rows are that have a neighbour in another group, the mean over groups.

    A row counts as the share of its group's rows that are less dense: 0 at the emptiest fringe
    and close to 1 at the centre. A group without such rows has 0, one of too few rows to have an
    inside 1.
    """
    groups, n_groups = grouping.groups, grouping.n_groups
    n_neighbors = grouping.nearest.shape[1]
    reach = grouping.problem.neighbours(n_neighbors).distances[:, -1]
    at_border = grouping.strangers.any(axis=1)
    total = np.bincount(groups, at_border, minlength=n_groups)
    deep = np.bincount(groups, at_border * _emptier(reach, groups), minlength=n_groups)
    depths = np.divide(deep, total, out=np.zeros(n_groups), where=total > 0)
    least = max(min(n_neighbors, MIN_SHARE * len(groups) / n_groups), 1)
    depths[np.bincount(groups, minlength=n_groups) < least] = 1
    return float(depths.mean())


def _emptier(reach: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Share of its group's rows that reach farther than each to their neighbours; ties are half.

    Rows that are each other's neighbours reach as far as each other.
    """
    share = np.empty(len(reach))
    for group in np.unique(groups):
        own = groups == group
        ordered, near, far = np.sort(reach[own]), reach[own] * (1 - TIE), reach[own] * (1 + TIE)
        before, up_to = np.searchsorted(ordered, near), np.searchsorted(ordered, far, "right")
        share[own] = 1 - (before + up_to + 1) / (2 * len(ordered))
    return share


def size_entropy(grouping: Grouping) -> float:
    """Entropy of the groups' sizes as a share of that of equal ones."""
    return float(entr(grouping.sizes).sum() / np.log(grouping.n_groups))


OWN_CRITERIA: dict[str, Callable[[Grouping], float]] = {
    function.__name__: function
    for function in (
        explained_variance,
        nearest_mean,
        linear_discriminant,
        quadratic_discriminant,
        normalised_entropy,
        likelihood_gain,
        neighbour_cut,
        largest_cut,
        border_depth,
        size_entropy,
    )
}
"""Criteria of a grouping by itself."""


def mean_agreement(agreement: np.ndarray) -> np.ndarray:
    """Mean adjusted Rand index with all other groupings, ``(m,)`` of ``(m, m)``."""
    return (agreement.sum(axis=0) - 1) / max(len(agreement) - 1, 1)


def near_agreement(agreement: np.ndarray) -> np.ndarray:
    """Mean adjusted Rand index with the groupings that agree most, ``(m,)`` of ``(m, m)``."""
    others = np.sort(agreement, axis=0)[::-1][1 : NEAR_GROUPINGS + 1]
    return others.mean(axis=0) if len(others) else np.ones(1)


MUTUAL_CRITERIA: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    function.__name__: function for function in (mean_agreement, near_agreement)
}
"""Criteria of groupings beside each other."""

CRITERIA = (*MUTUAL_CRITERIA, *OWN_CRITERIA)


def measure(problem: Problem, groupings: Sequence[np.ndarray], n_groups: int) -> np.ndarray:
    """Work out all criteria of m groupings ``(n,)`` into K groups, ``(m, number of criteria)``."""
    agreement = adjusted_rand_indices(groupings)
    mutual = [criterion(agreement) for criterion in MUTUAL_CRITERIA.values()]
    own = [
        [criterion(grouping) for criterion in OWN_CRITERIA.values()]
        for grouping in (Grouping(problem, groups, n_groups) for groups in groupings)
    ]
    return np.column_stack([*mutual, np.array(own)])
