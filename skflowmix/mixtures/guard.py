"""Gaussian mixtures with tails. Uses torch only."""

import torch
from torch import Generator, Tensor, nn

from skflowmix.flows import derived
from skflowmix.mixtures.flow import LOG_2PI, FlowMixture

SCALES = (1.0, 4.0, 16.0, 64.0, 256.0)
"""What the covariances of a guard are multiplied by, for its tails. On 15 tables of up to 1,000
rows the tails brought .65 nats a row in the mean; closer or further scales, and Student's t in
their place, were within .03 of that."""


class Guard(FlowMixture):
    r"""R Gaussian mixtures of K components, each Gaussian blurred over several scales.

    .. math:: p(x, k) = \pi_k \sum_s v_s \, N(x; \mu_k, c_s \Sigma_k)

    It begins as a Gaussian mixture, with all weight at :math:`c_1 = 1`. Student's t is a mixture
    of scales as well; here their weights are free, so tails are as heavy as rows say, and moments
    are finite.

    Parameters
    ----------
    n_starts, n_components, n_features : int
        R, K and d.
    n_modes : int, default=1
        Modes of every component.

    References
    ----------
    Andrews and Mallows (1974), Scale mixtures of normal distributions.
    """

    scales: Tensor

    def __init__(
        self, n_starts: int, n_components: int, n_features: int, n_modes: int = 1
    ) -> None:
        super().__init__(n_starts, n_components, n_features, n_modes=n_modes)
        self.register_buffer("scales", torch.tensor(SCALES))
        only_first = torch.eye(len(SCALES))[:1]
        self.scale_weights = nn.Parameter(only_first.repeat(n_starts, 1), requires_grad=False)

    @torch.no_grad()
    def set_scale_weights(self, weights: Tensor) -> None:
        """Give the scales of every start these weights ``(S,)``, whose sum is 1."""
        self.scale_weights.copy_(weights.expand_as(self.scale_weights))

    def mode_log_prob(self, x: Tensor) -> Tensor:
        """Return the joint log-probability with every mode, ``(R, n, M)``."""
        if not self._may_have_tails:
            return super().mode_log_prob(x)  # as while training
        by_scale = self._by_scale(x) + self._log_scale_weights
        return by_scale.logsumexp(-1).mT + self.log_weights.unsqueeze(1)

    def joint_log_prob_at_scales(self, x: Tensor) -> Tensor:
        """Return log p(x, k) had each scale all of the weight, ``(S, R, n, K)``."""
        of_modes = self._by_scale(x).movedim(-1, 0).mT + self.log_weights.unsqueeze(1)
        return self.by_component(of_modes)

    def _by_scale(self, x: Tensor) -> Tensor:
        """Log-density of every mode at every scale, ``(R, M, n, S)``."""
        squared, log_det = self._squared_latents(x)  # (R, M, n)
        return log_det.unsqueeze(-1) - 0.5 * squared.unsqueeze(-1) / self.scales - self._constants

    @derived
    def _may_have_tails(self) -> bool:
        """Whether scales beside the first count; on GPUs too, as a recorded step may not ask."""
        return self.scale_weights.is_cuda or bool(self.scale_weights[:, 1:].any())

    @derived
    def _log_scale_weights(self) -> Tensor:
        """Log weights of the scales, ``(R, 1, 1, S)``."""
        return self.scale_weights.log()[:, None, None]

    @derived
    def _constants(self) -> Tensor:
        """What log-densities at each scale lack for being normalised, ``(S,)``."""
        return 0.5 * self.affine.bias.shape[-1] * (LOG_2PI + self.scales.log())

    def _draw(self, shape: tuple[int, int, int], generator: Generator) -> Tensor:
        """Draw latents ``(M, n, d)`` of this shape, of all scales."""
        n_modes, n, _ = shape
        n_drawn = max(n_modes * n, 1)  # torch draws one at least
        drawn = self.scale_weights.multinomial(n_drawn, replacement=True, generator=generator)
        scale = self.scales[drawn][:, : n_modes * n].view(n_modes, n, 1)
        return super()._draw(shape, generator) * scale.sqrt()
