"""A fit is one value: set at the end, whole, and the same wherever it is asked."""

import copy
import pickle
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import skops.io
import torch
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_moons
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted

from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix.starts import STARTS
from tests.estimators import QUICK, blobs, every_estimator, hide

X, Y = blobs()


def stop(*arguments):
    """A start that someone interrupts."""
    raise KeyboardInterrupt


class Failing:
    """A callback that fails at the end of an epoch."""

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context):
        raise ZeroDivisionError


FAILURES = {
    "a share too many": ({"class_prior": [1, 1, 1, 1]}, X, Y),
    "no such device": ({"device": "cuda:77"}, X, None),
    "no such parameter": ({"n_layers": -1}, X, None),
    "a start of another shape": ({"init_params": np.ones((3, 2))}, X, np.array(list("abc"))[Y]),
    "another width": ({"warm_start": True}, np.c_[X, X], None),
    "other classes": ({"warm_start": True}, X, np.array(list("abc"))[Y]),
    "not a number": ({}, np.where(X.max() - 1 < X, np.inf, X), None),
    "more components than rows": ({"n_components": 500}, X, None),
    "an interrupt among the starts": ({"init_params": "random"}, X, None),
}
"""Parameters, rows and labels of fits that fail, sooner or later."""

every_failure = pytest.mark.parametrize("failure", FAILURES)


def fail(model, failure, monkeypatch):
    """Fit a model in a way that fails, to rows that are elsewhere."""
    parameters, rows, labels = FAILURES[failure]
    if "interrupt" in failure:
        monkeypatch.setitem(STARTS, "random", stop)
    with pytest.raises((ValueError, KeyboardInterrupt, ZeroDivisionError)):
        model.set_params(**parameters).fit(50 * rows + 7, labels)


def answers(model):
    """Everything that a fitted model says."""
    names = ("classes_", "labels_", "weights_", "n_iter_", "trained_", "lower_bound_", "start_")
    attributes = [getattr(model, name) for name in (*names, "n_features_in_", "temperature_")]
    methods = (model.predict_proba, model.score_samples, model.predict, model.transform)
    return [*attributes, *(method(X) for method in methods)]


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@every_failure
@every_estimator
def test_a_refit_that_fails_leaves_all_as_it_was(estimator, failure, monkeypatch):
    model = estimator(3, device="cpu", **QUICK).fit(X)
    before = answers(model)
    fail(model, failure, monkeypatch)
    assert_same(answers(model.set_params(device="cpu")), before)


@every_failure
@every_estimator
def test_a_first_fit_that_fails_leaves_nothing(estimator, failure, monkeypatch):
    if "other" in failure or "width" in failure:
        pytest.skip("a first fit has nothing to go on from")
    model = estimator(3, **QUICK)
    fail(model, failure, monkeypatch)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
    for method in (model.predict, model.score_samples, model.sample, model.bic):
        with pytest.raises(NotFittedError):
            method(X)
    assert not any(name.endswith("_") for name in vars(model))
    assert not hasattr(model, "n_features_in_")


@every_estimator
def test_a_callback_that_fails_leaves_all_as_it_was(estimator):
    model = estimator(3, **QUICK).fit(X)
    before = answers(model)
    with pytest.raises(ZeroDivisionError):
        model.set_callbacks(Failing()).fit(X + 5)
    assert_same(answers(model), before)


@every_estimator
def test_names_of_features_are_those_of_the_last_fit(estimator):
    import pandas as pd

    model = estimator(3, **QUICK).fit(pd.DataFrame(X, columns=["a", "b"]))
    assert model.feature_names_in_.tolist() == ["a", "b"]
    assert not hasattr(model.fit(X), "feature_names_in_")


class Snapshots:
    """Keeps what the estimator would be after each epoch, and what it says."""

    def __init__(self):
        self.seen = []

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        if context.task_name == "epoch":
            self.seen.append(fitted_estimator)


