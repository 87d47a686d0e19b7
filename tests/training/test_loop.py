"""The training loop on toy objectives, and the helpers around it."""

import warnings
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from torch import Generator, nn

from skflowmix.training import loop
from skflowmix.training.loop import (
    BATCHES_PER_EPOCH,
    MAX_ROLLBACKS,
    WARM_UP_STEPS,
    Objective,
    Settings,
    Trainer,
)

SETTINGS = Settings(
    max_iter=40,
    batch_size=1000,
    learning_rate=0.1,
    weight_decay=0.0,
    tol=0.0,
    n_iter_no_change=1000,
)
"""Full batches, and no early end."""


class Points(nn.Module):
    """R points, one for each start, that objectives move about."""

    def __init__(self, n_starts, n_features=2):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(n_starts, n_features))


def quadratic(points, x, targets):
    """Pull every point to its target, seen through rows of noise ``x (n, d)``."""

    def loss(rows, progress):
        return (points.place - targets - x[rows].mean(0)).square().sum(1)

    @torch.no_grad()
    def score():
        return -loss(slice(None), 1.0)

    return Objective(points, loss, score)


def run(points, objective, seed=0, n_rows=20, on_epoch=lambda: False, **changes):
    """Train under the settings above, with some of them changed."""
    generator = Generator().manual_seed(seed)
    settings = replace(SETTINGS, **changes)
    return Trainer(points, objective, settings, n_rows, generator).run(on_epoch)


def noise(n_rows=20, seed=0):
    return 0.1 * torch.randn(n_rows, 2, generator=Generator().manual_seed(seed))


def targets(n_starts, seed=0):
    return torch.randn(n_starts, 2, generator=Generator().manual_seed(seed))


def test_training_converges():
    points, x, goals = Points(3), noise(), targets(3)
    history = run(points, quadratic(points, x, goals), max_iter=200)
    torch.testing.assert_close(points.place.data, goals + x.mean(0), rtol=0, atol=1e-3)
    assert len(history.scores) == 200
    assert not history.converged


@pytest.mark.parametrize("tol", [0.0, 0.01, 0.1])
def test_training_ends_when_no_start_improves(tol):
    points, patience = Points(3), 3
    objective = quadratic(points, noise(), targets(3))
    first = objective.score()
    history = run(points, objective, max_iter=500, tol=tol, n_iter_no_change=patience)
    assert history.converged
    scores = torch.stack([first, *history.scores])
    gains = scores[1:] - scores.cummax(0).values[:-1]  # over the best before
    is_fruitful = (gains > tol).any(1)
    n_warm_up = WARM_UP_STEPS - 1  # epochs of one step each, in which patience is not tried
    last = max([n_warm_up, *(is_fruitful.nonzero()[:, 0] + 1).tolist()])
    assert len(history.scores) == last + patience


def test_one_start_that_improves_keeps_the_others_going():
    points = Points(2)
    steps = torch.tensor([0.0, 1.0])  # the first start never improves

    def loss(rows, progress):
        return -(steps * points.place.sum(1))

    def score():
        return (steps * points.place.detach().sum(1)).clone()

    history = run(points, Objective(points, loss, score), n_iter_no_change=2)
    assert len(history.scores) == SETTINGS.max_iter
    assert not history.converged


def test_no_epochs_do_nothing():
    points = Points(2)
    before = points.place.detach().clone()
    history = run(points, quadratic(points, noise(), targets(2)), max_iter=0)
    assert torch.equal(points.place, before)
    assert history.scores == []
    assert not history.converged


def passing_by(points, goals):
    """Walk along the first axis for ever; the score is best when passing the goal."""

    def loss(rows, progress):
        return -points.place.sum(1)

    def score():
        return -(points.place.detach()[:, 0] - goals).abs()

    return Objective(points, loss, score)


