"""Estimators that tell what workers do with them. Workers import them from here."""

import os
import uuid
import weakref

import numpy as np
import torch
import torch.distributed as dist
from sklearn.base import BaseEstimator


class Witness(BaseEstimator):
    """Keeps what each process was given: rank, rows, sum of labels and of weights, threads."""

    def __init__(self, tag=None):
        self.tag = tag

    def fit(self, X, y=None, sample_weight=None):
        own = {
            "rows": len(X),
            "table": np.asarray(X).tolist(),
            "names": list(getattr(X, "columns", ())),
            "first": float(X.iloc[0, 0] if hasattr(X, "iloc") else X[0, 0]),
            "labels": None if y is None else y.tolist(),
            "weights": None if sample_weight is None else sample_weight.tolist(),
            "threads": torch.get_num_threads(),
            "process": os.getpid(),
        }
        self.seen_ = [own]
        if dist.is_initialized():
            self.seen_ = [None] * dist.get_world_size()
            dist.all_gather_object(self.seen_, own)
        return self


class Blocks:
    """Blocks that one process has made, how many of them are alive, and were at most."""

    alive, most = 0, 0

    @classmethod
    def made(cls, block):
        """Return a new block of the same rows."""
        new = block.copy()
        cls.alive += 1
        cls.most = max(cls.most, cls.alive)
        weakref.finalize(new, cls._gone)
        return new

    @classmethod
    def most_at_once(cls):
        return cls.most

    @classmethod
    def _gone(cls):
        cls.alive -= 1


class Copied(BaseEstimator):
    """Predicts a number that each copy of it has of its own."""

    def __setstate__(self, state):
        vars(self).update(state, number=uuid.uuid4().int % 2**50)

    def predict(self, X):
        return np.full(len(X), vars(self).get("number", 0))


class Failing(BaseEstimator):
    """Fails in the second process while the first waits for it."""

    def __init__(self, how="raise"):
        self.how = how

    def fit(self, X, y=None):
        if dist.get_rank() == 1:
            if self.how == "die":
                os._exit(1)
            raise ZeroDivisionError("of the second")
        dist.barrier()
        return self