@every_estimator
@pytest.mark.parametrize("is_refit", [False, True])
def test_a_callback_sees_the_model_as_it_stands(estimator, is_refit):
    rows, y = make_moons(200, noise=0.1, random_state=0)
    model = estimator(max_iter=4, random_state=0)
    if is_refit:
        model.fit(9 * rows, np.array(["x", "y"])[y])
    snapshots = Snapshots()
    model.set_callbacks(snapshots).fit(rows, y)
    assert [seen.n_iter_ for seen in snapshots.seen] == [1, 2, 3, 4]
    for seen in snapshots.seen:
        assert seen.classes_.tolist() == [0, 1]
        assert seen.score(rows, y) > 0.8
        assert seen.class_prior_.shape == (2,)
        np.testing.assert_array_equal(seen.labels_, seen.predict(rows))
        assert len(seen.validation_scores_) == seen.n_iter_
    first, last = snapshots.seen[0], snapshots.seen[-1]
    assert (first.score_samples(rows) != last.score_samples(rows)).any()


@every_estimator
@pytest.mark.parametrize("scoring", ["neg_log_loss", "accuracy"])
def test_a_monitor_scores_probabilities_on_first_fits_and_refits(estimator, scoring):
    rows, y = make_moons(200, noise=0.1, random_state=0)
    logs = []
    model = estimator(**QUICK)
    for _ in range(2):
        monitor = ScoringMonitor(scoring=scoring)
        model.set_callbacks(monitor).fit(rows, y)
        entries = monitor.get_logs().data
        logs.append([entry[scoring] for entry in entries if entry["task_name"] == "epoch"])
    assert len(logs[0]) == QUICK["max_iter"]
    assert logs[0] == logs[1]
    assert np.isfinite(logs).all()


@every_estimator
def test_at_the_end_a_callback_sees_what_the_fit_has_found(estimator):
    class Last(Snapshots):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            self.seen.append(fitted_estimator)

    rows, y = make_moons(160, noise=0.1, random_state=0)
    last = Last()
    model = estimator(max_iter=2, random_state=0).set_callbacks(last).fit(rows, y)
    np.testing.assert_array_equal(last.seen[-1].score_samples(rows), model.score_samples(rows))
    assert last.seen[-1].trained_ == model.trained_


@every_estimator
def test_a_fit_that_goes_on_and_moves_nothing_has_not_trained(estimator):
    quick = {**QUICK, "init_params": "kmeans", "learning_rate_init": 1e-30, "max_iter": 1}
    model = estimator(3, warm_start=True, **quick)
    if "covariance_type" in model.get_params():
        model.set_params(n_layers=0, defensive_weight=0.0, max_iter=0)
    model.fit(X)
    before = model.score_samples(X)
    model.fit(X)
    np.testing.assert_array_equal(model.score_samples(X), before)
    assert not model.trained_


@every_estimator
def test_more_classes_than_components_can_be_gone_on_from(estimator):
    model = estimator(2, warm_start=True, **QUICK).fit(X, Y)
    for labels in (Y, None, np.where(Y == 1, -1, Y)):
        assert model.fit(X, labels).classes_.tolist() == [0, 1, 2]


@every_estimator
def test_columns_in_another_order_are_not_gone_on_from(estimator):
    import pandas as pd

    frame = pd.DataFrame(X, columns=["a", "b"])
    model = estimator(3, warm_start=True, **QUICK).fit(frame)
    with pytest.raises(ValueError, match="needs the features"):
        model.fit(frame[["b", "a"]])


def test_a_single_gaussian_has_nothing_to_go_on_with():
    model = FlowGMM(1, n_layers=0, warm_start=True).fit(X)
    moved = model.fit(X + 100).score(X + 100)
    assert moved == pytest.approx(FlowGMM(1, n_layers=0).fit(X).score(X))


@every_estimator
def test_latents_may_be_laid_out_in_any_way(estimator):
    model = estimator(3, **QUICK).fit(X)
    Z = model.transform(X)
    backwards = model.inverse_transform(Z[::-1], model.predict(X)[::-1])
    np.testing.assert_allclose(backwards[::-1], X, atol=1e-6)


@every_estimator
def test_what_only_a_fit_sets_is_missing_by_its_own_name(estimator):
    for name in ("classes_", "trained_", "n_features_in_", "starts_"):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
            getattr(estimator(), name)


@every_estimator
def test_other_threads_keep_their_own_number_of_threads(estimator):
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)

    class Look(Snapshots):
        def on_fit_task_end(self, estimator, context):
            thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
            thread.start()
            thread.join()

    try:
        estimator(3, **QUICK).set_callbacks(Look()).fit(X)
    finally:
        torch.set_num_threads(before)
    assert set(seen) == {2}


