"""What only FlowGMM promises."""

import numpy as np
import pytest
import torch
from sklearn.datasets import make_moons
from sklearn.mixture import GaussianMixture

from skflowmix import FlowGMM
from skflowmix.families import latent
from tests.estimators import QUICK, blobs, hide

SHAPES = {"full": (3, 2, 2), "tied": (2, 2), "diag": (3, 2), "spherical": (3,)}


@pytest.mark.parametrize("covariance_type", SHAPES)
def test_latent_covariances_have_the_shape_of_their_type(covariance_type):
    X, _ = blobs()
    model = FlowGMM(3, covariance_type=covariance_type, **QUICK).fit(X)
    assert model.covariances_.shape == SHAPES[covariance_type]
    assert model.means_.shape == (3, 2)


def sheet(width, n=600):
    """Bent rows that keep to a plane, up to a width."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((n, 2))
    a[:, 1] += a[:, 0] ** 2
    return np.c_[a, a.sum(1) + width * rng.standard_normal(n)]


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag"])
@pytest.mark.parametrize("X", [blobs(d=3)[0], sheet(1e-2)], ids=["blobs", "narrow direction"])
def test_untrained_model_is_the_gaussian_mixture_of_its_type(X, covariance_type):
    X = X / X.std(0)
    start = np.eye(2)[(X[:, 0] > X[:, 0].mean()).astype(int)]
    reference = GaussianMixture(2, covariance_type=covariance_type, reg_covar=0)
    reference._initialize(X, start)
    model = FlowGMM(
        init_params=start, covariance_type=covariance_type, max_iter=0, reg_covar=0
    ).fit(X)
    np.testing.assert_allclose(model.score_samples(X), reference.score_samples(X), atol=1e-3)


@pytest.mark.parametrize("flow", ["affine", "autoregressive_spline"])
@pytest.mark.parametrize("width", [1e-2, 1e-3])
def test_narrow_directions_do_not_keep_the_flow_from_training(flow, width):
    X = sheet(width)
    start = FlowGMM(max_iter=0, random_state=0).fit(X).score(X)
    model = FlowGMM(flow=flow, max_iter=30, random_state=0).fit(X)
    assert model.score(sheet(width, 900)[600:]) > start + 0.15


def test_what_widens_narrow_directions_is_no_parameter():
    counts = [
        round(model.aic(X) / 2 + model.score_samples(X).sum())
        for X in (sheet(1e-2), blobs(d=3)[0])
        for model in [FlowGMM(**QUICK).fit(X)]
    ]
    assert counts[0] == counts[1]


def test_latents_of_narrow_directions_lead_back():
    X = sheet(1e-2)
    model = FlowGMM(max_iter=3, random_state=0).fit(X)
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, atol=1e-5)


def test_closed_form_steps_never_lower_the_likelihood(monkeypatch):
    X, _ = make_moons(400, noise=0.1, random_state=0)
    changes, m_step = [], latent.m_step

    def watched(mixture, chunks, *settings):
        rows = list(chunks)

        @torch.no_grad()
        def total():
            return sum(
                (mixture.joint_log_prob(x) + prior).logsumexp(-1).double() @ weights.double()
                for x, prior, weights, *_ in rows
            )  # (R,)

        before = total()
        m_step(mixture, rows, *settings)
        changes.append(total() - before)

    monkeypatch.setattr(latent, "m_step", watched)
    FlowGMM(3, max_iter=20, random_state=0).fit(X)
    assert len(changes) == 20
    assert min(change.min() for change in changes) > -1e-2  # float32 sums of 360 rows
    assert max(change.min() for change in changes) > 1


def test_latents_of_the_groups_are_where_the_means_say():
    X, _ = blobs(300)
    model = FlowGMM(3, max_iter=20, random_state=0).fit(X)
    Z, groups = model.transform(X), model.predict(X)
    centres = np.array([Z[groups == k].mean(0) for k in range(3)])
    np.testing.assert_allclose(centres, model.means_, atol=0.1)


def striped(n=400):
    """Four blobs in a row, of two classes in turn."""
    blob = np.arange(n) % 4
    X = 0.5 * np.random.default_rng(0).normal(size=(n, 2))
    X[:, 0] += 4 * blob
    return X, blob % 2


def test_a_class_of_several_blobs_wants_as_many_gaussians():
    X, y = striped()
    few = hide(y, 20)
    one, two, auto = (
        FlowGMM(components_per_class=m, max_iter=0, random_state=0).fit(X, few)
        for m in (1, 2, "auto")
    )
    assert two.score_samples(X).mean() > one.score_samples(X).mean() + 0.3
    np.testing.assert_allclose(auto.score_samples(X), two.score_samples(X))
    assert two.score(X, y) > 0.99


def test_gaussians_of_a_class_stand_side_by_side():
    X, y = striped()
    model = FlowGMM(components_per_class=2, **QUICK).fit(X, hide(y, 20))
    assert (model.weights_.shape, model.means_.shape) == ((4,), (4, 2))
    assert model.weights_.sum() == pytest.approx(1)
    np.testing.assert_array_equal(
        model.predict(model.inverse_transform(model.means_)), [0, 0, 1, 1]
    )
    rows, components = model.sample(300, random_state=0)
    assert (model.predict(rows) == components).mean() > 0.95
    np.testing.assert_allclose(model.inverse_transform(model.transform(X)), X, atol=1e-4)


def test_gaussians_without_labels_are_one_for_each_component():
    X, _ = striped()
    assert FlowGMM(4, **QUICK).fit(X).means_.shape == (4, 2)
    assert FlowGMM(2, components_per_class=2, **QUICK).fit(X).means_.shape == (4, 2)


def test_a_fit_that_goes_on_keeps_its_gaussians():
    X, y = striped()
    model = FlowGMM(warm_start=True, **QUICK).fit(X, hide(y, 20))
    assert len(model.fit(X, hide(y, 5)).means_) == 4
