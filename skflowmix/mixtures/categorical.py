"""A mixture of numbers with categories beside them. Uses torch only."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn

from skflowmix.mixtures.base import Mixture
from skflowmix.mixtures.exponentials import exp, logsumexp

SMOOTHING = 1.0
"""Rows' worth of the pooled shares of the levels that the levels of each mode are given. On ten
mixed tables rows that were held out had -18.16 nats in the mean, without a flow; with .1, .5, 2, 5
and 15 they had -18.27, -18.22, -18.23, -18.20 and -18.19."""


class CategoricalMixture(Mixture):
    r"""R mixtures in whose modes categories are independent of the numbers and of each other.

    .. math:: p(x, c, k) = \sum_{m \in k} p(x, m) \prod_j p(c_j \mid m)

    Rows are ``(n, p + q)``: numbers, then codes of levels. A code that is NaN is missing, and its
    factor is left out, which is exact. Gradients move the mixture of numbers only; the tables are
    set in closed form.

    Parameters
    ----------
    inner : Mixture
        Of the p numbers; its M components are the modes.
    n_numbers : int
        p.
    n_levels : sequence of int
        Of each of the q categories.
    n_modes : int, default=1
        Modes of every component.

    References
    ----------
    Lawrence and Krzanowski (1996), Mixture separation for mixed-mode data; Hunt and Jorgensen
    (2003), Mixture model clustering for mixed data with missing information.
    """

    offsets: Tensor

    def __init__(
        self, inner: Mixture, n_numbers: int, n_levels: Sequence[int], n_modes: int = 1
    ) -> None:
        super().__init__()
        self.inner: Any = inner
        self.n_numbers, self.n_levels, self.n_modes = n_numbers, tuple(n_levels), n_modes
        sizes = torch.tensor(self.n_levels)
        self.register_buffer("offsets", sizes.cumsum(0) - sizes)
        uniform = -sizes.double().log().repeat_interleave(sizes)[:, None]  # (L, 1)
        tables = uniform.float().expand(*inner.log_weights.shape, -1, -1)[..., 0].mT
        self.tables = nn.Parameter(tables.clone(), requires_grad=False)  # (R, L, M)

    @property
    def log_weights(self) -> Tensor:
        """Log weights of the modes, ``(R, M)``."""
        return self.inner.log_weights

    @property
    def component_log_weights(self) -> Tensor:
        """Log weights of the components, ``(R, K)``."""
        return self._by_component(self.inner.component_log_weights)

    @property
    def n_free_parameters(self) -> int:
        """How many numbers are free: those of the inner mixture, and shares of levels but one."""
        n_modes = self.tables.shape[-1]
        return self.inner.n_free_parameters + n_modes * sum(n - 1 for n in self.n_levels)

    @property
    def undefended(self) -> Mixture:
        """The mixture of the numbers behind a defence."""
        return self.inner.undefended

    @property
    def untrained(self) -> Mixture:
        """What it is before training, with the same tables."""
        start = copy.copy(self)
        start._modules = {**self._modules, "inner": self.inner.untrained}
        return start

    def take_guard_of(self, other: Mixture) -> None:
        """Take the guard of the numbers in another such mixture."""
        assert isinstance(other, CategoricalMixture)
        self.inner.take_guard_of(other.inner)

    def set_guard_weights(self, weights: Tensor) -> None:
        """Give the scales of the guard of the numbers these weights ``(S,)``."""
        self.inner.set_guard_weights(weights)

    # Log-probabilities.

    def numbers(self, x: Tensor) -> Tensor:
        """Return the numbers ``(n, p)`` of rows ``(n, p + q)``."""
        return x[:, : self.n_numbers]

    def places(self, x: Tensor) -> Tensor:
        """Places ``(n, q)`` of the levels of rows in a table; a missing one is behind its end."""
        codes = x[:, self.n_numbers :]
        is_missing = codes.isnan()
        places = codes.masked_fill(is_missing, 0).long() + self.offsets
        return places.masked_fill(is_missing, sum(self.n_levels))

    def indicators(self, x: Tensor) -> Tensor:
        """Return ``(n, L)``: 1 at the levels that rows have; none for what is missing."""
        places = self.places(x)
        ones = torch.zeros(len(x), sum(self.n_levels) + 1, dtype=x.dtype, device=x.device)
        return ones.scatter_(1, places, 1.0)[:, :-1]

    def log_prob_of_categories(self, x: Tensor) -> Tensor:
        """Return log p(c | m) of the categories of rows, ``(R, n, M)``."""
        return self.indicators(x).to(self.tables) @ self.tables

    def mode_log_prob(self, x: Tensor) -> Tensor:
        """Return the joint log-probability with every mode, ``(R, n, M)``."""
        return self.inner.joint_log_prob(self.numbers(x)) + self.log_prob_of_categories(x)

    def joint_log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x, c, k), ``(R, n, K)``, of rows ``(n, p + q)``."""
        return self._by_component(self.mode_log_prob(x))

    def joint_of_parts(self, x: Tensor) -> Tensor:
        """Return what each part of a defended mixture says, ``(1 + S, R, n, K)``."""
        of_numbers = self.inner.joint_of_parts(self.numbers(x))
        return self._by_component(of_numbers + self.log_prob_of_categories(x))

    def _by_component(self, of_modes: Tensor) -> Tensor:
        """Sum probabilities over each component's modes: logs ``(..., M)`` to ``(..., K)``."""
        if self.n_modes == 1:
            return of_modes
        return of_modes.unflatten(-1, (-1, self.n_modes)).logsumexp(-1)

    # Closed-form steps.

    def _prior_of_modes(self, x: Tensor, log_prior: Tensor) -> Tensor:
        """What is known of the modes of rows beside their numbers, ``(R, n, M)``."""
        of_modes = log_prior.repeat_interleave(self.n_modes, -1)
        return self.log_prob_of_categories(x) + of_modes

    def responsibilities(self, x: Tensor, log_prior: Tensor) -> tuple[Tensor, Tensor]:
        """Return latents and the shares of the modes, see `LatentMixture.responsibilities`."""
        return self.inner.responsibilities(self.numbers(x), self._prior_of_modes(x, log_prior))

    def shares(self, x: Tensor, log_prior: Tensor) -> Tensor:
        """Return the posterior of the modes, ``(R, n, M)``, that of a guard included."""
        joint = self.inner.joint_log_prob(self.numbers(x)) + self._prior_of_modes(x, log_prior)
        return exp(joint - logsumexp(joint, -1, keepdim=True))

    def counts(self, x: Tensor, shares: Tensor) -> Tensor:
        """Count levels by the weighted shares ``(R, n, M)`` of rows, ``(R, L, M)``."""
        return self.indicators(x).double().mT @ shares.double()

    @torch.no_grad()
    def set_tables(self, counts: Tensor, smoothing: float = SMOOTHING) -> None:
        """Take the shares of levels from counts ``(R, L, M)``.

        Each mode is given ``smoothing`` rows of the pooled shares, and these a row that is spread
        evenly: the mode of a posterior under Dirichlet priors, by which no level is impossible.

        References
        ----------
        Good (1965), The estimation of probabilities: an essay on modern Bayesian methods.
        """
        shares = [_smoothed(own, smoothing) for own in counts.split(self.n_levels, 1)]
        tiny = torch.finfo(self.tables.dtype).tiny
        self.tables.copy_(torch.cat(shares, 1).clamp(min=tiny).log())

    def set_gaussians(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        """Have the numbers be Gaussians, see `Mixture.set_gaussians`."""
        self.inner.set_gaussians(weights, means, covariances)

    # Latents and samples.

    def encode(self, x: Tensor) -> Tensor:
        """Map rows to latents of their numbers ``(R, n, K, p)``, by each component's best mode."""
        return self._of_best_mode(self.inner.encode(self.numbers(x)), self.mode_log_prob(x))

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``z (n, p)`` to rows ``(R, n, K, p + q)``, by each component's best mode.

        The categories are the most probable ones of the mode.
        """
        numbers = self.inner.decode(z)  # (R, n, M, p)
        likeliest = [own.argmax(1) for own in self.tables.split(self.n_levels, 1)]
        codes = torch.stack(likeliest, -1).to(numbers)[:, None].expand(-1, len(z), -1, -1)
        rows = torch.cat([numbers, codes], -1)
        return self._of_best_mode(rows, self._log_prob_of_own(numbers))

    def _log_prob_of_own(self, numbers: Tensor) -> Tensor:
        """Return the log-probability of what each mode proposes, ``(R, n, M, p)``, with it."""
        if self.n_modes == 1:
            return numbers.new_zeros(numbers.shape[:-1])
        joint = torch.stack(
            [
                torch.stack(
                    [self.inner.joint_log_prob(each)[r, :, m] for m, each in enumerate(own)]
                )
                for r, own in enumerate(numbers.transpose(1, 2))
            ]
        )
        return joint.mT

    def with_levels(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Fill the levels that are missing from rows ``(n, p + q)``, given all that is there.

        They are drawn or, without a generator, the likeliest. R mixtures count equally.
        """
        shares = self.mode_log_prob(x).transpose(0, 1).flatten(1).softmax(-1)  # (n, R * M)
        if generator is not None:
            mode = _drawn(shares, generator)
            shares = nn.functional.one_hot(mode, shares.shape[1]).to(shares)
        filled = x.clone()
        for column, table in enumerate(self.tables.split(self.n_levels, 1), self.n_numbers):
            of_levels = shares @ table.mT.flatten(0, 1).exp()  # (n, L)
            codes = of_levels.argmax(1) if generator is None else _drawn(of_levels, generator)
            filled[:, column] = torch.where(x[:, column].isnan(), codes.to(x), x[:, column])
        return filled

    def _of_best_mode(self, of_modes: Tensor, log_prob: Tensor) -> Tensor:
        """Pick of what modes have, ``(R, n, M, d)``, that of each component's likeliest one."""
        best = log_prob.unflatten(-1, (-1, self.n_modes)).argmax(-1)  # (R, n, K)
        by_component = of_modes.unflatten(2, (-1, self.n_modes))  # (R, n, K, modes, d)
        index = best[..., None, None].expand(*best.shape, 1, of_modes.shape[-1])
        return by_component.gather(3, index).squeeze(3)

    @torch.no_grad()
    def sample(
        self, n_samples: int, generator: Generator, component: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw rows ``(n, p + q)`` and their components ``(n,)``, see `Mixture.sample`."""
        numbers, mode = self._sample_numbers(n_samples, generator, component)
        columns = [numbers]
        for table in self.tables[0].split(self.n_levels):
            codes = _drawn(table[:, mode].exp().mT, generator)
            columns.append(codes.to(numbers)[:, None])
        return torch.cat(columns, 1), mode // self.n_modes

    def _sample_numbers(
        self, n_samples: int, generator: Generator, component: int | None
    ) -> tuple[Tensor, Tensor]:
        """Draw numbers ``(n, p)`` and their modes ``(n,)``, of all components or of one."""
        if component is None:
            return self.inner.sample(n_samples, generator)
        modes = torch.arange(component * self.n_modes, (component + 1) * self.n_modes)
        shares = self.inner.component_log_weights[0, modes].softmax(0)
        drawn = shares.multinomial(max(n_samples, 1), replacement=True, generator=generator)
        counts = drawn[:n_samples].bincount(minlength=len(modes)).tolist()
        parts = [
            self.inner.sample(count, generator, int(mode))
            for mode, count in zip(modes, counts, strict=True)
        ]
        numbers, mode = (torch.cat(pair) for pair in zip(*parts, strict=True))
        return numbers, mode


def _drawn(shares: Tensor, generator: Generator) -> Tensor:
    """Draw one of m by shares ``(n, m)``: numbers ``(n,)``."""
    uniform = torch.rand(len(shares), 1, generator=generator, dtype=shares.dtype)
    return (uniform > shares[:, :-1].cumsum(1)).sum(1)


def _smoothed(counts: Tensor, smoothing: float) -> Tensor:
    """Shares of one category's levels in each mode, by counts ``(R, L, M)``."""
    pooled = counts.sum(-1, keepdim=True)
    pooled = pooled + 1 / counts.shape[1]
    pooled = pooled / pooled.sum(1, keepdim=True)
    counts = counts + smoothing * pooled
    return counts / counts.sum(1, keepdim=True)
