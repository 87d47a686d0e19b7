"""What a model is made of, as plain data, and the parts that both estimators put together."""

from dataclasses import dataclass

from torch import Generator, nn

from skflowmix.flows import Chain, make_flow, widest
from skflowmix.mixtures import (
    DefendedMixture,
    FlowMixture,
    LatentMixture,
    Mixture,
    PosteriorNetwork,
)

CHUNK_NUMBERS = 2**21
"""Numbers that one layer may hold while rows pass through a model chunk by chunk."""


class Model(nn.Module):
    """What an estimator trains and keeps.

    Attributes
    ----------
    mixture : Mixture
        The density.
    posterior : PosteriorNetwork
        The amortised posterior, of those that are trained on the evidence lower bound.
    """

    posterior: PosteriorNetwork

    def __init__(self, mixture: Mixture, posterior: PosteriorNetwork | None = None) -> None:
        super().__init__()
        self.mixture: Mixture = mixture
        if posterior is not None:
            self.posterior = posterior


def conclude(model: Model, untrained: Model, is_better: bool) -> None:
    """Leave a model as its start on all rows if training was not worth it.

    Else its guard becomes that start, which is what the guard promises to stay close to.
    """
    if not is_better:
        model.mixture = untrained.mixture
    elif isinstance(model.mixture, DefendedMixture):
        assert isinstance(untrained.mixture, DefendedMixture)
        model.mixture.guard = untrained.mixture.guard


@dataclass(frozen=True)
class Recipe:
    """What an estimator's parameters mean by ``"auto"``, for one kind of flow."""

    n_layers: int
    hidden: tuple[int, ...]
    activation: str
    learning_rate: float


AUTOREGRESSIVE = Recipe(3, (64, 64), "silu", 1e-2)
"""Of masked flows, whose layers bend more than couplings do, so that fewer suffice."""


@dataclass(frozen=True)
class Architecture:
    """All that is needed to build a model again, except for its parameters."""

    n_components: int
    n_modes: int
    n_features: int
    flow: str
    n_layers: int
    hidden: tuple[int, ...]
    activation: str
    covariance_type: str
    defensive_weight: float

    @property
    def width(self) -> int:
        """Most numbers that one row fills in one layer of all components."""
        n_modes = self.n_components * self.n_modes
        return n_modes * widest(self.flow, self.n_features, self.hidden)

    def chunk_rows(self, n_starts: int = 1) -> int:
        """Return how many rows may pass at once within `CHUNK_NUMBERS`."""
        return max(CHUNK_NUMBERS // (n_starts * self.width), 16)

    def make_flow(self, n_stack: int, generator: Generator) -> Chain:
        """Make a stack of flows, the identity to begin with."""
        return make_flow(
            self.flow,
            n_stack,
            self.n_features,
            self.n_layers,
            self.hidden,
            self.activation,
            generator,
        )

    def defend(self, mixture: FlowMixture | LatentMixture, n_starts: int) -> Mixture:
        """Give the mixture its guard, or leave it as it is where the defence is switched off."""
        if not self.defensive_weight:
            return mixture
        guard = FlowMixture(n_starts, self.n_components, self.n_features, n_modes=self.n_modes)
        return DefendedMixture(mixture, guard, self.defensive_weight)
