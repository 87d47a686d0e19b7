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
    log_det: Tensor

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.register_buffer("matrix", matrix)
        self.register_buffer("log_det", matrix.double().logdet())  # once, as it stays what it is

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x @ self.matrix, self._log_det(x)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return torch.linalg.solve(self.matrix, z, left=False), -self._log_det(z)

    def _log_det(self, x: Tensor) -> Tensor:
        return self.log_det.to(x).expand(x.shape[:-1])
