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
WIDE = 64
"""Hidden units beyond which a network's answer is divided by their number: steps of one size are
to move it by one size, however many units add up in it, or the first steps lead far astray."""


class StackedLinear(nn.Module):
    """S linear layers at once: ``(S, n, n_in) -> (S, n, n_out)`` by one ``baddbmm``.

    Weights are drawn uniformly within ``1 / sqrt(n_in)`` from ``generator``; without one the
    layer starts at zero. Links where ``mask (n_in, n_out)`` is zero are cut on every use, and all
    are multiplied by ``share``.
    """

    mask: Tensor | None

    def __init__(
        self,
        n_stack: int,
        n_in: int,
        n_out: int,
        generator: Generator | None = None,
        mask: Tensor | None = None,
        share: float = 1.0,
    ) -> None:
        super().__init__()
        self.share = share
        self.weight = nn.Parameter(torch.zeros(n_stack, n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_stack, 1, n_out))
        if generator is not None:
            bound = 1 / math.sqrt(max(n_in, 1))
            for parameter in (self.weight, self.bias):
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
        self.register_buffer("mask", mask)

    @property
    def links(self) -> Tensor:
        """The weights as they are used, ``(S, n_in, n_out)``."""
        weight = self.weight if self.mask is None else self.weight * self.mask
        return weight if self.share == 1 else weight * self.share

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.links)


class StackedMLP(nn.Module):
    """S perceptrons side by side whose last layer is zero, so that they begin as the zero map.

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
        One for each layer, ``(n_in, n_out)``, zero at the links to cut.
    """

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
        kept: Sequence[Tensor | None] = masks or [None] * len(widths)
        self.hidden = nn.ModuleList(
            StackedLinear(n_stack, a, b, generator, mask)
            for (a, b), mask in zip(itertools.pairwise(widths), kept[:-1], strict=True)
        )
        share = min(1.0, WIDE / max(widths[-1], 1))
        self.last = StackedLinear(n_stack, widths[-1], n_out, mask=kept[-1], share=share)
        self.activation = ACTIVATIONS[activation]

    def linear(self) -> Iterator[Tensor]:
        """Weights as they are used and biases, layer by layer."""
        for layer in (*self.hidden, self.last):
            yield layer.links
            yield layer.bias

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.last(x)


def bounded(x: Tensor, bound: float) -> Tensor:
    """Keep numbers within plus and minus a bound, smoothly: near zero they stay as they are."""
    return bound * torch.tanh(x / bound)