def test_every_start_ends_in_its_own_best_state():
    points, goals = Points(3), torch.tensor([0.25, 1.0, -1.0])
    seen = [points.place.detach().clone()]

    def on_epoch():
        seen.append(points.place.detach().clone())
        return False

    history = run(points, passing_by(points, goals), on_epoch=on_epoch)
    places = torch.stack(seen)  # (epochs, R, d)
    best = (places[:, :, 0] - goals).abs().argmin(0)
    assert 0 < best[0] < best[1] < len(history.scores)  # later epochs were worse
    assert best[2] == 0  # and here all of them
    assert torch.equal(points.place, places[best, range(3)])


def test_only_what_is_scored_goes_back_to_its_best_state():
    # A helper that is trained along with the model keeps what it learned last.
    model = nn.ModuleDict({"scored": Points(1), "helper": Points(1)})
    objective = passing_by(model["scored"], torch.tensor([0.25]))

    def loss(rows, progress):
        return objective.loss(rows, progress) - model["helper"].place.sum(1)

    run(model, replace(objective, loss=loss))
    assert model["helper"].place[0, 0] > 2 * model["scored"].place[0, 0]


@given(st.integers(1, 4), st.integers(0, 2**20))
def test_starts_are_independent(n_starts, seed):
    x, goals = noise(seed=seed), targets(n_starts, seed)
    together = Points(n_starts)
    history = run(together, quadratic(together, x, goals), seed, max_iter=10)
    for start in range(n_starts):
        alone = Points(1)
        own = run(alone, quadratic(alone, x, goals[start : start + 1]), seed, max_iter=10)
        torch.testing.assert_close(together.place[start : start + 1], alone.place)
        torch.testing.assert_close(
            torch.stack(history.scores)[:, start], torch.stack(own.scores)[:, 0]
        )


def test_one_seed_gives_one_result():
    places = []
    global_state = torch.get_rng_state()
    for seed in (3, 3, 4):
        points = Points(2)
        objective = quadratic(points, noise(), targets(2))
        run(points, objective, seed, batch_size=3, max_iter=5)
        places.append(points.place.detach())
    assert torch.equal(places[0], places[1])
    assert not torch.equal(places[0], places[2])
    assert torch.equal(torch.get_rng_state(), global_state)


@given(st.integers(1, 40), st.integers(1, 50))
def test_an_epoch_takes_every_row_once(n_rows, batch_size):
    points, batches = Points(1), []

    def loss(rows, progress):
        batches.append(rows)
        return points.place.square().sum(1)

    objective = Objective(points, loss, lambda: torch.zeros(1))
    run(points, objective, n_rows=n_rows, batch_size=batch_size, max_iter=1)
    assert all(len(rows) <= batch_size for rows in batches)
    assert torch.equal(torch.cat(batches).sort().values, torch.arange(n_rows))


def test_an_epoch_has_a_bounded_number_of_batches():
    points, batches = Points(1), []

    def loss(rows, progress):
        batches.append(rows)
        return points.place.square().sum(1)

    objective = Objective(points, loss, lambda: torch.zeros(1))
    run(points, objective, n_rows=3 * BATCHES_PER_EPOCH, batch_size=1, max_iter=2)
    assert len(batches) == 2 * BATCHES_PER_EPOCH
    first = torch.cat(batches[:BATCHES_PER_EPOCH])
    second = torch.cat(batches[BATCHES_PER_EPOCH:])
    assert len(first.unique()) == BATCHES_PER_EPOCH
    assert not torch.equal(first, second)  # another epoch draws other rows


def test_progress_runs_from_zero_to_one():
    points, of_loss, of_epochs = Points(1), [], []

    def loss(rows, progress):
        of_loss.append(progress)
        return points.place.square().sum(1)

    objective = Objective(points, loss, lambda: torch.zeros(1), of_epochs.append)
    run(points, objective, n_rows=20, batch_size=10, max_iter=4)
    assert of_loss == [i / 8 for i in range(8)]
    assert of_epochs == [0.25, 0.5, 0.75, 1.0]


