"""The page for users of GaussianMixture: every line of its table is true."""

import inspect

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from benchmarks.site.migration import LINES, PAGE, page_with_table
from tests.estimators import blobs, every_estimator, may_empty_components

X, Y = blobs(90)


@every_estimator
@may_empty_components
@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_line_is_true(estimator, line):
    assert line.standing in {"same", "differs", "refused"}
    assert line.text or line.standing == "same"
    assert line.check(estimator, X, Y)


def test_no_name_of_gaussian_mixture_is_missing():
    model = GaussianMixture(2).fit(X)
    public = [name for name in dir(model) if name.endswith("_") and not name.startswith("_")]
    methods = ["fit_predict", "predict", "predict_proba", "score", "score_samples", "sample"]
    assert {*inspect.signature(GaussianMixture).parameters, *public, *methods} - {
        line.name for line in LINES
    } <= {"feature_names_in_"}


@every_estimator
def test_every_parameter_of_gaussian_mixture_is_taken(estimator):
    taken = set(estimator().get_params())
    assert set(GaussianMixture().get_params()) <= taken


def test_the_page_has_the_table():
    text = PAGE.read_text()
    assert page_with_table(text) == text


@every_estimator
def test_code_for_gaussian_mixture_runs_as_it_is(estimator):
    model = estimator(
        n_components=3,
        covariance_type="full",
        tol=1e-3,
        reg_covar=1e-6,
        max_iter=1,
        n_init=1,
        init_params="kmeans",
        weights_init=None,
        means_init=X[:3],
        precisions_init=None,
        random_state=0,
        warm_start=False,
        verbose=0,
        verbose_interval=10,
    )
    labels = model.fit_predict(X)
    np.testing.assert_array_equal(labels, model.predict(X))
