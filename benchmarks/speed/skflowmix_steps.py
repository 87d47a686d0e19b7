"""Steps of this package: a stack of flows."""

import torch

from benchmarks.speed.training import HIDDEN, N_LAYERS, Step, Training
from skflowmix.flows import make_flow
from skflowmix.mixtures import FlowMixture


def stacked(K: int, d: int, seed: int, device: str) -> Step:
    """Train one mixture."""
    return starts(1, K, d, seed, device)


def starts(n_starts: int, K: int, d: int, seed: int, device: str) -> Step:
    """Train several mixtures side by side.

    Every flow follows an affine map of its own, which the peers' do not have.
    """
    generator = torch.Generator().manual_seed(seed)
    flow = make_flow("affine", n_starts * K, d, N_LAYERS, HIDDEN, "relu", generator)
    mixture = FlowMixture(n_starts, K, d, flow)
    return Training(mixture, lambda x: mixture.joint_log_prob(x).logsumexp(-1), device)
