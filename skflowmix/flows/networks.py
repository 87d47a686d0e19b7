"""Multilayer perceptrons on stacks. Uses torch only."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Generator, Tensor, nn

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "silu": nn.functional.silu,
    "logistic": torch.sigmoid,
}
MAX_UNSCALED_WIDTH = 64
"""Width of the last hidden layer beyond which its outputs are divided in proportion to it: a step
of one size is to change them by one size, however many units add up. Without it a coupling of 256
units trained to nothing; up to 64, a convention, networks stay as they are."""


class StackedLinear(nn.Module):
    """S linear layers at once: ``(S, n, n_in) -> (S, n, n_out)`` by one ``baddbmm``.

    Parameters
    ----------
    n_stack, n_in, n_out : int
        Number of layers, of inputs and of outputs.
    generator : torch.Generator, optional
        Source of weights and biases, which are uniform within ``1 / sqrt(n_in)``. Without one
        the layer starts at zero.
    mask : Tensor of shape (n_in, n_out), optional
        Zero where a weight is left out on every use.
    scale : float, default=1.0
        Factor of all weights.
    """

    mask: Tensor | None

    def __init__(
        self,
        n_stack: int,
        n_in: int,
        n_out: int,
        generator: Generator | None = None,
        mask: Tensor | None = None,
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.scale = scale
        self.weight = nn.Parameter(torch.zeros(n_stack, n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_stack, 1, n_out))
        if generator is not None:
            bound = 1 / math.sqrt(max(n_in, 1))
            for parameter in (self.weight, self.bias):
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
        self.register_buffer("mask", mask)

    @property
    def n_free(self) -> int:
        """Free numbers of one layer: biases, and weights that the mask keeps."""
        _, n_in, n_out = self.weight.shape
        return n_out + (n_in * n_out if self.mask is None else int(self.mask.count_nonzero()))

    @property
    def effective_weight(self) -> Tensor:
        """The weights as they are used, ``(S, n_in, n_out)``."""
        weight = self.weight if self.mask is None else self.weight * self.mask
        return weight if self.scale == 1 else weight * self.scale

    @torch.no_grad()
    def fold(self) -> None:
        """Work the mask and the scale into the weights, of a layer that is trained no more."""
        self.weight.copy_(self.effective_weight)
        self.mask, self.scale = None, 1.0

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.effective_weight)


class StackedMLP(nn.Module):
    """S perceptrons side by side whose last layer is zero, so that they begin as the zero map.

    Their weights and biases decay: towards zero, where a flow is the identity.

    Parameters
    ----------
    n_stack, n_in, n_out : int
        Number of networks, of inputs and of outputs.
    hidden : sequence of int
        Widths of the hidden layers.
    activation : str
        A key of `ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights.
    masks : sequence of Tensor, optional
        One for each layer, ``(n_in, n_out)``, zero where a weight is left out.
    """

    decays = True

    def __init__(
        self,
        n_stack: int,
        n_in: int,
        n_out: int,
        hidden: Sequence[int],
        activation: str,
        generator: Generator,
        masks: Sequence[Tensor] | None = None,
    ) -> None:
        super().__init__()
        widths = [n_in, *hidden]
        every_mask: Sequence[Tensor | None] = masks or [None] * len(widths)
        self.hidden = nn.ModuleList(
            StackedLinear(n_stack, a, b, generator, mask)
            for (a, b), mask in zip(itertools.pairwise(widths), every_mask[:-1], strict=True)
        )
        scale = min(1.0, MAX_UNSCALED_WIDTH / max(widths[-1], 1))
        self.last = StackedLinear(n_stack, widths[-1], n_out, mask=every_mask[-1], scale=scale)
        self.activation = ACTIVATIONS[activation]

    def weights_and_biases(self) -> Iterator[Tensor]:
        """Yield effective weights and biases, layer by layer."""
        for layer in (*self.hidden, self.last):
            yield layer.effective_weight
            yield layer.bias

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.last(x)


def bounded(x: Tensor, bound: float) -> Tensor:
    """Keep numbers within plus and minus a bound, smoothly: near zero they stay as they are."""
    return bound * torch.tanh(x / bound)


def fold_weights(module: nn.Module) -> None:
    """Fold all layers of a module that is trained no more, which then takes less time.

    Masks are forgotten: count the numbers that are free before.
    """
    for layer in module.modules():
        if isinstance(layer, StackedLinear):
            layer.fold()
