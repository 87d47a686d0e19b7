"""Which of several groupings to believe: the criteria, the score that they make, the best start.

None of the criteria would do alone. Likelihood rewards a cut through a dense region wherever that
makes the halves simpler, by any amount, so it may take away a little only. Along such a cut a
model is uncertain, but so it is wherever groups are of a shape that it cannot follow yet. The
border of groups that lie apart runs through their emptiest rows, whatever the shape; of groups
that overlap in many features, it runs through all.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from skflowmix.data.problem import Problem
from skflowmix.data.rows import Rows
from skflowmix.families import Family, Model
from skflowmix.fitting.preparation import Task
from skflowmix.fitting.proposals import Candidates, Split, StartMoments
from skflowmix.fitting.training import start_models

DEPTH_WEIGHT = 4.0
"""Selection score that a grouping loses if its borders run through its densest rows. This number
and the next two were set on the 27 sets of ``benchmarks/clustering.py``; see
``benchmarks/choosing.py``."""
LIKELIHOOD_WEIGHT = 4.0
"""Selection score that it loses for each nat a feature that it is less likely than a rival."""
MAX_LIKELIHOOD_LOSS = 0.2
"""The most that it loses for this."""
BORDER_NEIGHBORS = 10
"""Neighbours of a row; fewer where groups have fewer than twice as many rows on average."""
MIN_SHARE = 0.125
"""Size of the smallest group that counts as one, as a share of the mean size."""
BORDER_ROWS = 5000
"""Most rows whose neighbours, among each other, are searched."""
MIN_ENTROPY = 1e-6
"""Entropy of the groups' sizes, in nats, below which there is one group and all are sure of it."""
DIGITS = 3
"""Decimals to which selection scores are compared."""

Criteria = dict[str, np.ndarray]
"""Criteria of several starts by their names, one array ``(R,)`` each."""


@dataclass(frozen=True)
class Borders:
    """How dense rows are, and which rows are next to each other.

    Attributes
    ----------
    weights : ndarray of shape (n,)
        Of the rows, with mean 1.
    n_features : int
        Number of columns of the rows.
    some : ndarray of shape (m,)
        Numbers of the rows whose neighbours are known.
    nearest : ndarray of shape (m, n_neighbors)
        Their neighbours, by positions in ``some``.
    density : ndarray of shape (m,)
        The higher, the nearer is the farthest of these neighbours.
    """

    weights: np.ndarray
    n_features: int
    some: np.ndarray
    nearest: np.ndarray
    density: np.ndarray

    @classmethod
    def of(cls, problem: Problem) -> "Borders":
        """Look at all rows, or at some of them if they are many, and at their neighbours.

        Starts that look for neighbours come first: what they have found is not searched again.
        """
        n_rows, d = problem.X.shape
        some = np.linspace(0, n_rows - 1, min(n_rows, BORDER_ROWS)).astype(int)
        sample = problem.take(some)
        most = sample.limit_n_neighbors(BORDER_NEIGHBORS, problem.n_components)
        found = sample.neighbours(most)
        return cls(problem.sample_weight, d, some, found.indices, -found.distances[:, -1])

    def depth(self, groups: np.ndarray, n_groups: int) -> float:
        """How dense the rows are that have a neighbour in another group, the mean over groups.

        A row counts as the share of its group's rows that are less dense: 0 at the emptiest
        fringe and close to 1 at the centre. A group without such rows has 0. One of fewer rows
        than neighbours has no inside, be it outliers or nothing at all, and counts as 1, unless
        groups are small throughout.
        """
        own, weights = groups[self.some], self.weights[self.some]
        at_border = weights * (own[self.nearest] != own[:, None]).any(axis=1)
        total = np.bincount(own, at_border, minlength=n_groups)
        deep = np.bincount(own, at_border * _ranks(self.density, own), minlength=n_groups)
        depths = np.divide(deep, total, out=np.zeros(n_groups), where=total > 0)
        least = max(min(self.nearest.shape[1], MIN_SHARE * len(groups) / n_groups), 1)
        depths[np.bincount(groups, minlength=n_groups) < least] = 1
        return float(depths.mean())


