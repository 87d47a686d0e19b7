"""Rows on their way into training: scaled, masked by their labels, split and cut into chunks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from skflowmix.data.problem import Problem

FAR = 1e30
"""Standardised values beyond this are moved to it, so that no square of one overflows."""
MOST_TRUST = 5.75
"""Nats a feature by which a start may prefer one component to another: no start is beyond doubt.
Components differ by more nats where there are more features, so trust has to grow with them."""
SHRINKAGE = 0.3
"""Share of the pooled covariance in that of each class, where there are labels: a few spread
labels are not all right, and what is wrong with one class is mostly in another."""
FEW_VALUES, MOST_TIES = 0.05, 0.5
"""A column of fewer distinct values than this share of the rows comes in steps, and so does one
that has the same value in more of them than this."""
LEAST_STEP = 0.01
"""Least width of a step, in deviations of the column."""
NARROW = 0.05
"""Variance of standardised rows below which a direction is stretched to it: the first steps of a
flow move rows in any direction, and would leave what is narrower far behind."""
MOST_HELD_OUT = 10_000
"""Rows that are enough to stop by, whatever their fraction."""


@dataclass(frozen=True)
class Rows:
    """Rows as tensors, on the device and in the precision of training.

    Attributes
    ----------
    x : Tensor of shape (n, d)
        Standardised rows.
    log_mask : Tensor of shape (n, K)
        Very negative where a label excludes a component, else 0.
    weights : Tensor of shape (n,)
        Sample weights, with mean 1.
    start : Tensor of shape (R, n, M)
        Responsibilities of all modes that the starts propose.
    """

    x: Tensor
    log_mask: Tensor
    weights: Tensor
    start: Tensor

    @classmethod
    def of(
        cls,
        problem: Problem,
        start: np.ndarray,
        device: torch.device,
        noise: np.ndarray | float = 0.0,
    ) -> "Rows":
        """Make tensors of the rows of a problem with their responsibilities ``(R, n, M)``.

        Noise ``(n, d)`` is added to the rows.
        """
        arrays = (problem.X + noise, problem.log_mask, problem.sample_weight, start)
        tensors = (torch.as_tensor(a, dtype=torch.float32, device=device) for a in arrays)
        return cls(*tensors)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def shrinkage(self) -> float:
        """Share that the pooled covariance has in those of the components."""
        return SHRINKAGE if bool(self.log_mask.any()) else 0.0

    @property
    def labelled(self) -> "Rows":
        """The rows whose label excludes a component."""
        return self.take(self.log_mask.any(-1).nonzero()[:, 0])

    @property
    def groups(self) -> Tensor:
        """Responsibilities of the components that the starts propose, ``(R, n, K)``."""
        n_components = self.log_mask.shape[-1]
        if self.start.shape[-1] == n_components:  # every batch asks
            return self.start
        return self.start.unflatten(-1, (n_components, -1)).sum(-1)

    def take(self, index: Tensor | slice) -> "Rows":
        """Return some of the rows."""
        return Rows(self.x[index], self.log_mask[index], self.weights[index], self.start[:, index])

    def chunks(self, size: int) -> Iterator["Rows"]:
        """Return all rows in turn, ``size`` at a time; one empty part if there are none."""
        return (self.take(slice(i, i + size)) for i in range(0, max(len(self), 1), size))

    def split(self, held: np.ndarray) -> tuple["Rows", "Rows"]:
        """Rows outside of the mask ``held`` and rows in it; all rows twice if it is empty."""
        if not held.any():
            return self, self
        parts = (self.take(torch.from_numpy(np.flatnonzero(mask))) for mask in (~held, held))
        kept, out = (replace(part, weights=part.weights / part.weights.mean()) for part in parts)
        return kept, out

    def log_prior(self, lead: float | Tensor) -> Tensor:
        """Return the log-prior of each row over the components, unnormalised, ``(R, n, K)``.

        Labels hold at any time. What the start proposes counts fully at ``lead=1`` and no more
        at ``lead=0``.
        """
        least = -MOST_TRUST * self.x.shape[-1]
        return self.log_mask + lead * self.groups.log().clamp(min=least)

    def mean(self, values: Tensor) -> Tensor:
        """Return the weighted mean over the rows of ``values (R, n)``."""
        return (values * self.weights).mean(-1)


@dataclass(frozen=True)
class Scaling:
    """Centre and spread of each column, and what narrow directions there are.

    Attributes
    ----------
    center, spread : ndarray of shape (d,)
    stretch : ndarray of shape (d, d) or None
        Matrix that widens the narrow directions of standardised rows, symmetric; None where
        there are none.
    """

    center: np.ndarray
    spread: np.ndarray
    stretch: np.ndarray | None = None

    @classmethod
    def of(cls, X: np.ndarray, weights: np.ndarray) -> "Scaling":
        """Measure weighted means and deviations; a constant column is scaled by its own size."""
        size = np.abs(X).max(0)
        size[size == 0] = 1.0
        unit = X / size  # within [-1, 1], so that neither 1e200 nor 1e-200 leaves the range
        center = np.average(unit, axis=0, weights=weights)
        spread = np.sqrt(np.average((unit - center) ** 2, axis=0, weights=weights))
        spread[spread < 1e-12] = 1.0
        return cls(center * size, spread * size)

    def with_stretch(self, X: np.ndarray, weights: np.ndarray, least: float) -> "Scaling":
        """Find what narrow directions rows have; variances below ``least`` count as that."""
        Z = self.apply(X)
        covariance = (Z.T * (weights / weights.sum())) @ Z
        variances, directions = np.linalg.eigh(covariance)
        is_narrow = variances < NARROW
        factors = np.sqrt(NARROW / np.maximum(variances, max(least, 1e-12)))
        stretch = (directions * np.where(is_narrow, factors, 1.0)) @ directions.T
        return replace(self, stretch=stretch if is_narrow.any() else None)

    @property
    def log_det(self) -> float:
        """Log-determinant of `apply`, in nats."""
        return -float(np.log(self.spread).sum())

    def problem(
        self,
        X: np.ndarray,
        codes: np.ndarray,
        n_components: int,
        weights: np.ndarray,
        reg_covar: float,
    ) -> Problem:
        """What the starts look at: rows standardised, weights too, and the spread there was."""
        spread, relative = self.spread / self.spread.max(), weights / weights.mean()
        return Problem(self.apply(X), codes, n_components, relative, reg_covar, spread)

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Standardise rows."""
        with np.errstate(over="ignore"):
            return np.clip((X - self.center) / self.spread, -FAR, FAR)

    def undo(self, X: np.ndarray) -> np.ndarray:
        """Put standardised rows back into the units of the data."""
        return X * self.spread + self.center


