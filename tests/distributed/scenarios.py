"""What each of two processes does, and what one process does with all rows.

A scenario is a function of the number of the process, which returns plain data.
"""

import os
import signal
import time
import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from skflowmix import FlowGMM, OutlierDetector, VariationalFlowMixture
from skflowmix.distributed import shards

ESTIMATORS = {"FlowGMM": FlowGMM, "VariationalFlowMixture": VariationalFlowMixture}
QUICK = {"n_layers": 2, "hidden_layer_sizes": (8,), "max_iter": 2, "random_state": 0}
ALL_AT_ONCE = {**QUICK, "batch_size": 1000, "early_stopping": False}
N_ROWS, SPLIT = 120, 47


@dataclass(frozen=True)
class Case:
    """A fit: parameters, rows, labels, weights, and where the first shard ends."""

    parameters: dict[str, Any] = field(default_factory=dict)
    X: Any = None
    y: Any = None
    weights: Any = None
    at: int = SPLIT

    def part(self, rank):
        """Return what a process has of the rows."""
        own = slice(None, self.at) if rank == 0 else slice(self.at, None)
        start = self.parameters.get("init_params", "auto")
        given = {} if isinstance(start, str) else {"init_params": start[own]}
        return replace(
            self,
            parameters={**self.parameters, **given},
            X=self.X[own],
            y=None if self.y is None else self.y[own],
            weights=None if self.weights is None else self.weights[own],
        )

    def fit(self, kind, callbacks=()):
        """Fit an estimator."""
        model = kind(**{"n_components": 3, **ALL_AT_ONCE, **self.parameters})
        if callbacks:
            model.set_callbacks(*callbacks)
        return model.fit(self.X, self.y, sample_weight=self.weights)


def cloud(n_rows=N_ROWS):
    """Rows of three groups in two columns, and their groups."""
    rng = np.random.default_rng(0)
    groups = rng.integers(3, size=n_rows)
    return 4.0 * groups[:, None] + rng.standard_normal((n_rows, 2)), groups


def names_of(groups, step=4):
    """Labels of some rows as strings, None for the others."""
    names = np.array(["oak", "elm", "hornbeam"], dtype=object)[groups]
    names[np.arange(len(groups)) % step > 0] = None
    return names


def cases():
    """Return fits that do not depend on how many processes there are, by their names."""
    X, groups = cloud()
    weights = np.random.default_rng(1).uniform(0.5, 2, N_ROWS)
    by_class = np.argsort(groups, kind="stable")
    own = np.eye(3)[groups] * 0.7 + 0.1
    twice = np.concatenate([X, X[:40]])
    return {
        "chooses a start": Case(X=X, weights=weights),
        "given a start": Case({"init_params": own}, X, at=5),
        "few labels": Case(X=X, y=names_of(groups), weights=weights),
        "labels of one shard": Case(X=X, y=np.where(np.arange(N_ROWS) < SPLIT, groups, -1)),
        "classes of one shard": Case(
            X=X[by_class], y=names_of(groups[by_class], 2), at=int((groups == 0).sum())
        ),
        "counts groups": Case({"n_components": "auto", "max_components": 4}, X),
        "an empty shard": Case(X=X, weights=weights, at=0),
        "a shard of one row": Case(X=X, at=N_ROWS - 1),
        "rows of no weight": Case(X=X, weights=np.where(np.arange(N_ROWS) < SPLIT, 0.0, weights)),
        "copies in both shards": Case(X=twice, at=N_ROWS),
        "gaussians alone": Case({"max_iter": 0, "covariance_type": "diag"}, X),
        "means are given": Case({"means_init": np.array([[0.0, 0], [4, 4], [8, 8]])}, X),
        "a density": Case({"n_components": 1, "n_estimators": 2}, X),
    }


def told(model, X):
    """Return what a fitted estimator says of rows, and how it came about."""
    return {
        "scores": model.score_samples(X),
        "proba": model.predict_proba(X),
        "labels": model.labels_,
        "classes": model.classes_,
        "history": model.validation_scores_,
        "start": model.start_,
        "noise": model.noise_widths_,
        "bound": model.lower_bound_,
    }


def all_cases(rank):
    """Fit all cases by all estimators, each process its shard."""
    X, _ = cloud()
    found = {}
    for name, case in cases().items():
        for kind_name, kind in ESTIMATORS.items():
            with warnings.catch_warnings(), shards():
                warnings.simplefilter("ignore")
                found[kind_name, name] = told(case.part(rank).fit(kind), X)
    return found
