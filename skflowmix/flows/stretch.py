"""A fixed stretching of some directions, shared by the whole stack. Uses torch only."""

import torch
from torch import Tensor

from skflowmix.flows.base import Bijection


class Stretch(Bijection):
    """Multiply rows by a symmetric positive definite matrix that stays what it is.

    Parameters
    ----------
    matrix : Tensor of shape (d, d)
        Its eigenvectors are the directions, its eigenvalues how far each is stretched.
    """

    matrix: Tensor

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.register_buffer("matrix", matrix)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x @ self.matrix, self._log_det(x)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return torch.linalg.solve(self.matrix, z, left=False), -self._log_det(z)

    def _log_det(self, x: Tensor) -> Tensor:
        return self.matrix.logdet().expand(x.shape[:-1])
