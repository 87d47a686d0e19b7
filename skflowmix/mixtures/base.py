"""What a mixture owes. Uses torch only."""

from abc import ABC, abstractmethod

from torch import Generator, Tensor, nn


class Mixture(nn.Module, ABC):
    """R mixtures of K components side by side, each component of one or several modes.

    A mixture is asked for log p(x, k) and for samples. It can be set to be Gaussians, which is
    how training begins, and it maps rows to latents under every component and back. The laws
    that hold for all of them are in ``tests/mixtures/test_laws.py``.
    """

    @property
    @abstractmethod
    def log_weights(self) -> Tensor:
        """Log weights of the modes, ``(R, M)``, component by component."""

    @property
    @abstractmethod
    def component_log_weights(self) -> Tensor:
        """Log weights of the components, ``(R, K)``."""

    @property
    @abstractmethod
    def n_free_parameters(self) -> int:
        """How many numbers of one of the R mixtures are free to move."""

    @abstractmethod
    def joint_log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x, k), ``(R, n, K)``, of ``x (n, d)``."""

    @abstractmethod
    def set_gaussians(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        """Become Gaussians with weights ``(R, M)`` and moments ``(R, M, d)``, ``(R, M, d, d)``.

        They are what the mixture then is, on the data, if its flows are the identity.
        """

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Map rows ``x (n, d)`` to their latents under every component, ``(R, n, K, d)``."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``z (n, d)`` to the rows that have them, ``(R, n, K, d)``."""

    @abstractmethod
    def sample(
        self, n_samples: int, generator: Generator, component: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw rows ``(n, d)`` and their components ``(n,)``; for a single mixture, R = 1.

        With a ``component``, all rows are of it.
        """

    def with_levels(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Fill the levels of categories that are missing from rows; without categories, none."""
        return x

    @property
    def undefended(self) -> "Mixture":
        """The mixture behind a defence; the mixture itself if it has none."""
        return self

    @property
    def untrained(self) -> "Mixture":
        """What an untrained mixture is, without flows that do nothing if it has a guard."""
        return self

    def take_guard_of(self, other: "Mixture") -> None:
        """Take the guard of a mixture of the same kind; nothing where there is none."""
