"""The estimators of this package, as they come, fitted to frames."""

from typing import Any

import numpy as np

from benchmarks.mixed.models import Arrays, Model
from benchmarks.mixed.tables import Frame, Table, numbers_of, rounded
from skflowmix import FlowGMM, VariationalFlowMixture


def flow_gmm(table: Table, seed: int) -> Model:
    """Fit FlowGMM."""
    return _fitted(FlowGMM(n_components=1, random_state=seed), table, seed)


def variational_flow_mixture(table: Table, seed: int) -> Model:
    """Fit VariationalFlowMixture."""
    return _fitted(VariationalFlowMixture(n_components=1, random_state=seed), table, seed)


def _fitted(estimator: Any, table: Table, seed: int) -> Model:
    estimator.fit(table.frame)
    names, chance = numbers_of(table.frame), np.random.RandomState(seed)

    def sample(n: int) -> Frame:
        drawn = estimator.sample(n, random_state=chance, as_frame=True)[0]
        drawn = drawn.astype(table.frame.dtypes.to_dict())
        drawn[names] = rounded(drawn[names].to_numpy(), table.units)
        return drawn

    return Model(sample, Arrays.of(table).guarded(estimator.score_samples))
