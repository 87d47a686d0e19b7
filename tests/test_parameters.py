"""Parameters: what they may be, what their documentation says, and where they go."""

import inspect
import re

import numpy as np
import pytest

from skflowmix.fitting.task import MAX_ITER, MAX_ITER_OF_GROUPS, MAX_ITER_WITH_LABELS
from tests.estimators import ESTIMATORS, QUICK, blobs, every_estimator, hide

X, Y = blobs(60)
EDGES = {
    "n_components": [1, None],
    "n_layers": [0],
    "hidden_layer_sizes": [1, ()],
    "n_init": [1],
    "max_iter": [0],
    "subsample": [2, None],
    "batch_size": [1],
    "learning_rate_init": [1e-12],
    "weight_decay": [0.0],
    "reg_covar": [0.0, 1e6],
    "defensive_weight": [0.0, 1 - 1e-9],
    "tol": [0.0],
    "validation_fraction": [1e-9, 1 - 1e-9],
    "n_iter_no_change": [1],
    "components_per_class": [1],
}
"""The outermost values that are allowed."""
BEYOND = {
    "n_components": [0],
    "n_layers": [-1],
    "hidden_layer_sizes": [0],
    "n_init": [0],
    "max_iter": [-1],
    "subsample": [1],
    "batch_size": [0],
    "learning_rate_init": [0.0],
    "weight_decay": [-1e-9],
    "reg_covar": [-1e-9, 1e6 + 1],
    "defensive_weight": [-1e-9, 1.0],
    "tol": [-1e-9],
    "validation_fraction": [0.0, 1.0],
    "n_iter_no_change": [0],
    "components_per_class": [0],
}
"""The first values that are not."""


class ValidParametersError(Exception):
    """Parameters have been found to be valid."""


@pytest.fixture
def check(monkeypatch):
    """Return what tells whether a value of a parameter is allowed, without a fit."""

    def reached(*arguments, **named):
        raise ValidParametersError

    monkeypatch.setattr("skflowmix.estimators.base.checked_observations", reached)

    def is_allowed(estimator, name, value):
        with pytest.raises((ValidParametersError, ValueError)) as caught:
            estimator(**{name: value}).fit(X)
        return caught.type is ValidParametersError

    return is_allowed


@every_estimator
def test_parameters_are_allowed_up_to_their_edges(estimator, check):
    names = set(estimator().get_params())
    for name in names & set(EDGES):
        assert all(check(estimator, name, value) for value in EDGES[name]), name
        assert not any(check(estimator, name, value) for value in BEYOND[name]), name


def documented_parameters(estimator):
    """Parameters in the documentation of an estimator, with the defaults it gives."""
    section = (
        inspect.getdoc(estimator).split("Attributes\n------")[0].split("Parameters\n------")[1]
    )
    section = section.replace("\\\n", " ")
    found = re.findall(r"^(\w+) : (.*?default=(.*))$", re.sub(r"\n {8,}", " ", section), re.M)
    return {name: default for name, _, default in found}


@every_estimator
def test_every_default_is_the_documented_one(estimator):
    found = documented_parameters(estimator)
    parameters = inspect.signature(estimator).parameters
    assert set(found) == set(parameters) == set(estimator().get_params())
    for name, default in found.items():
        assert parameters[name].default == eval(default), name
        assert getattr(estimator(), name) == parameters[name].default


@every_estimator
def test_the_documentation_says_how_many_epochs_there_are(estimator):
    said = (
        f"is {MAX_ITER}, {MAX_ITER_OF_GROUPS} with several components, and {MAX_ITER_WITH_LABELS} "
    )
    said += "with labels"
    assert said in " ".join(inspect.getdoc(estimator).split())


@every_estimator
def test_the_documentation_names_what_is_fitted_and_leaves_no_gaps(estimator):
    text = inspect.getdoc(estimator)
    assert not re.search(r"\{(own|parameters|attributes|networks|hidden|bound|shrunk)\}", text)
    model = estimator(**{**QUICK, "max_iter": 0}).fit(X, hide(Y, 3))
    section = text.split("Attributes\n------")[1].split("See Also")[0]
    names = re.findall(r"^(\w+_) : ", section, re.M)
    assert {"weights_", "classes_", "labels_", "lower_bound_", "starts_"} < set(names)
    for name in set(names) - {"feature_names_in_"}:
        assert getattr(model, name) is not None
    attributes = {name for name in dir(model) if name.endswith("_") and not name.startswith("_")}
    assert attributes <= set(names)


