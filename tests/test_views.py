"""What a fitted estimator answers: views of one quantity."""

from functools import cache

import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn.exceptions import NotFittedError

from skflowmix import FlowGMM, VariationalFlowMixture
from tests.estimators import QUICK, blobs, every_estimator, hide

X, Y = blobs(60, spread=3.0)
NAMES = np.array(["ant", "bee", "cow"])


@cache
def fitted(estimator, is_labelled=True):
    """Return a model that is fitted in a moment."""
    model = estimator(3, **{**QUICK, "max_iter": 1})
    return model.fit(X, NAMES[Y] if is_labelled else None)


@every_estimator
def test_a_weight_of_two_is_a_row_twice_in_a_score(estimator):
    model = fitted(estimator)
    twice = np.random.default_rng(0).integers(0, 3, 60)
    rows = np.repeat(np.arange(60), twice)
    labels = NAMES[np.where(np.arange(60) % 3, Y, (Y + 1) % 3)]
    some = np.where(np.arange(60) % 2, labels.astype(object), -1)
    scores = []
    for y in (None, labels, some):
        repeated = None if y is None else y[rows]
        expected = model.score(X[rows], repeated)
        assert model.score(X, y, sample_weight=twice) == pytest.approx(expected)
        assert model.score(X, y, sample_weight=np.ones(60)) == pytest.approx(model.score(X, y))
        scores.append(expected)
    assert scores[0] != pytest.approx(model.score(X))
    assert 0 < scores[1] < 1
    assert scores[1] != pytest.approx(model.score(X, labels))
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        model.score(X, sample_weight=-np.ones(60))
    with pytest.raises(ValueError, match="59 labels for 60 rows"):
        model.score(X, labels[1:])


@every_estimator
def test_a_score_is_the_accuracy_over_the_labelled_rows(estimator):
    model = fitted(estimator)
    right = model.predict(X).astype(object)
    assert model.score(X, right) == 1
    half = np.where(np.arange(60) % 2, right, -1)
    assert model.score(X, half) == 1
    half[1] = "dog"
    assert model.score(X, half) == pytest.approx(29 / 30)
    assert model.score(X) == pytest.approx(model.score_samples(X).mean())


@every_estimator
def test_views_agree_with_one_another(estimator):
    model = fitted(estimator)
    assert model.classes_.tolist() == NAMES.tolist()
    log_proba, proba = model.predict_log_proba(X), model.predict_proba(X)
    np.testing.assert_allclose(np.exp(log_proba), proba)
    np.testing.assert_allclose(logsumexp(log_proba, axis=1), 0, atol=1e-12)
    np.testing.assert_array_equal(model.predict(X), NAMES[proba.argmax(1)])
    np.testing.assert_array_equal(model.labels_, model.predict(X))
    assert model.weights_.sum() == pytest.approx(1)
    assert model.n_features_in_ == 2
    assert model.get_feature_names_out().shape == (2,)
    assert model.n_iter_ == len(model.validation_scores_) == 1
    assert not model.converged_
    assert (model.temperature_, model.smoothing_) == (1, 0)
    assert model.class_prior_.sum() == pytest.approx(1)
    assert len(set(map(len, model.experts_.values()))) == 1
    assert np.isfinite(model.lower_bound_)
    assert model.start_ == model.starts_["start"][0] == "pooled_experts"
    assert model.trained_ == model.starts_["trained"][0]
    assert fitted(estimator, is_labelled=False).temperature_ == 1


@every_estimator
def test_criteria_count_rows_and_free_numbers(estimator):
    model = fitted(estimator, is_labelled=False)
    total = model.score_samples(X).sum()
    n_parameters = model.aic(X) / 2 + total
    assert n_parameters > 17
    assert n_parameters == pytest.approx(round(n_parameters))
    assert model.bic(X) == pytest.approx(-2 * total + n_parameters * np.log(60))
    entropy = -(model.predict_proba(X) * model.predict_log_proba(X)).sum()
    assert entropy > 1e-3
    assert model.icl(X) == pytest.approx(model.bic(X) + 2 * entropy)
    labelled = fitted(estimator)  # criteria are of the density, not of what experts say
    gap = (labelled.icl(X) - labelled.bic(X)) / 2
    pooled = -(labelled.predict_proba(X) * labelled.predict_log_proba(X)).sum()
    assert gap >= 0
    assert gap != pytest.approx(pooled, rel=0.01)


