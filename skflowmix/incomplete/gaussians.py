"""Gaussian mixtures of rows of which some values are missing. Uses torch and mixtures only.

With the precision matrix L of a Gaussian and the deviations r of a row, which are 0 where a value
is missing, what is missing (m) given what is there is Gaussian with mean

    mean_m - (L_mm)^-1 (L r)_m

and precision L_mm, and all that the density of what is there needs beside whole rows is the
determinant of L_mm. So the work grows with what is missing, not with the row.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from skflowmix.mixtures import (
    CategoricalMixture,
    DefensiveMixture,
    FlowMixture,
    LatentMixture,
    matched_normals,
    mode_moments,
)
from skflowmix.mixtures.flow import LOG_2PI

Beside = Callable[[Tensor], Tensor]
"""Log-probabilities ``(n, M)`` of further columns of rows, given each of M Gaussians."""

GROUP_NUMBERS = 2**22
"""Numbers that the conditional Gaussians of one group of rows may fill."""
WIDE_SHARE, WIDE_SCALE = 0.1, 4.0
"""Share of a proposal whose covariances are so many times as large, so that no row beyond the
proposal has an importance without bound."""


@dataclass(frozen=True)
class Conditionals:
    """What is missing from rows, given what is there, under every Gaussian of a mixture.

    Attributes
    ----------
    rows : Tensor of shape (g,)
        Numbers of the rows, all of which have m values missing.
    columns : Tensor of shape (g, m)
        Which.
    log_joint : Tensor of shape (g, M)
        Log p(what is there, Gaussian).
    means : Tensor of shape (g, M, m)
    roots : Tensor of shape (g, M, m, m)
        Lower Cholesky factors of the precisions.
    """

    rows: Tensor
    columns: Tensor
    log_joint: Tensor
    means: Tensor
    roots: Tensor

    @property
    def covariances(self) -> Tensor:
        """Covariances of what is missing, ``(g, M, m, m)``."""
        if not self.columns.shape[1]:
            return self.roots
        return torch.cholesky_inverse(self.roots)

    def draw(self, uniform: Tensor, normal: Tensor) -> Tensor:
        """Draw what is missing, ``(S, g, m)``, by ``uniform (S, g)`` and ``normal (S, g, m)``.

        The first decides which Gaussian a draw is of.
        """
        chosen = pick(self.log_joint, uniform)  # (S, g)
        rows = torch.arange(len(self.rows), device=chosen.device)
        roots = self.roots[rows, chosen]  # (S, g, m, m)
        off = torch.linalg.solve_triangular(roots.mT, normal.unsqueeze(-1), upper=True)
        return self.means[rows, chosen] + off.squeeze(-1)


@dataclass(frozen=True)
class Gaussians:
    """A mixture of M Gaussians that takes rows with missing values, which are NaN.

    Rows may have further columns behind those of the Gaussians.

    Attributes
    ----------
    log_weights : Tensor of shape (M,)
    means : Tensor of shape (M, d)
    covariances : Tensor of shape (M, d, d)
    beside : callable or None
        ``beside(x)`` returns log-probabilities ``(n, M)`` of the further columns of rows, given
        each Gaussian.

    References
    ----------
    Ghahramani and Jordan (1994), Supervised learning from incomplete data via an EM approach.
    """

    log_weights: Tensor
    means: Tensor
    covariances: Tensor
    beside: Beside | None = None

    @property
    def n_columns(self) -> int:
        """How many columns are Gaussian, d."""
        return self.means.shape[-1]

    @cached_property
    def roots(self) -> Tensor:
        """Lower Cholesky factors of the covariances, ``(M, d, d)``."""
        return torch.linalg.cholesky(self.covariances)

    @cached_property
    def precisions(self) -> Tensor:
        """Inverse covariances, ``(M, d, d)``."""
        return torch.cholesky_inverse(self.roots)

    @cached_property
    def whitening(self) -> Tensor:
        """Matrices W with W' W the precisions, ``(M, d, d)``."""
        eye = torch.eye(self.means.shape[-1]).to(self.roots)
        return torch.linalg.solve_triangular(self.roots, eye, upper=False)

    @cached_property
    def constants(self) -> Tensor:
        """Log-weights and what normalises each Gaussian, ``(M,)``."""
        log_det = self.roots.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return self.log_weights - log_det - 0.5 * self.means.shape[-1] * LOG_2PI

    def joint_log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x, Gaussian), ``(n, M)``, of whole rows ``(n, d)``."""
        off = x[:, : self.n_columns] - self.means.unsqueeze(1)
        z = off @ self.whitening.mT  # (M, n, d)
        joint = (self.constants.unsqueeze(-1) - 0.5 * z.square().sum(-1)).mT
        return joint if self.beside is None else joint + self.beside(x)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x), ``(n,)``, of whole rows ``(n, d)``."""
        return self.joint_log_prob(x).logsumexp(-1)

    def given(self, x: Tensor) -> Iterator[Conditionals]:
        """Return what rows ``(n, d)`` imply for their missing values, group by group.

        Rows of a group have as many values missing as each other.
        """
        missing = x[:, : self.n_columns].isnan()
        counts = missing.sum(-1)
        columns = (~missing).to(torch.uint8).argsort(dim=-1, stable=True)
        for count in counts.unique().tolist():
            rows = (counts == count).nonzero()[:, 0]
            size = GROUP_NUMBERS // (len(self.means) * max(count * count, self.n_columns))
            for part in rows.split(max(size, 1)):
                yield self._given(x, part, columns[part, :count])

    def _given(self, x: Tensor, rows: Tensor, columns: Tensor) -> Conditionals:
        """What some rows imply for the values that they miss in ``columns (g, m)``."""
        off = x[rows, : self.n_columns] - self.means.unsqueeze(1)
        off = off.nan_to_num(nan=0.0)  # (M, g, d)
        pulled = off @ self.precisions
        squared = (off * pulled).sum(-1).mT  # (g, M)
        pulled = pulled.transpose(0, 1).gather(2, columns.unsqueeze(1).expand(-1, len(off), -1))
        roots = torch.linalg.cholesky(
            self.precisions[:, columns[:, :, None], columns[:, None]].transpose(0, 1)
        )  # (g, M, m, m)
        white = torch.linalg.solve_triangular(roots, pulled.unsqueeze(-1), upper=False)
        shift = torch.linalg.solve_triangular(roots.mT, white, upper=True).squeeze(-1)
        squared = squared - white.squeeze(-1).square().sum(-1)
        log_det = roots.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        present = self.constants + 0.5 * columns.shape[1] * LOG_2PI - log_det
        means = self.means[:, columns].transpose(0, 1) - shift
        joint = present - 0.5 * squared.clamp(min=0)
        if self.beside is not None:
            joint = joint + self.beside(x[rows])
        return Conditionals(rows, columns, joint, means, roots)

    def log_joint_of_present(self, x: Tensor) -> Tensor:
        """Return log p(what is there, Gaussian), ``(n, M)``, of rows ``(n, d)``."""
        joint = x.new_empty(len(x), len(self.means))
        for each in self.given(x):
            joint[each.rows] = each.log_joint
        return joint

    def widened(self) -> "Gaussians":
        """The mixture with a wide Gaussian beside each, as a proposal."""
        shares = ((1 - WIDE_SHARE, 1.0), (WIDE_SHARE, WIDE_SCALE))
        return Gaussians(
            torch.cat([self.log_weights + math.log(share) for share, _ in shares]),
            torch.cat([self.means for _ in shares]),
            torch.cat([self.covariances * scale for _, scale in shares]),
            _side_by_side([self.beside for _ in shares]),
        )

    def to(self, like: Tensor) -> "Gaussians":
        """The same mixture in the precision and on the device of a tensor."""
        weights, means, covariances = (
            each.to(like) for each in (self.log_weights, self.means, self.covariances)
        )
        return Gaussians(weights, means, covariances, self.beside)


