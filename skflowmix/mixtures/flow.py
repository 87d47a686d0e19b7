"""A mixture of flows, which is a Gaussian mixture where there are none. Uses torch only."""

import math

import torch
from torch import Generator, Tensor, nn

from skflowmix.flows import Affine, Chain, derived, n_free_parameters
from skflowmix.mixtures.base import Mixture

LOG_2PI = math.log(2 * math.pi)


class FlowMixture(Mixture):
    """R mixtures of K components, each of one or several modes: flows before a standard normal.

    Every mode is an affine map followed by its part of ``flow``. With an empty flow the mode is
    a Gaussian, so this class is the Gaussian mixture as well. The M = K * n_modes modes stand
    component by component.

    Parameters
    ----------
    n_starts, n_components, n_features : int
        R, K and d.
    flow : Chain, optional
        A stack of R * M maps, start by start; nothing by default.
    n_modes : int, default=1
        Modes of every component.
    """

    def __init__(
        self,
        n_starts: int,
        n_components: int,
        n_features: int,
        flow: Chain | None = None,
        n_modes: int = 1,
    ) -> None:
        super().__init__()
        self.n_modes = n_modes
        self.logits = nn.Parameter(torch.zeros(n_starts, n_components * n_modes))
        self.affine = Affine(n_starts * n_components * n_modes, n_features)
        self.flow: Chain = Chain() if flow is None else flow

    @derived
    def log_weights(self) -> Tensor:
        """Log weights of the modes, ``(R, M)``."""
        return self.logits.log_softmax(-1)

    @property
    def component_log_weights(self) -> Tensor:
        """Log weights of the components, ``(R, K)``."""
        return self.by_component(self.log_weights)

    @property
    def n_free_parameters(self) -> int:
        """How many numbers are free: those of the maps, and all weights but one."""
        n_modes = self.logits.shape[1]
        each = n_free_parameters(self.affine) + n_free_parameters(self.flow)
        return n_modes * each + n_modes - 1

    def by_component(self, of_modes: Tensor) -> Tensor:
        """Sum probabilities over each component's modes: logs ``(..., M)`` to ``(..., K)``."""
        if self.n_modes == 1:
            return of_modes
        return of_modes.unflatten(-1, (-1, self.n_modes)).logsumexp(-1)

    def joint_log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x, k), ``(R, n, K)``, of ``x (n, d)`` or ``(R, n, d)``."""
        return self.by_component(self.mode_log_prob(x))

    def mode_log_prob(self, x: Tensor) -> Tensor:
        """Return the joint log-probability with every mode, ``(R, n, M)``; see above."""
        squared, log_det = self._squared_latents(x)
        log_prob = log_det - 0.5 * (squared + x.shape[-1] * LOG_2PI)
        return log_prob.mT + self.log_weights.unsqueeze(1)

    def _squared_latents(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Squared lengths of latents, ``(R, M, n)``, and log-dets that add to them."""
        if len(self.flow):
            z, log_det = self.mode_latents(x)
            return z.square() @ z.new_ones(z.shape[-1]), log_det  # a sum, faster over few features
        n_starts, n_modes = self.logits.shape
        log_det = self.affine.log_det.view(n_starts, n_modes, 1)
        return self.affine.squared_lengths(x.expand(n_starts, *x.shape[-2:])), log_det

    def mode_latents(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Latents ``(R, M, n, d)`` and log-dets ``(R, M, n)`` of ``x (n, d)`` or ``(R, n, d)``."""
        n_starts, n_modes = self.logits.shape
        x = x.expand(n_starts, *x.shape[-2:]).unsqueeze(1)
        x = x.expand(-1, n_modes, -1, -1).flatten(0, 1)  # (R * M, n, d)
        z, log_det = self.affine(x)
        z, step = self.flow(z)
        shape = (n_starts, n_modes)
        return z.unflatten(0, shape), (log_det + step).unflatten(0, shape)

    @torch.no_grad()
    def set_gaussians(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        """Take weights ``(R, M)`` and moments ``(R, M, d)`` and ``(R, M, d, d)`` as they are."""
        self.logits.copy_(torch.where(weights.isfinite(), weights.log(), self.logits))
        self.affine.set_moments(means.flatten(0, 1), covariances.flatten(0, 1))

    def gaussians(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return what `set_gaussians` was given: weights, means and covariances."""
        means, covariances = self.affine.moments()
        shape = self.logits.shape
        return self.log_weights.exp(), means.unflatten(0, shape), covariances.unflatten(0, shape)

    def encode(self, x: Tensor) -> Tensor:
        """Map rows ``x (n, d)`` to latents ``(R, n, K, d)``; for components of one mode."""
        return self.mode_latents(x)[0].movedim(1, 2)

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``z (n, d)`` to rows ``(R, n, K, d)``; for components of one mode."""
        return self.mode_draws(z).movedim(1, 2)

    def mode_draws(self, z: Tensor) -> Tensor:
        """Map draws ``z (n, d)`` of a standard normal to draws of every mode ``(R, M, n, d)``."""
        x = self._undo(z.expand(self.logits.numel(), *z.shape))
        return x.unflatten(0, self.logits.shape)

    def _undo(self, z: Tensor) -> Tensor:
        """Map latents ``(R * M, n, d)`` of every mode back to data."""
        return self.affine.inverse(self.flow.inverse(z)[0])[0]

    def _draw(self, shape: tuple[int, int, int], generator: Generator) -> Tensor:
        """Draw latents ``(M, n, d)`` of this shape."""
        return torch.randn(shape, generator=generator, dtype=self.logits.dtype)

    @torch.no_grad()
    def sample(
        self, n_samples: int, generator: Generator, component: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw rows ``(n, d)`` and their components ``(n,)``, see `Mixture.sample`."""
        mode = self._sample_modes(n_samples, generator, component)
        n_modes = self.logits.numel()
        counts = torch.bincount(mode, minlength=n_modes)
        shape = (n_modes, int(counts.max()), self.affine.bias.shape[-1])
        x = self._undo(
            self._draw(shape, generator)
        )  # (M, longest, d), of which each mode keeps its count
        x = torch.cat([rows[:count] for rows, count in zip(x, counts, strict=True)])
        return x, mode // self.n_modes

    def _sample_modes(self, n_samples: int, generator: Generator, component: int | None) -> Tensor:
        """Draw modes ``(n,)`` in ascending order, of all components or of one."""
        (weights,) = self.log_weights.exp()
        first = 0
        if component is not None:
            first = component * self.n_modes
            weights = self.log_weights[0, first : first + self.n_modes].softmax(0)
        uniform = torch.rand(n_samples, generator=generator).to(weights)
        return first + torch.bucketize(uniform.sort().values, weights.cumsum(0)[:-1])
