"""The estimators of this package, as they come."""

from typing import Any

from benchmarks.mixed.models import Model
from benchmarks.mixed.tables import Frame, Table
from skflowmix import FlowGMM, VariationalFlowMixture


def flow_gmm(table: Table, seed: int) -> Model:
    """Fit FlowGMM."""
    return _fitted(FlowGMM(n_components=1, random_state=seed), table)


def variational_flow_mixture(table: Table, seed: int) -> Model:
    """Fit VariationalFlowMixture."""
    return _fitted(VariationalFlowMixture(n_components=1, random_state=seed), table)


def _fitted(estimator: Any, table: Table) -> Model:
    estimator.fit(table.frame)

    def sample(n: int) -> Frame:
        return estimator.sample(n, as_frame=True)[0]

    return Model(sample, estimator.score_samples)
