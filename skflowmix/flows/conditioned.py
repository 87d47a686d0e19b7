"""Bijections whose features are transformed given other features. Uses torch only."""

from abc import abstractmethod
from collections.abc import Sequence

from torch import Generator, Tensor

from skflowmix.flows.base import Bijection
from skflowmix.flows.networks import StackedMLP
from skflowmix.flows.transformers import Transformer


class Conditioned(Bijection):
    """A network of some features gives the parameters by which others are transformed.

    It begins as the identity.

    Parameters
    ----------
    transformer : Transformer
        How each feature is transformed.
    n_stack, n_features : int
        Number S of maps and number d >= 2 of features.
    hidden : sequence of int
        Widths of the hidden layers of the network.
    activation : str
        A key of `skflowmix.flows.ACTIVATIONS`.
    generator : torch.Generator
        Source of the initial weights.

    Raises
    ------
    ValueError
        If there are less than two features: one has no other to be conditioned on.
    """

    def __init__(
        self,
        transformer: Transformer,
        n_stack: int,
        n_features: int,
        hidden: Sequence[int],
        activation: str,
        generator: Generator,
    ) -> None:
        super().__init__()
        if n_features < 2:
            kind = type(self).__name__
            raise ValueError(f"{kind} layers need two features or more, got {n_features}.")
        self.transformer = transformer
        self.n_features = n_features
        n_in, n_out, masks = self.connections(hidden)
        self.network = StackedMLP(n_stack, n_in, n_out, hidden, activation, generator, masks)

    @abstractmethod
    def connections(self, hidden: Sequence[int]) -> tuple[int, int, list[Tensor] | None]:
        """Return the numbers of inputs and outputs of the network, and its masks, if any."""
