"""What only VariationalFlowMixture promises."""

import numpy as np
from sklearn.datasets import make_moons

from skflowmix import VariationalFlowMixture
from tests.estimators import QUICK, blobs, hide


def test_variational_posterior_learns_the_exact_one():
    X, _ = blobs(300)
    model = VariationalFlowMixture(3, max_iter=60, random_state=0).fit(X)
    q = model.variational_posterior(X)
    assert q.shape == (300, 3)
    np.testing.assert_allclose(q.sum(1), 1)
    assert (q.argmax(1) == model.predict_proba(X).argmax(1)).mean() > 0.99


def test_variational_posterior_is_told_the_labels():
    X, y = make_moons(300, noise=0.05, random_state=0)
    model = VariationalFlowMixture(max_iter=60, random_state=0).fit(X, hide(y, 20))
    assert (model.variational_posterior(X).argmax(1) == y).mean() > 0.95


def test_lower_bound_is_below_the_likelihood_of_the_training_rows():
    X, _ = blobs(200)
    model = VariationalFlowMixture(3, **QUICK, early_stopping=False).fit(X)
    assert model.lower_bound_ <= model.score(X) + 1e-4
