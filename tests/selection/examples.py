"""Problems for criteria and for searches, and rules made up for tests."""

import numpy as np

from skflowmix.data.problem import Problem
from skflowmix.data.scaling import Scaling
from skflowmix.selection.criteria import CRITERIA
from skflowmix.selection.rule import SIZE_FEATURES, Linear, Rule


def scaled(X, weights=None, n_components=2):
    """Return the problem of rows without labels, standardised as a fit does it."""
    weights = np.ones(len(X)) if weights is None else weights
    scaling = Scaling.of(X, weights)
    spread = scaling.spread / scaling.spread.max()
    unlabelled = np.full(len(X), -1)
    return Problem(scaling.apply(X), unlabelled, n_components, weights, 1e-6, spread)


def clouds(n, k=2, d=2, distance=10.0, seed=0):
    """Gaussian clouds ``(n, d)`` in a row, and which of them each row is from."""
    groups = np.arange(n) % k
    noise = np.random.default_rng(seed).standard_normal((n, d))
    return noise + distance * groups[:, None], groups


def moons(n, noise=0.05, seed=0):
    """Two half moons ``(n, 2)`` and which of them each row is from."""
    rng = np.random.default_rng(seed)
    groups = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    X = np.column_stack([np.cos(angle), np.sin(angle)])
    X[groups == 1] = [1, 0.5] - X[groups == 1]
    return X + noise * rng.standard_normal((n, 2)), groups


LEAF = {"feature": [[0]], "threshold": [[0.0]], "value": [[0.0, 0.0]], "intercept": 0.0}
"""Trees as a file has them, which say nothing."""


def rule(groups=None, sizes=None, one_group=0.3):
    """Return a rule that weighs the features that are named, without bounds.

    Across sizes it is linear too, which is easier to make up than trees.
    """
    return Rule(
        weighed(groups or {"mean_agreement": 1.0}, CRITERIA),
        weighed(sizes or {"mean_agreement": 1.0}, SIZE_FEATURES),
        one_group,
    )


def weighed(weights, names):
    """Return a linear rule of features by name."""
    own = np.array([weights.get(name, 0.0) for name in names])
    return Linear(own, np.full(len(own), -np.inf), np.full(len(own), np.inf), 0.0)


def linear(weights, intercept=0.0):
    """Return a linear rule as a file has it."""
    features = {name: [weight, -np.inf, np.inf] for name, weight in weights.items()}
    return {"features": features, "intercept": intercept}


def use_rule(monkeypatch, *args, **kwargs):
    """Choose by a rule that is made up, whatever is shipped."""
    made_up = rule(*args, **kwargs)
    monkeypatch.setattr("skflowmix.selection.choice.shipped_rule", lambda: made_up)
