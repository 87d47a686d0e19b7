"""A fit as a value: all that it answers is a view of one quantity."""

import pickle
from contextlib import nullcontext
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from inspect import isabstract

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax
from torch import Generator

import skflowmix.calibration
import skflowmix.families.architecture
import skflowmix.fitted.completing
import skflowmix.fitted.deciding
import skflowmix.fitted.density
import skflowmix.fitted.fitted
import skflowmix.fitted.model
import skflowmix.fitting.acceptance
import skflowmix.fitting.drawing
import skflowmix.fitting.options
import skflowmix.fitting.proposals
import skflowmix.fitting.selection
import skflowmix.fitting.task
from skflowmix.calibration import Calibration
from skflowmix.data.scaling import Scaling
from skflowmix.families.latent import LatentFamily
from skflowmix.fitted import Fitted, Report, StandardisedRows, scoring_device
from tests.fitting.examples import FAMILIES, architecture
from tests.flows.bijections import stirred

families = st.sampled_from(sorted(FAMILIES))
sizes = st.tuples(st.integers(1, 3), st.integers(1, 3))
"""K and d."""
seeds = st.integers(0, 2**20)

REPORT = Report(True, 0, False, np.empty(0), 0.0, "kmeans")


def fitted_of(name, size=(2, 2), seed=0, spread=0.2, **changed):
    """Make a value out of a model whose components lie apart, and rows near it."""
    k, d = size
    family = FAMILIES[name](architecture(k, d, **{"defensive_weight": 0.05, **changed}))
    model, generator = family.build(1, Generator()), Generator().manual_seed(seed)
    means = 5 * torch.arange(k * family.architecture.n_modes)[None, :, None].expand(1, -1, d)
    weights = torch.full((1, means.shape[1]), 1 / means.shape[1])
    stirred(model, None, spread, generator)
    covariances = torch.eye(d).expand(1, means.shape[1], d, d)
    model.mixture.set_gaussians(weights, means.float(), covariances)
    rng = np.random.default_rng(seed)
    scaling = Scaling(rng.normal(size=d), rng.uniform(0.1, 5, d))
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    calibration = Calibration(2.0, 0.1)
    names = np.arange(k)
    fitted = Fitted(family, state, scaling, calibration, names, np.empty(0, int), REPORT)
    Z = rng.normal(size=(30, d)) + 5 * (np.arange(30) % k)[:, None]
    return fitted, scaling.undo(Z)


@given(families, sizes, seeds)
def test_everything_is_a_view_of_the_joint(name, size, seed):
    fitted, X = fitted_of(name, size, seed)
    Z = torch.from_numpy((X - fitted.scaling.center) / fitted.scaling.spread)
    expected = fitted.model().mixture.joint_log_prob(Z)[0].numpy()
    joint = fitted.joint_log_prob(X)
    assert joint.shape == (30, size[0])
    np.testing.assert_allclose(joint, expected - np.log(fitted.scaling.spread).sum())
    np.testing.assert_allclose(fitted.log_prob(X), logsumexp(joint, axis=1))
    np.testing.assert_array_equal(fitted.decisions(X), joint.argmax(1))
    assert fitted.decisions(X).dtype.kind == "i"
    np.testing.assert_array_equal(fitted.decisions_of_standardised(Z.numpy()), joint.argmax(1))
    proba = np.exp(fitted.log_proba(X))
    np.testing.assert_allclose(proba, 0.9 * softmax(joint / 2, axis=1) + 0.1 / size[0])
    np.testing.assert_allclose(fitted.joint_of_standardised(Z.numpy()), joint)
    sums = fitted.joint_of_standardised(Z.numpy(), lambda part: part.sum(-1))
    np.testing.assert_allclose(sums, joint.sum(1))
    assert fitted.n_features == size[1]


@pytest.mark.parametrize("n", [1, 15, 16, 17, 32])
@pytest.mark.parametrize("name", FAMILIES)
def test_rows_pass_in_chunks_and_none_is_lost(name, n, monkeypatch):
    fitted, X = fitted_of(name)
    X = np.r_[X, X + 0.5][:n]
    whole = fitted.joint_log_prob(X)
    monkeypatch.setattr("skflowmix.families.architecture.CHUNK_NUMBERS", 1)
    np.testing.assert_allclose(fitted.joint_log_prob(X), whole, rtol=1e-9)
    np.testing.assert_allclose(fitted.latents(X), fitted_of(name)[0].latents(X), rtol=1e-9)


