"""The rule learned from cases, and what it is worth on families that it was not learned from."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from benchmarks.choosing.cases import KINDS, Case
from skflowmix.selection.criteria import CRITERIA
from skflowmix.selection.rule import Rule

TEACHES = 0.3
"""A table on which no grouping has an index above this teaches nothing of groupings."""
PENALTY = 10.0
"""Of ridge regression, on standardised criteria."""
TREES: dict[str, Any] = {
    "n_estimators": 120,
    "learning_rate": 0.07,
    "max_depth": 3,
    "subsample": 0.5,
    "max_features": 0.3,
    "min_samples_leaf": 20,
    "random_state": 0,
}
"""Of gradient boosting. By hand; others of depths 1 to 4 differ little."""
QUANTILES = (0.005, 0.995)
"""Features are held within these."""
CLOUD_PARTS = 7
"""Parts of the tables without groups; with 8 kinds in turn, each part has some of each kind."""
UNGROUPED_SHARE = 0.9
"""Share of the tables without groups that are to be left in one."""

Numbers = dict[str, Any]
"""A rule as plain data."""


def learned(cases: Sequence[Case]) -> Numbers:
    """Learn a rule from cases, but for what one group is worth."""
    teaching = [case for case in cases if case.kind == "ungrouped" or case.best.max() > TEACHES]
    numbers = {"groups": LINE, "sizes": LEAF, "one_group": 0.0}
    numbers["groups"] = learned_groups(teaching)
    numbers["sizes"] = learned_sizes(teaching, Rule.of(numbers))
    return numbers


LINE: Numbers = {"features": {}, "intercept": 0.0}
LEAF: Numbers = {"feature": [[0]], "threshold": [[0.0]], "value": [[0.0, 0.0]], "intercept": 0.0}
"""Rules that say nothing."""


def learned_groups(cases: Sequence[Case]) -> Numbers:
    """Learn what criteria beyond the median are worth, from sizes that a reference has."""
    examples = [
        (case, case.criteria[at], case.given[at])
        for case in cases
        for at in case.known
        if case.given[at].max() > TEACHES
    ]
    features = [criteria - np.median(criteria, axis=0) for _, criteria, _ in examples]
    targets = [given - given.mean() for _, _, given in examples]
    X, weight = np.vstack(features), weights([case for case, _, _ in examples], targets)
    lowest, highest = np.quantile(X, QUANTILES, axis=0)
    scaler = StandardScaler().fit(np.clip(X, lowest, highest))
    model = Ridge(PENALTY).fit(
        scaler.transform(np.clip(X, lowest, highest)), np.concatenate(targets), weight
    )
    table = np.column_stack([model.coef_ / scaler.scale_, lowest, highest])
    used = {
        name: [round(float(number), 5) for number in line]
        for name, line in zip(CRITERIA, table, strict=True)
    }
    return {**LINE, "features": used}  # an intercept would add the same to all groupings


def learned_sizes(cases: Sequence[Case], rule: Rule) -> Numbers:
    """Learn what the best grouping of a size is worth.

    The index alone would teach that one group too many is as good as the right number, where it
    is a small one.
    """
    tried = [case for case in cases if len(case.criteria)]
    X = np.vstack([features_of(case, rule) for case in tried])
    targets = [worth(case, rule) for case in tried]
    model = GradientBoostingRegressor(**TREES)
    model.fit(X, np.concatenate(targets), weights(tried, targets))
    return as_numbers(model)


def worth(case: Case, rule: Rule) -> np.ndarray:
    """Half the index of the best grouping of each size, and half the largest where it is right."""
    index = case.best[np.arange(len(case.sizes)), places(case, rule)]
    return 0.5 * index + 0.5 * index.max() * np.isin(case.sizes, case.true)


def as_numbers(model: GradientBoostingRegressor) -> Numbers:
    """Write trees as plain data, all of the full depth."""
    trees = [own.tree_ for own in model.estimators_[:, 0]]
    nodes = [full_nodes(tree, TREES["max_depth"]) for tree in trees]
    n_inner = 2 ** TREES["max_depth"] - 1
    inner = [
        [(tree, node) for node in own[:n_inner]] for tree, own in zip(trees, nodes, strict=True)
    ]
    rate = model.learning_rate
    return {
        "feature": [[max(int(tree.feature[node]), 0) for tree, node in own] for own in inner],
        "threshold": [
            [round(float(tree.threshold[node]), 5) for tree, node in own] for own in inner
        ],
        "value": [
            [round(float(rate * tree.value[node, 0, 0]), 5) for node in own[n_inner:]]
            for tree, own in zip(trees, nodes, strict=True)
        ],
        "intercept": float(model.init_.constant_.item()),
    }


def full_nodes(tree: Any, depth: int) -> list[int]:
    """Numbers of the nodes of a tree, level by level; below a leaf there is the leaf again."""
    nodes, level = [0], [0]
    for _ in range(depth):
        level = [
            int(child[node]) if child[node] >= 0 else node
            for node in level
            for child in (tree.children_left, tree.children_right)
        ]
        nodes += level
    return nodes


def weights(cases: Sequence[Case], targets: Sequence[np.ndarray]) -> np.ndarray:
    """Weights of examples such that all kinds of tables, and all tables of a kind, count alike."""
    count = Counter(case.kind for case in cases)
    each = [
        np.full(len(own), 1 / (len(own) * count[case.kind]))
        for own, case in zip(targets, cases, strict=True)
    ]
    found = np.concatenate(each)
    return found / found.mean()


def features_of(case: Case, rule: Rule) -> np.ndarray:
    """What the sizes of a case are compared by."""
    return rule.size_features(case.sizes, case.criteria, *case.shape)


def places(case: Case, rule: Rule) -> list[int]:
    """Place of the best grouping of each size."""
    return [int(rule.group_scores(criteria).argmax()) for criteria in case.criteria]


@dataclass(frozen=True)
class Judged:
    """What rules that were learned from other families say of a case.

    Attributes
    ----------
    case : Case
    rule : Rule
    worth : float
        Of the best grouping of all sizes.
    """

    case: Case
    rule: Rule
    worth: np.ndarray

    @property
    def given(self) -> float:
        """Index of what is chosen where the size is known, the mean over references' sizes."""
        chosen = places(self.case, self.rule)
        return float(np.mean([self.case.given[at, chosen[at]] for at in self.case.known]))

    def size(self, one_group: float) -> int:
        """The size that is chosen where it is open."""
        if not len(self.worth) or self.worth.max() <= one_group:
            return 1
        return self.case.sizes[int(self.worth.argmax())]

    def index(self, one_group: float) -> float:
        """Index of what is chosen where the size is open; one group has none."""
        size = self.size(one_group)
        if size == 1:
            return 0.0
        at = self.case.sizes.index(size)
        return float(self.case.best[at, places(self.case, self.rule)[at]])


