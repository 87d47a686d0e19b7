"""What criteria are worth: the learned rule, as plain numbers, and how it is applied.

The numbers are in ``rule.json`` beside this module. ``python -m benchmarks.choosing`` makes them
from many families of tables whose groups are known, and reports what the rule is worth on
families that it was not learned from. Among groupings of one size it is linear: boosted trees
were no better on families left out. Across sizes it is a sum of small trees: a linear rule found
one group too many on many tables of clear groups.
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
    *(f"{name} beyond the largest" for name in CRITERIA),
    "mean_agreement of all groupings",
    "log n_groups",
    "log n_rows",
    "log n_features",
)
"""What the sizes are compared by: criteria of the best grouping of each, by themselves and beside
the largest over all sizes, and what says how large the table is."""


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

    def parts(self, features: np.ndarray) -> np.ndarray:
        """Return what each feature adds to what is predicted, ``(m, F)`` for ``(m, F)``."""
        return np.clip(features, self.lowest, self.highest) * self.weights


@dataclass(frozen=True)
class Trees:
    """Regression trees of one depth D, whose answers are added up.

    Attributes
    ----------
    feature : ndarray of shape (T, 2**D - 1)
        What each node asks, level by level from the root.
    threshold : ndarray of shape (T, 2**D - 1)
        A larger value goes to the right.
    value : ndarray of shape (T, 2**D)
        Of the leaves.
    intercept : float
    """

    feature: np.ndarray
    threshold: np.ndarray
    value: np.ndarray
    intercept: float

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return ``(m,)`` for features ``(m, F)``."""
        n_trees, n_nodes = self.feature.shape
        tree, row = np.arange(n_trees)[:, None], np.arange(len(features))
        node = np.zeros((n_trees, len(features)), dtype=int)  # (T, m)
        for _ in range(n_nodes.bit_length()):
            is_right = features[row, self.feature[tree, node]] > self.threshold[tree, node]
            node = 2 * node + 1 + is_right
        return self.value[tree, node - n_nodes].sum(axis=0) + self.intercept


@dataclass(frozen=True)
class Rule:
    """The learned rule.

    Attributes
    ----------
    groups : Linear
        What criteria beyond the median of other groupings of the same size add to the adjusted
        Rand index that is to be expected.
    sizes : Trees
        What the best grouping of a size is worth, by `SIZE_FEATURES`: half the index that is to be
        expected, and half of the largest index of all sizes times the chance that the number of
        groups is right.
    one_group : float
        What one group is worth: few tables without groups have a grouping that is worth more.
    """

    groups: Linear
    sizes: Trees
    one_group: float

    @classmethod
    def of(cls, numbers: dict[str, Any]) -> "Rule":
        """Read a rule from plain data."""
        return cls(
            _linear(numbers["groups"], CRITERIA),
            _trees(numbers["sizes"]),
            numbers["one_group"],
        )

    def group_scores(self, criteria: np.ndarray) -> np.ndarray:
        """Return what groupings of one size are worth, ``(m,)`` of ``(m, n_criteria)``."""
        return self.groups.predict(criteria - np.median(criteria, axis=0))

    def group_parts(self, criteria: np.ndarray) -> np.ndarray:
        """Return what each criterion adds to `group_scores`, ``(m, n_criteria)``."""
        return self.groups.parts(criteria - np.median(criteria, axis=0))

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


def _trees(numbers: dict[str, Any]) -> Trees:
    """Read trees, whose features go by their numbers among `SIZE_FEATURES`."""
    feature, threshold, value = (
        np.array(numbers[part]) for part in ("feature", "threshold", "value")
    )
    return Trees(feature, threshold, value, numbers["intercept"])


@cache
def shipped_rule() -> Rule:
    """Return the rule that this package comes with."""
    return Rule.of(json.loads(files(__package__).joinpath(FILE).read_text()))
