"""Invertible matrices as products of triangular ones. Uses torch only."""

import torch
from torch import Tensor, nn

from skflowmix.flows.base import Bijection
from skflowmix.flows.derived import derived


class Linear(Bijection):
    r"""Stacked invertible linear maps :math:`z = L U x`.

    :math:`L` is lower triangular with a diagonal of ones and :math:`U` upper triangular with a
    positive one, kept as its logarithm. What lies on the other side of either diagonal is cut
    off on every use, so the log-determinant is the sum of ``log_diagonal`` whatever a gradient
    step does. Beside the diagonals the parameters are divided by d, so that steps of one size
    move an image by one size, however many features add up in it. It begins as the identity.

    Parameters
    ----------
    n_stack, n_features : int
        Number S of maps and number d of features.

    References
    ----------
    Kingma and Dhariwal (2018), Glow, section 3.2, with no permutation of its own.
    """

    def __init__(self, n_stack: int, n_features: int) -> None:
        super().__init__()
        zeros = torch.zeros(n_stack, n_features, n_features)
        self.lower, self.upper = nn.Parameter(zeros.clone()), nn.Parameter(zeros.clone())
        self.log_diagonal = nn.Parameter(torch.zeros(n_stack, n_features))

    @property
    def n_free(self) -> int:
        """Free numbers of one map: both triangles and one diagonal."""
        return self.lower.shape[-1] ** 2

    @property
    def factors(self) -> tuple[Tensor, Tensor]:
        """The matrices L and U, ``(S, d, d)`` each."""
        n_features = self.lower.shape[-1]
        eye = torch.eye(n_features, dtype=self.lower.dtype, device=self.lower.device)
        diagonal = torch.diag_embed(self.log_diagonal.exp())
        return (
            self.lower.tril(-1) / n_features + eye,
            self.upper.triu(1) / n_features + diagonal,
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        # The factors are never made: a diagonal is a product by itself, and a division a number
        # that the product of matrices takes along.
        share, (scale, upper, lower) = 1 / x.shape[-1], self._parts
        half = torch.baddbmm(x * scale, x, upper, alpha=share)
        z = torch.baddbmm(half, half, lower, alpha=share)
        return z, self._log_det(x)

    @derived
    def _parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Diagonals ``(S, 1, d)``, and transposed triangles ``(S, d, d)`` beside them."""
        scale = self.log_diagonal.exp().unsqueeze(1)
        return scale, self.upper.triu(1).mT, self.lower.tril(-1).mT

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        lower, upper = self.factors
        half = torch.linalg.solve_triangular(lower, z.mT, upper=False, unitriangular=True)
        return torch.linalg.solve_triangular(upper, half, upper=True).mT, -self._log_det(z)

    def _log_det(self, x: Tensor) -> Tensor:
        return self.log_diagonal.sum(-1, keepdim=True).expand(x.shape[:-1])