def steps(Z: np.ndarray) -> np.ndarray:
    """Widths of the steps in which standardised columns come, ``(d,)``; 0 for continuous ones.

    A density of such a column has no bound: it may rise to infinity at every value.
    """
    return np.array([_step(column) for column in Z.T])


def _step(column: np.ndarray) -> float:
    values, counts = np.unique(column, return_counts=True)
    if len(values) > FEW_VALUES * len(column) and counts.max() <= MOST_TIES * len(column):
        return 0.0
    width = float(np.diff(values).min()) if len(values) > 1 else 0.0
    return max(width, LEAST_STEP)


def subsample(codes: np.ndarray, most: int, random_state: np.random.RandomState) -> np.ndarray:
    """Choose at most ``most`` rows, fairly or with all labelled ones, and return their numbers.

    Labelled rows are the same share of every class where they are more than half of ``most``,
    one of each class at least.
    """
    if len(codes) <= most:
        return np.arange(len(codes))
    order = np.lexsort((random_state.permutation(len(codes)), codes))
    counts = np.bincount(codes + 1)
    rank = np.empty(len(codes))  # from 0 to 1 within every class, and among unlabelled rows
    firsts = np.cumsum(counts) - counts
    rank[order] = np.arange(len(codes)) - firsts[codes[order] + 1]
    is_first = rank == 0
    rank = (rank + 0.5) / counts[codes + 1]
    if counts[1:].sum() <= most / 2:
        rank[codes >= 0] = 0
    rank[(codes >= 0) & is_first] = 0
    return np.sort(np.argsort(rank, kind="stable")[:most])


def held_out(
    codes: np.ndarray, fraction: float, random_state: np.random.RandomState
) -> np.ndarray:
    """Choose rows to hold out, of every class in the same share, and return their mask.

    A class with too few labelled rows to spare one keeps them all.
    """
    order = np.lexsort((random_state.permutation(len(codes)), codes))
    counts = np.bincount(codes + 1)[codes + 1]
    spare = order[(codes[order] < 0) | (counts[order] * fraction >= 1)]
    step = max(1 / fraction, len(spare) / MOST_HELD_OUT)
    held = np.zeros(len(codes), dtype=bool)
    held[spare[np.arange(step / 2, len(spare), step).astype(int)]] = True
    return held
