"""A flow for each component and an amortised posterior, trained on the evidence lower bound."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Generator, Tensor, nn

from skflowmix.data.rows import Rows
from skflowmix.families.architecture import FlowDefaults
from skflowmix.families.base import Family, Model
from skflowmix.families.losses import evidence_lower_bound, variational_loss
from skflowmix.mixtures import CategoricalPosterior, FlowMixture, PosteriorNetwork


@dataclass(frozen=True)
class SeparateFamily(Family):
    """K flows as components, and a network q(k given x).

    Attributes
    ----------
    architecture : Architecture

    References
    ----------
    Pires and Figueiredo (2020), Variational mixture of normalizing flows.
    """

    coupling_defaults: ClassVar[FlowDefaults] = FlowDefaults(8, (32,), "tanh", 1e-2)

    def make_mixture(self, n_starts: int, generator: Generator) -> FlowMixture:
        """Make the mixture of flows."""
        built = self.architecture
        flow = built.make_flow(n_starts, generator, built.n_components)
        return FlowMixture(n_starts, built.n_components, built.n_features, flow)

    def make_posterior(self, n_starts: int, generator: Generator) -> nn.Module:
        """Make the network q, which begins as the uniform distribution."""
        built = self.architecture
        network = PosteriorNetwork(
            n_starts,
            built.n_features + sum(built.n_levels),
            built.n_components,
            built.hidden,
            built.activation,
            generator,
        )
        if not built.n_levels:
            return network
        return CategoricalPosterior(network, built.n_features, built.n_levels)

    def loss(self, model: Model, rows: Rows, progress: Tensor) -> Tensor:
        """Return the loss of both posteriors, see `skflowmix.families.losses.variational_loss`."""
        joint, logits = model.joint_log_prob(rows), model.posterior(rows.x)
        log_prior = rows.log_prior(1 - progress)
        return rows.mean(variational_loss(joint, logits, log_prior, rows.log_mask, progress))

    def bound(self, model: Model, rows: Rows) -> Tensor:
        """Return the evidence lower bound."""
        joint = model.joint_log_prob(rows)
        return evidence_lower_bound(joint, model.posterior(rows.x), rows.log_mask)
