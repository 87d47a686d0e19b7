"""Scores of a flow of zuko."""

from collections.abc import Callable

import numpy as np
import torch
import zuko

from benchmarks.speed.zuko_steps import real_nvp

HIDDEN, CHUNK = (64,), 4096


def scorer(d: int, n_gaussians: int, precision: str) -> Callable[[np.ndarray], np.ndarray]:
    """Log-densities of rows under a flow as it is before training, which takes as long.

    Behind it are Gaussians, or with none of them the standard normal.
    """
    torch.manual_seed(0)
    dtype = getattr(torch, precision)
    flow = real_nvp(d, HIDDEN)
    if n_gaussians:
        flow = zuko.flows.Flow(flow.transform, zuko.mixtures.GMM(d, components=n_gaussians))
    flow = flow.to(dtype)

    @torch.no_grad()
    def score(X: np.ndarray) -> np.ndarray:
        chunks = (torch.tensor(X[i : i + CHUNK], dtype=dtype) for i in range(0, len(X), CHUNK))
        return torch.cat([flow().log_prob(rows) for rows in chunks]).numpy()

    return score
