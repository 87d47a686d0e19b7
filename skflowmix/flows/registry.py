"""The layers by name, and a flow made of them. Uses torch only."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Generator

from skflowmix.flows.autoregressive import Autoregressive
from skflowmix.flows.base import Bijection, Chain
from skflowmix.flows.coupling import Coupling
from skflowmix.flows.elementwise import SinhArcsinh
from skflowmix.flows.fused.couplings import CouplingChain
from skflowmix.flows.linear import Linear
from skflowmix.flows.permutation import Permutation
from skflowmix.flows.transformers import AffineTransformer, SplineTransformer, Transformer

TRANSFORMERS: dict[str, Transformer] = {
    "affine": AffineTransformer(),
    "spline": SplineTransformer(),
    "autoregressive": AffineTransformer(),
    "autoregressive_spline": SplineTransformer(),
}
"""How each kind of layer moves features."""
AUTOREGRESSIVE = ("autoregressive", "autoregressive_spline")
"""Kinds of which three layers do, so that matrices between them cost little and gain much."""
LAYERS: dict[str, Callable[..., Bijection]] = {
    kind: partial(Autoregressive if kind in AUTOREGRESSIVE else Coupling, transformer)
    for kind, transformer in TRANSFORMERS.items()
}
"""Layer constructors ``(n_stack, n_features, hidden, activation, generator)``, all of which
begin as the identity. A new kind of flow is one more entry."""


def widest(kind: str, n_features: int, hidden: Sequence[int]) -> int:
    """Return how many numbers one row fills in one layer at most."""
    return max([TRANSFORMERS[kind].n_parameters * n_features, *hidden])


def make_flow(
    kind: str,
    n_stack: int,
    n_features: int,
    n_layers: int,
    hidden: Sequence[int],
    activation: str,
    generator: Generator,
) -> Chain:
    """Make a stack of flows of ``n_layers`` layers that begin as the identity.

    Each layer is followed by a permutation, so that every feature is moved and looked at; the
    last one puts the features back in order. Between autoregressive layers, of which few do, an
    invertible matrix mixes the features as well. With one feature there is nothing to permute
    or to condition on: the layers act elementwise.
    """
    if n_features == 1:
        return Chain(*(SinhArcsinh(n_stack, 1) for _ in range(n_layers)))
    links: list[Bijection] = []
    place = torch.arange(n_features)  # where each feature of the data has gone
    for layer in range(n_layers):
        links.append(LAYERS[kind](n_stack, n_features, hidden, activation, generator))
        is_last = layer == n_layers - 1
        order = torch.argsort(place) if is_last else _reordering(n_features, generator)
        links.append(Permutation(order))
        if kind in AUTOREGRESSIVE and not is_last:
            links.append(Linear(n_stack, n_features))
        place = place[order]
    return CouplingChain(*links) if kind == "affine" else Chain(*links)


def _reordering(n_features: int, generator: Generator) -> torch.Tensor:
    """An order that swaps the two halves and shuffles each, so that roles alternate."""
    half = n_features // 2
    first = torch.randperm(half, generator=generator)
    second = half + torch.randperm(n_features - half, generator=generator)
    if n_features % 2 and second[-1] == half:
        second = second.roll(1)  # the odd one out of the last layer is looked at in the next
    return torch.cat([second, first])
