"""The kinds of layers by name, and a flow made of them. Uses torch only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Generator

from skflowmix.flows.autoregressive import Autoregressive
from skflowmix.flows.base import Bijection, Chain
from skflowmix.flows.conditioned import Conditioned
from skflowmix.flows.coupling import Coupling
from skflowmix.flows.elementwise import SinhArcsinh
from skflowmix.flows.fused.couplings import CouplingChain
from skflowmix.flows.linear import Linear
from skflowmix.flows.permutation import Permutation, Reordering
from skflowmix.flows.transformers import AffineTransformer, SplineTransformer, Transformer


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer, for two features or more.

    Attributes
    ----------
    make : callable
        ``(n_stack, n_features, hidden, activation, generator) -> Bijection``, which begins as
        the identity.
    n_parameters : int
        Most numbers that a layer computes for one feature of one row, hidden layers apart.
    is_autoregressive : bool, default=False
        Whether each feature depends on all those before it. Of such layers few are enough, so
        that matrices between them cost little: they raised held-out log-likelihood by 0.1 nats
        on cytometry and by 0.2 on digits.
    chain : callable, default=Chain
        Composes such layers and permutations, taking turns.
    """

    make: Callable[..., Bijection]
    n_parameters: int
    is_autoregressive: bool = False
    chain: Callable[..., Chain] = Chain


def _conditioned(layer: type[Conditioned], transformer: Transformer, **options) -> LayerKind:
    return LayerKind(partial(layer, transformer), transformer.n_parameters, **options)


LAYERS = {
    "affine": _conditioned(Coupling, AffineTransformer(), chain=CouplingChain),
    "spline": _conditioned(Coupling, SplineTransformer()),
    "autoregressive": _conditioned(Autoregressive, AffineTransformer(), is_autoregressive=True),
    "autoregressive_spline": _conditioned(
        Autoregressive, SplineTransformer(), is_autoregressive=True
    ),
}
"""Every kind of layer by name. A new kind of flow is one more entry."""
AUTOREGRESSIVE = tuple(kind for kind, layer in LAYERS.items() if layer.is_autoregressive)
"""The autoregressive kinds."""


def widest(kind: str, n_features: int, hidden: Sequence[int]) -> int:
    """Return the most numbers that one row fills in one layer."""
    return max([LAYERS[kind].n_parameters * n_features, *hidden])


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

    Each layer is followed by a permutation, so that every feature is transformed and
    conditioned on; the last one puts the features back in order. Between autoregressive layers
    an invertible matrix mixes the features as well. With one feature there is nothing to permute
    or to condition on: the layers act elementwise.

    Parameters
    ----------
    kind : str
        A key of `LAYERS`.
    n_stack, n_features, n_layers : int
        Number S of flows, number d of features and number of layers.
    hidden : sequence of int
        Widths of the hidden layers of the networks.
    activation : str
        A key of `skflowmix.flows.ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights and of the permutations.
    """
    if n_features == 1:
        return Chain(*(SinhArcsinh(n_stack, 1) for _ in range(n_layers)))
    layer_kind = LAYERS[kind]
    links: list[Bijection] = []
    position = torch.arange(n_features)  # where each feature of the data has gone
    for layer in range(n_layers):
        links.append(layer_kind.make(n_stack, n_features, hidden, activation, generator))
        is_last = layer == n_layers - 1
        order = torch.argsort(position) if is_last else _random_order(n_features, generator)
        links.append(Permutation(order))
        if layer_kind.is_autoregressive and not is_last:
            links.append(Linear(n_stack, n_features))
        position = position[order]
    return layer_kind.chain(*links)


def reordered(flow: Chain, orders: torch.Tensor) -> Chain:
    """Let each flow of a stack see the features in an order of its own, ``orders (S, d)``.

    Its latents have the order of the data again.
    """
    return Chain(Reordering(orders), flow, Reordering(torch.argsort(orders)))


def _random_order(n_features: int, generator: Generator) -> torch.Tensor:
    """Return an order that swaps the two halves and shuffles each, so that roles alternate."""
    half = n_features // 2
    first = torch.randperm(half, generator=generator)
    second = half + torch.randperm(n_features - half, generator=generator)
    if n_features % 2 and second[-1] == half:
        second = second.roll(1)  # what no layer would condition on comes first, so the next does
    return torch.cat([second, first])
