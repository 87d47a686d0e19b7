"""What criteria are worth: the learned rule, as plain numbers, and how it is applied.

The numbers are in ``rule.json`` beside this module. ``python -m benchmarks.choosing`` makes them
from many families of tables whose groups are known, and reports what the rule is worth on
families that it was not learned from. Both parts of it are linear: boosted trees on the same
criteria were no better on families left out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from skflowmix.selection.criteria import CRITERIA

FILE = "rule.json"

SIZE_FEATURES = (
    *CRITERIA,
    *(f"{name} beyond the size before" for name in CRITERIA),
    *(f"{name} beyond the size after" for name in CRITERIA),
    *(f"{name} beyond the largest" for name in CRITERIA),
    "mean_agreement of all groupings",
    "log n_groups",
    "log n_rows",
    "log n_features",
)
"""What the sizes are compared by: criteria of the best grouping of each, and these beside those
of other sizes."""


@dataclass(frozen=True)
class Linear:
    """A linear rule on features within the bounds that it was learned in.

    Attributes
    ----------
    weights, lowest, highest : ndarray of shape (F,)
    intercept : float
    """

    weights: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    intercept: float

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return ``(m,)`` for features ``(m, F)``."""
        return np.clip(features, self.lowest, self.highest) @ self.weights + self.intercept


@dataclass(frozen=True)
class Rule:
    """The learned rule.

    Attributes
    ----------
    groups : Linear
        What criteria beyond the median of other groupings of the same size add to the adjusted
        Rand index that is to be expected.
    sizes : Linear
        The index that is to be expected of the best grouping of a size, by `SIZE_FEATURES`.
    one_group : float
        What one group is worth: few tables without groups have a grouping that is worth more.
    """

    groups: Linear
    sizes: Linear
    one_group: float

    @classmethod
    def of(cls, numbers: dict[str, Any]) -> "Rule":
        """Read a rule from plain data."""
        return cls(
            _linear(numbers["groups"], CRITERIA),
            _linear(numbers["sizes"], SIZE_FEATURES),
            numbers["one_group"],
        )

    def group_scores(self, criteria: np.ndarray) -> np.ndarray:
        """Return what groupings of one size are worth, ``(m,)`` of ``(m, n_criteria)``."""
        return self.groups.predict(criteria - np.median(criteria, axis=0))

    def size_scores(
        self, sizes: Sequence[int], criteria: Sequence[np.ndarray], n_rows: int, n_features: int
    ) -> np.ndarray:
        """Return what the best groupings of each size are worth, ``(S,)``."""
        return self.sizes.predict(self.size_features(sizes, criteria, n_rows, n_features))

    def size_features(
        self, sizes: Sequence[int], criteria: Sequence[np.ndarray], n_rows: int, n_features: int
    ) -> np.ndarray:
        """Return `SIZE_FEATURES` of the best groupings of increasing sizes, ``(S, F)``."""
        best = np.array([own[self.group_scores(own).argmax()] for own in criteria])  # (S, C)
        logs = np.log([[size, n_rows, n_features] for size in sizes])
        return np.column_stack(
            [
                best,
                np.diff(best, axis=0, prepend=best[:1]),
                -np.diff(best, axis=0, append=best[-1:]),
                best - best.max(axis=0),
                [own[:, CRITERIA.index("mean_agreement")].mean() for own in criteria],
                logs,
            ]
        )


def _linear(numbers: dict[str, Any], features: Sequence[str]) -> Linear:
    """Read a linear rule; a feature that is not mentioned has no weight."""
    used = numbers["features"]
    table = np.array([used.get(name, (0.0, -np.inf, np.inf)) for name in features])
    weights, lowest, highest = table.T
    return Linear(weights, lowest, highest, numbers["intercept"])


@cache
def shipped_rule() -> Rule:
    """Return the rule that this package comes with."""
    return Rule.of(json.loads(files(__package__).joinpath(FILE).read_text()))
