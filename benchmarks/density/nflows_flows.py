"""Flows of nflows."""

import torch
from nflows.distributions import StandardNormal
from nflows.flows import Flow
from nflows.nn.nets import ResidualNet
from nflows.transforms import AffineCouplingTransform, CompositeTransform

from benchmarks.density.fits import Fitted
from benchmarks.density.hand_written import trained
from benchmarks.density.tables import Split

N_LAYERS, HIDDEN = 8, 64


def real_nvp(split: Split, seed: int, limit: float) -> Fitted:
    """Train a Real NVP of eight couplings."""
    d = split.train.shape[1]
    if d == 1:
        raise ValueError("A coupling needs two features or more.")
    torch.manual_seed(seed)
    mask = torch.ones(d)
    mask[::2] = -1
    layers = [FreeCoupling(mask * (-1) ** number, _network) for number in range(N_LAYERS)]
    flow = Flow(CompositeTransform(layers), StandardNormal([d]))
    return trained(flow, flow.log_prob, split, seed, limit)


class FreeCoupling(AffineCouplingTransform):
    """A coupling whose scales have no upper bound.

    Those of the library end at 1.001, with which concentrated data cannot be modelled.
    """

    def _scale_and_shift(self, transform_params):
        shift, raw = transform_params.chunk(2, 1)
        return torch.nn.functional.softplus(raw) + 1e-3, shift


def _network(n_in: int, n_out: int) -> ResidualNet:
    return ResidualNet(n_in, n_out, hidden_features=HIDDEN, num_blocks=1)
