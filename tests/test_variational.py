"""What only VariationalFlowMixture promises."""

import numpy as np
import torch
from sklearn.datasets import make_moons

from skflowmix import VariationalFlowMixture
from skflowmix._variational import _elbo, _told
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


def test_bound_is_below_the_likelihood_and_tight_at_the_exact_posterior():
    generator = torch.Generator().manual_seed(0)
    joint, logits = torch.randn(2, 1, 50, 4, generator=generator, dtype=torch.float64)
    free = torch.zeros(50, 4)
    likelihood = joint.logsumexp(-1)
    assert (_elbo(joint, logits, free) < likelihood).all()
    torch.testing.assert_close(_elbo(joint, joint, free), likelihood)


def test_bound_of_a_labelled_row_is_its_joint():
    generator = torch.Generator().manual_seed(0)
    joint, logits = torch.randn(2, 1, 5, 3, generator=generator, dtype=torch.float64)
    mask = torch.full((5, 3), -1e30, dtype=torch.float64)
    mask[:, 1] = 0
    torch.testing.assert_close(_elbo(joint, logits, mask), joint[..., 1])
    torch.testing.assert_close(_told(logits, mask), logits.log_softmax(-1)[..., 1])


def test_lower_bound_is_below_the_likelihood_of_the_training_rows():
    X, _ = blobs(200)
    model = VariationalFlowMixture(3, **QUICK, early_stopping=False).fit(X)
    assert model.lower_bound_ <= model.score(X) + 1e-4
