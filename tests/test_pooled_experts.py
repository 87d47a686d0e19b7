"""What an estimator with a few labels answers: classes by the pool, all else by the density."""

from functools import cache

import numpy as np
import pytest
from sklearn.metrics import log_loss, recall_score, roc_auc_score

from skflowmix import FlowGMM
from skflowmix.experts import LEARNERS
from tests.estimators import QUICK, blobs, every_estimator, hide

UNTRAINED = {**QUICK, "max_iter": 0}
X, Y = blobs(120, spread=3.0)
FEW = hide(Y, 5)


@cache
def fitted(estimator, n_components=3, **changed):
    return estimator(n_components, **{**UNTRAINED, **changed}).fit(X, FEW)


@every_estimator
@pytest.mark.parametrize("n_components", [3, 5])
def test_a_prediction_is_the_most_probable_component(estimator, n_components):
    model = fitted(estimator, n_components)
    proba = model.predict_proba(X)
    assert proba.shape == (120, n_components)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])
    np.testing.assert_array_equal(model.labels_, model.predict(X))


@every_estimator
def test_experts_are_named_with_their_weights_and_losses(estimator):
    table = fitted(estimator).experts_
    assert table["expert"].tolist() == [*LEARNERS, "density"]
    assert (table["weight"] >= 0).all()
    assert (table["log_loss"] > 0).all()
    shares = fitted(estimator).class_prior_
    assert shares.shape == (3,)
    assert shares.sum() == pytest.approx(1)


@every_estimator
def test_experts_have_no_losses_where_no_label_can_be_hidden(estimator):
    model = estimator(**UNTRAINED).fit(X, hide(Y, 1))
    assert np.isnan(model.experts_["log_loss"]).all()
    assert (model.experts_["weight"] > 0).all()


WITHOUT_EXPERTS = {
    "no labels": ({}, np.full(120, -1)),
    "labels of one class": ({}, np.where(Y == 0, 0, -1)),
    "a start that is named": ({"init_params": "kmeans"}, FEW),
    "a start that is given": ({"init_params": np.eye(3)[Y]}, FEW),
    "no labels of one class": ({"warm_start": True}, np.where(Y == 2, -1, Y)),
}


@every_estimator
@pytest.mark.parametrize("case", WITHOUT_EXPERTS)
def test_without_experts_there_is_nothing_to_tell_of_them(estimator, case):
    changed, y = WITHOUT_EXPERTS[case]
    model = estimator(3, **{**UNTRAINED, **changed})
    if "warm_start" in changed:
        model.fit(X, FEW)
        assert hasattr(model, "experts_")
        y = np.where(Y == 0, -1, y)  # classes 0 and 2 had labels before
    model.fit(X, y)
    for name in ("experts_", "class_prior_"):
        assert not hasattr(model, name)
        with pytest.raises(AttributeError):
            getattr(model, name)
    assert model.predict_proba(X).shape == (120, 3)


@every_estimator
@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_fit_that_goes_on_without_labels_of_a_class_has_no_experts(estimator, missing):
    model = estimator(**{**UNTRAINED, "warm_start": True}).fit(X, FEW)
    assert hasattr(model, "experts_")
    assert not hasattr(model.fit(X, np.where(missing == FEW, -1, FEW)), "experts_")


@every_estimator
def test_a_class_whose_labels_have_no_weight_is_left_to_the_density(estimator):
    weights = np.where(FEW == 1, 0.0, 1.0)
    model = estimator(**UNTRAINED, class_prior=[1, 1, 2]).fit(X, FEW, sample_weight=weights)
    assert not hasattr(model, "experts_")
    assert np.isfinite(model.predict_proba(X)).all()
    model.fit(X, FEW, sample_weight=np.where(FEW == 2, 0.0, 1.0))
    assert np.isfinite(model.predict_proba(X)).all()


# Shares of the classes.


def test_rows_of_new_groups_tell_nothing_of_the_shares_of_classes():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((400, 2)) + np.repeat([[0, 0], [9, 0], [9, 3]], [100, 100, 200], 0)
    few = np.full(400, -1)
    few[[*range(5), *range(100, 105)]] = np.repeat([0, 1], 5)
    closed, open_ = (FlowGMM(k, **UNTRAINED).fit(rows, few).class_prior_ for k in (2, 3))
    assert closed[1] > 0.6
    np.testing.assert_allclose(open_, 0.5)


@every_estimator
def test_shares_that_are_asked_for_are_taken(estimator):
    given = fitted(estimator, class_prior=(6, 3, 1))
    np.testing.assert_allclose(given.class_prior_, [0.6, 0.3, 0.1])
    balanced = fitted(estimator, class_prior="balanced")
    np.testing.assert_allclose(balanced.class_prior_, 1 / 3)


@every_estimator
def test_a_class_with_a_larger_share_is_predicted_more_often_and_densities_stay(estimator):
    even, uneven = (
        fitted(estimator, class_prior=each) for each in ("balanced", (0.96, 0.02, 0.02))
    )
    difference = uneven.predict_proba(X)[:, 0] - even.predict_proba(X)[:, 0]
    assert (difference > 0).all()
    assert (uneven.predict(X) == 0).sum() > (even.predict(X) == 0).sum()
    np.testing.assert_array_equal(uneven.score_samples(X), even.score_samples(X))


@every_estimator
def test_shares_are_in_the_order_of_the_classes(estimator):
    names = np.array(["c", "a", "b"])
    y = np.array([names[code] if code >= 0 else -1 for code in FEW], dtype=object)
    model = estimator(**UNTRAINED, class_prior=[0.9, 0.06, 0.04]).fit(X, y)
    even = estimator(**UNTRAINED, class_prior="balanced").fit(X, y)
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert (model.predict_proba(X)[:, 0] > even.predict_proba(X)[:, 0]).all()


