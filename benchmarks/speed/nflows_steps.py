"""Steps of nflows: it has no stacks."""

import torch
from nflows.distributions import StandardNormal
from nflows.flows import Flow
from nflows.nn.nets import MLP
from nflows.transforms import AffineCouplingTransform, CompositeTransform
from torch import Tensor

from benchmarks.speed.training import HIDDEN, N_LAYERS, Loop, Mixture, Step, Training


def looped(K: int, d: int, seed: int, device: str) -> Step:
    """Train K flows one after the other."""
    torch.manual_seed(seed)
    flows = [_real_nvp(d) for _ in range(K)]
    mixture = Mixture(K, Loop(flows, lambda flow, x: flow.log_prob(x)))
    return Training(mixture, mixture, device)


class Network(MLP):
    """A perceptron without context, which couplings hand to their network even if it is None."""

    def forward(self, inputs: Tensor, context: None = None) -> Tensor:
        """Map ``(n, n_in)`` to ``(n, n_out)``."""
        return super().forward(inputs)


def _real_nvp(d: int) -> Flow:
    mask = torch.ones(d)
    mask[::2] = -1
    layers = [AffineCouplingTransform(mask * (-1) ** i, _network) for i in range(N_LAYERS)]
    return Flow(CompositeTransform(layers), StandardNormal([d]))


def _network(n_in: int, n_out: int) -> Network:
    return Network((n_in,), (n_out,), list(HIDDEN))
