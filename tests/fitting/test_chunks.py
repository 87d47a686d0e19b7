"""Rows pass through models chunk by chunk, and no answer depends on how many at a time."""

import numpy as np
import pytest
import torch
from torch import Generator

from skflowmix.fitting.acceptance import agreement
from skflowmix.fitting.training import masked_log_prob, mean_bound
from tests.fitting.examples import architecture, clouds, every_family, rows_of

X, GROUPS = clouds(50, distance=2.0)


OF_ROWS = {
    "scores": masked_log_prob,
    "bounds": mean_bound,
    "agreement with the start": agreement,
}
"""Whatever is asked of all rows, ``(model, family, rows) -> (R,)`` or ``(R, n)``."""


@pytest.mark.parametrize("n", [15, 16, 17, 50])
@pytest.mark.parametrize("name", OF_ROWS)
@every_family
def test_chunks_do_not_show(kind, name, n, monkeypatch):
    family = kind(architecture())
    model, generator = family.build(2, Generator()), Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    rows = rows_of(X[:n], GROUPS[:n])
    whole = np.asarray(OF_ROWS[name](model, family, rows))
    monkeypatch.setattr("skflowmix.families.architecture.CHUNK_NUMBERS", 1)
    parts = np.asarray(OF_ROWS[name](model, family, rows))
    assert len(whole) == 2
    np.testing.assert_allclose(parts, whole, rtol=1e-4, atol=1e-5)