def test_steps_in_closed_form_are_part_of_the_epoch():
    points, goals = Points(2), targets(2)

    @torch.no_grad()
    def jump(progress):
        points.place.copy_(goals)

    objective = replace(quadratic(points, torch.zeros(20, 2), goals), after_epoch=jump)
    history = run(points, objective, max_iter=1)
    assert torch.equal(history.scores[0], torch.zeros(2))
    assert torch.equal(points.place, goals)


def test_the_callback_can_end_the_training():
    points, x, goals = Points(2), noise(), targets(2)
    calls = []

    def on_epoch():
        calls.append(None)
        return len(calls) == 3

    history = run(points, quadratic(points, x, goals), on_epoch=on_epoch)
    assert len(history.scores) == len(calls) == 3
    assert history.converged


@pytest.mark.parametrize("where", ["loss", "callback"])
def test_an_interrupt_keeps_the_best_state(where):
    points, goals = Points(2), torch.tensor([0.25, 10.0])
    objective, seen = passing_by(points, goals), []

    def interrupted(rows, progress):
        if where == "loss" and len(seen) == 8:
            raise KeyboardInterrupt
        return objective.loss(rows, progress)

    def on_epoch():
        seen.append(points.place.detach().clone())
        if where == "callback" and len(seen) == 8:
            raise KeyboardInterrupt
        return False

    with pytest.warns(ConvergenceWarning, match="interrupted"):
        history = run(points, replace(objective, loss=interrupted), on_epoch=on_epoch)
    assert len(history.scores) == 8
    assert not history.converged
    best = (torch.stack(seen)[:, :, 0] - goals).abs().argmin(0)
    assert best[0] < best[1] == 7
    assert torch.equal(points.place, torch.stack(seen)[best, range(2)])


def over_the_edge(points, edge):
    """Walk on for ever, with a loss that is no number once the first start is over an edge.

    The second start only gets worse, so its best state is where it began.
    """

    def loss(rows, progress):
        place = points.place[:, 0]
        is_over = (place > edge) & torch.tensor([True, False])
        return -place + torch.where(is_over, torch.nan, 0.0)

    def score():
        return loss(None, 1.0).detach() * torch.tensor([-1.0, 1.0])

    return Objective(points, loss, score)


def test_a_loss_that_is_no_number_rolls_its_own_start_back(monkeypatch):
    monkeypatch.setattr(loop, "WARM_UP_STEPS", 1)
    points, seen = Points(2), []

    def on_epoch():
        seen.append(points.place.detach()[:, 0].clone())
        return len(seen) == 7

    # Almost constant steps of 0.1: the learning rate has hardly begun to fall.
    run(points, over_the_edge(points, 0.55), on_epoch=on_epoch, max_iter=1000)
    first, second = torch.stack(seen).T
    expected = [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.55]  # back from the edge, then half a step
    torch.testing.assert_close(first, torch.tensor(expected), rtol=0, atol=1e-3)
    expected = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65]  # goes on, at the smaller step as well
    torch.testing.assert_close(second, torch.tensor(expected), rtol=0, atol=1e-3)


def test_an_incurable_loss_ends_the_training_with_a_warning():
    points, seen = Points(2), []
    steep = torch.tensor([torch.nan, 1.0])  # whatever the first start does, its loss is NaN
    losses = 0

    def loss(rows, progress):
        nonlocal losses
        losses += 1
        return -points.place[:, 0] * (steep if losses > 3 else 1.0)

    def score():
        return points.place.detach()[:, 0] * (steep if losses > 3 else 1.0)

    def on_epoch():
        seen.append(points.place.detach().clone())
        return False

    with pytest.warns(ConvergenceWarning, match="not finite, with smaller steps either"):
        history = run(points, Objective(points, loss, score), on_epoch=on_epoch)
    assert len(history.scores) == 3 + MAX_ROLLBACKS + 1
    assert not history.converged
    assert torch.equal(points.place[0], seen[2][0])  # the best state so far
    assert torch.equal(points.place[1], seen[-1][1])  # the other start went on
    places = torch.stack(seen)[:, 1, 0]
    assert (places.diff() > 0).all()


