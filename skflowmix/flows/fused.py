"""Affine couplings in a row, with a backward pass written by hand. Uses torch only.

Networks as small as these are done with their products so soon that what lies between them is
most of the cost: activations, scales, halves taken apart and put together again, and autograd's
record of all of it. Here one function goes through the whole chain. Inside it features come
before rows, ``(S, d, n)``: halves of the features are then whole rows of memory, products with
one feature or two are fast, and most of what there is to compute is computed in place.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn.functional import silu

from skflowmix.flows.base import Bijection, Chain
from skflowmix.flows.blocks import at_once, blocks
from skflowmix.flows.coupling import Coupling
from skflowmix.flows.networks import ACTIVATIONS
from skflowmix.flows.permutation import Permutation
from skflowmix.flows.transformers import AffineTransformer

BLOCK = 2**18
"""Numbers in the widest layer of the flows that pass at once on a CPU, a megabyte in single
precision. Where a stack has more, its flows take turns: a layer is to find in the cache what the
one before it wrote."""

_Linear = tuple[Tensor, Tensor]
"""Weights ``(S, n_in, n_out)`` and biases ``(S, 1, n_out)``."""

_relu_backward = torch.ops.aten.threshold_backward.grad_input
_tanh_backward = torch.ops.aten.tanh_backward.grad_input
_silu_backward = torch.ops.aten.silu_backward.grad_input
_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


@dataclass(frozen=True)
class _Activation:
    """An activation that may overwrite what it is given.

    Attributes
    ----------
    forward : callable
        Returns the image and what ``backward`` has to see.
    backward : callable
        ``backward(gradient, seen)`` carries a gradient from the image back, in place.
    """

    forward: Callable[[Tensor], tuple[Tensor, Tensor]]
    backward: Callable[[Tensor, Tensor], object]


def _tanh(x: Tensor) -> Tensor:
    """Overwrite x with tanh(x), by way of the logistic function, which is four times as fast."""
    return torch.add(_MINUS_ONE, x.mul_(2).sigmoid_(), alpha=2, out=x)


_MINUS_ONE = torch.tensor(-1.0)
_ACTIVATIONS: dict[Callable[[Tensor], Tensor], _Activation] = {
    ACTIVATIONS["relu"]: _Activation(
        lambda x: (x.relu_(), x), lambda g, y: _relu_backward(g, y, 0, grad_input=g)
    ),
    ACTIVATIONS["tanh"]: _Activation(
        lambda x: (_tanh(x), x), lambda g, y: _tanh_backward(g, y, grad_input=g)
    ),
    ACTIVATIONS["silu"]: _Activation(
        lambda x: (silu(x), x), lambda g, x: _silu_backward(g, x, grad_input=g)
    ),
    ACTIVATIONS["logistic"]: _Activation(
        lambda x: (x.sigmoid_(), x), lambda g, y: _sigmoid_backward(g, y, grad_input=g)
    ),
}


class CouplingChain(Chain):
    """Affine couplings that are all alike, each followed by a permutation.

    It is the `Chain` of these links: one function takes the place of them all, and agrees with
    them up to rounding. Only its gradients have no gradients.

    Parameters
    ----------
    *links : Bijection
        A coupling, a permutation, a coupling, and so on.
    """

    def __init__(self, *links: Bijection) -> None:
        super().__init__(*links)
        kinds = {_kind(first, second) for first, second in _pairs(links)}
        if len(links) % 2 or len(kinds) > 1 or None in kinds:
            raise ValueError("Affine couplings that are alike and permutations must take turns.")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        plan = self._plan() if len(self) else None
        if plan is None:
            return super().forward(x)
        couplings = cast(Sequence[Coupling], list(self.links)[::2])
        parameters = [tensor for each in couplings for tensor in each.network.linear()]
        if not torch.is_grad_enabled():
            return _without_way_back(plan, x, *parameters)
        return cast(tuple[Tensor, Tensor], _Fused.apply(plan, x, *parameters))

    def _plan(self) -> "_Plan | None":
        """What to do, or None where an activation has no backward here."""
        links = list(self.links)
        first = cast(Coupling, links[0])
        activation = _ACTIVATIONS.get(first.network.activation)
        if activation is None:
            return None
        orders = torch.stack([cast(Permutation, link).order for link in links[1::2]])
        bound = cast(AffineTransformer, first.transformer).max_log_scale
        least = torch.tensor(-bound, dtype=torch.float64)
        n_linear = len(first.network.hidden) + 1
        return _Plan(first.n_kept, bound, least, n_linear, activation, orders)


def _pairs(items: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Pairs of neighbours, each item in one of them."""
    return zip(items[::2], items[1::2], strict=False)