@every_estimator
def test_every_parameter_reaches_the_fit(estimator, monkeypatch):
    seen = []

    def watched(data, family, options, previous, device, random_state, monitor):
        seen.append((data, options, device))
        raise ValidParametersError

    monkeypatch.setattr("skflowmix.estimators.base.fit_mixture", watched)
    asked = {
        "n_init": 2,
        "max_iter": 3,
        "subsample": 40,
        "batch_size": 7,
        "learning_rate_init": 0.1,
        "weight_decay": 0.2,
        "reg_covar": 0.3,
        "tol": 0.4,
        "early_stopping": False,
        "validation_fraction": 0.6,
        "n_iter_no_change": 8,
        "init_params": "random",
    }
    shape = {"flow": "spline", "n_layers": 5, "activation": "silu", "defensive_weight": 0.25}
    with pytest.raises(ValidParametersError):
        estimator(4, hidden_layer_sizes=6, device="cpu", **shape, **asked).fit(X)
    ((data, options, device),) = seen
    assert data.n_components == 4
    assert device.type == "cpu"
    for name, value in asked.items():
        assert getattr(options, name) == value, name
    for name, value in {**shape, "hidden": (6,)}.items():
        assert getattr(options.design, name) == value, name


def test_parameters_of_one_estimator_reach_its_design(monkeypatch):
    seen = []

    def watched(data, family, options, *others):
        seen.append(options)
        raise ValidParametersError

    monkeypatch.setattr("skflowmix.estimators.base.fit_mixture", watched)
    for given in ({}, {"covariance_type": "tied", "components_per_class": 3}):
        with pytest.raises(ValidParametersError):
            ESTIMATORS["FlowGMM"](**given).fit(X)
    assert [each.design.covariance_type for each in seen] == ["full", "tied"]
    assert [each.design.n_modes for each in seen] == ["auto", 3]


@every_estimator
@pytest.mark.parametrize("k", [None, 2, 3])
def test_responsibilities_say_how_many_components_there_are(estimator, k):
    start = np.eye(3)[Y]
    model = estimator(k, init_params=start.tolist(), **{**QUICK, "max_iter": 0})
    if k == 2:
        with pytest.raises(ValueError, match=r"shape \(60, 3\), expected one row"):
            model.fit(X)
    else:
        assert len(model.fit(X).classes_) == 3


@every_estimator
def test_labels_are_asked_of_nobody_and_fit_predict_takes_them_and_weights(estimator):
    quick = {**QUICK, "max_iter": 0}
    assert not estimator().__sklearn_tags__().target_tags.required
    weights = 1.0 + (np.arange(60) % 3 == 0)
    model = estimator(**quick)
    labels = model.fit_predict(X, hide(Y, 3), weights)
    np.testing.assert_array_equal(labels, model.labels_)
    other = estimator(**quick).fit(X, hide(Y, 3), weights)
    np.testing.assert_array_equal(other.score_samples(X), model.score_samples(X))
    unweighted = estimator(**quick).fit(X, hide(Y, 3))
    assert not np.allclose(unweighted.weights_, model.weights_)


@every_estimator
def test_components_that_no_row_belongs_to_are_told_where_no_label_asked_for_them(estimator):
    start = np.eye(3)[np.arange(60) % 2]
    quick = {**QUICK, "max_iter": 0}
    with pytest.warns(UserWarning, match=r"No row belongs to the components \[2\]"):
        estimator(init_params=start, **quick).fit(X)
    for n_labelled in (60, 20):  # two classes, and an offer of a third group
        labels = np.where(np.arange(60) < n_labelled, np.arange(60) % 2, -1)
        model = estimator(3, init_params=start, **quick).fit(X, labels)
        assert set(model.labels_) == {0, 1}


@every_estimator
def test_a_fit_goes_on_only_if_it_is_asked_to(estimator):
    quick = {**QUICK, "max_iter": 0}
    first = estimator(3, **quick).fit(X)
    fresh = estimator(3, **quick).fit(X * 2).score_samples(X)
    np.testing.assert_array_equal(first.fit(X * 2).score_samples(X), fresh)
    warm = estimator(3, warm_start=True, **quick).fit(X)
    before = warm.score_samples(X)
    np.testing.assert_allclose(warm.fit(X[:30]).score_samples(X), before, atol=1e-4)
    assert warm.start_ == "last fit"


@every_estimator
def test_warnings_point_at_the_line_that_fits(estimator):
    start = np.eye(3)[np.arange(60) % 2]
    model = estimator(init_params=start, **{**QUICK, "max_iter": 0})
    with pytest.warns(UserWarning, match=r"No row|few distinct") as caught:
        model.fit(np.c_[X, np.ones(60)])
    assert len(caught) == 2
    assert {warning.filename for warning in caught} == {__file__}
