"""Likelihoods of a flow with a Gaussian mixture prior, epoch by epoch."""

import numpy as np
import pytest
from scipy.special import logsumexp

from benchmarks import reports
from benchmarks.papers import latent_prior, pictures
from benchmarks.papers.runs import Options
from tests.benchmarks.small import table


def test_training_and_test_rows_are_those_of_one_draw():
    split = latent_prior.drawn("circles", 3, quick=False)
    assert (split.train.shape, split.test.shape) == ((1000, 2), (500, 2))
    X, y = latent_prior.DATA_SETS["circles"](1500, random_state=3)
    np.testing.assert_array_equal(np.concatenate([split.train, split.test]), X)
    np.testing.assert_array_equal(np.concatenate([split.train_classes, split.test_classes]), y)


@pytest.fixture(autouse=True)
def _few_epochs(monkeypatch):
    monkeypatch.setattr(latent_prior, "QUICK_EPOCHS", 6)


@pytest.mark.parametrize("n_components", [1, 2])
def test_curves_have_an_entry_an_epoch_and_watching_changes_nothing(n_components):
    split = latent_prior.drawn("moons", 0, quick=True)
    model, curves = latent_prior.watched(n_components, split, quick=True)
    assert curves.shape == (model.n_iter_, 2)
    name = f"FlowGMM, K={n_components}"
    unwatched = latent_prior.estimator(name, 0, quick=True).fit(split.train)
    np.testing.assert_array_equal(
        unwatched.score_samples(split.test), model.score_samples(split.test)
    )


def test_the_kept_epoch_of_a_single_start_has_about_the_score():
    split = latent_prior.drawn("moons", 0, quick=True)
    model, curves = latent_prior.watched(1, split, quick=True)
    kept = curves[model.validation_scores_.argmax()]
    # The guard of the model that is kept knows of the rows that were held out as well, and they
    # have said how much it weighs.
    scores = [model.score(split.train), model.score(split.test)]
    assert kept == pytest.approx(scores, abs=0.1)


def test_the_gaussians_in_latent_space_give_the_density_but_for_the_volume():
    split = latent_prior.drawn("moons", 0, quick=True)
    model = latent_prior.estimator("FlowGMM, K=2", 0, True).set_params(defensive_weight=0.0)
    model.fit(split.train)
    gaussians = latent_prior.latent_gaussians(model)
    Z = model.transform(split.test)
    np.testing.assert_allclose(
        gaussians.predict_proba(Z), model.predict_proba(split.test), atol=1e-5
    )
    assert np.isfinite(logsumexp(gaussians.score_samples(Z)))


@pytest.mark.parametrize("name", ["KMeans, K=2", "GaussianMixture, K=3"])
def test_what_a_peer_does_not_have_is_left_open(name):
    measured = latent_prior.measure(True, "moons", name, 0)
    has_density = name.startswith("Gauss")
    assert np.isfinite(measured["test log-likelihood"]) == has_density
    assert np.isfinite(measured["accuracy"]) == (not has_density)


def test_the_experiment_writes_a_table_and_a_picture(tmp_path, monkeypatch):
    for module in (reports, pictures):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setattr(latent_prior, "QUICK_EPOCHS", 1)
    latent_prior.run(Options(seeds=1, quick=True))
    lines = table(tmp_path / "papers" / "latent_prior.csv")
    assert len(lines) == 1 + 2 * len(latent_prior.ESTIMATORS)
    assert (tmp_path / "papers" / "latent_prior.png").stat().st_size > 10_000
