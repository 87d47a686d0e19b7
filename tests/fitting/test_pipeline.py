"""A fit from beginning to end, and what is written down of it."""

import pickle
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.calibration import Calibration
from skflowmix.fitting import fit_mixture
from skflowmix.fitting.acceptance import best_of, evaluate
from skflowmix.fitting.pipeline import (
    calibrate,
    current,
    first_model,
    let_experts_decide,
    was_trained,
    write_report,
)
from skflowmix.fitting.proposals import propose_candidates
from skflowmix.fitting.training import start_models
from skflowmix.starts import GROUPERS
from skflowmix.training import History
from tests.fitting.examples import (
    CPU,
    FAMILIES,
    SMALL,
    clouds,
    every_family,
    observations,
    options,
    task_for,
)

families = st.sampled_from(sorted(FAMILIES))


class Listener:
    """Writes down what it is told of a fit, and may end the training."""

    def __init__(self, n_epochs=None):
        self.told, self.n_epochs = [], n_epochs

    def stage(self, name, n_steps, current=None):
        self.told.append((name, n_steps))
        self.current, self.snapshots = current, []

    def step(self, name, score=None):
        self.told.append(name)
        if self.current is None:
            return False
        self.snapshots.append(self.current())
        return self.told.count("epoch") == self.n_epochs

    def end(self, fitted):
        self.told.append("end")


def fit(data, kind, previous=None, listener=None, **changed):
    """Fit on the CPU."""
    random_state = np.random.RandomState(0)
    listener = Listener() if listener is None else listener
    return fit_mixture(data, kind, options(**changed), previous, CPU, random_state, listener)


def moons(n=80, seed=0):
    """Two bent groups, and which of them each row is in."""
    rng = np.random.default_rng(seed)
    angle, y = np.pi * rng.uniform(size=n), np.arange(n) % 2
    X = np.c_[np.cos(angle), np.sin(angle)] * np.where(y, -1, 1)[:, None] + y[:, None] * [1, 0.5]
    return X + 0.05 * rng.normal(size=(n, 2)), y