def _ranks(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Share of the members of its group that come before each, by increasing values."""
    order = np.lexsort((values, groups))
    sizes = np.bincount(groups)
    first = (np.cumsum(sizes) - sizes)[groups[order]]
    ranks = np.empty(len(values))
    ranks[order] = (np.arange(len(values)) - first) / sizes[groups[order]]
    return ranks


def normalised_entropy(posterior: Tensor, weights: Tensor) -> Tensor:
    """Share of the entropy of the groups' sizes that is left once a row is known, ``(R,)``.

    It is 0 for groups that posteriors ``(R, n, K)`` are sure of.

    References
    ----------
    Celeux and Soromenho (1996), An entropy criterion for assessing the number of clusters in a
    mixture model.
    """
    entropy = torch.special.entr(posterior).sum(-1)  # (R, n)
    left = (entropy * weights).mean(-1)
    sizes = (posterior * weights.unsqueeze(-1)).mean(-2)  # (R, K)
    return left / torch.special.entr(sizes).sum(-1).clamp(min=MIN_ENTROPY)


def selection_scores(
    criteria: dict[str, Tensor],
    n_features: int,
    depth_weight: float = DEPTH_WEIGHT,
    likelihood_weight: float = LIKELIHOOD_WEIGHT,
    max_likelihood_loss: float = MAX_LIKELIHOOD_LOSS,
) -> Tensor:
    """What entropy, depth and log-likelihood amount to, ``(R,)``, at most 1."""
    behind = (criteria["log_likelihood"].max() - criteria["log_likelihood"]) / n_features
    loss = (likelihood_weight * behind).clamp(max=max_likelihood_loss)
    return 1 - criteria["normalised_entropy"] - depth_weight * criteria["depth"] - loss


def compare_groups(borders: Borders, joint: Tensor, grouping: Tensor) -> dict[str, Tensor]:
    """Compare R models by their groups.

    Parameters
    ----------
    borders : Borders
        Of the rows.
    joint : Tensor of shape (R, n, K)
        Log p(x, k) of all rows.
    grouping : Tensor of shape (R, n, K)
        Scores whose highest says a row's group: of the models themselves, or of the
        groupings that they were made of and cannot follow yet.

    Returns
    -------
    criteria : dict of Tensor
        Each ``(R,)``. ``normalised_entropy`` is that of the posteriors, ``depth`` that of the
        borders of the grouping, ``log_likelihood`` in nats a row, and ``selection_score`` what
        the three amount to.
    """
    weights = torch.from_numpy(borders.weights).to(joint)
    depths = [borders.depth(own, joint.shape[-1]) for own in grouping.argmax(-1).cpu().numpy()]
    criteria = {
        "normalised_entropy": normalised_entropy(joint.softmax(-1), weights),
        "depth": joint.new_tensor(depths),
        "log_likelihood": (joint.logsumexp(-1) * weights).mean(-1),
    }
    return {"selection_score": selection_scores(criteria, borders.n_features), **criteria}


@torch.no_grad()
def judge(
    model: Model,
    family: Family,
    rows: Rows,
    borders: Borders,
    log_det: float,
    grouping: Tensor | None = None,
) -> Criteria:
    """Compare R models on rows by their own groups, or by those they were made of.

    Log-likelihoods are in the units of the data: ``log_det`` is that of the scaling.
    """

    def masked(part: Rows) -> Tensor:
        return model.mixture.joint_log_prob(part.x) + part.log_mask

    joint = family.over_chunks(masked, rows, 1)  # (R, n, K)
    criteria = compare_groups(borders, joint, joint if grouping is None else grouping)
    criteria["log_likelihood"] += log_det
    return {name: values.cpu().numpy() for name, values in criteria.items()}


def best_start(criteria: Criteria) -> int:
    """Number of the start with the largest selection score; of equals, the likeliest."""
    scores = criteria["selection_score"].round(DIGITS)
    return int(np.lexsort((criteria["validation_score"], scores))[-1])


@dataclass(frozen=True)
class Selection:
    """The starts that are trained, out of all that were proposed.

    Attributes
    ----------
    names : list of str
        Of all starts.
    chosen : ndarray
        Numbers of those that are trained.
    untrained : dict of ndarray
        Criteria of the Gaussian mixtures of all starts, where these decided.
    split : Split
        Rows, with the responsibilities of the chosen starts.
    moments : StartMoments
        Of the chosen starts.
    borders : Borders
        Of the rows.
    """

    names: list[str]
    chosen: np.ndarray
    untrained: Criteria
    split: Split
    moments: StartMoments
    borders: Borders

    def table(self, ended: Criteria, trained: np.ndarray) -> dict[str, Any]:
        """Return the criteria of all starts, those of the chosen ones as they have ``ended``.

        ``trained`` says which of the chosen ones ended as what training made of them.
        """
        names = np.array(self.names)
        table = {"start": names, "trained": np.zeros(len(names), dtype=bool)}
        table["trained"][self.chosen] = trained
        for criterion, values in ended.items():
            table[criterion] = self.untrained.get(criterion, values).copy()
            table[criterion][self.chosen] = values
        return table


def select_candidates(task: Task, candidates: Candidates) -> Selection:
    """Choose the starts that are worth training, by the Gaussian mixture of each."""
    names, most = candidates.names, task.options.n_init
    borders = Borders.of(task.problem)
    if len(names) <= most:
        chosen, untrained = np.arange(len(names)), Criteria()
    else:
        untrained = compare_untrained(task, candidates, borders)
        chosen = largest(untrained["selection_score"], most)
    split, moments = candidates.split.of_starts(chosen), candidates.moments.of_starts(chosen)
    return Selection(names, chosen, untrained, split, moments, borders)


def compare_untrained(task: Task, candidates: Candidates, borders: Borders) -> Criteria:
    """Compare the starts by the Gaussian mixtures that they make, and by their own groups."""
    rows, plain = candidates.split.everything, replace(task.family.architecture, n_layers=0)
    family = replace(task.family, architecture=plain)
    moments = candidates.moments.everything
    model = start_models(family, moments, rows, task.options.reg_covar, Generator())
    criteria = judge(model, family, rows, borders, task.scaling.log_det, rows.groups)
    return {**criteria, "validation_score": criteria["log_likelihood"]}


def largest(scores: np.ndarray, most: int) -> np.ndarray:
    """Numbers of the ``most`` largest scores, in order; of equals, the first."""
    return np.sort(np.argsort(-scores, kind="stable")[:most])
