"""Closed-form steps: what EM promises, and scikit-learn's EM as a reference."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture
from torch import Generator

from skflowmix.mixtures import (
    COVARIANCE_TYPES,
    FlowMixture,
    Moments,
    fit_gaussians,
    m_step,
)
from tests.flows.bijections import alone, normal
from tests.mixtures.examples import (
    MIXTURES,
    generators,
    moved,
    random_responsibilities,
    scikit_learn_gaussians,
    sizes,
)

FORBIDDEN = -1e30
every_type = pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
latent_mixtures = pytest.mark.parametrize("name", [name for name in MIXTURES if "latent" in name])


def random_rows(n, size, generator, n_labelled=0):
    """Clustered rows, the first of them labelled, with weights."""
    _, n_components, n_features = size
    group = torch.randint(n_components, (n,), generator=generator)
    x = normal((n, n_features), generator) + 3.0 * group.unsqueeze(-1)
    log_prior = torch.zeros(n, n_components).double()
    log_prior[:n_labelled] = FORBIDDEN
    log_prior[range(n_labelled), group[:n_labelled]] = 0.0
    weights = torch.rand(n, generator=generator).double() + 0.5
    return x, log_prior, weights


@torch.no_grad()
def log_likelihood(mixture, rows):
    """Weighted mean of the masked log-likelihood of each start."""
    x, log_prior, weights = rows
    log_prob = torch.logsumexp(mixture.joint_log_prob(x) + log_prior, -1)
    return (log_prob * weights).sum(-1) / weights.sum()


@latent_mixtures
@every_type
@given(sizes, st.sampled_from([0, 5, 60]), generators)
def test_an_m_step_never_lowers_the_likelihood(name, covariance_type, size, n_labelled, generator):
    mixture = moved(name, size, generator)
    mixture.undefended.covariance_type = covariance_type
    rows = random_rows(60, size, generator, n_labelled)
    # Before the first step the covariances may be of a richer type than the step allows.
    m_step(mixture, [rows], 0.0)
    before = log_likelihood(mixture, rows)
    for _ in range(4):
        m_step(mixture, [rows], 0.0)
        # On a single row the likelihood has no bound: what is left are the pooled moments.
        assume(torch.linalg.eigvalsh(mixture.undefended.base.gaussians()[2]).min() > 1e-4)
        after = log_likelihood(mixture, rows)
        assert (after >= before - 1e-6).all()
        before = after


@latent_mixtures
@given(sizes, st.sampled_from([0, 5]), generators)
def test_the_first_m_step_does_not_lower_it_either(name, size, n_labelled, generator):
    mixture = moved(name, size, generator)
    rows = random_rows(60, size, generator, n_labelled)
    before = log_likelihood(mixture, rows)
    m_step(mixture, [rows], 0.0)
    assert (log_likelihood(mixture, rows) >= before - 1e-6).all()


@torch.no_grad()
def bound(mixture, rows, responsibilities):
    """Expected complete log-likelihood plus the entropy of responsibilities ``(R, n, K)``."""
    x, log_prior, weights = rows
    joint = mixture.joint_log_prob(x) + log_prior
    gain = responsibilities * joint + torch.special.entr(responsibilities)
    return (gain.sum(-1) * weights).sum(-1) / weights.sum()


@every_type
@given(sizes, st.sampled_from([0, 5]), generators)
def test_an_m_step_never_lowers_the_bound(covariance_type, size, n_labelled, generator):
    mixture = moved("latent", size, generator)
    mixture.covariance_type = covariance_type
    rows = random_rows(60, size, generator, n_labelled)
    # Before the first step the covariances may be of a richer type than the step allows.
    m_step(mixture, [rows], 0.0)
    for _ in range(4):
        joint = mixture.joint_log_prob(rows[0]).detach() + rows[1]
        posterior = joint.softmax(-1)
        before = log_likelihood(mixture, rows)
        torch.testing.assert_close(bound(mixture, rows, posterior), before)
        m_step(mixture, [rows], 0.0)
        assume(torch.linalg.eigvalsh(mixture.base.gaussians()[2]).min() > 1e-4)
        after = bound(mixture, rows, posterior)
        assert (after >= before - 1e-6).all()
        assert (log_likelihood(mixture, rows) >= after - 1e-6).all()


@latent_mixtures
@given(sizes, st.integers(1, 60), generators)
def test_an_m_step_in_chunks_is_the_same_step(name, size, chunk, generator):
    mixture, rows = moved(name, size, generator), random_rows(60, size, generator, 5)
    start = {key: value.clone() for key, value in mixture.state_dict().items()}
    m_step(mixture, [rows], 1e-6)
    whole = mixture.undefended.base.gaussians()
    mixture.load_state_dict(start)
    parts = (part.split(chunk) for part in rows)
    m_step(mixture, zip(*parts, strict=True), 1e-6)
    for actual, expected in zip(mixture.undefended.base.gaussians(), whole, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)


@latent_mixtures
@given(sizes, generators)
def test_an_m_step_moves_the_gaussians_only(name, size, generator):
    mixture, rows = moved(name, size, generator), random_rows(60, size, generator)
    before = {key: value.clone() for key, value in mixture.state_dict().items()}
    m_step(mixture, [rows], 1e-6)
    for key, value in mixture.state_dict().items():
        if "base." not in key:
            assert torch.equal(value, before[key])


@given(sizes, generators)
def test_labelled_rows_count_for_their_component_only(size, generator):
    mixture = moved("latent", size, generator)
    x, log_prior, weights = random_rows(90, size, generator, 90)
    m_step(mixture, [(x, log_prior, weights)], 0.0)
    z = mixture.latents(x)[0].detach().numpy()  # (R, n, d)
    actual = mixture.base.gaussians()
    one_hot = (log_prior == 0).double().numpy() * weights.numpy()[:, None]
    for start in range(size[0]):
        counts, means, covariances = scikit_learn_gaussians(z[start], one_hot, 0, "full")
        expected = (counts / counts.sum(), means, covariances)
        for part, wanted in zip(actual, expected, strict=True):
            np.testing.assert_allclose(part[start].detach(), wanted, rtol=1e-5, atol=1e-6)


@given(generators)
def test_rows_that_the_guard_explains_are_not_counted(generator):
    mixture = moved("defended latent", (1, 2, 2), generator)
    near = mixture.model.sample(200, generator)[0]
    far = torch.full((5, 2), 1e3).double()
    # A guard that is broad where the model is narrow.
    mixture.guard.set_gaussians(
        torch.tensor([[0.5, 0.5]]), torch.zeros(1, 2, 2), 1e6 * torch.eye(2).expand(1, 2, 2, 2)
    )
    start = {key: value.clone() for key, value in mixture.state_dict().items()}
    steps = []
    for x in (near, torch.cat([near, far])):
        mixture.load_state_dict(start)
        m_step(mixture, [(x, torch.zeros(len(x), 2), torch.ones(len(x)).double())], 0.0)
        steps.append(mixture.model.base.gaussians())
    for with_far, without in zip(*reversed(steps), strict=True):
        torch.testing.assert_close(with_far, without, rtol=1e-6, atol=1e-6)


def test_a_step_on_rows_without_weight_leaves_the_gaussians_alone():
    mixture = moved("latent", (2, 2, 2), Generator().manual_seed(0))
    _, *before = mixture.base.gaussians()
    x, log_prior, weights = random_rows(20, (2, 2, 2), Generator().manual_seed(1))
    m_step(mixture, [(x, log_prior, 0 * weights)], 1e-6)
    weights, *after = mixture.base.gaussians()
    assert weights.isfinite().all()
    for actual, expected in zip(after, before, strict=True):
        torch.testing.assert_close(actual, expected)


@given(sizes, st.sampled_from([0, 5]), generators)
def test_fitting_never_lowers_the_likelihood(size, n_labelled, generator):
    rows = random_rows(60, size, generator, n_labelled)
    start = random_responsibilities(size[0], 60, size[1], generator)
    before = torch.full((size[0],), -torch.inf).double()
    for max_iter in range(1, 6):
        mixture, after = fit_gaussians(start, rows, 0.0, max_iter, -torch.inf)
        torch.testing.assert_close(log_likelihood(mixture, rows), after)
        assert (after >= before - 1e-6).all()
        before = after


@given(st.integers(1, 3), st.integers(1, 3), generators)
def test_fitting_ends_where_scikit_learn_ends(n_components, n_features, generator):
    group = torch.randint(n_components, (60,), generator=generator)
    group[:n_components] = torch.arange(n_components)
    # Groups that touch only a little, so that EM converges soon.
    x = normal((60, n_features), generator) + 6.0 * group.unsqueeze(-1)
    one_hot = torch.nn.functional.one_hot(group, n_components)
    start = 0.8 * one_hot + 0.2 * random_responsibilities(2, 60, n_components, generator)
    rows = (x, torch.zeros(60, n_components), torch.ones(60).double())
    mixture, log_likelihoods = fit_gaussians(start, rows, 1e-6, max_iter=500, tol=1e-10)
    joint = mixture.joint_log_prob(x).detach()
    for fit in range(2):
        reference = sklearn_fit(x.numpy(), start[fit].numpy())
        np.testing.assert_allclose(log_likelihoods[fit], reference.score(x.numpy()), rtol=1e-6)
        np.testing.assert_allclose(
            joint[fit].softmax(-1), reference.predict_proba(x.numpy()), atol=1e-3
        )


def sklearn_fit(x, responsibilities):
    """GaussianMixture that EM has reached from the Gaussians of these responsibilities."""
    counts, means, covariances = scikit_learn_gaussians(x, responsibilities, 1e-6, "full")
    return GaussianMixture(
        len(counts),
        tol=1e-10,
        reg_covar=1e-6,
        max_iter=500,
        weights_init=counts / counts.sum(),
        means_init=means,
        precisions_init=np.linalg.inv(covariances),
    ).fit(x)


@given(sizes, generators)
def test_a_weight_of_two_is_a_row_twice(size, generator):
    x, log_prior, _ = random_rows(40, size, generator, 5)
    counts = torch.randint(1, 4, (40,), generator=generator)
    start = random_responsibilities(size[0], 40, size[1], generator)
    repeated = tuple(part.repeat_interleave(counts, 0) for part in (x, log_prior))
    fits = [
        fit_gaussians(start, (x, log_prior, counts.double()), 1e-3, 5, -torch.inf),
        fit_gaussians(
            start.repeat_interleave(counts, 1),
            (*repeated, torch.ones(len(repeated[0])).double()),
            1e-3,
            5,
            -torch.inf,
        ),
    ]
    assert_same_fits(*fits)


@given(sizes, generators)
def test_fits_stand_side_by_side(size, generator):
    rows = random_rows(40, size, generator)
    start = random_responsibilities(size[0], 40, size[1], generator)
    mixture, log_likelihoods = fit_gaussians(start, rows, 1e-3, 5, -torch.inf)
    for i in range(size[0]):
        own = fit_gaussians(start[i : i + 1], rows, 1e-3, 5, -torch.inf)
        one = alone(lambda n: FlowMixture(n, *size[1:]), mixture, i)
        assert_same_fits((one, log_likelihoods[i : i + 1]), own)


def assert_same_fits(actual, expected):
    torch.testing.assert_close(actual[1], expected[1])
    for one, other in zip(actual[0].gaussians(), expected[0].gaussians(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


@given(sizes, generators)
def test_a_fit_to_labelled_rows_only_is_that_of_their_classes(size, generator):
    x, log_prior, weights = random_rows(60, size, generator, 60)
    start = random_responsibilities(size[0], 60, size[1], generator)
    mixture, _ = fit_gaussians(start, (x, log_prior, weights), 0.0, 3, -torch.inf)
    one_hot = (log_prior == 0).double() * weights.unsqueeze(-1)
    expected = Moments.of(x.unsqueeze(0), one_hot.expand(size[0], -1, -1)).gaussians()
    for one, other in zip(mixture.gaussians(), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


def test_fitting_stops_when_nothing_rises_by_the_tolerance():
    rows = random_rows(40, (1, 2, 2), Generator().manual_seed(0))
    start = random_responsibilities(1, 40, 2, Generator().manual_seed(1))
    one_step = fit_gaussians(start, rows, 1e-3, 1, -torch.inf)
    two_steps = fit_gaussians(start, rows, 1e-3, 2, -torch.inf)
    # The first step rises from minus infinity; the second by less than any large tolerance.
    assert_same_fits(fit_gaussians(start, rows, 1e-3, 100, 1e9), two_steps)
    assert one_step[1] < two_steps[1]
