"""Gaussian mixtures of many components by products of columns. Uses torch only.

A squared distance is linear in the products of a row's columns, and so are moments. For many
components, one matrix product with them takes the place of a whitening by each: with 200 of 8
columns it took a fifteenth of the time.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from skflowmix.mixtures.flow import LOG_2PI, FlowMixture
from skflowmix.mixtures.moments import Moments

MANY_COMPONENTS = 64
"""From how many components on it is done. Fewer gain less, and keep the bits of their results."""
PRODUCTS_AT_ONCE = 2**24
"""Most products that are laid out: 128 megabytes."""


@dataclass(frozen=True)
class Products:
    """Rows by the products of their columns, which are worked out once.

    Attributes
    ----------
    values : Tensor of shape (n, d (d + 1) / 2 + d + 1)
        Products of two columns, the columns, and ones; in float64, as distances are differences
        of larger numbers.
    pairs : Tensor of shape (2, d (d + 1) / 2)
        Which columns these are the products of.
    """

    values: Tensor
    pairs: Tensor

    @classmethod
    def of(cls, x: Tensor) -> "Products":
        """Multiply the columns of rows ``x (n, d)``."""
        pairs = torch.triu_indices(x.shape[-1], x.shape[-1], device=x.device)
        both = x[:, pairs[0]] * x[:, pairs[1]]
        return cls(torch.cat([both, x, x.new_ones(len(x), 1)], 1).double(), pairs)

    @staticmethod
    def suit(x: Tensor, n_components: int) -> bool:
        """Whether they are worth it for rows ``x (n, d)`` and so many components."""
        n_features = x.shape[-1]
        n_products = n_features * (n_features + 3) // 2
        fits = n_products <= n_components * n_features and n_products * len(x) <= PRODUCTS_AT_ONCE
        return n_components >= MANY_COMPONENTS and fits

    def moments(self, shares: Tensor) -> Moments:
        """Sum rows under responsibilities ``shares (R, n, K)``, see `Moments.of`."""
        sums = shares.double().mT @ self.values  # (R, K, products)
        n_pairs = self.pairs.shape[1]
        both, first, counts = sums[..., :n_pairs], sums[..., n_pairs:-1], sums[..., -1]
        second = first.new_empty(*first.shape, first.shape[-1])
        upper, lower = self.pairs
        second[..., upper, lower] = second[..., lower, upper] = both
        return Moments(counts, first, second)

    def joint_log_prob(self, gaussians: FlowMixture) -> Tensor:
        """Return log p(x, k), ``(R, n, K)``, of Gaussian mixtures; see `FlowMixture`."""
        n_features, shape = gaussians.affine.bias.shape[-1], gaussians.logits.shape
        log_det = gaussians.affine.log_det.view(shape)
        constant = gaussians.log_weights + log_det - 0.5 * n_features * LOG_2PI  # (R, K)
        factors = -0.5 * self._factors(gaussians.affine.weight, gaussians.affine.bias)
        factors = factors.unflatten(0, shape)  # (R, K, products)
        factors[..., -1] += constant
        return self.values @ factors.mT

    def _factors(self, weight: Tensor, bias: Tensor) -> Tensor:
        """Of the products in the squared lengths of maps ``(S, d, d)``, ``(S, 1, d)``."""
        square = weight.mT @ weight
        upper, lower = self.pairs
        twice = torch.where(upper == lower, 1.0, 2.0).to(square)
        linear = 2 * (bias @ weight).squeeze(1)
        rest = bias.square().sum(-1)
        return torch.cat([square[:, upper, lower] * twice, linear, rest], 1)
