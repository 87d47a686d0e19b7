"""What the ways to train a mixture of flows have in common, and where they part."""

import numpy as np
import pytest
import torch
from torch import Generator

from benchmarks import reports
from benchmarks.papers import how_to_train, pictures
from benchmarks.papers.how_to_train import (
    COOLED_AT,
    COOLING,
    EPOCHS,
    METHODS,
    ByBound,
    ByHardEM,
    ByLikelihood,
    BySoftEM,
)
from benchmarks.papers.runs import Options
from skflowmix.data.rows import Rows
from skflowmix.families import Architecture
from skflowmix.families.separate import SeparateFamily
from tests.benchmarks.small import table
from tests.estimators import blobs
from tests.flows.bijections import stirred

N_ROWS, K = 40, 3
SHAPE = Architecture(K, 1, 2, "affine", 2, (8,), "tanh", "full", 0.01)
BEGIN, END = torch.tensor(0.0), torch.tensor(1.0)


def prepared(kind):
    """A family and a model of it away from where it began: the same mixture of any kind."""
    family = kind(SHAPE)
    model = family.build(1, Generator().manual_seed(0)).double()
    with torch.no_grad():
        stirred(model, None, 0.5, Generator().manual_seed(1))
    return family, model


@pytest.fixture
def rows():
    """Random rows, of which a start knew nothing."""
    x = 2 * torch.randn(N_ROWS, 2, generator=Generator().manual_seed(2)).double()
    start = torch.full((1, N_ROWS, K), 1 / K).double()
    return Rows(x, torch.zeros(N_ROWS, K).double(), torch.ones(N_ROWS).double(), start)


def gradient(family, model, rows, progress=END):
    """Gradient of the loss of all rows with respect to the mixture."""
    model.zero_grad()
    family.loss(model, rows, progress).sum().backward()
    gradients = [p.grad for p in model.mixture.parameters() if p.grad is not None]
    return torch.cat([g.flatten() for g in gradients])


def joint_of_standardised(model, rows):
    return model.mixture.joint_log_prob(rows.x).detach()


def test_all_ways_begin_with_the_same_flows_and_go_on_with_the_same_batches():
    flows, batches = [], []
    for kind in (SeparateFamily, ByLikelihood, BySoftEM, ByHardEM, ByBound):
        generator = Generator().manual_seed(0)
        model = kind(SHAPE).build(1, generator)
        flows.append(torch.cat([p.flatten() for p in model.mixture.parameters()]))
        batches.append(torch.randperm(N_ROWS, generator=generator))
    assert all(torch.equal(own, flows[0]) for own in flows)
    assert all(torch.equal(own, batches[0]) for own in batches)


def test_the_likelihood_is_the_bound_plus_the_divergence_of_q(rows):
    exact, by_likelihood = prepared(ByLikelihood)
    bound, by_bound = prepared(ByBound)
    log_q = by_bound.posterior(rows.x).log_softmax(-1)
    log_exact = joint_of_standardised(by_bound, rows).log_softmax(-1)
    divergence = (log_q.exp() * (log_q - log_exact)).sum(-1).mean(-1)
    gap = bound.loss(by_bound, rows, END) - exact.loss(by_likelihood, rows, END)
    torch.testing.assert_close(gap, divergence)
    assert divergence > 0.01


def test_the_bound_is_the_likelihood_where_q_is_the_posterior(rows, monkeypatch):
    exact, by_likelihood = prepared(ByLikelihood)
    bound, by_bound = prepared(ByBound)
    posterior = joint_of_standardised(by_bound, rows)
    monkeypatch.setattr(by_bound.posterior, "forward", lambda x: posterior)
    torch.testing.assert_close(
        bound.loss(by_bound, rows, END), exact.loss(by_likelihood, rows, END)
    )
    torch.testing.assert_close(
        gradient(bound, by_bound, rows), gradient(exact, by_likelihood, rows)
    )


@pytest.mark.parametrize("kind", [ByLikelihood, ByBound])
def test_what_training_ends_with_is_what_is_reported(kind, rows):
    family, model = prepared(kind)
    torch.testing.assert_close(family.loss(model, rows, END), -family.bound(model, rows).mean(-1))


