"""One step of training, the same for all libraries, and the mixture that peers are put into."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

N_LAYERS, HIDDEN = 8, (64, 64)
"""Couplings of every flow, and the hidden layers of the network in each, with ReLUs between."""
LEARNING_RATE = 1e-4
"""Small, so that many steps on the same rows lead to no numbers that are slow to work with."""

Step = Callable[[Tensor], Any]
"""Trains on rows ``(n, d)`` once."""
LogProb = Callable[[Tensor], Tensor]
"""Log-densities ``(n,)`` or, of R mixtures, ``(R, n)`` of rows ``(n, d)``."""


class Training:
    """A model under a fused AdamW; to call it is one step.

    Parameters
    ----------
    module : Module
        Has all parameters.
    log_prob : callable
        Log-densities that it gives to rows.
    device : str
    """

    def __init__(self, module: nn.Module, log_prob: LogProb, device: str) -> None:
        self.module, self.log_prob = module.to(device), log_prob
        on_gpu = device == "cuda"
        self.optimizer = torch.optim.AdamW(
            module.parameters(), lr=LEARNING_RATE, fused=True, capturable=on_gpu
        )

    def __call__(self, x: Tensor) -> Tensor:
        """Go forward, back, and one step; return the loss before it."""
        self.optimizer.zero_grad()
        loss = -self.log_prob(x).mean(-1).sum()
        loss.backward()
        self.optimizer.step()
        return loss.detach()


class Mixture(nn.Module):
    """Weights for K densities.

    Parameters
    ----------
    K : int
    densities : Module
        Maps rows ``(n, d)`` to log-densities ``(n, K)``.
    """

    def __init__(self, K: int, densities: nn.Module) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(K))
        self.densities = densities

    def forward(self, x: Tensor) -> Tensor:
        """Log-densities ``(n,)`` of rows ``(n, d)``."""
        return (self.densities(x) + self.logits.log_softmax(-1)).logsumexp(-1)


class Loop(nn.Module):
    """Flows, one after the other.

    Parameters
    ----------
    flows : iterable of Module
    log_prob : callable
        ``log_prob(flow, x) -> (n,)``.
    """

    def __init__(
        self, flows: Iterable[nn.Module], log_prob: Callable[[Any, Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.flows, self.log_prob = nn.ModuleList(flows), log_prob

    def forward(self, x: Tensor) -> Tensor:
        """Log-densities ``(n, K)`` of rows ``(n, d)``."""
        return torch.stack([self.log_prob(flow, x) for flow in self.flows], -1)
