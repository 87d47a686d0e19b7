"""All that a fit can answer: its answers of rows, its latents, its samples and its moments."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from skflowmix.data.bounds import BoundedScaling
from skflowmix.fitted.deciding import DecidingDensity
from skflowmix.fitted.model import assemble
from skflowmix.fitted.rows import StandardisedRows
from skflowmix.mixtures import COVARIANCE_TYPES, component_moments, matched_normals
from skflowmix.training import scoring_threads

COMPONENT_DRAWS = 4_096
"""Draws of each mode by which moments of components are found where flows have been trained."""
BOUNDED_DRAWS = 16_384
"""Draws of each component by which moments are found where columns have bounds."""


@dataclass(frozen=True, eq=False)
class Fitted(DecidingDensity):
    """A fitted mixture: numpy arrays and plain data only.

    What it holds stands in `FittedModel`. What it answers beyond densities, what is missing and
    decisions, which are those of its parents, are latents, samples and moments.
    """

    # Latents and samples.

    def latents(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return latents ``(n, d)`` of rows under their most probable components."""
        rows = StandardisedRows(X, self.scaling)
        best = self.decisions_of_standardised(rows, device)
        latents = self._map(
            rows, lambda model, x: model.mixture.encode(self._filled(model, x))[0], device
        )
        return latents[np.arange(len(best)), best]

    def decoded(self, Z: np.ndarray, components: np.ndarray | None = None) -> np.ndarray:
        """Return the rows ``(n, d)`` that have latents ``(n, d)`` under components ``(n,)``.

        Without these, every component proposes a row, and of those that belong to the component
        that proposed them the most probable is taken.
        """
        proposed = self._map(Z, lambda model, z: model.mixture.decode(z)[0], None)  # (n, K, d)
        proposed = self.scaling.undo(proposed)
        chosen = self._claimed(proposed) if components is None else components
        return proposed[np.arange(len(Z)), chosen]

    def _claimed(self, proposed: np.ndarray) -> np.ndarray:
        """Which of the rows ``(n, K, d)``, one from each component, to take: ``(n,)``."""
        n, n_components, d = proposed.shape
        joint = self.joint_log_prob(proposed.reshape(-1, d)).reshape(n, n_components, -1)
        own = np.diagonal(joint, axis1=1, axis2=2)  # (n, K)
        is_claimed = joint.argmax(2) == np.arange(n_components)
        return np.where(is_claimed, own, own - 1 / np.finfo(float).eps).argmax(1)

    def sample(
        self,
        n_samples: int,
        random_state: np.random.RandomState,
        component: int | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw rows ``(n, d)`` and the numbers of their components ``(n,)``, in random order.

        All are of the ``component``, where one is asked for. Columns that come in steps are
        rounded to their values.
        """
        rows, components = self._draws(n_samples, random_state, component)
        return self._rounded(rows), components

    def _draws(
        self, n_samples: int, random_state: np.random.RandomState, component: int | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw from the density, which knows no steps, see `sample`."""
        generator = torch.Generator().manual_seed(int(random_state.randint(2**31 - 1)))
        mixture, parts = self.model().mixture, self._counts_of_parts(n_samples, component)
        with scoring_threads(parts[0] * self.family.architecture.width):
            drawn = [mixture.sample(count, generator, component) for count in parts]
        x, components = (torch.cat(pair).numpy() for pair in zip(*drawn, strict=True))
        order = random_state.permutation(n_samples)
        return self.scaling.undo(x[order]), components[order]

    def _counts_of_parts(self, n_samples: int, component: int | None) -> list[int]:
        """How many rows to draw at a time: all, or of one component as many as it has of all.

        Maps of all components are undone at once, so that more would fill as many times as much.
        """
        n_parts = 1 if component is None else self.family.architecture.n_components
        size = -(-n_samples // n_parts)
        return [min(size, n_samples - begin) for begin in range(0, n_samples, size)]

    # What it is made of.

    @property
    def latent_gaussians(self) -> tuple[np.ndarray, np.ndarray]:
        """Means ``(M, d)`` and covariances of the Gaussians in a latent space they share.

        Covariances have the shape that scikit-learn gives their type.
        """
        latent = self.model().mixture.undefended
        _, means, covariances = latent.base.gaussians()
        compact = COVARIANCE_TYPES[latent.covariance_type].compact
        return means[0].numpy(), compact(covariances[0]).numpy()

    @cached_property
    def component_moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Means ``(K, d)`` and covariances ``(K, d, d)`` of the components, in the data's units.

        Without a trained flow all maps are affine, so that few draws say all. Maps of columns
        with bounds are not, and tails of the guard are not Gaussian behind them.
        """
        if isinstance(self.scaling, BoundedScaling):
            return self._moments_of_draws()
        n_draws = 2 * self.n_latents
        if self.report.trained and self.family.architecture.n_layers:
            n_draws = max(n_draws, COMPONENT_DRAWS)
        members = assemble(self.family, self.state).double().requires_grad_(False)
        with scoring_threads(n_draws * self.family.architecture.width):
            draws = matched_normals(n_draws, self.n_latents)
            means, covariances = component_moments(members.mixture, draws)
        with np.errstate(over="ignore", under="ignore"):
            scaling = self.scaling.first(self.n_latents)
            spread = scaling.spread
            covariances = covariances.numpy() * spread[:, None] * spread
        return scaling.undo(means.numpy()), covariances

    def _moments_of_draws(self) -> tuple[np.ndarray, np.ndarray]:
        """Means ``(K, d)`` and covariances ``(K, d, d)`` of draws of the numbers."""
        random_state = np.random.RandomState(0)
        draws = [
            self._draws(BOUNDED_DRAWS, random_state, component)[0][:, : self.n_latents]
            for component in range(self.family.architecture.n_components)
        ]
        means, covariances = zip(*map(_moments, draws), strict=True)
        return np.stack(means), np.stack(covariances)


def _moments(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean ``(d,)`` and covariance ``(d, d)`` of rows ``(n, d)``, whose squares may overflow.

    Units are powers of two, which change no bit.
    """
    exponents = np.frexp(np.abs(rows).max(axis=0))[1]  # (d,)
    in_units = np.ldexp(rows, -exponents)
    covariance = np.atleast_2d(np.cov(in_units.T, bias=True))
    with np.errstate(over="ignore", under="ignore"):
        covariance = np.ldexp(covariance, exponents[:, None] + exponents)
    return np.ldexp(in_units.mean(axis=0), exponents), covariance
