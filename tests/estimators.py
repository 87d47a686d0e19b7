"""The estimators under test, and data for them."""

import itertools

import numpy as np
import pytest

from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.flows import LAYERS

ESTIMATORS = {"FlowGMM": FlowGMM, "VariationalFlowMixture": VariationalFlowMixture}
QUICK = {"n_layers": 2, "hidden_layer_sizes": (8,), "max_iter": 2, "random_state": 0}
"""Parameters for laws that hold however little is trained."""

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
may_empty_components = pytest.mark.filterwarnings(
    "ignore:No row belongs:sklearn.exceptions.ConvergenceWarning"
)
every_flow = pytest.mark.parametrize("flow", LAYERS)


def in_turn(**cases):
    """Parametrise by all combinations of some cases, and by one estimator for each, in turn.

    For laws of what both estimators share. Of two kinds of cases, each case meets both.
    """
    found = []
    for places in itertools.product(*(range(len(own)) for own in cases.values())):
        values = [list(own)[at] for own, at in zip(cases.values(), places, strict=True)]
        name = list(ESTIMATORS)[sum(places) % len(ESTIMATORS)]
        found.append(
            pytest.param(ESTIMATORS[name], *values, id="-".join(map(str, [name, *values])))
        )
    return pytest.mark.parametrize(("estimator", *cases), found)


def blobs(n=120, d=2, k=3, seed=0, spread=0.3):
    """Rows around k far-apart centres, and their groups."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    centres = 4 * rng.standard_normal((k, d)) + 10 * np.arange(k)[:, None]
    return centres[y] + spread * rng.standard_normal((n, d)), y


def hide(y, n_kept, seed=0):
    """Labels of a few rows a class, -1 for the others."""
    rng = np.random.default_rng(seed)
    hidden = np.full(len(y), -1)
    for label in np.unique(y):
        kept = rng.choice(np.flatnonzero(y == label), n_kept, replace=False)
        hidden[kept] = label
    return hidden