def test_threads_are_chosen_by_what_passes_at_once(monkeypatch):
    fitted, X = fitted_of("latent")
    width, seen = fitted.family.architecture.width, []

    def watched(n_numbers):
        seen.append(n_numbers)
        return nullcontext()

    for module in (skflowmix.fitted.model, skflowmix.fitted.fitted):
        monkeypatch.setattr(module, "scoring_threads", watched)
    fitted.log_prob(X[:3])
    fitted.sample(7, np.random.RandomState(0))
    monkeypatch.setattr("skflowmix.families.architecture.CHUNK_NUMBERS", 20 * width)
    fitted.log_prob(X)
    assert seen == [3 * width, 7 * width, 20 * width]


def test_the_amortised_posterior_is_that_of_the_network():
    fitted, X = fitted_of("separate", (3, 2))
    q = fitted.posterior(X)
    Z = torch.from_numpy(fitted.scaling.apply(X))
    np.testing.assert_allclose(q, fitted.model().posterior(Z)[0].softmax(-1))
    np.testing.assert_allclose(q.sum(1), 1)


@given(families, sizes, seeds)
def test_latents_lead_back_to_their_rows(name, size, seed):
    fitted, X = fitted_of(name, size, seed)
    Z, groups = fitted.latents(X), fitted.decisions(X)
    assert Z.shape == X.shape
    np.testing.assert_allclose(fitted.decoded(Z, groups), X, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(fitted.latents(fitted.decoded(Z)), Z, rtol=1e-6, atol=1e-6)


def test_of_the_rows_that_components_propose_the_most_probable_is_taken_that_is_its_own():
    fitted, _ = fitted_of("separate", (3, 2))
    Z = np.random.default_rng(0).normal(size=(200, 2))
    proposed = np.stack([fitted.decoded(Z, np.full(200, k)) for k in range(3)], 1)  # (n, K, d)
    joint = np.stack([fitted.joint_log_prob(proposed[:, k]) for k in range(3)], 1)
    taken = fitted.decoded(Z)
    for i in range(200):
        own = [k for k in range(3) if joint[i, k].argmax() == k]
        best = max(own or range(3), key=lambda k: joint[i, k, k])
        np.testing.assert_array_equal(taken[i], proposed[i, best])


@given(families, sizes, seeds)
def test_samples_are_in_random_order_and_follow_the_density(name, size, seed):
    fitted, _ = fitted_of(name, size, seed, spread=0.0, defensive_weight=0.0)
    rows, components = fitted.sample(500, np.random.RandomState(seed))
    again, _ = fitted.sample(500, np.random.RandomState(seed))
    others, _ = fitted.sample(500, np.random.RandomState(seed + 1))
    np.testing.assert_array_equal(rows, again)
    assert not np.array_equal(np.sort(rows, 0), np.sort(others, 0))
    Z = fitted.scaling.apply(rows)
    for k in range(size[0]):
        np.testing.assert_allclose(Z[components == k].mean(0), 5 * k, atol=0.6)
    if size[0] > 1:
        assert (np.diff(components) < 0).any()
        assert (fitted.decisions(rows) == components).mean() > 0.95


@given(families, sizes, seeds)
def test_samples_of_a_component_are_its_own(name, size, seed):
    fitted, _ = fitted_of(name, size, seed, spread=0.0, defensive_weight=0.0)
    last = size[0] - 1
    rows, components = fitted.sample(301, np.random.RandomState(seed), last)
    assert (rows.shape, components.shape) == ((301, size[1]), (301,))
    assert (components == last).all()
    assert len(np.unique(rows, axis=0)) == 301
    np.testing.assert_allclose(fitted.scaling.apply(rows).mean(0), 5 * last, atol=0.6)


@given(st.integers(1, 3), st.integers(1, 2), st.sampled_from([0.0, 0.05]))
def test_weights_are_those_of_the_modes(k, n_modes, weight):
    fitted, _ = fitted_of("latent", (k, 2), n_modes=n_modes, defensive_weight=weight)
    assert fitted.weights.shape == (k * n_modes,)
    np.testing.assert_allclose(fitted.weights, 1 / (k * n_modes))


def test_every_seed_draws_its_own_rows():
    fitted, _ = fitted_of("latent", (1, 1))
    drawn = [fitted.sample(1, np.random.RandomState(seed))[0].item() for seed in range(100)]
    assert len(set(drawn)) == 100


SHAPES = {"full": (3, 2, 2), "tied": (2, 2), "diag": (3, 2), "spherical": (3,)}


@pytest.mark.parametrize("covariance_type", SHAPES)
@pytest.mark.parametrize("weight", [0.0, 0.05])
def test_latent_gaussians_have_the_shape_that_scikit_learn_gives_them(covariance_type, weight):
    fitted, _ = fitted_of(
        "latent", (3, 2), covariance_type=covariance_type, defensive_weight=weight
    )
    means, covariances = fitted.latent_gaussians
    np.testing.assert_allclose(means, [[0, 0], [5, 5], [10, 10]], atol=1e-6)
    assert covariances.shape == SHAPES[covariance_type]
    np.testing.assert_allclose(covariances.max(), 1, atol=1e-6)


def test_free_numbers_are_those_of_the_density():
    assert fitted_of("latent", (3, 2), n_layers=0)[0].n_parameters == 17
    assert fitted_of("separate", (3, 2), n_layers=0)[0].n_parameters == 17


def test_a_model_is_built_once_and_never_trained_again():
    fitted, _ = fitted_of("latent")
    model = fitted.model()
    assert fitted.model(torch.device("cpu")) is model
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert all(parameter.dtype == torch.float64 for parameter in model.parameters())


@given(families)
def test_a_value_comes_back_from_a_pickle_as_it_was(name):
    fitted, X = fitted_of(name)
    expected = fitted.log_prob(X)
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.log_prob(X), expected)
    assert b"torch" not in pickle.dumps(fitted)
    old = pickle.dumps(replace(fitted, format_version=fitted.format_version + 1))
    with pytest.raises(ValueError, match="now reads format 2: fit it again"):
        pickle.loads(old)


