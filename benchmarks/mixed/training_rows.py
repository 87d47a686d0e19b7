"""The rows of the fit instead of drawn ones: what drawn rows can be like at best."""

import numpy as np

from benchmarks.mixed.models import Model
from benchmarks.mixed.tables import Frame, Table


def training_rows(table: Table, seed: int) -> Model:
    """Keep the rows, and give some of them, none twice, in place of drawn ones."""

    def sample(n: int) -> Frame:
        order = np.random.default_rng(seed).permutation(len(table.frame))
        return table.frame.iloc[order[:n]].reset_index(drop=True)

    return Model(sample)
