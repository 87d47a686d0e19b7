"""Small tasks, rows and models of every family, made by the functions that a fit consists of."""

import numpy as np
import pytest
import torch

from skflowmix.data.rows import Rows
from skflowmix.families import Architecture, Design
from skflowmix.families.latent import LatentFamily
from skflowmix.families.separate import SeparateFamily
from skflowmix.fitting import Observations, Options
from skflowmix.fitting.preparation import prepare
from skflowmix.fitting.proposals import Candidates, Split, StartMoments

FAMILIES = {"latent": LatentFamily, "separate": SeparateFamily}
every_family = pytest.mark.parametrize("kind", FAMILIES.values(), ids=FAMILIES)

CPU = torch.device("cpu")
SMALL = Design("affine", 2, (4,), "tanh")


def observations(X, codes=None, n_components=2, weights=None):
    """Rows that have passed validation; without codes none has a label."""
    codes = np.full(len(X), -1) if codes is None else np.asarray(codes)
    weights = np.ones(len(X)) if weights is None else weights
    return Observations(X, codes, np.arange(n_components), weights, None)


def options(**changed):
    """Return the options of a short fit, some of them changed."""
    usual = {
        "design": SMALL,
        "init_params": "kmeans",
        "n_init": 1,
        "max_iter": 2,
        "subsample": None,
        "batch_size": "auto",
        "learning_rate_init": "auto",
        "weight_decay": 1e-3,
        "reg_covar": 1e-6,
        "tol": 1e-4,
        "early_stopping": True,
        "validation_fraction": 0.25,
        "n_iter_no_change": 25,
    }
    return Options(**{**usual, **changed})


class Silent:
    """A monitor that keeps what it is told to itself."""

    def stage(self, name, n_steps, current=None): ...

    def step(self, name, score=None):
        return False

    def end(self, fitted): ...


def task_for(data, kind=LatentFamily, previous=None, seed=0, **changed):
    """Prepare a task on the CPU."""
    random_state = np.random.RandomState(seed)
    return prepare(data, kind, options(**changed), previous, CPU, random_state, Silent())


def given(data, groupings, kind=LatentFamily, **changed):
    """Return a task, and starts that are sure of groupings ``(R, n)`` of its rows."""
    task = task_for(data, kind, **changed)
    groups = np.stack(groupings)[:, task.numbers]
    split = Split.of(rows_of(task.problem.X, groups), every_fifth(len(task.numbers)))
    names = [f"start {number}" for number in range(len(groupings))]
    return task, Candidates(names, split, StartMoments.of(split, task.family), split.unseen)


def every_fifth(n):
    """Return a mask ``(1, n)`` that holds out the same rows from all starts."""
    return (np.arange(n) % 5 == 0)[np.newaxis]


def clouds(n=60, d=2, k=2, distance=6.0, seed=0):
    """Clouds in a row ``(n, d)`` and which of them each row is in."""
    groups = np.arange(n) % k
    X = np.random.default_rng(seed).normal(size=(n, d))
    X[:, 0] += distance * groups
    return X, groups


def architecture(n_components=2, n_features=2, **changed):
    """Return a small architecture without a guard."""
    usual = {
        "n_modes": 1,
        "flow": "affine",
        "n_layers": 2,
        "hidden": (4,),
        "activation": "tanh",
        "covariance_type": "full",
        "defensive_weight": 0.0,
    }
    return Architecture(n_components, n_features=n_features, **{**usual, **changed})


def rows_of(X, groups, codes=None, weights=None, n_components=None):
    """Rows as tensors, with starts that are sure of ``groups (n,)`` or ``(R, n)``."""
    groups = np.atleast_2d(groups)
    n_components = groups.max() + 1 if n_components is None else n_components
    log_mask = torch.zeros(len(X), n_components)
    if codes is not None:
        log_mask[codes >= 0] = -1e30
        log_mask[codes >= 0, codes[codes >= 0]] = 0
    weights = torch.ones(len(X)) if weights is None else torch.as_tensor(weights).float()
    start = torch.nn.functional.one_hot(torch.as_tensor(groups), int(n_components)).float()
    return Rows(torch.as_tensor(X).float(), log_mask, weights, start)
