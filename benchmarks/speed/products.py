"""The matrix products of a step and nothing else: what no implementation of it can do without."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from benchmarks.speed.training import HIDDEN, N_LAYERS, Step


def products(K: int, d: int, seed: int, device: str) -> Step:
    """Multiply as the networks of K flows do, forward and back, without autograd."""
    generator = torch.Generator().manual_seed(seed)
    n_kept = d // 2
    shapes = list(pairwise((n_kept, *HIDDEN, 2 * (d - n_kept))))
    networks = [
        [torch.randn(K, *shape, generator=generator).to(device) for shape in shapes]
        for _ in range(N_LAYERS)
    ]

    def step(x: Tensor) -> None:
        kept = x[:, :n_kept].expand(K, -1, -1)
        for weights in networks:
            forward_and_back(weights, kept)

    return step


def forward_and_back(weights: Sequence[Tensor], x: Tensor) -> list[Tensor]:
    """Products of a linear network ``(K, n, n_in)`` to ``(K, n, n_out)`` and of its gradients.

    The gradients of the weights are returned, if that of the outputs are the outputs.
    """
    inputs = [x]
    for weight in weights:
        inputs.append(torch.bmm(inputs[-1], weight))
    gradient, found = inputs.pop(), []
    for weight, x in zip(reversed(weights), reversed(inputs), strict=True):
        found.append(torch.bmm(x.mT, gradient))
        gradient = torch.bmm(gradient, weight.mT)
    return found[::-1]
