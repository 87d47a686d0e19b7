"""One flow with a Gaussian mixture on its latent space, trained by EM and gradients."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Generator, Tensor

from skflowmix.data.problem import Problem
from skflowmix.data.rows import Rows
from skflowmix.data.scaling import stretch_of
from skflowmix.families.architecture import Architecture, FlowDefaults
from skflowmix.families.base import Family, Model
from skflowmix.families.losses import em_loss, log_likelihood
from skflowmix.flows import Stretch
from skflowmix.incomplete import moments_of_present
from skflowmix.mixtures import COVARIANCE_TYPES, FlowMixture, LatentMixture, m_step

M_STEP_ROWS = 25_000
"""Rows that a closed-form step looks at; of more, every epoch takes others in turn."""


@dataclass(frozen=True)
class LatentFamily(Family):
    """One flow and a Gaussian mixture at its latents.

    Attributes
    ----------
    architecture : Architecture
    stretch : ndarray of shape (d, d) or None
        Matrix that widens the narrow directions of standardised rows; None where there are none.

    References
    ----------
    Izmailov, Kirichenko, Finzi and Wilson (2020), Semi-supervised learning with normalizing
    flows; Atanov, Volokhova, Ashukha, Sosnovik and Vetrov (2019), Semi-conditional normalizing
    flows for semi-supervised learning, for closed-form steps in latent space.
    """

    coupling_defaults: ClassVar[FlowDefaults] = FlowDefaults(8, (64,), "relu", 5e-3)

    splits_classes: ClassVar[bool] = True

    stretch: np.ndarray | None = None

    @classmethod
    def for_problem(cls, architecture: Architecture, problem: Problem) -> "LatentFamily":
        """Stretch narrow directions where covariances may have any axes.

        Not where there are labels: where narrow directions keep a flow from moving far, it
        forgets less of them (dry_bean lost .03 accuracy when they were stretched).
        """
        if problem.n_classes or COVARIANCE_TYPES[architecture.covariance_type].has_axes:
            return cls(architecture)
        matrix = stretch_of(problem.rows, problem.sample_weight, problem.reg_covar)
        return cls(architecture, matrix)

    def make_mixture(self, n_starts: int, generator: Generator) -> LatentMixture:
        """Make the mixture; its Gaussians are set in closed form, so no gradient moves them."""
        built = self.architecture
        base = FlowMixture(n_starts, built.n_components, built.n_features, n_modes=built.n_modes)
        stretch = None if self.stretch is None else Stretch(torch.as_tensor(self.stretch).float())
        flow = built.make_flow(n_starts, generator)
        return LatentMixture(flow, base.requires_grad_(False), built.covariance_type, stretch)

    def loss(self, model: Model, rows: Rows, progress: Tensor) -> Tensor:
        """Return the loss of EM, see `skflowmix.families.losses.em_loss`."""
        joint = model.joint_log_prob(rows)
        return rows.mean(em_loss(joint, rows.log_prior(1 - progress)))

    def bound(self, model: Model, rows: Rows) -> Tensor:
        """Return the log-likelihood, which is what EM raises."""
        return log_likelihood(model.joint_log_prob(rows), rows.log_mask)

    def closed_form_step(
        self, model: Model, rows: Rows, reg_covar: float
    ) -> Callable[[float], None]:
        """Set the Gaussians by a step of EM, on other rows each time where they are many."""
        if rows.gaps is not None and not self.architecture.n_layers:
            return self._exact_step(model, rows, reg_covar)
        shrinkage, stride = rows.shrinkage, -(-rows.n_total // M_STEP_ROWS)
        firsts = itertools.cycle(range(stride))

        def step(progress: float) -> None:
            some = rows.take(slice(next(firsts), None, stride))
            parts = (
                (part.x, part.log_prior(1 - progress), part.weights, part.guard)
                for part in self.chunks(some)
            )
            m_step(model.mixture, parts, reg_covar, shrinkage, rows.together)

        return step

    def _exact_step(self, model: Model, rows: Rows, reg_covar: float) -> Callable[[float], None]:
        """A step of EM over rows with gaps, by all that may be there; for models without flows."""
        assert rows.gaps is not None
        x, kind = rows.gaps.opened(rows.x), self.architecture.covariance_type

        @torch.no_grad()
        def step(progress: float) -> None:
            prior = rows.log_prior(1 - progress)
            moments = moments_of_present(model.mixture, x, prior, rows.weights)
            gaussians = moments.gaussians(kind, reg_covar, rows.shrinkage)
            model.mixture.undefended.set_gaussians(*gaussians)

        return step
