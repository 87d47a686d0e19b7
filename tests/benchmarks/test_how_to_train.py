"""What the ways to train a mixture of flows have in common, and where they part."""

import numpy as np
import pytest
import torch
from skflowmix._rows import Rows
from torch import Generator

from benchmarks import reports
from benchmarks.papers import how_to_train, pictures
from benchmarks.papers.how_to_train import Gradients, HardEM, SoftEM, Variational
from benchmarks.papers.runs import Options
from tests.benchmarks.small import table
from tests.flows.bijections import stirred

N_ROWS, K = 40, 3


def prepared(method, max_iter=20):
    """An objective over random rows, with the model it is for, away from where it began."""
    generator = Generator().manual_seed(0)
    estimator = method(K, n_layers=2, hidden_layer_sizes=8, max_iter=max_iter)
    estimator.n_features_in_ = 2
    estimator._shape = estimator._architecture(K, np.full(1, -1))
    model = estimator._build(1, estimator._shape, generator).double()
    with torch.no_grad():
        stirred(model, None, 0.5, generator)
    x = 2 * torch.randn(N_ROWS, 2, generator=generator).double()
    start = torch.full((1, N_ROWS, K), 1 / K).double()
    rows = Rows(x, torch.zeros(N_ROWS, K).double(), torch.ones(N_ROWS).double(), start)
    objective = estimator._objective(model, rows, lambda: torch.zeros(1))
    return estimator, model, rows, objective


END = torch.tensor(1.0)


def gradient(model, objective, progress=0.0):
    """Gradient of the loss of all rows with respect to the mixture."""
    model.zero_grad()
    objective.loss(torch.arange(N_ROWS), torch.tensor(progress)).sum().backward()
    gradients = [p.grad for p in model.mixture.parameters() if p.grad is not None]
    return torch.cat([g.flatten() for g in gradients])


def test_the_likelihood_is_the_bound_plus_the_divergence_of_q():
    _, model, rows, exact = prepared(Gradients)
    _, _, _, bound = prepared(Variational)
    joint = model.mixture.joint_log_prob(rows.x)
    log_q = model.posterior(rows.x).log_softmax(-1)
    divergence = (log_q.exp() * (log_q - joint.log_softmax(-1))).sum(-1).mean()
    index = torch.arange(N_ROWS)
    gap = bound.loss(index, END) - exact.loss(index, END)
    torch.testing.assert_close(gap, divergence.unsqueeze(0))
    assert divergence > 0.01


def test_the_bound_is_the_likelihood_where_q_is_the_posterior(monkeypatch):
    _, model, _, exact = prepared(Gradients)
    _, other, _, bound = prepared(Variational)
    monkeypatch.setattr(other.posterior, "forward", lambda x: joint_of(other, x).detach())
    index = torch.arange(N_ROWS)
    torch.testing.assert_close(bound.loss(index, END), exact.loss(index, END))
    torch.testing.assert_close(gradient(other, bound, 1.0), gradient(model, exact, 1.0))


def joint_of(model, x):
    return model.mixture.joint_log_prob(x)


def test_the_bound_begins_hot_and_ends_as_it_is():
    _, model, rows, bound = prepared(Variational)
    logits = model.posterior(rows.x)
    joint = model.mixture.joint_log_prob(rows.x)
    for progress, temperature in ((0.0, 0.96**-10), (0.5, 1.0), (1.0, 1.0)):
        log_q = (logits / temperature).log_softmax(-1)
        expected = -(log_q.exp() * (joint - log_q)).sum(-1).mean(-1)
        torch.testing.assert_close(
            bound.loss(torch.arange(N_ROWS), torch.tensor(progress)), expected
        )


def test_a_round_of_soft_em_begins_with_the_gradient_of_the_likelihood():
    _, model, _, exact = prepared(Gradients)
    expected = gradient(model, exact)
    _, model, _, soft = prepared(SoftEM)
    torch.testing.assert_close(gradient(model, soft), expected)
    _, model, _, hard = prepared(HardEM)
    assert not torch.allclose(gradient(model, hard), expected)


def test_soft_and_hard_responsibilities():
    estimator, model, rows, _ = prepared(SoftEM)
    posterior = joint_of(model, rows.x).softmax(-1).detach()
    torch.testing.assert_close(estimator._fixed, posterior)
    estimator, _, _, _ = prepared(HardEM)
    assert estimator._fixed.sum(-1).eq(1).all()
    assert ((estimator._fixed == 0) | (estimator._fixed == 1)).all()
    assert torch.equal(estimator._fixed.argmax(-1), posterior.argmax(-1))


@pytest.mark.parametrize("method", [SoftEM, HardEM])
def test_responsibilities_are_fixed_within_a_round(method):
    estimator, model, _, objective = prepared(method, max_iter=20)  # two epochs a round
    first = estimator._fixed.clone()
    with torch.no_grad():
        stirred(model.mixture, None, 0.5, Generator().manual_seed(1))
    objective.after_epoch(1 / 20)
    assert torch.equal(estimator._fixed, first)
    objective.after_epoch(2 / 20)
    assert not torch.equal(estimator._fixed, first)


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
