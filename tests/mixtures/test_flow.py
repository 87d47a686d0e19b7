"""Mixtures of flows and flows before mixtures, against scikit-learn and their own definitions."""

import numpy as np
import torch
from hypothesis import given
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from skflowmix.mixtures import FlowMixture
from tests.flows.bijections import normal
from tests.mixtures.examples import generators, moved, random_gaussians, sizes


def sklearn_mixture(weights, means, covariances):
    """GaussianMixture with these parameters, as if it had been fitted."""
    mixture = GaussianMixture(len(weights))
    mixture.weights_, mixture.means_, mixture.covariances_ = weights, means, covariances
    factors = np.linalg.inv(np.linalg.cholesky(covariances))
    mixture.precisions_cholesky_ = factors.transpose(0, 2, 1)
    mixture.n_features_in_ = means.shape[1]
    return mixture


@given(sizes, generators)
def test_without_a_flow_it_is_the_gaussian_mixture_of_scikit_learn(size, generator):
    gaussians = random_gaussians(*size, generator)
    mixture = FlowMixture(*size).double()
    mixture.set_gaussians(*gaussians)
    x = normal((20, size[-1]), generator, 3)
    joint = mixture.joint_log_prob(x).detach()
    for start in range(size[0]):
        reference = sklearn_mixture(*(part[start].numpy() for part in gaussians))
        np.testing.assert_allclose(joint[start].logsumexp(-1), reference.score_samples(x.numpy()))
        np.testing.assert_allclose(
            joint[start].softmax(-1), reference.predict_proba(x.numpy()), atol=1e-12
        )


@given(sizes, generators)
def test_gaussians_are_those_that_were_set(size, generator):
    gaussians = random_gaussians(*size, generator)
    mixture = FlowMixture(*size).double()
    mixture.set_gaussians(*gaussians)
    for actual, expected in zip(mixture.gaussians(), gaussians, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-9)


@given(sizes, generators)
def test_weights_that_are_not_finite_are_not_taken(size, generator):
    weights, means, covariances = random_gaussians(*size, generator)
    mixture = FlowMixture(*size).double()
    mixture.set_gaussians(weights, means, covariances)
    before = mixture.log_weights
    mixture.set_gaussians(weights * torch.nan, means, covariances)
    torch.testing.assert_close(mixture.log_weights, before)


@given(sizes, generators)
def test_each_start_may_have_its_own_rows(size, generator):
    mixture = moved("flow", size, generator)
    x = normal((size[0], 4, size[-1]), generator, 2)
    joint = mixture.joint_log_prob(x)
    for start in range(size[0]):
        torch.testing.assert_close(joint[start], mixture.joint_log_prob(x[start])[start])


@given(sizes, generators)
def test_the_joint_is_a_change_of_variables(size, generator):
    mixture = moved("flow", size, generator)
    x = normal((4, size[-1]), generator, 2)
    z, log_det = (part.detach().numpy() for part in mixture.mode_latents(x))
    eye = np.eye(size[-1])
    log_normal = multivariate_normal(np.zeros(size[-1]), eye).logpdf(z).reshape(log_det.shape)
    expected = (log_normal + log_det).transpose(0, 2, 1)
    expected += mixture.log_weights.detach().numpy()[:, None]
    np.testing.assert_allclose(mixture.joint_log_prob(x).detach(), expected)


@given(sizes, generators)
def test_a_flow_before_a_mixture_shifts_all_components_alike(size, generator):
    mixture = moved("latent", size, generator)
    x = normal((4, size[-1]), generator, 2)
    z, log_det = mixture.latents(x)
    expected = mixture.base.joint_log_prob(z) + log_det[..., None]
    torch.testing.assert_close(mixture.joint_log_prob(x), expected)


def test_samples_come_sorted_by_component():
    mixture = FlowMixture(1, 3, 1).double()
    means = torch.tensor([[[0.0], [100.0], [200.0]]])
    mixture.set_gaussians(torch.full((1, 3), 1 / 3), means, torch.ones(1, 3, 1, 1))
    x, component = mixture.sample(60, torch.Generator().manual_seed(0))
    assert (component.diff() >= 0).all()
    assert torch.equal((x / 100).round().flatten().long(), component)


def test_a_component_without_weight_is_never_drawn():
    mixture = FlowMixture(1, 3, 2)
    mixture.logits.data = torch.tensor([[0.0, -1e9, 0.0]])
    _, component = mixture.sample(200, torch.Generator().manual_seed(0))
    assert torch.equal(component.unique(), torch.tensor([0, 2]))
