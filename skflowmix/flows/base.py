"""What a bijection owes, and the composition of several. Uses torch only."""

from abc import ABC, abstractmethod
from typing import cast

from torch import Tensor, nn


class Bijection(nn.Module, ABC):
    """A stack of S invertible maps of R^d, applied side by side.

    A subclass owes two methods that undo each other. Both return the image and the log of the
    absolute Jacobian determinant of the direction taken, one number a row. Every
    ``nn.Parameter`` has the stack as its leading axis; what the stack shares is a buffer.
    """

    @abstractmethod
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map data ``x (S, n, d)`` to ``z (S, n, d)`` and ``log_det (S, n)``."""

    @abstractmethod
    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Map ``z (S, n, d)`` back to ``x (S, n, d)`` and ``log_det (S, n)``."""


class Chain(Bijection):
    """Bijections one after another, the first nearest to the data."""

    def __init__(self, *links: Bijection) -> None:
        super().__init__()
        self.links = nn.ModuleList(links)

    def __len__(self) -> int:
        """How many there are; none are the identity."""
        return len(self.links)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        log_det = x.new_zeros(x.shape[:-1])
        for link in self.links:
            x, step = link(x)
            log_det = log_det + step
        return x, log_det

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        log_det = z.new_zeros(z.shape[:-1])
        for link in reversed(self.links):
            z, step = cast(Bijection, link).inverse(z)
            log_det = log_det + step
        return z, log_det
