"""The affine map that whitens a Gaussian. Uses torch only."""

import torch
from torch import Tensor, nn

from skflowmix.flows.base import Bijection
from skflowmix.flows.derived import derived


class Affine(Bijection):
    r"""Stacked lower-triangular affine maps :math:`z = W x + b` with a positive diagonal.

    Set from means and covariances, each map sends its Gaussian to the standard normal, so that
    a standard normal behind it *is* that Gaussian. The diagonal of :math:`W` is kept as its
    logarithm and the part above it is cut off on every use: whatever a gradient step does, the
    matrix stays triangular and its log-determinant is the sum of ``log_diagonal``.

    Parameters
    ----------
    n_stack : int
        Number S of maps.
    n_features : int
        Number d of features.
    """

    def __init__(self, n_stack: int, n_features: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_stack, 1, n_features))
        self.lower = nn.Parameter(torch.zeros(n_stack, n_features, n_features))
        self.log_diagonal = nn.Parameter(torch.zeros(n_stack, n_features))

    @property
    def n_free(self) -> int:
        """Free numbers of one map: the triangle below the diagonal, the diagonal and the bias."""
        n_features = self.bias.shape[-1]
        return n_features * (n_features - 1) // 2 + 2 * n_features

    @derived
    def weight(self) -> Tensor:
        """The matrices W, ``(S, d, d)``, lower triangular."""
        return self.lower.tril(-1) + torch.diag_embed(self.log_diagonal.exp())

    @derived
    def log_det(self) -> Tensor:
        """Log-determinants of the matrices, ``(S, 1)``."""
        return self.log_diagonal.sum(-1, keepdim=True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = torch.baddbmm(self.bias, x, self.weight.mT)
        return z, self.log_det.expand(z.shape[:-1])

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.linalg.solve_triangular(self.weight, (z - self.bias).mT, upper=False).mT
        return x, -self.log_det.expand(x.shape[:-1])

    def squared_lengths(self, x: Tensor) -> Tensor:
        """Return those of the images of ``x (R, n, d)`` under its S / R maps, ``(R, S / R, n)``.

        Rows are the same for many maps, which makes one large product of as many small ones.
        """
        n_features = x.shape[-1]
        weight, bias = (
            self.weight.reshape(len(x), -1, n_features),
            self.bias.reshape(len(x), -1, 1),
        )
        z = torch.baddbmm(bias, weight, x.mT)  # (R, S / R * d, n)
        squares = z.square() if z.requires_grad else z.square_()  # no one else has z
        return squares.unflatten(1, (-1, n_features)).sum(2)

    @torch.no_grad()
    def set_moments(self, means: Tensor, covariances: Tensor) -> None:
        """Whiten Gaussians with ``means (S, d)`` and ``covariances (S, d, d)``.

        Where a covariance is not positive definite the map stays as it was.
        """
        factor, info = torch.linalg.cholesky_ex(covariances.double())
        fine = (info == 0) & factor.isfinite().all(-1).all(-1) & means.isfinite().all(-1)
        eye = torch.eye(factor.shape[-1], dtype=factor.dtype, device=factor.device)
        weight = torch.linalg.solve_triangular(factor[fine], eye, upper=False)
        self.bias[fine] = -(weight @ means[fine].double().unsqueeze(-1)).mT.to(self.bias)
        self.lower[fine] = weight.tril(-1).to(self.lower)
        self.log_diagonal[fine] = weight.diagonal(dim1=-2, dim2=-1).log().to(self.log_diagonal)

    def moments(self) -> tuple[Tensor, Tensor]:
        """Return means ``(S, d)`` and covariances ``(S, d, d)`` of the Gaussians whitened here."""
        eye = torch.eye(self.weight.shape[-1], dtype=self.bias.dtype, device=self.bias.device)
        factor = torch.linalg.solve_triangular(self.weight, eye, upper=False)
        means = -(factor @ self.bias.mT).squeeze(-1)
        return means, factor @ factor.mT
