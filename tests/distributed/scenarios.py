"""What each of two processes does, and what one process does with all rows.

A scenario is a function of the number of the process, which returns plain data.
"""

import os
import signal
import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from skflowmix import FlowGMM, OutlierDetector, VariationalFlowMixture
from skflowmix.distributed import MOST_ROWS, Shards, shards

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
        "few labels": Case(X=X, y=names_of(groups)),
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


def kinds_of(number):
    """Return the estimators that a case is fitted by: both of the first ones, else in turn."""
    names = list(ESTIMATORS)
    return names if number < 2 else [names[number % 2]]


def told(model, X):
    """Return what a fitted estimator says of rows, and how it came about."""
    return {
        "scores": model.score_samples(X),
        "proba": model.predict_proba(X),
        "labels": model.labels_,
        "classes": model.classes_,
        "history": model.validation_scores_,
        "start": model.start_,
        "bound": model.lower_bound_,
    }


def all_cases(rank):
    """Fit all cases, each process its shard."""
    X, _ = cloud()
    found = {}
    for number, (name, case) in enumerate(cases().items()):
        for kind in kinds_of(number):
            with shards():
                found[kind, name] = told(case.part(rank).fit(ESTIMATORS[kind]), X)
    return found


# Fits that depend on chance, which each process has its own of.


def usual_fits(rank):
    """Fit with batches, rows held out, noise, and starts among few of many rows."""
    X, groups = cloud(1000)
    stepped = np.column_stack([X, groups])
    usual = {"batch_size": "auto", "early_stopping": True}
    fits = {
        "defaults": Case(usual, X),
        "draws rows": Case({**usual, "subsample": 200}, X, at=300),
        "averages": Case({**usual, "n_components": 1, "n_estimators": 2}, X, at=1000),
        "two starts": Case({**usual, "n_init": 2, "init_params": "kmeans"}, X),
        "two classes of three": Case(usual, X, np.where(groups < 2, groups, -1)),
        "a column of few values": Case(usual, stepped),
        "one precision each": Case(usual, X.astype(np.float32) if rank else X, at=500),
        "sees few rows": Case(usual, X),
        "sees few rows with labels": Case(usual, X, names_of(groups)),
        "sees few rows beside a given start": Case(
            {**usual, "init_params": np.eye(3)[groups] + 0.1, "components_per_class": 2}, X
        ),
        "one row a batch": Case({**usual, "batch_size": 1, "subsample": 40}, X, at=500),
    }
    found = {}
    for number, (name, case) in enumerate(fits.items()):
        kind = FlowGMM if number % 2 or "given" in name else VariationalFlowMixture
        Shards.most_rows = 60 if "few rows" in name else MOST_ROWS
        with shards():
            found[name] = told(case.part(rank).fit(kind), X if number != 5 else stepped)
    Shards.most_rows = MOST_ROWS
    return found


def continued(rank):
    """Go on from a fit of all rows, in the same context."""
    X, _ = cloud()
    case = Case({"warm_start": True}, X).part(rank)
    with shards():
        model = case.fit(FlowGMM)
        first = model.score_samples(X)
        return first, model.fit(case.X).score_samples(X)


def continued_from_own(rank):
    """Go on from fits that each process has made of its shard alone."""
    X, _ = cloud()
    case = Case({"warm_start": True, "max_iter": 0, "n_layers": 0}, X).part(rank)
    model = case.fit(FlowGMM)
    alone = model.score_samples(X)
    with shards():
        return alone, model.fit(case.X).score_samples(X)


# What goes wrong.


def faults(rank):
    """Return the errors of fits that one process spoils, and of one that none does after them."""
    X, groups = cloud()
    frame = pd.DataFrame(X, columns=["length", "width"])
    hole = X.copy()
    hole[-1, 1] = np.nan
    spoilt = {
        "names of columns": Case(X=frame.rename(columns={"width": "height"}) if rank else frame),
        "numbers of columns": Case(X=X[:, :1] if rank else X),
        "a missing value": Case(X=hole),
        "a label that is a fraction": Case(X=X, y=np.where(groups == 0, 0.5 if rank else 0, 1)),
        "labels of two types": Case(X=X, y=groups.astype(str) if rank else groups),
        "a negative weight": Case(X=X, weights=np.full(N_ROWS, -1.0 if rank else 1)),
        "a parameter": Case({"tol": 0.1 * rank}, X),
        "a parameter that cannot be used": Case({"tol": 1e-4 - rank}, X),
        "a device": Case({"device": "cuda:99" if rank else "cpu"}, X),
        "what a start is": Case({"init_params": np.eye(3)[groups] * (1 - rank)}, X),
        "too many components": Case({"n_components": 121}, X),
        "nothing": Case(X=X),
    }
    found = {}
    with shards():
        for name, case in spoilt.items():
            try:
                found[name] = bool(case.part(rank).fit(FlowGMM).labels_.size)
            except ValueError as error:
                found[name] = str(error)
    return found


class Acting:
    """A callback that acts after an epoch."""

    def __init__(self, act):
        self.act = act

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "epoch" and context.task_id == 1:
            return self.act(fitted_estimator)
        return False


def interrupt(_):
    """Do as the keyboard does."""
    os.kill(os.getpid(), signal.SIGINT)


def fail(_):
    """Fail."""
    raise LookupError("a callback has failed")


def kill(_):
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def look(fitted):
    """Look at the fit as it stands."""
    assert len(fitted.labels_)


def with_callback(rank, actor, act):
    """Fit for up to four epochs with a callback on one process, and return how it ended."""
    case = Case({"max_iter": 4, "n_iter_no_change": 9}, cloud()[0]).part(rank)
    with shards():
        try:
            model = case.fit(FlowGMM, [Acting(act)] if rank == actor else [])
            return model.n_iter_, model.converged_
        except (LookupError, RuntimeError) as error:
            return type(error).__name__, str(error)


def endings(rank):
    """Return how fits end that one process is to end, in one way or another."""
    return {
        "told to end": with_callback(rank, 1, lambda _: True),
        "interrupted": with_callback(rank, 0, interrupt),
        "looked at": with_callback(rank, 1, look),
        "failed": with_callback(rank, 1, fail),
        "after that": with_callback(rank, 2, fail),
    }


def others(rank):
    """Return what a detector says of shards."""
    with shards():
        try:
            OutlierDetector().fit(cloud()[0])
        except NotImplementedError as error:
            return str(error)


def killed(rank):
    """Return how a fit ends of which a process is killed, and after how many seconds."""
    began = time.monotonic()
    how = with_callback(rank, 1, kill)
    return how, time.monotonic() - began
