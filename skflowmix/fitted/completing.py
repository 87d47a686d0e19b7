"""What is missing from rows, given what is there: means and draws."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor

from skflowmix.data.bounds import BoundedScaling
from skflowmix.families import Model
from skflowmix.fitted.density import FittedDensity, warn_of_few_draws
from skflowmix.fitted.rows import StandardisedRows

REPRESENTATIVES = 8
"""Draws of what is missing from a row that are shown to classifiers that take whole rows only."""
BOUNDED_REPRESENTATIVES = 64
"""Draws by which means of missing values are found where columns have bounds."""


@dataclass(frozen=True, eq=False)
class CompletingDensity(FittedDensity):
    """A density that completes rows."""

    def expected(self, X: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Return rows ``(n, d)`` with the means of what is missing, given what is there.

        Categories have no mean: they are the likeliest. In columns with bounds means are those of
        draws, always the same.
        """
        rows = StandardisedRows(X, self.scaling)
        if isinstance(self.scaling, BoundedScaling):
            filled = self._mean_of_representatives(rows, device)
        else:
            means = self._map(rows, self._with_levels, device)
            filled = self.scaling.undo(means)
        return np.where(np.isnan(X), filled, X)

    def _with_levels(self, model: Model, x: Tensor) -> Tensor:
        """Standardised rows ``(n, d)`` with means and the likeliest levels of what is missing."""
        return model.mixture.with_levels(self._filled(model, x))

    def _filled(self, model: Model, x: Tensor) -> Tensor:
        """Standardised rows ``(n, d)`` with the means of numbers that are missing."""
        is_whole = not bool(x[:, : self.n_latents].isnan().any())
        return x if is_whole else self.sampler(model).expected(x)

    def _mean_of_representatives(
        self, rows: StandardisedRows, device: torch.device | None
    ) -> np.ndarray:
        """Means ``(n, d)`` of draws that stand for all, in the units of the data."""

        def mean(model: Model, x: Tensor) -> Tensor:
            drawn = self.sampler(model).representatives(x, BOUNDED_REPRESENTATIVES)
            means = torch.from_numpy(self.scaling.undo(drawn.cpu().numpy()).mean(axis=0))
            levels = self._with_levels(model, x)[:, self.n_latents :].cpu()
            return torch.cat([means[:, : self.n_latents], levels], 1)

        return self._map(rows, mean, device)

    def _representatives(self, rows: np.ndarray, device: torch.device | None) -> list[np.ndarray]:
        """Whole rows ``(n, d)`` that stand for rows with gaps; the rows themselves without any."""
        incomplete = np.isnan(rows[:, : self.n_latents]).any(1)
        if not incomplete.any():
            return [rows]
        drawn = self._map(
            rows[incomplete],
            lambda model, x: self.sampler(model).representatives(x, REPRESENTATIVES).movedim(0, 1),
            device,
        )
        versions = np.repeat(rows[None], REPRESENTATIVES, axis=0)
        versions[:, incomplete] = drawn.swapaxes(0, 1)
        return list(versions)

    def completions(
        self, X: np.ndarray, n_draws: int, random_state: np.random.RandomState
    ) -> np.ndarray:
        """Draw what is missing from rows, given what is there: ``(n_draws, n, d)``."""
        return self._rounded(self._completions(X, n_draws, random_state), ~np.isnan(X))

    def _completions(
        self, X: np.ndarray, n_draws: int, random_state: np.random.RandomState
    ) -> np.ndarray:
        """Draw what is missing from the density, which knows no steps: ``(n_draws, n, d)``."""
        generator = torch.Generator().manual_seed(int(random_state.randint(2**31 - 1)))
        x = torch.from_numpy(self.scaling.apply(X))
        with torch.inference_mode():
            model = self.model()
            drawn, effective = self.sampler(model).completions(x, n_draws, generator)
            warn_of_few_draws(effective)
            drawn = model.mixture.with_levels(drawn.flatten(0, 1), generator).view_as(drawn)
        return np.where(np.isnan(X), self.scaling.undo(drawn.numpy()), X)

    def _rounded(self, rows: np.ndarray, is_given: np.ndarray | bool = False) -> np.ndarray:
        """Round drawn rows ``(..., d)`` to the values of columns in steps, but what is given."""
        return rows if self.steps is None else np.where(is_given, rows, self.steps.round(rows))

    def conditional_samples(
        self, X: np.ndarray, n_draws: int, random_state: np.random.RandomState
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw what is missing from each row, and components: ``(n * n_draws, d)`` and ``(...,)``.

        The draws of the first row come first.
        """
        drawn = self._completions(X, n_draws, random_state)
        rows = drawn.swapaxes(0, 1).reshape(-1, X.shape[1])
        shares = softmax(self.joint_on_line(rows), axis=1).cumsum(1)
        uniform = random_state.uniform(size=(len(rows), 1)) * shares[:, -1:]
        is_given = np.repeat(~np.isnan(X), n_draws, axis=0)
        return self._rounded(rows, is_given), (uniform >= shares).sum(1)