def test_rows_are_scored_on_the_cpu_unless_a_device_has_double_precision():
    for name, expected in (("cpu", "cpu"), ("mps", "cpu"), ("cuda", "cuda"), ("meta", "meta")):
        assert scoring_device(torch.device(name)) == torch.device(expected)
    assert scoring_device(None) == torch.device("cpu")


def test_rows_are_standardised_slice_by_slice():
    X = np.random.default_rng(0).normal(size=(7, 2))
    rows = StandardisedRows(X, Scaling(np.array([1.0, 2.0]), np.array([2.0, 4.0])))
    assert len(rows) == 7
    np.testing.assert_allclose(rows[2:5], (X[2:5] - [1, 2]) / [2, 4])


@pytest.mark.parametrize("name", FAMILIES)
def test_one_component_takes_every_row(name):
    fitted, X = fitted_of(name, (1, 2))
    np.testing.assert_array_equal(fitted.decisions(X), np.zeros(30))


VALUES = {
    value
    for module in (
        skflowmix.calibration,
        skflowmix.fitted,
        skflowmix.fitted.completing,
        skflowmix.fitted.deciding,
        skflowmix.fitted.density,
        skflowmix.fitted.fitted,
        skflowmix.fitted.model,
        skflowmix.families,
        skflowmix.families.architecture,
        skflowmix.fitting.acceptance,
        skflowmix.fitting.drawing,
        skflowmix.fitting.options,
        skflowmix.fitting.proposals,
        skflowmix.fitting.selection,
        skflowmix.fitting.task,
    )
    for value in vars(module).values()
    if isinstance(value, type) and is_dataclass(value) and not isabstract(value)
}


@pytest.mark.parametrize("value", sorted(VALUES, key=lambda value: value.__name__))
def test_values_never_change(value):
    made = object.__new__(value)
    for field in fields(value):
        with pytest.raises(FrozenInstanceError):
            setattr(made, field.name, None)


def test_fits_are_compared_by_what_they_are_and_not_by_their_numbers():
    fitted, _ = fitted_of("latent")
    assert fitted == fitted
    assert fitted != replace(fitted)
    assert isinstance(fitted.family, LatentFamily)