def test_the_temperature_falls_from_epoch_to_epoch_and_is_one_in_the_end():
    by_epoch = how_to_train.temperature(torch.arange(EPOCHS + 1) / EPOCHS)
    hot = int(COOLED_AT * EPOCHS)
    factors = by_epoch[1 : hot + 1] / by_epoch[:hot]
    torch.testing.assert_close(factors, torch.full_like(factors, COOLING))
    assert (by_epoch[hot:] == 1).all()


def test_a_hot_q_is_as_unsure_as_the_temperature_says(rows, monkeypatch):
    family, model = prepared(ByBound)
    expected = family.loss(model, rows, END)
    hot = how_to_train.temperature(BEGIN) * model.posterior(rows.x).detach()
    monkeypatch.setattr(model.posterior, "forward", lambda x: hot)
    torch.testing.assert_close(family.loss(model, rows, BEGIN), expected)


def test_a_round_of_soft_em_begins_with_the_gradient_of_the_likelihood(rows):
    found = {}
    for kind in (ByLikelihood, BySoftEM, ByHardEM):
        family, model = prepared(kind)
        family.closed_form_step(model, rows, 0.0)
        found[kind] = gradient(family, model, rows)
    torch.testing.assert_close(found[BySoftEM], found[ByLikelihood])
    assert not torch.allclose(found[ByHardEM], found[ByLikelihood])


@pytest.mark.parametrize("kind", [BySoftEM, ByHardEM])
def test_responsibilities_are_the_posterior_or_its_mode(kind, rows):
    family, model = prepared(kind)
    family.closed_form_step(model, rows, 0.0)
    posterior = joint_of_standardised(model, rows).softmax(-1)
    assert torch.equal(rows.groups.argmax(-1), posterior.argmax(-1))
    torch.testing.assert_close(rows.groups.sum(-1), torch.ones_like(rows.groups.sum(-1)))
    if kind is ByHardEM:
        assert ((rows.groups == 0) | (rows.groups == 1)).all()
    else:
        torch.testing.assert_close(rows.groups, posterior)


@pytest.mark.parametrize("kind", [BySoftEM, ByHardEM])
@pytest.mark.parametrize("max_iter", [100, 20, 7])
def test_responsibilities_are_fixed_within_each_of_the_rounds(kind, max_iter, rows):
    family, model = prepared(kind)
    step = family.closed_form_step(model, rows, 0.0)
    generator, renewed = Generator().manual_seed(3), []
    for epoch in range(1, max_iter + 1):
        before = rows.groups.clone()
        with torch.no_grad():
            stirred(model.mixture, None, 0.3, generator)
        step(epoch / max_iter)
        if not torch.equal(rows.groups, before):
            renewed.append(epoch)
    length = max(max_iter // how_to_train.ROUNDS, 1)
    assert renewed == list(range(length, max_iter + 1, length))


@pytest.mark.parametrize("name", METHODS)
def test_every_way_can_end_with_its_start(name):
    X, _ = blobs(60)
    model = METHODS[name](3, max_iter=3, learning_rate_init=3.0, random_state=0)
    model.fit(X)  # by steps too large to lead anywhere
    assert not model.trained_
    assert model.n_iter_ == 3
    assert np.isfinite([model.lower_bound_, *model.score_samples(X)]).all()


@pytest.mark.parametrize("name", [*how_to_train.METHODS, *how_to_train.PEERS])
def test_every_way_is_measured_alike(name, monkeypatch):
    monkeypatch.setattr(how_to_train, "QUICK_EPOCHS", 3)
    measured = how_to_train.measure(True, "moons", name, 0)
    assert np.isfinite(measured[how_to_train.LIKELIHOOD]) == (name != "KMeans")
    assert 0.5 <= measured[how_to_train.ACCURACY] <= 1


def test_the_experiment_writes_a_table_and_a_picture(tmp_path, monkeypatch):
    for module in (reports, pictures):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setattr(how_to_train, "QUICK_EPOCHS", 1)
    monkeypatch.delitem(how_to_train.DATA_SETS, "two bananas")
    monkeypatch.delitem(how_to_train.DATA_SETS, "pinwheel")
    how_to_train.run(Options(seeds=1, quick=True))
    n_names = len(how_to_train.METHODS) + len(how_to_train.PEERS)
    assert len(table(tmp_path / "papers" / "how_to_train.csv")) == 1 + 2 * n_names
    assert (tmp_path / "papers" / "how_to_train.png").stat().st_size > 10_000
