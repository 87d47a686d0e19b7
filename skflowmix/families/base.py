"""What a kind of mixture owes to a fit. Uses torch, the mixtures and rows."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Generator, Tensor, nn

from skflowmix.data.problem import Problem
from skflowmix.data.rows import Rows
from skflowmix.families.architecture import Architecture, FlowDefaults, flow_defaults
from skflowmix.mixtures import (
    AverageMixture,
    AveragePosterior,
    CategoricalMixture,
    DefensiveMixture,
    FlowMixture,
    Guard,
    Mixture,
)


class Model(nn.Module):
    """What is trained and kept.

    Attributes
    ----------
    mixture : Mixture
        The density.
    posterior : Module or None
        The amortised posterior, of families that have one.
    """

    def __init__(self, mixture: Mixture, posterior: nn.Module | None = None) -> None:
        super().__init__()
        self.mixture: Any = mixture
        self.posterior: Any = posterior

    @property
    def n_starts(self) -> int:
        """How many models stand side by side, R."""
        return len(self.mixture.log_weights)

    def joint_log_prob(self, rows: Rows) -> Tensor:
        """Return log p(x, k) of rows, ``(R, n, K)``, by what they know of the guard."""
        if rows.guard is None:
            return self.mixture.joint_log_prob(rows.x)
        return self.mixture.joint_beside(rows.x, rows.guard)

    @property
    def averaged(self) -> "Model":
        """The average of the models side by side; a single one is its own."""
        if self.n_starts == 1:
            return self
        posterior = None if self.posterior is None else AveragePosterior(self.posterior)
        return Model(AverageMixture(self.mixture), posterior)


@dataclass(frozen=True)
class Family(ABC):
    """A kind of mixture, and what one model of it is made of. Plain data.

    A subclass owes the mixture that is trained, the loss, and the bound that training raises;
    one that has closed-form steps or an amortised posterior says so by the other methods.

    Attributes
    ----------
    architecture : Architecture
    """

    coupling_defaults: ClassVar[FlowDefaults]
    """What ``"auto"`` means for flows of couplings."""
    splits_classes: ClassVar[bool] = False
    """Whether a class of many labels is several modes, where nothing else is asked for."""

    architecture: Architecture

    @classmethod
    def for_problem(cls, architecture: Architecture, problem: Problem) -> "Family":
        """Return the family that suits the rows of a problem."""
        return cls(architecture)

    @property
    def learning_rate(self) -> float:
        """Step size that ``"auto"`` means."""
        return flow_defaults(self.architecture.flow, self.coupling_defaults).learning_rate

    @abstractmethod
    def make_mixture(self, n_starts: int, generator: Generator) -> FlowMixture | Any:
        """Make the mixture of R starts, without its defence; its flows are the identity."""

    @abstractmethod
    def loss(self, model: Model, rows: Rows, progress: Tensor) -> Tensor:
        """Return the mean loss of each start on rows, ``(R,)``.

        Progress, a tensor of shape (), runs from 0 to 1 over the training.
        """

    @abstractmethod
    def bound(self, model: Model, rows: Rows) -> Tensor:
        """Return the lower bound that training raises, ``(R, n)``, in nats."""

    def make_posterior(self, n_starts: int, generator: Generator) -> nn.Module | None:
        """Make the amortised posterior of R starts, if the family has one."""
        return None

    def closed_form_step(
        self, model: Model, rows: Rows, reg_covar: float
    ) -> Callable[[float], None]:
        """Return what to do after each epoch, given the progress; nothing by default."""
        return lambda progress: None

    def build(self, n_starts: int, generator: Generator) -> Model:
        """Make the model of R starts, with a guard unless the defence is switched off."""
        mixture = self._build_mixture(n_starts, generator)
        model = Model(mixture, self.make_posterior(n_starts, generator))
        return model.float()  # the precision of rows, where torch's default is another

    def _build_mixture(self, n_starts: int, generator: Generator) -> Mixture:
        built = self.architecture
        if not built.n_levels:
            return self._defended(self.make_mixture(n_starts, generator), n_starts)
        of_numbers = replace(self, architecture=built.of_numbers)
        inner = of_numbers._build_mixture(n_starts, generator)
        return CategoricalMixture(inner, built.n_features, built.n_levels, built.n_modes)

    def _defended(self, mixture: Any, n_starts: int) -> Mixture:
        built = self.architecture
        if not built.defensive_weight:
            return mixture
        guard = Guard(n_starts, built.n_components, built.n_features, n_modes=built.n_modes)
        return DefensiveMixture(mixture, guard, built.defensive_weight)

    def over_chunks(self, function: Callable[[Rows], Tensor], rows: Rows, dim: int) -> Tensor:
        """Return ``function(part)`` of all chunks of rows, one behind the other on an axis."""
        return torch.cat([function(part) for part in self.chunks(rows)], dim)

    def chunks(self, rows: Rows) -> Iterator[Rows]:
        """Return all rows in turn, as many at a time as fit the memory."""
        return rows.chunks(self.architecture.chunk_rows(len(rows.start)))