@every_estimator
@pytest.mark.parametrize(
    "shares",
    [
        [0.5, 0.5],
        [[0.2, 0.3, 0.5]],
        [0.5, 0.5, 0.0],
        [-2, 1, 1],
        [np.nan, 1, 1],
        [np.inf, 1, 1],
        [1e-310, 1e300, 1e300],
        ["many", "few", "few"],
        [[1], [1, 2], 3],
        [],
    ],
)
def test_shares_have_to_be_positive_and_one_for_each_class(estimator, shares):
    with pytest.raises(ValueError, match="class_prior must hold a positive share for each of"):
        estimator(**UNTRAINED, class_prior=shares).fit(X, FEW)


@every_estimator
@pytest.mark.parametrize("shares", ["balanced", [0.9, 0.1]])
def test_without_labels_shares_are_of_no_matter(estimator, shares):
    model = estimator(3, **UNTRAINED, class_prior=shares).fit(X)
    expected = estimator(3, **UNTRAINED).fit(X).predict_proba(X)
    np.testing.assert_array_equal(model.predict_proba(X), expected)


@every_estimator
def test_shares_are_only_of_the_labelled_classes(estimator):
    model = fitted(estimator, 5, class_prior=(0.5, 0.3, 0.2))
    even = fitted(estimator, 5, class_prior="balanced")
    assert model.class_prior_.shape == (3,)
    np.testing.assert_allclose(model.predict_proba(X)[:, 3:], even.predict_proba(X)[:, 3:])


# What the pool does not depend on.


@every_estimator
def test_the_order_of_rows_does_not_matter(estimator):
    order = np.random.default_rng(0).permutation(120)
    model, other = fitted(estimator), estimator(3, **UNTRAINED).fit(X[order], FEW[order])
    np.testing.assert_allclose(other.experts_["weight"], model.experts_["weight"], atol=1e-4)
    np.testing.assert_allclose(other.class_prior_, model.class_prior_, atol=1e-4)
    np.testing.assert_allclose(other.predict_proba(X), model.predict_proba(X), atol=1e-3)


@every_estimator
def test_a_weight_of_two_is_a_row_twice(estimator):
    times = np.random.default_rng(0).integers(0, 4, 120)
    times[FEW >= 0] = np.maximum(times[FEW >= 0], 1)
    rows = np.repeat(np.arange(120), times)
    twice = estimator(**UNTRAINED, n_components=3).fit(X[rows], FEW[rows])
    weighted = estimator(**UNTRAINED, n_components=3).fit(X, FEW, sample_weight=times)
    np.testing.assert_allclose(weighted.class_prior_, twice.class_prior_, atol=1e-5)
    for name in ("weight", "log_loss"):
        np.testing.assert_allclose(weighted.experts_[name], twice.experts_[name], atol=1e-4)
    np.testing.assert_allclose(weighted.predict_proba(X), twice.predict_proba(X), atol=1e-3)
    np.testing.assert_allclose(weighted.score_samples(X), twice.score_samples(X), atol=1e-2)


@every_estimator
def test_what_is_said_of_a_row_does_not_depend_on_those_beside_it(estimator, monkeypatch):
    model = fitted(estimator)
    whole = model.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X[7:9]), whole[7:9], atol=1e-9)
    monkeypatch.setattr("skflowmix.fitted.deciding.POOLED_ROWS", 50)
    np.testing.assert_allclose(model.predict_proba(X), whole, atol=1e-9)


@every_estimator
@pytest.mark.parametrize("n_distinct", [1, 2, 3])
@pytest.mark.filterwarnings("ignore:The columns")
def test_few_distinct_rows_are_fine(estimator, n_distinct):
    y = np.where(np.arange(20) < 6, np.arange(20) % 2, -1)
    rows = np.array([1.0, 2.0]) + np.arange(20)[:, None] % n_distinct
    model = estimator(**UNTRAINED).fit(rows, y)
    assert np.isfinite(model.predict_proba(np.zeros((3, 2)))).all()
    assert set(model.predict(rows)) <= {0, 1}


@every_estimator
@pytest.mark.parametrize("n_labels", [25, 35, 50])
def test_many_classes_of_few_labels_make_nothing_warn(estimator, n_labels):
    rows, y = blobs(300, d=3, k=25)
    model = estimator(**UNTRAINED).fit(rows, np.where(np.arange(300) < n_labels, y, -1))
    assert len(model.classes_) == 25
    assert (model.predict(rows) == y).mean() > 0.9


# How good it is.


def test_a_rare_class_is_found_however_many_labels_the_other_has():
    rng = np.random.default_rng(0)
    rows, y = rng.normal(size=(4000, 4)), (rng.uniform(size=4000) < 0.02).astype(int)
    rows[y == 1, :2] += 2.5
    shown = np.full(4000, -1)
    for label, n_labels in ((0, 400), (1, 4)):
        shown[np.flatnonzero(y == label)[:n_labels]] = label
    several, one = (
        FlowGMM(components_per_class=m, max_iter=0, random_state=0).fit(rows, shown)
        for m in ("auto", 1)
    )
    found, expected = (each.predict_proba(rows)[:, 1] for each in (several, one))
    assert roc_auc_score(y, found) > roc_auc_score(y, expected) - 0.002
    assert log_loss(y, found) < log_loss(y, expected) + 0.002
    assert (several.predict(rows) == y).mean() > (one.predict(rows) == y).mean() - 0.002
    assert recall_score(y, several.predict(rows)) > 0.4