def test_a_loss_that_is_no_number_does_not_pass_silently_where_the_score_is_one():
    points = Points(1)

    def loss(rows, progress):
        return torch.nan * points.place.sum(1)

    with pytest.warns(ConvergenceWarning, match="not finite"):
        run(points, Objective(points, loss, lambda: points.place.detach()[:, 0].clone()))


def test_a_start_can_recover_from_a_first_score_that_is_no_number():
    points = Points(1)

    def score():  # a density that is only defined away from zero
        place = points.place.detach()[:, 0]
        return torch.where(place == 0, torch.nan, place)

    run(points, Objective(points, lambda rows, progress: -points.place.sum(1), score))
    assert points.place[0, 0] > 1


def test_a_cured_loss_gives_no_warning():
    points = Points(2)
    losses = 0

    def loss(rows, progress):
        nonlocal losses
        losses += 1
        return points.place.square().sum(1) - 2 * points.place[:, 0]

    def score():
        fine = -loss(None, 1.0).detach()
        return torch.where(torch.tensor([losses == 6, False]), torch.nan, fine)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(points, Objective(points, loss, score), max_iter=200)
    torch.testing.assert_close(points.place[:, 0].data, torch.ones(2), rtol=0, atol=1e-2)


def test_only_what_is_said_to_decays():
    model = nn.ModuleDict({"network": Points(1), "other": Points(1)})
    for points in model.values():
        points.place.data.fill_(1.0)

    def loss(rows, progress):
        return sum(0 * points.place.sum(1) for points in model.values())

    decaying = list(model["network"].parameters())
    objective = Objective(nn.Module(), loss, lambda: torch.zeros(1), decaying=decaying)
    run(model, objective, weight_decay=1.0, max_iter=3)
    assert (model["network"].place < 1).all()
    assert torch.equal(model["other"].place, torch.ones(1, 2))


def test_steps_rise_to_the_learning_rate_and_get_smaller_towards_the_end():
    points, seen = Points(1), [0.0]

    def on_epoch():
        seen.append(float(points.place[0, 0].detach()))
        return False

    run(points, passing_by(points, torch.tensor([9.0])), on_epoch=on_epoch)
    steps = torch.tensor(seen).diff()
    # Adam's steps under a constant gradient are as long as the learning rate.
    expected = [0.05 * (1 + torch.cos(torch.tensor(torch.pi * i / 40))) for i in range(4, 40)]
    torch.testing.assert_close(steps[4:], torch.stack(expected), rtol=0, atol=1e-4)
    assert (steps[:4].diff() > 0).all()
    assert steps[0] < SETTINGS.learning_rate / 3


def test_one_step_is_a_whole_step():
    points = Points(1)
    run(points, passing_by(points, torch.tensor([9.0])), max_iter=1)
    assert float(points.place[0, 0].detach()) == pytest.approx(SETTINGS.learning_rate, rel=1e-4)


def test_frozen_parameters_stay():
    model = nn.ModuleDict({"moved": Points(1), "frozen": Points(1).requires_grad_(False)})
    objective = passing_by(model["moved"], torch.tensor([9.0]))
    run(model, replace(objective, scored=model), max_iter=3)
    assert not model["frozen"].place.any()
    assert model["moved"].place.all()


def test_a_smaller_cap_on_batches_is_obeyed(monkeypatch):
    monkeypatch.setattr(loop, "BATCHES_PER_EPOCH", 2)
    points, batches = Points(1), []

    def loss(rows, progress):
        batches.append(progress)
        return points.place.square().sum(1)

    objective = Objective(points, loss, lambda: torch.zeros(1))
    run(points, objective, n_rows=10, batch_size=1, max_iter=2)
    assert batches == [0.0, 0.25, 0.5, 0.75]  # progress counts the batches that are run