def unclear(n=80, seed=0):
    """Rows that can be grouped in many ways, and a group that they were drawn from."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return rng.normal(size=(n, 4)) * np.where(y, 1, 3)[:, None] + y[:, None], y


def assert_alike(found, expected):
    """Numbers may differ by rounding, names and answers may not."""
    if found.dtype.kind == "f":
        np.testing.assert_allclose(found, expected, atol=1e-9)
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("is_labelled", [False, True])
@every_family
def test_units_move_what_is_in_nats_by_their_logarithm_and_nothing_else(kind, is_labelled):
    X, y = moons()
    codes = y if is_labelled else None
    changed = {"init_params": "random", "n_init": 2, "max_iter": 3}
    own, moved = (fit(observations(scale * X, codes), kind, **changed) for scale in (1.0, 4.0))
    one, other, shift = own.report, moved.report, 2 * np.log(4)
    assert (one.n_iter, one.start, one.trained) == (other.n_iter, other.start, other.trained)
    np.testing.assert_allclose(other.validation_scores, one.validation_scores - shift, atol=1e-5)
    assert other.lower_bound == pytest.approx(one.lower_bound - shift, abs=1e-5)
    for name, values in one.starts.items():
        if name == "validation_score" or (name == "trained_score" and is_labelled):
            np.testing.assert_allclose(other.starts[name], values - shift, atol=1e-5)
        else:
            assert_alike(other.starts[name], values)
    np.testing.assert_allclose(moved.log_prob(4 * X), own.log_prob(X) - shift, atol=1e-5)
    np.testing.assert_allclose(
        moved.joint_log_prob(4 * X), own.joint_log_prob(X) - shift, atol=1e-5
    )
    np.testing.assert_allclose(moved.log_proba(4 * X), own.log_proba(X), atol=1e-5)
    # They are the scores of the rows, too.
    np.testing.assert_allclose(one.validation_scores, own.log_prob(X).mean(), atol=3)


@every_family
def test_a_listener_is_told_of_every_epoch_and_may_end_the_training(kind):
    X, _ = moons()
    listener = Listener()
    fitted = fit(observations(X), kind, listener=listener, max_iter=3)
    assert listener.told[-5:] == [("training", 3), "epoch", "epoch", "epoch", "end"]
    assert not fitted.report.converged
    assert [each.report.n_iter for each in listener.snapshots] == [1, 2, 3]
    for number, snapshot in enumerate(listener.snapshots, 1):
        np.testing.assert_array_equal(
            snapshot.report.validation_scores, fitted.report.validation_scores[:number]
        )
        assert snapshot.report.trained
    stopped = fit(observations(X), kind, listener=Listener(2), max_iter=5)
    assert stopped.report.n_iter == len(stopped.report.validation_scores) == 2
    assert stopped.report.converged


@every_family
def test_a_fit_as_it_stood_stays_what_it_was_while_its_members_are_trained(kind):
    X, _ = moons()
    listener = Listener()
    design = replace(SMALL, n_estimators=3)
    fit(observations(X, n_components=1), kind, listener=listener, max_iter=3, design=design)
    stored = (pickle.loads(pickle.dumps(each)) for each in listener.snapshots)
    first, *_, last = (each.log_prob(X) for each in stored)
    assert not np.allclose(first, last)


def beginnings(kind, codes=None, previous=None, data=None, **changed):
    """Return a task, its starts, and the models before their first step."""
    if data is None:
        X, groups = clouds(80)
        data = observations(X, None if codes is None else codes(groups))
    task = task_for(data, kind, previous, **changed)
    candidates = propose_candidates(task, np.random.RandomState(0))
    return task, candidates, first_model(task, candidates)


@every_family
def test_the_first_models_are_made_of_the_rows_that_are_trained_on(kind):
    task, candidates, model = beginnings(kind, lambda groups: groups, reg_covar=0.2)
    rows, moments = candidates.split.training, candidates.moments.training
    expected = start_models(task.family, moments, rows, 0.2, torch.Generator())
    x = rows.x
    torch.testing.assert_close(model.mixture.joint_log_prob(x), expected.mixture.joint_log_prob(x))


@every_family
def test_a_fit_that_goes_on_begins_with_the_model_of_the_last_one(kind):
    X, _ = clouds(80)
    previous = fit(observations(X), kind)
    task, candidates, model = beginnings(kind, None, previous)
    joint = model.mixture.joint_log_prob(candidates.split.everything.x).detach()[0]
    expected = previous.joint_log_prob(X[task.numbers]) - previous.scaling.log_det
    np.testing.assert_allclose(joint, expected, rtol=1e-4, atol=1e-3)


@given(st.sampled_from([0, 20, 49, 50, 60]))
def test_enough_labels_that_were_held_out_are_what_calibrates(n_held):
    X, groups = clouds(200)
    fitted = fit(observations(X), FAMILIES["latent"])
    codes = np.where(np.arange(200) < 150, groups, -1)
    codes[:n_held] = 1 - codes[:n_held]  # where it matters, they are wrong
    task = task_for(observations(X, codes))
    mask = (np.arange(200) < n_held) | (np.arange(200) > 170)
    found = calibrate(fitted, task, mask[task.numbers]).calibration
    n_used = n_held if n_held >= 50 else 150
    assert found.smoothing == pytest.approx(1 / (n_used + 2))
    assert found.temperature > 1


def test_calibration_takes_a_weight_of_two_for_a_row_twice():
    X, groups = clouds(40, distance=2.0)
    fitted = fit(observations(X), FAMILIES["latent"])
    codes = np.where(np.arange(40) < 30, groups, -1)
    twice = np.random.default_rng(0).integers(1, 4, 40)
    nothing = np.zeros(40, dtype=bool)
    task = task_on(fitted, X, codes, twice.astype(float))
    weighted = calibrate(fitted, task, nothing).calibration
    rows = np.repeat(np.arange(40), twice)
    task = task_on(fitted, X[rows], codes[rows])
    repeated = calibrate(fitted, task, np.zeros(len(task.numbers), bool)).calibration
    assert weighted.temperature == pytest.approx(repeated.temperature, rel=1e-4)
    assert weighted.smoothing == pytest.approx(repeated.smoothing)
    assert calibrate(fitted, task_on(fitted, X, codes * 0 - 1), nothing) is fitted


@pytest.mark.parametrize(("n_held", "is_asked"), [(49, False), (50, True)])
def test_a_density_is_asked_where_enough_labels_were_held_out(n_held, is_asked):
    X, groups = clouds(200, distance=2.0)
    fitted = fit(observations(X, groups), FAMILIES["latent"])
    held = np.arange(200) < n_held
    wrong = np.where(held, 1 - groups, groups)  # to the density, which knows better
    task = task_on(fitted, X, wrong, init_params="auto")
    report = let_experts_decide(fitted, task, task.answers, held[task.numbers]).report
    assert (report.experts["log_loss"][-1] > 1) == is_asked
    assert (report.experts["weight"][-1] < 0.1) == is_asked


def task_on(fitted, X, codes, weights=None, **options):
    """Return a task that goes on from a fit, so that its rows are in the units of that."""
    return task_for(observations(X, codes, weights=weights), previous=fitted, **options)


@pytest.mark.parametrize("n_epochs", [0, 2])
@every_family
def test_what_is_written_down_is_of_the_start_that_is_kept(kind, n_epochs):
    task, candidates, model = beginnings(kind, init_params="random", n_init=3)
    evaluation = evaluate(model, task.family, candidates.split)
    scores = [torch.tensor([1.0, 2.0, 3.0]) + epoch for epoch in range(n_epochs)]
    history = History(scores, n_epochs > 0)
    kept = best_of(task, model, evaluation, n_epochs > 0)
    report = write_report(task, candidates, kept, history)
    own = kept.best + 1 + np.arange(n_epochs) + task.scaling.log_det
    np.testing.assert_allclose(report.validation_scores, own)
    assert report.n_iter == n_epochs
    assert report.converged == report.trained == (n_epochs > 0)
    assert report.start == "random"
    assert len(report.starts["start"]) == 3
    assert (report.starts["trained"] == (n_epochs > 0)).all()
    rows = candidates.split.training
    bound = task.family.bound(kept.model, rows).mean().item() + task.scaling.log_det
    assert report.lower_bound == pytest.approx(bound, rel=1e-4)


@every_family
def test_the_name_of_the_start_is_that_of_the_one_that_is_kept(kind):
    task, candidates, model = beginnings(kind, init_params="random", n_init=3)
    kept = best_of(task, model, evaluate(model, task.family, candidates.split), True)
    named = replace(candidates, names=["a", "b", "c"])
    report = write_report(task, named, replace(kept, starts=[1]), History())
    assert report.start == "b"
    assert report.starts["start"].tolist() == ["a", "b", "c"]
    assert report.starts["n_components"].tolist() == [2, 2, 2]


@pytest.mark.parametrize("n_init", [1, 3])
@every_family
def test_all_groupings_that_were_tried_are_told_with_what_became_of_those_that_were_trained(
    kind, n_init
):
    X, _ = unclear()
    report = fit(observations(X), kind, init_params="auto", n_init=n_init).report
    table = report.starts
    assert sorted(table["start"]) == sorted(GROUPERS)
    assert (table["n_components"] == 2).all()
    has_ended = np.isfinite(table["validation_score"])
    best = np.argsort(-table["selection_score"], kind="stable")[:n_init]
    assert set(table["start"][has_ended]) == set(table["start"][best])
    assert np.isfinite(table["trained_score"]).tolist() == has_ended.tolist()
    assert not table["trained"][~has_ended].any()
    (kept,) = np.flatnonzero(table["start"] == report.start)
    assert table["trained_score"][kept] == pytest.approx(np.nanmax(table["trained_score"]))


@every_family
def test_a_start_that_is_named_is_told_alone_even_if_the_number_of_groups_was_chosen(kind):
    X, _ = clouds(150, k=3)
    data, sizes = observations(X, n_components=1), (2, 3, 4)
    chosen = len(fit(data, kind, init_params="auto", sizes=sizes).classes)
    assert chosen > 1
    for name in ("random", "kmeans"):
        fitted = fit(data, kind, init_params=name, n_init=2, sizes=sizes)
        assert len(fitted.classes) == chosen
        assert fitted.report.starts["start"].tolist() == [name, name]
        assert fitted.report.starts["n_components"].tolist() == [chosen, chosen]


@every_family
def test_a_fit_as_it_stands_answers_and_labels_all_observations(kind):
    X, groups = clouds(80)
    data = observations(X, np.where(np.arange(80) < 30, groups, -1), weights=1.0 + (groups > 0))
    data = replace(data, feature_names=np.array(["a", "b"]), classes=np.array(["x", "y"]))
    task, candidates, model = beginnings(kind, data=data, init_params="ward")
    fitted = current(task, candidates, model, History([torch.zeros(1)]))
    np.testing.assert_array_equal(fitted.labels, fitted.decisions(X))
    assert (fitted.labels == groups).mean() > 0.9
    assert fitted.classes.tolist() == ["x", "y"]
    assert fitted.feature_names.tolist() == ["a", "b"]
    assert fitted.report.trained
    assert fitted.scaling is task.scaling
    assert fitted.calibration != Calibration()
    own = model.mixture.joint_log_prob(candidates.split.everything.x).detach()[0]
    np.testing.assert_allclose(
        fitted.joint_log_prob(X[task.numbers]), own + task.scaling.log_det, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(("subsample", "n_absent"), [(None, 0), (30, 0), (None, 9)])
def test_rows_that_were_not_fitted_have_a_label_too(subsample, n_absent):
    X, groups = clouds(80)
    data = observations(X, groups, weights=1.0 - (np.arange(80) < n_absent))
    fitted = fit(data, FAMILIES["latent"], subsample=subsample)
    np.testing.assert_array_equal(fitted.labels, groups)


@every_family
def test_once_trained_a_model_that_is_gone_on_from_stays_trained(kind):
    X, _ = clouds(80)
    fitted = fit(observations(X), kind, max_iter=0)
    assert not fitted.report.trained
    assert not was_trained(None)
    assert not was_trained(fitted)
    again = replace(fitted, report=replace(fitted.report, trained=True))
    assert was_trained(again)
    assert fit(observations(X), kind, again, max_iter=0).report.trained
    assert not fit(observations(X), kind, fitted, max_iter=0).report.trained
    on = fit(observations(X), kind, fitted, max_iter=1)
    rows = observations(X).X
    is_moved = (on.log_prob(rows) != fitted.log_prob(rows)).any()
    assert on.report.trained == is_moved
    assert on.report.start == "last fit"


def test_threads_are_chosen_by_the_width_of_a_batch(monkeypatch):
    seen = []

    def watched(n_numbers):
        seen.append(n_numbers)
        return nullcontext()

    monkeypatch.setattr("skflowmix.fitting.pipeline.training_threads", watched)
    data = observations(clouds(80)[0])
    fit(data, FAMILIES["latent"])
    assert seen == [task_for(data).width]
