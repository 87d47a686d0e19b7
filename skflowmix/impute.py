"""Imputation by a fitted density, as a transformer of scikit-learn's."""

from sklearn.base import BaseEstimator, TransformerMixin


class FlowImputer(TransformerMixin, BaseEstimator):
    """Fill in missing values."""

    def __init__(self, estimator=None, *, sample_posterior=False, random_state=None):
        self.estimator = estimator
        self.sample_posterior = sample_posterior
        self.random_state = random_state
