"""Steps of zuko: a stack of its flows, and several of them."""

import torch
import zuko
from torch import Tensor, nn

from benchmarks.speed.training import HIDDEN, N_LAYERS, Loop, Mixture, Step, Training


class Stack(nn.Module):
    """K flows whose networks are stacks: their rows are ``(n, K, d)``."""

    def __init__(self, K: int, d: int) -> None:
        super().__init__()
        self.K = K
        self.flow = real_nvp(d, HIDDEN, stack=K)

    def forward(self, x: Tensor) -> Tensor:
        """Log-densities ``(n, K)`` of rows ``(n, d)``."""
        return self.flow().log_prob(x.unsqueeze(1).expand(-1, self.K, -1))


def stacked(K: int, d: int, seed: int, device: str) -> Step:
    """Train one stack."""
    torch.manual_seed(seed)
    mixture = Mixture(K, Stack(K, d))
    return Training(mixture, mixture, device)


def looped(K: int, d: int, seed: int, device: str) -> Step:
    """Train K flows one after the other."""
    torch.manual_seed(seed)
    flows = [real_nvp(d, HIDDEN) for _ in range(K)]
    mixture = Mixture(K, Loop(flows, lambda flow, x: flow().log_prob(x)))
    return Training(mixture, mixture, device)


def real_nvp(d: int, hidden: tuple[int, ...], **options: int) -> nn.Module:
    """Affine couplings of alternating features."""
    return zuko.flows.RealNVP(d, transforms=N_LAYERS, hidden_features=hidden, **options)