def judged(cases: Sequence[Case], rule: Rule) -> list[Judged]:
    """Judge cases by a rule."""
    return [
        Judged(
            case,
            rule,
            rule.size_scores(case.sizes, case.criteria, *case.shape)
            if len(case.criteria)
            else np.empty(0),
        )
        for case in cases
    ]


def left_out(cases: Sequence[Case]) -> list[Judged]:
    """Judge the cases of each family by a rule that was learned from all others."""
    return apart(cases, cases, [case.family for case in cases])


def apart(
    cases: Sequence[Case], asked: Sequence[Case], parts: Sequence[str | int]
) -> list[Judged]:
    """Judge the cases that are asked about, those of each part by a rule without that part."""
    found = []
    for part in dict.fromkeys(parts):
        own = [case for case, other in zip(asked, parts, strict=True) if other == part]
        names = {id(case) for case in own}
        rest = [case for case in cases if id(case) not in names]
        found += judged(own, Rule.of(learned(rest)))
    return found


def one_group_worth(cases: Sequence[Case]) -> float:
    """What most tables without groups are at most worth, by rules that know others of the kind."""
    clouds = [case for case in cases if case.kind == "ungrouped"]
    found = apart(cases, clouds, [number % CLOUD_PARTS for number in range(len(clouds))])
    worth = [own.worth.max() if len(own.worth) else 0.0 for own in found]
    return float(np.quantile(worth, UNGROUPED_SHARE))


def by_kind(judgements: Sequence[Judged], value: Callable[[Judged], float]) -> list[float]:
    """Mean of a value by kind; real families count alike, however many tables they have."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for own in judgements:
        part = own.case.family if own.case.kind == "real" else ""
        found[own.case.kind][part].append(value(own))
    return [float(np.mean([np.mean(each) for each in found[kind].values()])) for kind in KINDS]
