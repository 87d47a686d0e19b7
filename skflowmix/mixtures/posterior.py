"""The amortised posterior over components. Uses torch only."""

from collections.abc import Sequence

from torch import Generator, Tensor, nn

from skflowmix.flows import StackedMLP

MAX_LOGIT = 1e30
"""Logits lie between this and its negative, so that no difference of two overflows."""


class PosteriorNetwork(nn.Module):
    """R networks q(k given x), which begin as the uniform distribution.

    Parameters
    ----------
    n_starts, n_features, n_components : int
        R, d and K.
    hidden : sequence of int
        Widths of the hidden layers.
    activation : str
        A key of `skflowmix.flows.ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights.
    """

    def __init__(
        self,
        n_starts: int,
        n_features: int,
        n_components: int,
        hidden: Sequence[int],
        activation: str,
        generator: Generator,
    ) -> None:
        super().__init__()
        self.n_starts = n_starts
        self.network = StackedMLP(
            n_starts, n_features, n_components, hidden, activation, generator
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of q, ``(R, n, K)``, at rows ``x (n, d)``.

        Where the network overflows, q knows nothing: no score notices it in training.
        """
        logits = self.network(x.expand(self.n_starts, *x.shape))
        return logits.nan_to_num(nan=0.0).clamp(-MAX_LOGIT, MAX_LOGIT)