def _kind(coupling: Bijection, permutation: Bijection) -> tuple | None:
    """What couplings must have in common, or None if these are not two links of such a chain."""
    if not isinstance(coupling, Coupling) or not isinstance(permutation, Permutation):
        return None
    if not isinstance(coupling.transformer, AffineTransformer):
        return None
    network, n_features = coupling.network, len(permutation.order)
    return (
        n_features,
        coupling.n_kept,
        coupling.transformer,
        len(network.hidden),
        network.activation,
    )


class _Plan(NamedTuple):
    """What a pass has to know beside the parameters.

    Attributes
    ----------
    n_kept : int
        Number k of features that a coupling keeps; it moves the other m.
    bound : float
        Bound c of the log-scales.
    least : Tensor of shape ()
        The number -c.
    n_linear : int
        Number of linear layers in a network.
    activation : _Activation
        What comes between them.
    orders : Tensor of shape (L, d)
        The permutation behind each coupling.
    """

    n_kept: int
    bound: float
    least: Tensor
    n_linear: int
    activation: _Activation
    orders: Tensor

    def by_layer(self, parameters: Sequence[Tensor]) -> Iterator[list[_Linear]]:
        """The linear layers of one coupling after another."""
        linear = list(_pairs(parameters))
        return (linear[i : i + self.n_linear] for i in range(0, len(linear), self.n_linear))


class _Seen(NamedTuple):
    """What the way back through a coupling has to see of the way there.

    Attributes
    ----------
    y : Tensor of shape (S, d, n)
        The image.
    share : Tensor of shape (S, m, n)
        Log-scales as shares of the way from -c to c.
    scale, scaled : Tensor of shape (S, m, n)
        What moved features were multiplied by, and the products.
    inputs : list of Tensor of shape (S, n_in, n)
        Inputs of each linear layer.
    relics : list of Tensor of shape (S, n_out, n)
        What each activation leaves for its way back.
    """

    y: Tensor
    share: Tensor
    scale: Tensor
    scaled: Tensor
    inputs: list[Tensor]
    relics: list[Tensor]


