"""The prior of the weights, learned from cases, and what pools are worth on other families."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from benchmarks.pooling.cases import Case
from skflowmix.experts.class_shares import estimate_shares, shift_to_keep
from skflowmix.experts.learning import Asked, Prior, fitted_weights

STRENGTHS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""What is tried for the strength of the prior."""
RIDGE = 1e-3
"""Keeps the weights of experts that say the same alike."""

Figures = tuple[float, float]
"""Accuracy, and log-loss in nats."""


def learned(cases: Sequence[Case]) -> Prior:
    """Learn weights that suit all tables, and how much a table's own labels should count.

    The latter is one number, with the least log-loss on new rows of the same tables.
    """
    weights = common_weights(cases)
    tried = [Prior(weights, strength) for strength in STRENGTHS]
    return min(tried, key=lambda prior: _mean_loss(cases, prior))


def _mean_loss(cases: Sequence[Case], prior: Prior) -> float:
    losses = [figures(case, fitted_weights(case.asked, prior))[1] for case in cases]
    return float(np.mean(losses))


def common_weights(cases: Sequence[Case]) -> np.ndarray:
    """Return the weights with the least mean log-loss on new rows, families counting alike."""
    families = [case.family for case in cases]
    shares = [1 / families.count(family) / len(set(families)) for family in families]
    parts = [Asked(np.arange(len(case.truth)), case.answers, _labels_of(case)) for case in cases]

    def cost(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = RIDGE * weights @ weights, 2 * RIDGE * weights
        for part, share in zip(parts, shares, strict=True):
            own, slope = part.loss(weights)
            value, gradient = value + share * own, gradient + share * slope
        return value, gradient

    begin = np.full(len(cases[0].answers), 1.5 / len(cases[0].answers))
    bounds = [(0, None)] * len(begin)
    return minimize(cost, begin, jac=True, method="L-BFGS-B", bounds=bounds).x


def _labels_of(case: Case) -> np.ndarray:
    """Weights of the classes on new rows, whose sum is 1."""
    return np.eye(case.answers.shape[2])[case.truth] / len(case.truth)


def left_out(cases: Sequence[Case], whole: Prior) -> list[tuple[Case, Prior]]:
    """Return each case with the weights that all other families teach.

    Its strength is that of the prior of all families.
    """
    priors = {
        family: replace(
            whole, weights=common_weights([case for case in cases if case.family != family])
        )
        for family in {case.family for case in cases}
    }
    return [(case, priors[case.family]) for case in cases]


def pooled(case: Case, weights: np.ndarray, shift: np.ndarray | float = 0.0) -> np.ndarray:
    """Return log-probabilities ``(t, C)`` of new rows by a pool."""
    return log_softmax(np.tensordot(weights, case.answers, 1) + shift, axis=1)


def figures(case: Case, weights: np.ndarray, shift: np.ndarray | float = 0.0) -> Figures:
    """Return accuracy and log-loss of a pool on new rows."""
    log_proba = pooled(case, weights, shift)
    own = log_proba[np.arange(len(case.truth)), case.truth]
    return float((log_proba.argmax(axis=1) == case.truth).mean()), -float(own.mean())


def estimated_shift(case: Case, weights: np.ndarray, is_cautious: bool) -> np.ndarray | float:
    """Return what a pool adds for the shares of the classes in unlabelled rows."""
    if not len(case.asked.label_weights):
        return 0.0
    known = log_softmax(np.tensordot(weights, case.unlabelled, 1), axis=1)
    shares = estimate_shares(known, case.label_shares, np.ones(len(known)))
    shift = np.log(shares) - np.log(case.label_shares)
    if not is_cautious:
        return shift
    held = softmax(np.tensordot(weights, case.asked.answers, 1), axis=1)
    return shift * shift_to_keep(held, case.asked.label_weights, np.exp(known), case.label_shares)


def by_labels(case: Case, prior: Prior) -> np.ndarray:
    """Weights by the labels of a table, and the prior."""
    return fitted_weights(case.asked, prior)


def by_validation(case: Case, prior: Prior) -> np.ndarray:
    """The one expert with the least log-loss on labels that it was not shown."""
    return np.eye(len(prior.weights))[case.asked.losses.argmin()]


Way = Callable[[Case, Prior], Figures]
"""How a table is answered, if other families have taught the prior."""


def ways(names: Sequence[str]) -> dict[str, Way]:
    """All that is compared: pools, and every expert by itself."""
    n_experts = len(names)

    def shifted(case: Case, prior: Prior, is_cautious: bool) -> Figures:
        weights = by_labels(case, prior)
        return figures(case, weights, estimated_shift(case, weights, is_cautious))

    return {
        "pooled by labels, shares believed": lambda c, p: shifted(c, p, True),
        "pooled by labels, shares estimated": lambda c, p: shifted(c, p, False),
        "pooled by labels, shares of labels": lambda c, p: figures(c, by_labels(c, p)),
        "weights of the prior": lambda c, p: figures(c, p.weights),
        "equal weights": lambda c, p: figures(c, np.full(n_experts, 1.5 / n_experts)),
        "best by cross-validation": lambda c, p: figures(c, by_validation(c, p)),
        **{
            name: lambda c, p, at=place: figures(c, np.eye(n_experts)[at])
            for place, name in enumerate(names)
        },
        "best expert, in hindsight": lambda c, p: max(
            figures(c, one) for one in np.eye(n_experts)
        ),
    }
