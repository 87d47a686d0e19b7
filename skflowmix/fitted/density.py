"""The one quantity, log p(x, k), and the densities and masses that are views of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, reduce

import numpy as np
import torch
from torch import Tensor

from skflowmix.data.dequantising import cell_points
from skflowmix.families import Model
from skflowmix.fitted.model import FittedModel, assemble
from skflowmix.fitted.rows import StandardisedRows
from skflowmix.incomplete import (
    LEAST_EFFECTIVE,
    MOST_DRAWS,
    Gaussians,
    Importance,
    Sampler,
    beside_categories,
    fit_gaussians,
    modes_of,
)
from skflowmix.training import flush_denormals
from skflowmix.warning import warn

N_DRAWS = 64
"""Draws by which what is missing from a row is integrated out."""
PROPOSAL_ROWS = 4_000
"""Draws from a model by which a Gaussian mixture like it is found."""


@dataclass(frozen=True, eq=False)
class FittedDensity(FittedModel):
    """The density of a fit, of whole rows and of what is there of others."""

    def joint_of_standardised(
        self,
        rows: np.ndarray | StandardisedRows,
        view: Callable[[Tensor], Tensor] = lambda joint: joint,
        device: torch.device | None = None,
    ) -> np.ndarray:
        """Return a view of log p(x, k) ``(n, K)``, in the units of the data, of standardised rows.

        The view is taken chunk by chunk, as ``(n, K)`` of all rows may be large.
        """
        return self._map(rows, lambda model, x: view(self._joint(model, x)), device)

    def _joint(self, model: Model, x: Tensor) -> Tensor:
        """Log p(x, k) ``(n, K)``, in the units of the data, of standardised rows.

        Of a row with missing values it is that of what is there.
        """
        return self._integrated(model, x).joint

    def _integrated(self, model: Model, x: Tensor) -> Importance:
        """The same, with how far it may be off."""
        missing = x[:, : self.n_latents].isnan()
        if not missing.any():
            return Importance.exact(model.mixture.joint_log_prob(x)[0] + self.scaling.log_det)
        found = self.sampler(model).integrated(x)
        warn_of_few_draws(found.effective)
        log_dets = torch.from_numpy(self.scaling.log_dets[: self.n_latents]).to(x)
        return replace(found, joint=found.joint + (~missing).to(x) @ log_dets.unsqueeze(-1))

    @property
    def is_gaussian(self) -> bool:
        """Whether the model is a Gaussian mixture, as it has no flows that training has moved."""
        return not (self.report.trained and self.family.architecture.n_layers)

    @cached_property
    def _proposal(self) -> tuple[Gaussians, Tensor | None]:
        """A Gaussian mixture like the model, with its components if it is the model itself."""
        model = assemble(self.family, self.state).double().requires_grad_(False)
        with flush_denormals(False), torch.inference_mode(False), torch.no_grad():
            if self.is_gaussian:
                return modes_of(model.mixture)
            x, _ = self.model().mixture.sample(PROPOSAL_ROWS, torch.Generator().manual_seed(0))
            weights, n_levels = x.new_ones(len(x)), self.family.architecture.n_levels
            gaussians = fit_gaussians(x[:, : self.n_latents], weights)
            if n_levels:
                gaussians = beside_categories(gaussians, x, weights, n_levels)
            return gaussians.widened(), None

    def sampler(self, model: Model, n_draws: int = N_DRAWS) -> Sampler:
        """Return what integrates the density of a model over what is missing."""
        gaussians, component = self._proposal
        like = next(model.parameters())
        return Sampler(
            lambda x: model.mixture.joint_log_prob(x)[0],
            gaussians.to(like),
            n_draws,
            self.family.architecture.chunk_rows(),
            component,
        )

    def joint_log_prob(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return log p(x, k) in nats, ``(n, K)``, of rows ``(n, d)``."""
        maps = np.reshape(self.scaling.log_det_of_maps(X), (-1, 1))
        return self.joint_on_line(X, device) + maps

    def joint_on_line(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return log p(x, k), ``(n, K)``, of rows whose bounded columns are mapped to the line.

        A row outside of the bounds is there as one just inside, so that it has posteriors.
        """
        return self.joint_of_standardised(StandardisedRows(X, self.scaling), device=device)

    def log_prob(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return log p(x) in nats, ``(n,)``, of rows ``(n, d)``."""
        return self._log_prob_on_line(X, device) + self.scaling.log_det_of_maps(X)

    def _log_prob_on_line(
        self,
        X: np.ndarray,
        device: torch.device | None,
        offset: np.ndarray | float = 0.0,
    ) -> np.ndarray:
        """Log p(x) ``(n,)`` as in `joint_on_line`, of rows moved by deviations ``(d,)``."""
        rows = StandardisedRows(X, self.scaling, offset)
        return self.joint_of_standardised(rows, lambda joint: joint.logsumexp(-1), device)

    def conditional_log_prob(
        self, X: np.ndarray, is_given: np.ndarray, device: torch.device | None = None
    ) -> np.ndarray:
        """Return log p(the others given the columns ``(d,)`` that are given) of rows, ``(n,)``."""
        condition = np.where(is_given, X, np.nan)
        both, given = (self._log_prob_on_line(each, device) for each in (X, condition))
        return both - given + self.scaling.log_det_of_maps(X, ~is_given)

    def log_mass(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return the log-probability of the cell around each row, ``(n,)``, in nats.

        It is a mean over points of the cell times its size, taken point by point, as all points
        of all rows may be large.
        """
        if self.noise_widths is None:
            raise ValueError("This estimator was saved before masses were known: fit it again.")
        points = cell_points(self.noise_widths / self.scaling.spread)  # (m, d)
        densities = (self._log_prob_on_line(X, device, point) for point in points)
        stepped = self.noise_widths > 0
        total = reduce(np.logaddexp, densities) + self.scaling.log_det_of_maps(X, ~stepped)
        sizes = ~np.isnan(X[:, stepped]) @ np.log(self.noise_widths[stepped])
        return total - np.log(len(points)) + sizes

    def log_prob_with_errors(
        self, X: np.ndarray, device: torch.device | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return log p(x) and its standard errors, 0 of whole rows, ``(n,)`` each, in nats."""

        def both(model: Model, x: Tensor) -> Tensor:
            found = self._integrated(model, x)
            return torch.stack([found.joint.logsumexp(-1), found.standard_error], -1)

        log_prob, errors = self._map(StandardisedRows(X, self.scaling), both, device).T
        return log_prob + self.scaling.log_det_of_maps(X), errors


def warn_of_few_draws(effective: Tensor) -> None:
    """Warn of rows of whose missing values few draws count; ``effective (n,)`` says how many."""
    n_unsure = int((effective < LEAST_EFFECTIVE).sum())
    if n_unsure:
        warn(
            f"What is missing from {n_unsure} rows could not be worked out well: fewer than "
            f"{LEAST_EFFECTIVE:.0f} of {MOST_DRAWS} draws count. score_samples(X, "
            "return_std=True) says which rows and how far their densities may be off.",
        )
