"""The estimators among scikit-learn's own tools."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skflowmix import FlowGMM, VariationalFlowMixture
from tests.estimators import ESTIMATORS, QUICK, blobs, every_estimator, hide

MARK = "-1 marks unlabelled rows, as in scikit-learn's own semi-supervised classifiers"
MISSING = "a missing label, as NaN, is an unlabelled row"


def expected_failures(estimator):
    """Checks that no design with unlabelled rows passes."""
    return {"check_classifiers_classes": MARK, "check_supervised_y_no_nan": MISSING}


@parametrize_with_checks(
    [estimator(n_layers=2, hidden_layer_sizes=8, max_iter=1) for estimator in ESTIMATORS.values()],
    expected_failed_checks=expected_failures,
    xfail_strict=True,
)
def test_scikit_learn_checks(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks provoke warnings on purpose
        check(estimator)


@pytest.mark.parametrize("mixture", [GaussianMixture, FlowGMM, VariationalFlowMixture])
def test_users_of_gaussian_mixture_can_switch(mixture):
    X = StandardScaler().fit_transform(load_iris().data)
    model = mixture(n_components=3, random_state=0, max_iter=50).fit(X)
    labels = model.predict(X)
    assert labels.shape == (150,)
    assert set(labels) == {0, 1, 2}
    assert model.predict_proba(X).shape == (150, 3)
    assert model.score(X) == pytest.approx(model.score_samples(X).mean())
    assert np.isfinite([model.bic(X), model.aic(X)]).all()
    rows, components = model.sample(20)
    assert rows.shape == (20, 4)
    assert set(components) <= {0, 1, 2}
    assert model.weights_.shape == (3,)
    np.testing.assert_array_equal(clone(model).fit_predict(X), labels)


@every_estimator
def test_pipeline(estimator):
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), PCA(2), estimator(3, **QUICK))
    assert pipeline.fit(X).predict(X).shape == (150,)
    assert pipeline.fit(X, hide(y, 5)).score(X, y) > 0.8
    assert pipeline.transform(X).shape == (150, 2)


@every_estimator
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search(estimator, n_jobs):
    X, y = blobs()
    grid = {"n_components": [1, 3]}
    search = GridSearchCV(estimator(**QUICK), grid, cv=2, n_jobs=n_jobs)
    assert search.fit(X).best_params_ == {"n_components": 3}
    assert search.fit(X, y).best_score_ == 1.0


@every_estimator
def test_cross_validation(estimator):
    X, y = blobs()
    assert np.isfinite(cross_val_score(estimator(3, **QUICK), X, cv=3)).all()
    assert (cross_val_score(estimator(**QUICK), X, y, cv=3, scoring="roc_auc_ovr") == 1).all()


@every_estimator
def test_joblib_and_data_frames(estimator, tmp_path):
    X, _ = blobs()
    frame = pd.DataFrame(X, columns=["height", "width"])
    model = estimator(3, **QUICK).fit(frame)
    assert model.feature_names_in_.tolist() == ["height", "width"]
    joblib.dump(model, tmp_path / "model")
    loaded = joblib.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))
    latents = model.set_output(transform="pandas").transform(frame)
    assert latents.columns.tolist() == model.get_feature_names_out().tolist()
    assert latents.shape == (120, 2)


@every_estimator
def test_decision_boundary_display(estimator):
    X, y = blobs()
    model = estimator(**QUICK).fit(X, y)
    display = DecisionBoundaryDisplay.from_estimator(model, X, grid_resolution=10)
    assert display.response.shape[:2] == (10, 10)


def log_likelihood(estimator, X, y):
    """Scorer for rows without labels, in the form that takes several metrics."""
    return {"log_likelihood": estimator.score(X)}


@every_estimator
@pytest.mark.parametrize(("labelled", "scoring"), [(True, "accuracy"), (False, log_likelihood)])
def test_scoring_monitor_logs_every_epoch(estimator, labelled, scoring):
    X, y = blobs()
    monitor = ScoringMonitor(scoring=scoring)
    estimator(3, **QUICK).set_callbacks(monitor).fit(X, y if labelled else None)
    name = "accuracy" if labelled else "log_likelihood"
    epochs = [entry for entry in monitor.get_logs().data if entry["task_name"] == "epoch"]
    assert len(epochs) == QUICK["max_iter"]
    assert np.isfinite([epoch[name] for epoch in epochs]).all()


@every_estimator
def test_progress_bar_and_a_callback_that_stops(estimator, capsys):
    class Stop(ProgressBar):
        def on_fit_task_end(self, estimator, context, **kwargs):
            super().on_fit_task_end(estimator, context)
            return context.task_name == "epoch" and context.task_id == 1

    X, _ = blobs()
    longer = {**QUICK, "max_iter": 3}
    assert estimator(3, **longer).set_callbacks(ProgressBar()).fit(X).n_iter_ == 3
    stopped = estimator(3, **longer).set_callbacks(Stop()).fit(X)
    assert stopped.n_iter_ == 2
    assert stopped.converged_
