"""What a view of rows owes. Knows numpy only."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np


class View(ABC):
    """One measure of how unusual rows are, as frozen plain data."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is worked out again when it is asked for."""
        fields = getattr(self, "__dataclass_fields__", vars(self))
        return {name: getattr(self, name) for name in fields}

    @abstractmethod
    def unusualness(self, Z: np.ndarray) -> np.ndarray:
        """Return how unusual standardised rows ``(n, d)`` are: ``(n,)``, more is more unusual."""

    @abstractmethod
    def by_column(self, Z: np.ndarray) -> np.ndarray:
        """Return how much each column adds, ``(n, d)``; the sums are `unusualness` where exact."""
