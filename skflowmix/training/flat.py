"""Parameters and gradients of a model in one tensor each. Uses torch only.

An optimiser, a norm and a sum over processes then are one operation each, where a model of eight
layers has some fifty tensors: that was a fifth of the time of a step.
"""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor, nn

MAX_GRADIENT_NORM = 10.0
"""Of the gradient of each start's mean loss, in nats. Set by hand."""


class FlatParameters:
    """Parameters that become views of one tensor, those subject to weight decay first.

    Parameters
    ----------
    parameters : sequence of Parameter
        Each with the R starts on its leading axis, which may be a multiple of R long.
    decaying : collection of Parameter
        Those of them that are subject to weight decay.
    """

    def __init__(
        self, parameters: Sequence[nn.Parameter], decaying: Collection[nn.Parameter]
    ) -> None:
        chosen = {id(parameter) for parameter in decaying}
        groups = [
            [p for p in parameters if (id(p) in chosen) is is_first] for is_first in (True, False)
        ]
        self.parameters = [*groups[0], *groups[1]]
        self.sizes = [parameter.numel() for parameter in self.parameters]
        self.group_sizes = [sum(p.numel() for p in group) for group in groups]
        flattened = [p.detach().flatten() for p in self.parameters]
        self.values = torch.cat(flattened) if flattened else torch.empty(0)
        self.gradient = torch.zeros_like(self.values)
        for parameter, own in zip(self.parameters, self.values.split(self.sizes), strict=True):
            parameter.data = own.view_as(parameter)

    def optimizer_groups(self, weight_decay: float) -> list[dict]:
        """Return what an optimiser moves: what decays and what does not, with gradients."""
        parts = self.values.split(self.group_sizes)
        leaves = [nn.Parameter(part, requires_grad=True) for part in parts]
        for leaf, own in zip(leaves, self.gradient.split(self.group_sizes), strict=True):
            leaf.grad = own
        decays = (weight_decay, 0.0)
        return [
            {"params": [leaf], "weight_decay": decay}
            for leaf, decay in zip(leaves, decays, strict=True)
            if len(leaf)
        ]

    def differentiate(self, losses: Tensor) -> Tensor:
        """Set and return the gradient of the sum of losses ``(R,)``; a parameter without has 0."""
        found = torch.autograd.grad(losses.sum(), self.parameters, materialize_grads=True)
        return torch.cat([each.flatten() for each in found], out=self.gradient)

    @torch.no_grad()
    def clip(self, n_starts: int) -> None:
        """Bound the gradient norm of each start; where it is not finite it becomes zero."""
        parts = [part.view(n_starts, -1) for part in self.gradient.split(self.sizes)]
        norms = self.gradient.norm() if n_starts == 1 else torch.cat(parts, 1).norm(dim=1)
        if not norms.is_cuda and bool((norms <= MAX_GRADIENT_NORM).all()):  # the usual case
            return
        scale = MAX_GRADIENT_NORM / norms.clamp(MAX_GRADIENT_NORM)
        scale = torch.where(norms.isfinite(), scale, 0.0).view(-1, 1)
        for part in parts:
            part.mul_(scale).nan_to_num_(0.0, 0.0, 0.0)