def pick(log_values: Tensor, uniform: Tensor) -> Tensor:
    """Pick an entry of each row of logs ``(g, M)`` by ``uniform (S, g)``: ``(S, g)``."""
    shares = log_values.softmax(-1).cumsum(-1)
    uniform = (uniform * shares[:, -1]).mT.contiguous()  # (g, S)
    return torch.searchsorted(shares, uniform, right=True).clamp(max=shares.shape[1] - 1).mT


def own_gaussians(mixture: Any) -> list[Gaussians]:
    """Return the modes of each of R mixtures without flows, those of their guards left out."""
    if isinstance(mixture, CategoricalMixture):
        return _with_tables(own_gaussians(mixture.inner), mixture)
    model = mixture.undefended
    d = _n_features(model)
    log_weights = model.log_weights.double()
    if isinstance(mixture, DefensiveMixture):
        log_weights = log_weights + torch.log1p(-mixture.guard_weight.double())
    means, covariances = mode_moments(model, matched_normals(2 * d, d).to(model.log_weights))
    return _by_start(log_weights, means, covariances)


def guard_gaussians(mixture: Any) -> list[list[Gaussians]]:
    """Return the modes of the guards of R mixtures, by the scales that count; none without."""
    if isinstance(mixture, CategoricalMixture):
        return [_with_tables(own, mixture) for own in guard_gaussians(mixture.inner)]
    if not isinstance(mixture, DefensiveMixture):
        return []
    guard, weight = mixture.guard, mixture.guard_weight.double()  # (R, 1)
    _, means, covariances = guard.gaussians()
    shares = guard.scale_weights.double()  # (R, S)
    return [
        _by_start(
            guard.log_weights + (weight * share.unsqueeze(-1)).log(), means, scale * covariances
        )
        for share, scale in zip(shares.unbind(-1), guard.scales, strict=True)
        if bool(share.any())
    ]