class _Fused(Function):
    """The chain as one function of the data and of all weights and biases."""

    @staticmethod
    def forward(ctx: Any, plan: _Plan, x: Tensor, *parameters: Tensor) -> tuple[Tensor, Tensor]:
        ctx.plan, ctx.size = plan, _flows_at_once(x, parameters)
        parts = list(blocks(ctx.size, x, *parameters))
        ctx.seen = [list[_Seen]() for _ in parts]
        passes = (_forward(plan, seen, *part) for seen, part in zip(ctx.seen, parts, strict=True))
        y, log_det = zip(*passes, strict=True)
        ctx.save_for_backward(*parameters)
        return _joined(y).mT, _joined(log_det)

    @staticmethod
    def backward(ctx: Any, dz: Tensor, d_log_det: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():  # they would be taken for constants
            raise NotImplementedError(
                "Gradients of a CouplingChain have no gradients; those of a Chain of its links do."
            )
        parts = blocks(ctx.size, dz, d_log_det, *ctx.saved_tensors)
        gradients = [
            _backward(ctx.plan, seen, *part) for seen, part in zip(ctx.seen, parts, strict=True)
        ]
        dx, *d_parameters = (_joined(column) for column in zip(*gradients, strict=True))
        return None, dx.mT, *d_parameters


def _flows_at_once(x: Tensor, parameters: Sequence[Tensor]) -> int:
    width = max(parameter.shape[-1] for parameter in parameters)
    return at_once(BLOCK, x.shape[1] * width, x)


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """Put together what was split."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def _without_way_back(plan: _Plan, x: Tensor, *parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Map ``x (S, n, d)`` to ``z (S, n, d)`` and ``log_det (S, n)``, and keep nothing."""
    parts = blocks(_flows_at_once(x, parameters), x, *parameters)
    nothing: deque[_Seen] = deque(maxlen=0)
    y, log_det = zip(*(_forward(plan, nothing, *part) for part in parts), strict=True)
    return _joined(y).mT, _joined(log_det)


def _forward(
    plan: _Plan, seen: MutableSequence[_Seen], x: Tensor, *parameters: Tensor
) -> tuple[Tensor, Tensor]:
    """Map ``x (S, n, d)`` to ``(S, d, n)`` and ``log_det (S, n)``; add to what was seen."""
    y = x.mT.clone(memory_format=torch.contiguous_format)  # (S, d, n)
    total = torch.zeros_like(y[:, plan.n_kept :])  # (S, m, n)
    for order, layers in zip(plan.orders.unbind(), plan.by_layer(parameters), strict=True):
        seen.append(_couple(plan, y, layers, total))
        y = y.index_select(1, order)
    return y, total.sum(1)


def _couple(plan: _Plan, y: Tensor, layers: list[_Linear], total: Tensor) -> _Seen:
    """Pass ``y (S, d, n)`` through a coupling in place; add its log-scales to a total."""
    n_moved = total.shape[1]
    kept, moved = y.split_with_sizes([plan.n_kept, n_moved], 1)
    raw, inputs, relics = _network(plan.activation, kept, layers)  # (S, 2 m, n)
    share, shift = raw.split_with_sizes([n_moved, n_moved], 1)
    if plan.bound != 2:
        share.mul_(2 / plan.bound)
    share.sigmoid_()
    scale = torch.add(plan.least, share, alpha=2 * plan.bound)  # c tanh(r / c), to begin with
    total.add_(scale)
    scaled = moved * scale.exp_()
    torch.add(scaled, shift, out=moved)
    return _Seen(y, share, scale, scaled, inputs, relics)


def _network(
    activation: _Activation, y: Tensor, layers: list[_Linear]
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Return what a network says of ``y (S, k, n)``, and its part of what was seen."""
    inputs, relics = [y], list[Tensor]()
    for weight, bias in layers[:-1]:
        y, relic = activation.forward(torch.baddbmm(bias.mT, weight.mT, y))
        inputs.append(y)
        relics.append(relic)
    weight, bias = layers[-1]
    return torch.baddbmm(bias.mT, weight.mT, y), inputs, relics


def _backward(
    plan: _Plan, seen: list[_Seen], dz: Tensor, d_log_det: Tensor, *parameters: Tensor
) -> list[Tensor]:
    """Gradients with respect to the data, ``(S, d, n)``, and to the parameters."""
    k, back = plan.n_kept, plan.orders.argsort(1)
    # Moved features bear on three things: on their images, and on both halves of what the
    # network says; that makes three copies of their gradients.
    thrice = torch.cat([back, back[:, k:], back[:, k:]], 1).unbind()
    dy, d_log_scale = dz.mT.contiguous(), (4 * d_log_det).unsqueeze(1)
    gradients: list[list[Tensor]] = []
    layers = list(plan.by_layer(parameters))
    for i in reversed(range(len(seen))):
        dy = dy.index_select(1, thrice[i])  # (S, k + 3 m, n)
        gradients.append(_uncouple(plan, dy, d_log_scale, layers[i], seen[i]))
    return [dy[:, : dz.shape[-1]], *itertools.chain(*reversed(gradients))]


def _uncouple(
    plan: _Plan, dy: Tensor, d_log_scale: Tensor, layers: list[_Linear], seen: _Seen
) -> list[Tensor]:
    """Carry ``dy (S, k + 3 m, n)`` back through a coupling in place; see `_couple`.

    Returns the gradients of the parameters. ``d_log_scale (S, 1, n)`` is taken four times.
    """
    k, m = plan.n_kept, seen.scale.shape[1]
    d_kept, d_moved, d_raw = dy.split_with_sizes([k, m, 2 * m], 1)
    d_share, d_shift = d_raw.split_with_sizes([m, m], 1)
    torch.addcmul(d_log_scale, d_shift, seen.scaled, value=4, out=d_share)
    _sigmoid_backward(d_share, seen.share, grad_input=d_share)  # 4 share (1 - share) is the slope
    d_moved.mul_(seen.scale)
    through, gradients = _network_backward(plan.activation, d_raw, layers, seen)
    d_kept.add_(through)
    return gradients


def _network_backward(
    activation: _Activation, gradient: Tensor, layers: list[_Linear], seen: _Seen
) -> tuple[Tensor, list[Tensor]]:
    """Gradients of a network with respect to its inputs, ``(S, k, n)``, and its parameters."""
    gradients: list[Tensor] = []
    for i in reversed(range(len(layers))):
        d_weight, d_bias = torch.bmm(seen.inputs[i], gradient.mT), gradient.sum(-1)
        gradients[:0] = [d_weight, d_bias.unsqueeze(1)]
        gradient = torch.bmm(layers[i][0], gradient)
        if i:
            activation.backward(gradient, seen.relics[i - 1])
    return gradient, gradients