OTHER_SHAPES = {
    "flow": "spline",
    "n_layers": 3,
    "hidden_layer_sizes": (5,),
    "activation": "silu",
    "defensive_weight": 0.2,
    "covariance_type": "diag",
    "components_per_class": 2,
    "n_components": 2,
}


@pytest.mark.parametrize("name", OTHER_SHAPES)
@every_estimator
def test_a_model_of_another_shape_is_not_gone_on_from(estimator, name):
    model = estimator(3, warm_start=True, **QUICK).fit(X)
    if name not in model.get_params():
        pytest.skip("no parameter of this estimator")
    message = "components" if name == "n_components" else name
    with pytest.raises(ValueError, match=rf"warm_start=True .*{message}.*set warm_start=False"):
        model.set_params(**{name: OTHER_SHAPES[name]}).fit(X)
    again = model.set_params(warm_start=False).fit(X)
    fresh = estimator(**{"n_components": 3, **QUICK, name: OTHER_SHAPES[name]}).fit(X)
    np.testing.assert_array_equal(again.score_samples(X), fresh.score_samples(X))


@every_estimator
def test_a_fit_that_goes_on_keeps_the_names_of_its_components(estimator):
    names = np.array(["c", "a", "b"])[Y]
    model = estimator(warm_start=True, **QUICK).fit(X, names)
    one_class = np.array([name if name == "b" else -1 for name in names], dtype=object)
    for labels in (names, one_class, None):
        assert model.fit(X, labels).classes_.tolist() == ["a", "b", "c"]
        assert model.score(X, names) == 1.0
    with pytest.raises(ValueError, match="needs the classes"):
        model.fit(X, np.array(["x", "y", "z"])[Y])


SMALL_TABLES = {
    "iris": load_iris().data,
    "wine": load_wine().data,
    "breast cancer": load_breast_cancer().data,
}


@pytest.mark.parametrize("table", SMALL_TABLES)
@every_estimator
def test_a_fit_says_whether_its_training_was_kept(estimator, table):
    rows = SMALL_TABLES[table]
    quick = {"init_params": "kmeans", "max_iter": 3, "random_state": 0}
    model = estimator(2, **quick).fit(rows)
    start = estimator(2, **{**quick, "max_iter": 0}).fit(rows)
    is_start = np.allclose(model.score_samples(rows), start.score_samples(rows), atol=1e-4)
    assert model.trained_ == (not is_start)
    assert not start.trained_
    assert start.n_iter_ == 0
    assert model.n_iter_ == 3
    assert (model.starts_["trained"] == model.trained_).all()


@every_estimator
def test_numbers_of_a_model_that_was_not_trained_are_those_of_its_start(estimator):
    rows = load_iris().data
    quick = {"init_params": "kmeans", "random_state": 0}
    model = estimator(3, max_iter=20, **quick).fit(rows)
    assert not model.trained_
    start = estimator(3, max_iter=0, **quick).fit(rows)
    assert model.score(rows) == pytest.approx(start.score(rows), abs=1e-4)
    assert model.starts_["start"].tolist() == start.starts_["start"].tolist()
    np.testing.assert_array_equal(model.labels_, start.labels_)


def test_the_posterior_of_a_model_that_was_not_trained_is_its_own():
    rows = load_iris().data
    model = VariationalFlowMixture(3, max_iter=20, init_params="kmeans", random_state=0).fit(rows)
    assert not model.trained_
    exact, q = model.predict_proba(rows), model.variational_posterior(rows)
    assert (exact * np.log(np.maximum(exact, 1e-30) / q)).sum(1).mean() < 0.05
    assert model.lower_bound_ == pytest.approx(model.score(rows), abs=0.2)


@every_estimator
def test_the_lower_bound_is_of_the_whole_model(estimator):
    rows = np.random.default_rng(0).standard_t(3, size=(200, 2))
    quick = {**QUICK, "early_stopping": False, "max_iter": 2}
    model = estimator(1, **quick).fit(rows)
    assert model.lower_bound_ == pytest.approx(model.score(rows), abs=0.05)


@every_estimator
@pytest.mark.parametrize("width", [1, 3])
def test_latents_of_another_width_are_refused(estimator, width):
    model = estimator(3, **QUICK).fit(X)
    with pytest.raises(ValueError, match=f"Z has {width} columns"):
        model.inverse_transform(np.ones((4, width)))


