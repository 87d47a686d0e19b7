"""How criteria are weighed: by plain numbers of a file, within the bounds that it names."""

import json
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from skflowmix.selection.criteria import CRITERIA
from skflowmix.selection.rule import FILE, SIZE_FEATURES, Rule, Trees, shipped_rule
from tests.selection.examples import LEAF, linear, rule

seeds = st.integers(0, 2**20)


@st.composite
def criteria_of_sizes(draw):
    """Sizes from 2 on, and criteria of as many groupings ``(m, C)`` of each."""
    rng = np.random.default_rng(draw(seeds))
    n_sizes, m = draw(st.integers(1, 5)), draw(st.integers(1, 11))
    return list(range(2, 2 + n_sizes)), list(rng.standard_normal((n_sizes, m, len(CRITERIA))))


# The rule that is shipped.


def test_the_shipped_rule_is_small_and_has_numbers_for_known_features_only():
    path = files("skflowmix.selection").joinpath(FILE)
    assert len(path.read_bytes()) < 200_000
    shipped = shipped_rule()
    assert shipped.groups.weights.shape == (len(CRITERIA),)
    assert np.isfinite(shipped.groups.weights).all()
    assert shipped.groups.weights.any()
    assert (shipped.groups.lowest <= shipped.groups.highest).all()
    n_trees, n_nodes = shipped.sizes.feature.shape
    assert shipped.sizes.threshold.shape == (n_trees, n_nodes)
    assert shipped.sizes.value.shape == (n_trees, n_nodes + 1)
    assert 0 <= shipped.sizes.feature.min() <= shipped.sizes.feature.max() < len(SIZE_FEATURES)
    assert np.isfinite(shipped.sizes.value).all()
    assert 0 <= shipped.one_group <= 1


def test_the_shipped_rule_names_known_features_only():
    numbers = json.loads(files("skflowmix.selection").joinpath(FILE).read_text())
    assert set(numbers["groups"]["features"]) <= set(CRITERIA)


@given(criteria_of_sizes())
def test_the_shipped_rule_has_a_score_for_anything(example):
    sizes, criteria = example
    extremes = [np.where(own > 0, 1e9, -1e9) for own in criteria]
    for each in (criteria, extremes):
        scores = shipped_rule().size_scores(sizes, each, 100, 5)
        assert scores.shape == (len(sizes),)
        assert np.isfinite(scores).all()
        assert np.isfinite(shipped_rule().group_scores(each[0])).all()


def test_features_have_names_of_their_own():
    assert len(set(SIZE_FEATURES)) == len(SIZE_FEATURES)


# Laws of any rule.


@given(criteria_of_sizes())
def test_features_that_are_not_mentioned_have_no_weight(example):
    _, (own, *_) = example
    made_up = rule({"nearest_mean": 2.0})
    changed = own + np.random.default_rng(0).standard_normal(own.shape)
    at = CRITERIA.index("nearest_mean")
    changed[:, at] = own[:, at]
    np.testing.assert_allclose(made_up.group_scores(changed), made_up.group_scores(own))


def test_a_feature_counts_within_its_bounds():
    part = {"features": {"nearest_mean": [2.0, -0.5, 0.25]}, "intercept": 1.0}
    made_up = Rule.of({"groups": part, "sizes": LEAF, "one_group": 0.0})
    own = np.zeros((5, len(CRITERIA)))
    own[:, CRITERIA.index("nearest_mean")] = [-9.0, -0.5, 0.0, 0.25, 9.0]
    np.testing.assert_allclose(made_up.group_scores(own), [0.0, 0.0, 1.0, 1.5, 1.5])


@given(criteria_of_sizes(), st.floats(-100, 100))
def test_what_all_groupings_have_does_not_matter_among_them(example, shift):
    _, (own, *_) = example
    made_up = rule(dict.fromkeys(CRITERIA, 1.0))
    changed = made_up.group_scores(own + shift)
    np.testing.assert_allclose(changed, made_up.group_scores(own), atol=1e-9)


@given(criteria_of_sizes(), seeds)
def test_the_order_of_groupings_does_not_matter(example, seed):
    sizes, criteria = example
    made_up = rule(dict.fromkeys(CRITERIA, 1.0), dict.fromkeys(SIZE_FEATURES, 1.0))
    order = np.random.default_rng(seed).permutation(len(criteria[0]))
    changed = [own[order] for own in criteria]
    np.testing.assert_allclose(
        made_up.group_scores(changed[0]), made_up.group_scores(criteria[0])[order]
    )
    np.testing.assert_allclose(
        made_up.size_scores(sizes, changed, 50, 3), made_up.size_scores(sizes, criteria, 50, 3)
    )


