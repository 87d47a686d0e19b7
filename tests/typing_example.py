"""The public surface, as a strict type checker sees it; it is checked, and never run."""

from typing import assert_type

import numpy as np

from skflowmix import FlowGMM, OutlierDetector, VariationalFlowMixture
from skflowmix.datasets import make_pinwheel
from skflowmix.model_selection import LabeledOnlySplit
from skflowmix.semi_supervised import WithUnlabeled

X, y = make_pinwheel(60, n_classes=3, random_state=0)
weights = np.ones(60)


def mixtures_by_components() -> None:
    for mixture in (
        FlowGMM(3, covariance_type="tied", random_state=0),
        VariationalFlowMixture(3, max_iter=5, random_state=0),
    ):
        model = mixture.fit(X, y, sample_weight=weights)
        assert_type(model.fit_predict(X), np.ndarray)
        assert_type(model.fit_predict(X, y, sample_weight=weights), np.ndarray)
        for answer in (
            model.predict(X),
            model.predict_proba(X),
            model.predict_log_proba(X),
            model.score_samples(X, mass=True),
            model.transform(X),
            model.inverse_transform(X, y),
            model.classes_,
            model.labels_,
            model.weights_,
            model.validation_scores_,
            model.class_prior_,
            model.noise_widths_,
            model.feature_names_in_,
        ):
            assert_type(answer, np.ndarray)
        for number in (
            model.score(X, y, sample_weight=weights),
            model.bic(X),
            model.aic(X),
            model.icl(X),
            model.lower_bound_,
            model.temperature_,
            model.smoothing_,
        ):
            assert_type(number, float)
        for count in (model.n_components_, model.n_iter_, model.n_features_in_):
            assert_type(count, int)
        for told in (model.converged_, model.trained_):
            assert_type(told, bool)
        assert_type(model.start_, str)
        for table in (model.starts_, model.experts_):
            assert_type(table, dict[str, np.ndarray])
        assert_type(model.sample(5, random_state=0), tuple[np.ndarray, np.ndarray])
        assert_type(model.sample(5, y="ant"), tuple[np.ndarray, np.ndarray])
        model.sample(5, as_frame=True)


def mixtures() -> None:
    flow = FlowGMM(random_state=0).fit(X)
    assert_type(flow, FlowGMM)
    assert_type(flow.means_, np.ndarray)
    assert_type(flow.covariances_, np.ndarray)
    separate = VariationalFlowMixture(random_state=0).fit(X)
    assert_type(separate.variational_posterior(X), np.ndarray)


def outlier_detector() -> None:
    detector = OutlierDetector(contamination=0.1, density=FlowGMM()).fit(X, sample_weight=weights)
    assert_type(detector, OutlierDetector)
    for answer in (
        detector.predict(X),
        detector.decision_function(X),
        detector.score_samples(X),
        detector.explain(X),
    ):
        assert_type(answer, np.ndarray)
    assert_type(detector.offset_, float)
    assert_type(detector.views_, dict[str, np.ndarray])
    detector.explain(X, as_frame=True)


def model_selection() -> None:
    wrapper = WithUnlabeled(FlowGMM(), X).fit(X, y, sample_weight=weights)
    assert_type(wrapper.predict(X), np.ndarray)
    assert_type(wrapper.score(X, y), float)
    for train, test in LabeledOnlySplit(2).split(X, y):
        assert_type(train, np.ndarray)
        assert_type(test, np.ndarray)
