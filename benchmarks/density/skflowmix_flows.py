"""The estimators of this package, as they come.

The number of components of `VariationalFlowMixture` is chosen by validation.
"""

from functools import partial
from typing import Any

from benchmarks.density.fits import Clock, Fitted
from benchmarks.density.tables import Split
from skflowmix import FlowGMM, VariationalFlowMixture

N_COMPONENTS = (1, 4)
MOST_WATCHED_ROWS = 5_000
"""Rows of a fit up to which each epoch is looked at, which takes its time."""


class Watch:
    """Callback that adds a point to the curve after every epoch."""

    def __init__(self, clock: Clock, split: Split) -> None:
        self.clock, self.split = clock, split

    def setup(self, estimator, context):
        """Do nothing."""

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Look at the model as it is now."""
        if fitted_estimator is not None and context.task_name == "epoch":
            self.clock.watch(fitted_estimator.score_samples, self.split.test)


def flow_gmm(split: Split, seed: int, limit: float) -> Fitted:
    """Fit FlowGMM."""
    return _fitted(FlowGMM, 1, split, seed)[1]


def start_of_flow_gmm(split: Split, seed: int, limit: float) -> Fitted:
    """Fit what FlowGMM begins with: no epoch is trained."""
    return _fitted(partial(FlowGMM, max_iter=0), 1, split, seed)[1]


def variational_flow_mixture(split: Split, seed: int, limit: float) -> Fitted:
    """Fit VariationalFlowMixture."""
    return _chosen(VariationalFlowMixture, split, seed)


def _chosen(kind: Any, split: Split, seed: int) -> Fitted:
    """All fits count for the seconds, and the curve is that of the chosen one."""
    fits = [_fitted(kind, k, split, seed) for k in N_COMPONENTS if 5 * k <= len(split.train)]
    _, best = max(fits, key=lambda fit: fit[0])
    return Fitted(best.score, sum(fit.seconds for _, fit in fits), best.curve, best.chosen)


def _fitted(kind: Any, k: int, split: Split, seed: int) -> tuple[float, Fitted]:
    clock = Clock()
    model = kind(k, random_state=seed)
    if len(split.train) <= MOST_WATCHED_ROWS:
        model.set_callbacks(Watch(clock, split))
    model.fit(split.train)
    fit = Fitted(model.score_samples, clock.seconds, clock.curve, f"K={k}")
    return float(model.score_samples(split.validation).mean()), fit
