"""Flows of zuko."""

import torch
import zuko

from benchmarks.density.fits import Fitted
from benchmarks.density.hand_written import trained
from benchmarks.density.tables import Split


def spline_flow(split: Split, seed: int, limit: float) -> Fitted:
    """Train a neural spline flow: three transforms, networks of 64 by 64."""
    torch.manual_seed(seed)
    flow = zuko.flows.NSF(split.train.shape[1], transforms=3, hidden_features=(64, 64))
    return trained(flow, lambda x: flow().log_prob(x), split, seed, limit)


def masked_autoregressive_flow(split: Split, seed: int, limit: float) -> Fitted:
    """Train a masked autoregressive flow of five transforms, networks of 64 by 64."""
    torch.manual_seed(seed)
    flow = zuko.flows.MAF(split.train.shape[1], transforms=5, hidden_features=(64, 64))
    return trained(flow, lambda x: flow().log_prob(x), split, seed, limit)