@every_estimator
@pytest.mark.parametrize("y", [[0], [0] * 5, 0, np.zeros((4, 1), int)])
def test_components_for_latents_are_one_for_each(estimator, y):
    model = estimator(3, **QUICK).fit(X)
    with pytest.raises(ValueError, match="one component for each of the 4 rows"):
        model.inverse_transform(np.ones((4, 2)), y)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize(("k", "d"), [(1, 3), (3, 1), (3, 4)])
def test_criteria_without_flows_are_those_of_a_gaussian_mixture(covariance_type, k, d):
    rows, _ = blobs(300, d, k)
    rows = rows / rows.std(0)  # what is spherical is so in units of the deviations
    reference = GaussianMixture(k, covariance_type=covariance_type, random_state=0).fit(rows)
    model = FlowGMM(
        covariance_type=covariance_type,
        n_layers=0,
        max_iter=0,
        init_params=reference.predict_proba(rows),
    ).fit(rows)
    for name in ("aic", "bic"):
        expected = getattr(reference, name)(rows)
        assert getattr(model, name)(rows) == pytest.approx(expected, rel=1e-3)


def counted(model):
    """How many numbers a model counts as free."""
    return round(model.aic(X) / 2 + model.score_samples(X).sum())


@pytest.mark.parametrize("weight", [0.0, 0.01])
def test_neither_the_guard_nor_q_is_counted(weight):
    quick = {**QUICK, "n_layers": 0, "defensive_weight": weight}
    assert counted(FlowGMM(3, **quick).fit(X)) == 17
    assert counted(VariationalFlowMixture(3, **quick).fit(X)) == 17


def test_several_gaussians_a_class_count_with_all_their_weights():
    quick = {**QUICK, "n_layers": 0}
    model = FlowGMM(components_per_class=2, **quick).fit(X, Y)
    assert counted(model) == 6 * (2 + 3) + 5


@every_estimator
def test_several_threads_may_fit_and_predict_at_once(estimator):
    rows = np.random.default_rng(0).normal(size=(150, 2)) + 5 * (np.arange(150) % 2)[:, None]
    model = estimator(2, **QUICK).fit(rows)
    filters, n_threads = list(warnings.filters), torch.get_num_threads()
    alone, found = estimator(2, **QUICK).fit(rows).score_samples(rows), []

    def fit():
        found.append(estimator(2, **QUICK).fit(rows).score_samples(rows))

    def predict():
        for _ in range(20):
            model.predict(rows)

    threads = [threading.Thread(target=work) for work in (fit, predict, fit, predict)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(each, alone) for each in found)
    assert len(found) == 2
    # scikit-learn's own checks may leave an "error" behind where threads overlap, but no silence.
    assert not [f for f in warnings.filters if f[0] == "ignore" and f not in filters]
    assert torch.get_num_threads() == n_threads


GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["flow_gmm", "variational"])
def test_a_fit_of_an_older_version_gives_its_old_answers(name):
    """Files written by ``python -m tests.golden`` when the format was new."""
    with open(GOLDEN / f"{name}.pickle", "rb") as file:
        model = pickle.load(file)
    expected = np.load(GOLDEN / f"{name}.npz", allow_pickle=False)
    rows = expected["rows"]
    np.testing.assert_allclose(model.score_samples(rows), expected["score_samples"], atol=1e-8)
    np.testing.assert_allclose(model.predict_proba(rows), expected["predict_proba"], atol=1e-8)
    np.testing.assert_array_equal(model.predict(rows), expected["predict"])
    assert model.n_components_ == 2
    assert model.max_components is None  # it was no parameter then
    again = clone(model).fit(rows, expected["predict"])
    assert again.classes_.tolist() == ["left", "right"]


@every_estimator
def test_a_fit_in_another_format_says_so(estimator):
    model = estimator(3, **QUICK).fit(X)
    fitted = copy.copy(vars(model)["_fitted"])
    vars(fitted)["format_version"] = 0
    saved = pickle.dumps(fitted)
    with pytest.raises(ValueError, match="saved in format 0"):
        pickle.loads(saved)


@every_estimator
def test_a_round_trip_through_skops_needs_our_own_types_only(estimator):
    model = estimator(**QUICK).fit(X, hide(Y, 5))
    saved = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=saved)
    assert all(name.startswith("skflowmix.") for name in unknown)
    loaded = skops.io.loads(saved, trusted=unknown)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert log_loss(Y, loaded.predict_proba(X)) < 0.5