@every_estimator
def test_samples_are_named_and_repeated_by_their_seed(estimator):
    model = fitted(estimator)
    rows, names = model.sample(200, random_state=3)
    assert rows.shape == (200, 2)
    assert set(names) == set(NAMES)
    assert (model.predict(rows) == names).mean() > 0.8
    np.testing.assert_array_equal(model.sample(200, random_state=3)[0], rows)
    assert not np.array_equal(model.sample(200, random_state=4)[0], rows)
    assert model.sample()[0].shape == model.sample(np.int64(1))[0].shape == (1, 2)
    for wrong in (0, -1, 2.0, "3", None):
        with pytest.raises(ValueError, match="n_samples must be an integer of 1 or more"):
            model.sample(wrong)


@every_estimator
def test_rows_of_one_class_can_be_drawn(estimator):
    model = fitted(estimator)
    rows, names = model.sample(200, random_state=3, y="bee")
    assert rows.shape == (200, 2)
    assert set(names) == {"bee"}
    assert (model.predict(rows) == "bee").mean() > 0.8
    np.testing.assert_array_equal(model.sample(200, random_state=3, y="bee")[0], rows)
    groups = fitted(estimator, is_labelled=False)
    assert set(groups.sample(5, y=2)[1]) == {2}
    for wrong in ("dog", 1, ["bee"], -1):
        with pytest.raises(ValueError, match=r"one of the components, 'ant', 'bee', 'cow'; got"):
            model.sample(5, y=wrong)
    many = estimator(12, **{**QUICK, "max_iter": 0}, init_params="kmeans").fit(X)
    with pytest.raises(ValueError, match=r"0, 1, .*, 9 and 2 more; got 12"):
        many.sample(y=12)


@every_estimator
def test_latents_lead_back_with_names_and_without(estimator):
    model = fitted(estimator)
    Z = model.transform(X)
    assert Z.shape == X.shape
    np.testing.assert_allclose(model.inverse_transform(Z, model.predict(X)), X, atol=1e-6)
    back = model.inverse_transform(Z)
    np.testing.assert_allclose(model.transform(back), Z, atol=1e-6)
    if estimator.__name__ == "VariationalFlowMixture":
        other = model.inverse_transform(Z, np.roll(model.predict(X), 1))
        assert not np.allclose(other, X, atol=0.1)


@every_estimator
def test_nothing_is_answered_before_a_fit_and_rows_are_checked_after_it(estimator):
    model = estimator()
    for method in ("predict", "score", "transform", "inverse_transform", "bic", "aic", "icl"):
        with pytest.raises(NotFittedError):
            getattr(model, method)(X)
        with pytest.raises(ValueError, match="contains infinity"):
            getattr(fitted(estimator), method)(X * np.inf)
    with pytest.raises(NotFittedError):
        model.sample()
    assert not hasattr(model, "n_features_in_")
    with pytest.raises(ValueError, match="3 features, but"):
        fitted(estimator).predict(np.c_[X, X[:, 0]])


@every_estimator
def test_single_precision_is_not_doubled_on_the_way(estimator):
    model = fitted(estimator)
    rows = X.astype(np.float32)
    np.testing.assert_allclose(model.score_samples(rows), model.score_samples(X), atol=1e-3)


@every_estimator
def test_names_of_features_are_shown_if_there_are_any(estimator):
    import pandas as pd

    quick = {**QUICK, "max_iter": 0}
    named = estimator(**quick).fit(pd.DataFrame(X, columns=["a", "b"]), hide(Y, 3))
    assert named.feature_names_in_.tolist() == ["a", "b"]
    with pytest.raises(AttributeError, match="no attribute 'feature_names_in_'"):
        fitted(estimator).feature_names_in_  # noqa: B018 - it is the attribute that raises


def test_the_amortised_posterior_has_a_share_for_every_component():
    model = fitted(VariationalFlowMixture)
    q = model.variational_posterior(X)
    assert q.shape == (60, 3)
    np.testing.assert_allclose(q.sum(1), 1)
    np.testing.assert_allclose(model.variational_posterior(X[:7]), q[:7])
    with pytest.raises(ValueError, match="3 features, but"):
        model.variational_posterior(np.c_[X, X[:, 0]])


def test_latent_gaussians_are_those_of_the_latents_before_any_training():
    start = np.eye(3)[Y]
    model = FlowGMM(init_params=start, **{**QUICK, "max_iter": 0}).fit(X)
    Z = model.transform(X)
    for k in range(3):
        np.testing.assert_allclose(model.means_[k], Z[k == Y].mean(0), atol=1e-4)
        expected = np.cov(Z[k == Y].T, bias=True)
        np.testing.assert_allclose(model.covariances_[k], expected, rtol=1e-3, atol=1e-5)
