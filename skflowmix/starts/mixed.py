"""EM of Gaussians with categories beside them, of rows as starts see them."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from skflowmix.data.dequantising import dequantising_noise, quantisation_widths
from skflowmix.data.problem import Problem
from skflowmix.mixtures import CategoricalMixture, fit_mixed

LEAST_REG_COVAR = 1e-3
"""Added to variances of standardised columns at least, as the likeliest of several fits must not
be one that has fallen on a few rows. By hand."""
MAX_ITER, TOL = 100, 1e-3
"""When EM stops, as elsewhere among the starts."""
SEED = 0
"""Of the noise, so that fits depend on the rows alone."""


def spaces_of(problem: Problem) -> tuple[Problem, Problem]:
    """Return rows with places for their categories, and by their numbers alone.

    Categories that have nothing to do with groups hide these in the first.
    """
    return problem, replace(problem, X=problem.rows, spread=1.0)


@dataclass(frozen=True)
class MixedRows:
    """Numbers and levels of rows, and what EM needs beside them.

    Attributes
    ----------
    x : Tensor of shape (n, p + q)
        Numbers that come in steps have noise as wide as these.
    weights : Tensor of shape (n,)
    n_levels : tuple of int
    reg_covar : float
    """

    x: Tensor
    weights: Tensor
    n_levels: tuple[int, ...]
    reg_covar: float

    @classmethod
    def of(cls, problem: Problem) -> "MixedRows":
        """Take the rows of a problem with categories."""
        assert problem.levels is not None
        numbers = problem.rows
        widths = quantisation_widths(numbers)
        noise = dequantising_noise(numbers.shape, widths, np.random.RandomState(SEED))
        x = torch.from_numpy(replace(problem, numbers=numbers + noise).table)
        most = np.nanmax(np.vstack([problem.levels, np.zeros(problem.levels.shape[1])]), axis=0)
        n_levels = tuple(most.astype(int) + 1)
        weights = torch.from_numpy(problem.sample_weight)
        return cls(x, weights, n_levels, max(problem.reg_covar, LEAST_REG_COVAR))

    def __len__(self) -> int:
        return len(self.x)

    def take(self, index: np.ndarray) -> "MixedRows":
        """Return some of the rows, which may be without some levels."""
        return replace(self, x=self.x[index], weights=self.weights[index])

    def shown(self, parts: np.ndarray) -> Tensor:
        """Return weights ``(R, n)`` that are 0 outside of the parts ``(R, n)`` of the rows."""
        return self.weights * torch.from_numpy(parts)

    def fitted(
        self, begins: np.ndarray, weights: Tensor | None = None
    ) -> tuple[CategoricalMixture, np.ndarray]:
        """Run EM from responsibilities ``(R, n, M)``, of rows with other weights ``(R, n)``.

        Returns
        -------
        mixture : CategoricalMixture
            R of them.
        log_prob : ndarray of shape (R,)
            Mean log-likelihoods, in nats a row.
        """
        rows = (self.x, self.weights if weights is None else weights)
        start = torch.from_numpy(begins)
        mixture, log_prob = fit_mixed(start, rows, self.n_levels, self.reg_covar, MAX_ITER, TOL)
        return mixture, log_prob.numpy()

    @torch.no_grad()
    def posteriors(self, mixture: CategoricalMixture) -> np.ndarray:
        """Return the responsibilities ``(R, n, M)`` of R mixtures."""
        return mixture.joint_log_prob(self.x).softmax(-1).numpy()

    @torch.no_grad()
    def log_densities(self, mixture: CategoricalMixture) -> np.ndarray:
        """Return the log-densities ``(R, n)`` of rows under R mixtures, in nats."""
        return mixture.joint_log_prob(self.x).logsumexp(-1).numpy()
