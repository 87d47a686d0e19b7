"""A fit of zuko: a masked autoregressive flow with Gaussians behind it, trained as ours are."""

import numpy as np
import torch
import zuko
from sklearn.base import BaseEstimator
from torch import nn

from benchmarks.density.hand_written import RATES, LogProb, trained_like_ours
from benchmarks.density.tables import Split

VALIDATION = 0.1
"""Share of the rows that early stopping holds out."""


class ZukoFlow(BaseEstimator):
    """A flow before K Gaussians, as `FlowGMM` has it, under the schedule of this package.

    Parameters
    ----------
    n_components : int
    random_state : int
    limit : float, default=inf
        Seconds after which training ends.
    """

    def __init__(self, n_components: int, random_state: int, limit: float = float("inf")) -> None:
        self.n_components, self.random_state, self.limit = n_components, random_state, limit

    def fit(self, X: np.ndarray) -> "ZukoFlow":
        """Standardise rows and train by one learning rate."""
        split, seed = self._split(X), self.random_state
        self.fitted = trained_like_ours(
            lambda: self._made(X.shape[1]), split, seed, self.limit, RATES[:1]
        )
        return self

    def _split(self, X: np.ndarray) -> Split:
        """Rows to train on and to hold out; of a test there is only a row, which none looks at."""
        order = np.random.default_rng(self.random_state).permutation(len(X))
        rows = ((X - X.mean(0)) / X.std(0))[order]
        n_held_out = int(VALIDATION * len(X))
        return Split(rows[n_held_out:], rows[:n_held_out], rows[:1])

    def _made(self, d: int) -> tuple[nn.Module, LogProb]:
        torch.manual_seed(self.random_state)
        flow = zuko.flows.MAF(d, transforms=5, hidden_features=(64, 64))
        base = zuko.mixtures.GMM(d, components=self.n_components)
        flow = zuko.flows.Flow(flow.transform, base)
        return flow, lambda x: flow().log_prob(x)
