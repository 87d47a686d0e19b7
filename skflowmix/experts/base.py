"""What an expert is, and what it owes. Knows numpy and the evidence."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from skflowmix.experts.evidence import Evidence
from skflowmix.experts.spaces import Space


@dataclass(frozen=True)
class Expert(ABC):
    """A classifier that some labels have taught: plain data, and what it says of rows.

    Attributes
    ----------
    space : Space
        How it looks at rows.
    doubt : float
        Share of the uniform distribution in what it says.
    """

    space: Space
    doubt: float

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is worked out again when it is asked for."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @abstractmethod
    def proba(self, X: np.ndarray) -> np.ndarray:
        """Return class probabilities ``(n, C)`` of rows ``(n, d)`` of its space."""

    def log_proba(self, X: np.ndarray) -> np.ndarray:
        """Return log-probabilities ``(n, C)`` of standardised rows ``(n, d)``."""
        return doubted(self.proba(self.space.apply(X)), self.doubt)

    def log_proba_at_fit(self, X: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return log-probabilities ``(r, C)`` of the rows ``X[rows]`` of its evidence."""
        return self.log_proba(X[rows])


class Learner(ABC):
    """Makes an expert of evidence, whatever the labels that are hidden at the time.

    Parameters
    ----------
    evidence : Evidence
        All of it. What does not depend on labels is worked out once.
    space : Space
        How to look at rows.
    """

    def __init__(self, evidence: Evidence, space: Space):
        self.space = space
        self.X = space.apply(evidence.X)  # (m, d)

    @abstractmethod
    def learn(self, evidence: Evidence) -> Expert:
        """Learn from the labels of the same rows."""


def doubted(proba: np.ndarray, doubt: float) -> np.ndarray:
    """Return logarithms of probabilities ``(n, C)`` with a share of the uniform distribution."""
    return np.log((1 - doubt) * proba + doubt / proba.shape[1])