def _with_tables(gaussians: list[Gaussians], mixture: CategoricalMixture) -> list[Gaussians]:
    """Return the modes of each of R mixtures with their categories."""

    def of_start(start: int) -> Beside:
        return lambda x: mixture.log_prob_of_categories(x.to(mixture.tables.device))[start].to(x)

    return [replace(own, beside=of_start(start)) for start, own in enumerate(gaussians)]


def _side_by_side(parts: Sequence[Beside | None]) -> Beside | None:
    """What parts of a mixture say of further columns; all say something, or none."""
    said = [part for part in parts if part is not None]
    return (lambda x: torch.cat([part(x) for part in said], 1)) if said else None


def beside_categories(
    gaussians: Gaussians, x: Tensor, weights: Tensor, n_levels: Sequence[int]
) -> Gaussians:
    """Have Gaussians of numbers tell of categories too, as the rows of each do.

    Rows are ``(n, d + q)``, of weights ``(n,)``.
    """
    d, n_gaussians = gaussians.n_columns, len(gaussians.means)
    mixture = CategoricalMixture(FlowMixture(1, n_gaussians, d), d, n_levels).to(x)
    shares = gaussians.log_joint_of_present(x).softmax(-1) * weights.unsqueeze(-1)
    mixture.set_tables(mixture.counts(x, shares[None]))
    return _with_tables([gaussians], mixture)[0]


def _by_start(log_weights: Tensor, means: Tensor, covariances: Tensor) -> list[Gaussians]:
    return [
        Gaussians(*own)
        for own in zip(log_weights.double(), means.double(), covariances.double(), strict=True)
    ]


def modes_of(mixture: Any) -> tuple[Gaussians, Tensor]:
    """Return the Gaussians that R mixtures without flows average to, and their components."""
    parts = [
        own for of_scale in [own_gaussians(mixture), *guard_gaussians(mixture)] for own in of_scale
    ]
    n_each, (n_starts, n_modes) = modes_of_each(mixture), mixture.undefended.log_weights.shape
    component = (torch.arange(n_modes) // n_each).repeat(len(parts))
    log_weights = torch.cat([part.log_weights for part in parts]) - math.log(n_starts)
    means = torch.cat([part.means for part in parts])
    covariances = torch.cat([part.covariances for part in parts])
    beside = _side_by_side([part.beside for part in parts])
    return Gaussians(log_weights, means, covariances, beside), component


def modes_of_each(mixture: Any) -> int:
    """Return how many modes each component of a mixture has."""
    if isinstance(mixture, CategoricalMixture):
        return mixture.n_modes
    model = mixture.undefended
    return model.base.n_modes if isinstance(model, LatentMixture) else model.n_modes


def _n_features(model: Any) -> int:
    """How many columns a mixture has."""
    base = model.base if isinstance(model, LatentMixture) else model
    return int(base.affine.bias.shape[-1])