def features_of(sizes, criteria, made_up=None, n_rows=50, n_features=3):
    """Features of sizes by their names, ``(S,)`` each."""
    table = (made_up or rule()).size_features(sizes, criteria, n_rows, n_features)
    assert table.shape == (len(sizes), len(SIZE_FEATURES))
    return dict(zip(SIZE_FEATURES, table.T, strict=True))


@given(criteria_of_sizes())
def test_a_size_has_the_criteria_of_its_best_grouping_beside_those_of_other_sizes(example):
    sizes, criteria = example
    made_up = rule({"border_depth": -1.0})
    found = features_of(sizes, criteria, made_up)
    at = CRITERIA.index("border_depth")
    for place, own in enumerate(criteria):
        least_deep = own[own[:, at].argmin()]
        np.testing.assert_array_equal([found[name][place] for name in CRITERIA], least_deep)
    for name in CRITERIA:
        own, largest = found[name], found[f"{name} beyond the largest"]
        assert largest.max() == 0
        np.testing.assert_allclose(np.ptp(own - largest), 0, atol=1e-12)


@given(criteria_of_sizes(), st.integers(2, 10**6), st.integers(1, 1000))
def test_the_shape_of_the_table_is_told_by_logs(example, n_rows, n_features):
    sizes, criteria = example
    found = features_of(sizes, criteria, None, n_rows, n_features)
    np.testing.assert_allclose(np.exp(found["log n_groups"]), sizes)
    np.testing.assert_allclose(np.exp(found["log n_rows"]), n_rows)
    np.testing.assert_allclose(np.exp(found["log n_features"]), n_features)


def test_a_rule_that_is_made_up_chooses_what_it_should():
    """The first grouping has more of the one, the second less of the other criterion."""
    own = np.zeros((3, len(CRITERIA)))
    own[0, CRITERIA.index("nearest_mean")] = 0.5
    own[1, CRITERIA.index("border_depth")] = -0.4
    assert rule({"nearest_mean": 1.0, "border_depth": -1.0}).group_scores(own).argmax() == 0
    assert rule({"nearest_mean": 1.0, "border_depth": -2.0}).group_scores(own).argmax() == 1
    assert rule({"nearest_mean": -1.0, "border_depth": 2.0}).group_scores(own).argmax() == 2


def test_a_rule_without_features_is_its_intercept():
    numbers = {"groups": linear({}, 0.5), "sizes": {**LEAF, "intercept": 0.25}, "one_group": 0.0}
    criteria = [np.ones((3, len(CRITERIA)))] * 2
    np.testing.assert_array_equal(Rule.of(numbers).group_scores(criteria[0]), 0.5)
    np.testing.assert_array_equal(Rule.of(numbers).size_scores([2, 3], criteria, 9, 2), 0.25)


@given(seeds, st.integers(1, 4), st.integers(1, 5))
def test_trees_answer_as_those_that_they_were_written_from(seed, depth, n_trees):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((60, 3)).astype(np.float32), rng.standard_normal(60)
    forest = [
        DecisionTreeRegressor(max_depth=depth, random_state=number).fit(X, y + number)
        for number in range(n_trees)
    ]
    expected = sum(tree.predict(X) for tree in forest)
    np.testing.assert_allclose(as_trees(forest, depth).predict(X), expected)


def as_trees(forest, depth):
    """Write trees of scikit-learn as full ones: below a leaf there are copies of it."""
    feature, threshold, value = [], [], []
    for own in (tree.tree_ for tree in forest):
        level, nodes = [0], []
        for _ in range(depth):
            nodes += level
            pairs = [(own.children_left[node], own.children_right[node]) for node in level]
            level = [
                child if child >= 0 else node
                for node, pair in zip(level, pairs, strict=True)
                for child in pair
            ]
        feature.append([max(own.feature[node], 0) for node in nodes])
        threshold.append([own.threshold[node] for node in nodes])
        value.append([own.value[node, 0, 0] for node in level])
    return Trees(np.array(feature), np.array(threshold), np.array(value), 0.0)


@pytest.mark.parametrize("missing", ["groups", "sizes", "one_group"])
def test_a_file_without_a_part_is_not_read(missing):
    numbers = {"groups": linear({}), "sizes": LEAF, "one_group": 0.0}
    del numbers[missing]
    with pytest.raises(KeyError, match=missing):
        Rule.of(numbers)
