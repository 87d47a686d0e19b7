"""Steps of this package: a stack of flows."""

import torch
from torch import Tensor, nn

from benchmarks.speed.training import HIDDEN, LEARNING_RATE, N_LAYERS, LogProb, Step, Training
from skflowmix.flows import make_flow
from skflowmix.mixtures import FlowMixture
from skflowmix.training import FlatParameters

WEIGHT_DECAY = 0.01
"""That of `torch.optim.AdamW`, which the peers have."""


class FlatTraining(Training):
    """A model under the same AdamW, with its parameters in one tensor, as fits here have them.

    Parameters
    ----------
    module, log_prob, device
        As those of `Training`.
    """

    def __init__(self, module: nn.Module, log_prob: LogProb, device: str) -> None:
        self.module, self.log_prob = module.to(device), log_prob
        parameters = [p for p in module.parameters() if p.requires_grad]
        self.flat = FlatParameters(parameters, parameters)
        groups = self.flat.optimizer_groups(WEIGHT_DECAY)
        on_gpu = device == "cuda"
        self.optimizer = torch.optim.AdamW(groups, LEARNING_RATE, fused=True, capturable=on_gpu)

    def __call__(self, x: Tensor) -> Tensor:
        """Go forward, back, and one step; return the loss before it."""
        losses = -self.log_prob(x).mean(-1)
        self.flat.differentiate(losses)
        self.optimizer.step()
        return losses.detach().sum()


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
    return FlatTraining(mixture, lambda x: mixture.joint_log_prob(x).logsumexp(-1), device)
