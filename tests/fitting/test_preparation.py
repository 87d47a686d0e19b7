"""From observations to a task: rows, units, family, and how long to train."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.calibration import Calibration
from skflowmix.families import Design
from skflowmix.fitted import Fitted, Report
from tests.fitting.examples import FAMILIES, SMALL, clouds, every_family, observations, task_for

seeds = st.integers(0, 2**20)


@given(seeds, st.floats(0.1, 1000), st.floats(-100, 100))
def test_rows_are_standardised_by_their_weights_and_units_are_kept(seed, scale, shift):
    rng = np.random.default_rng(seed)
    X, weights = rng.normal(size=(40, 3)) * [1, scale, 5] + shift, rng.uniform(0.1, 3, 40)
    task = task_for(observations(X.astype(np.float32), weights=weights), n_init=2)
    Z, weights, X = task.problem.X, weights[task.numbers], X[task.numbers]
    assert Z.dtype == np.float64
    np.testing.assert_allclose(np.average(Z, axis=0, weights=weights), 0, atol=1e-6)
    np.testing.assert_allclose(np.average(Z**2, axis=0, weights=weights), 1, rtol=1e-5)
    np.testing.assert_allclose(task.scaling.undo(Z), X, rtol=1e-4, atol=1e-4)
    assert task.problem.sample_weight.mean() == pytest.approx(1)
    np.testing.assert_allclose(task.problem.sample_weight * weights.mean(), weights)
    deviations = np.sqrt(np.cov(X.T, aweights=weights, bias=True).diagonal())
    np.testing.assert_allclose(task.problem.spread, deviations / deviations.max(), rtol=1e-4)
    assert task.problem.reg_covar == task.options.reg_covar
    assert task.problem.n_components == 2


@given(seeds, st.integers(2, 30))
def test_rows_without_weight_are_absent_and_others_are_drawn(seed, most):
    X, groups = clouds(40, seed=seed)
    weights = np.where(np.arange(40) < 10, 0.0, 1.0)
    task = task_for(observations(X, groups, weights=weights), seed=seed, subsample=most)
    assert len(np.unique(task.numbers)) == len(task.numbers) == len(task.problem.X) == most
    assert task.numbers.min() >= 10
    np.testing.assert_array_equal(task.problem.codes, groups[task.numbers])
    np.testing.assert_allclose(task.scaling.undo(task.problem.X), X[task.numbers])
    assert len(task_for(observations(X, weights=weights)).numbers) == 30


def test_rows_are_drawn_by_their_labels():
    X, groups = clouds(40)
    codes = np.where(np.arange(40) < 6, groups, -1)
    task = task_for(observations(X, codes), subsample=12)
    assert (task.problem.codes >= 0).sum() == 6


@every_family
def test_the_family_is_of_the_kind_and_design_that_was_asked_for(kind):
    family = task_for(observations(clouds()[0], n_components=3), kind).family
    assert type(family) is kind
    shape = family.architecture
    assert (shape.n_components, shape.n_features) == (3, 2)
    assert (shape.flow, shape.n_layers, shape.hidden) == (SMALL.flow, SMALL.n_layers, (4,))


@pytest.mark.parametrize(
    ("codes", "n_components", "flow"),
    [
        (None, 1, "autoregressive_spline"),
        (None, 2, "affine"),
        (np.zeros(60, dtype=int), 1, "affine"),
        (np.r_[0, np.full(59, -1)], 1, "affine"),
    ],
)
def test_groups_and_labels_decide_on_the_flow(codes, n_components, flow):
    data = observations(clouds()[0], codes, n_components)
    assert task_for(data, design=Design()).family.architecture.flow == flow


def test_classes_of_many_labels_have_several_modes():
    X, groups = clouds(200)
    many, few = (
        task_for(observations(X, np.where(np.arange(200) < n, groups, -1)), design=design).family
        for n in (100, 10)
        for design in (Design(n_modes="auto"),)
    )
    assert many.architecture.n_modes == 5
    assert few.architecture.n_modes == 1


@pytest.mark.parametrize(
    ("n_components", "labels", "asked", "expected"),
    [
        (2, False, "auto", 50),
        (1, False, "auto", 100),
        (2, True, "auto", 25),
        (1, True, "auto", 25),
        (2, True, 7, 7),
        (2, False, 0, 0),
    ],
)
def test_epochs_are_as_many_as_asked_for_and_fewer_with_labels(
    n_components, labels, asked, expected
):
    X, groups = clouds()
    codes = groups % n_components if labels else None
    task = task_for(observations(X, codes, n_components), max_iter=asked)
    assert task.max_iter == expected


@pytest.mark.parametrize(
    ("n_components", "n_layers", "expected"), [(1, 0, 0), (1, 1, 9), (2, 0, 9)]
)
def test_a_single_gaussian_is_not_trained(n_components, n_layers, expected):
    design = replace(SMALL, n_layers=n_layers)
    data = observations(clouds()[0], n_components=n_components)
    assert task_for(data, design=design, max_iter=9).max_iter == expected


@pytest.mark.parametrize(
    ("n", "asked", "expected"),
    [
        (60, "auto", 32),
        (320, "auto", 32),
        (1000, "auto", 100),
        (4000, "auto", 400),
        (9000, "auto", 512),
        (60, 7, 7),
        (60, 60, 60),
        (60, 1000, 60),
    ],
)
def test_batches_are_a_tenth_of_the_rows_but_between_32_and_512(n, asked, expected):
    task = task_for(observations(clouds(n)[0]), batch_size=asked)
    assert task.batch_rows == expected


def test_batches_of_a_density_are_smaller():
    rows = clouds(9000)[0]
    assert task_for(observations(rows, n_components=1)).batch_rows == 256


def test_the_width_grows_with_all_that_stands_side_by_side():
    data = observations(clouds(1000)[0])
    usual = task_for(data).width
    assert task_for(data, n_init=3).width == 3 * usual
    assert task_for(data, batch_size=200).width == 2 * usual
    assert task_for(data, design=replace(SMALL, hidden=(64,))).width > usual


@given(st.sampled_from(sorted(FAMILIES)))
def test_a_fit_that_goes_on_keeps_its_units_and_its_family(name):
    X, _ = clouds()
    first = task_for(observations(X), FAMILIES[name])
    nothing = Report(False, 0, False, np.empty(0), 0.0, "kmeans")
    names, labels = np.arange(2), np.empty(0, dtype=int)
    previous = Fitted(first.family, {}, first.scaling, Calibration(), names, labels, nothing)
    again = task_for(observations(5 * X + 3), FAMILIES[name], previous)
    assert again.family is first.family
    assert again.scaling is first.scaling
    assert again.previous is previous
    np.testing.assert_allclose(first.scaling.undo(again.problem.X), 5 * X[again.numbers] + 3)


def test_every_seed_draws_its_own_weights_and_order():
    data = observations(clouds()[0])
    one, same, other = (task_for(data, seed=seed).generator for seed in (0, 0, 1))
    drawn = [torch.rand(3, generator=generator).tolist() for generator in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]


@every_family
def test_a_number_of_groups_that_is_chosen_is_that_of_the_model(kind):
    X, _ = clouds(120, k=2)
    task = task_for(
        observations(X, n_components=1), kind, init_params="auto", sizes=(1, 2, 3), n_init=2
    )
    assert task.choice.n_groups == task.problem.n_components == task.data.n_components == 2
    assert task.family.architecture.n_components == 2
    assert task.data.classes.tolist() == [0, 1]
    assert set(task.choice.table["n_components"]) == {1, 2, 3}


NO_CHOICES = {
    "one component": ({"n_components": 1}, {}),
    "labels": ({"codes": np.arange(60) % 2}, {}),
    "labels, and an open number": ({"codes": np.arange(60) % 2}, {"sizes": (1, 2, 3)}),
    "a start that is named": ({}, {"init_params": "kmeans"}),
    "a start that is given": ({}, {"init_params": np.full((60, 2), 0.5)}),
}
"""What says which groups there are: of the observations, and of the options."""


@pytest.mark.parametrize("case", NO_CHOICES)
def test_nothing_is_chosen_where_something_says_which_groups_there_are(case):
    known, changed = NO_CHOICES[case]
    data = observations(clouds(60)[0], **known)
    assert task_for(data, **{"init_params": "auto", **changed}).choice is None


def test_a_choice_is_made_on_the_rows_that_are_fitted():
    X, _ = clouds(90)
    weights = np.where(np.arange(90) < 30, 0.0, 1.0)
    moved = np.where(weights[:, None] > 0, X, 1e3)
    own, other = (
        task_for(observations(rows, weights=own_weights), init_params="auto").choice
        for rows, own_weights in ((X[30:], None), (moved, weights))
    )
    assert own.names == other.names
    for one, same in zip(own.best(9)[1], other.best(9)[1], strict=True):
        np.testing.assert_allclose(one, same, atol=1e-9)


@every_family
def test_a_fit_that_goes_on_has_no_choice(kind):
    first = task_for(observations(clouds(60)[0]), kind, init_params="auto")
    previous = Fitted(
        first.family,
        {},
        first.scaling,
        Calibration(),
        first.data.classes,
        np.empty(0, dtype=int),
        None,
        None,
    )
    assert first.choice is not None
    again = task_for(observations(clouds(60)[0]), kind, previous, init_params="auto")
    assert again.choice is None


def some_codes(n_labels, n=60, k=2):
    return np.where(np.arange(n) < n_labels, np.arange(n) % k, -1)


def test_labels_of_two_classes_teach_experts_that_know_far_clouds():
    X, groups = clouds(60, distance=12.0)
    task = task_for(observations(X, some_codes(10)), init_params="auto")
    answers = task.answers
    assert answers.proba.shape == (60, 2)
    np.testing.assert_allclose(answers.proba.sum(axis=1), 1)
    np.testing.assert_array_equal(answers.proba.argmax(axis=1), groups[task.numbers])


@given(seeds)
def test_copies_of_a_row_get_one_answer(seed):
    X, _ = clouds(30)
    rows = np.random.default_rng(seed).integers(30, size=60)
    task = task_for(observations(X[rows], some_codes(10)), init_params="auto")
    fitted = rows[task.numbers]
    for number in np.unique(fitted):
        assert len(np.unique(task.answers.proba[fitted == number], axis=0)) == 1


NOTHING_TAUGHT = {
    "no labels": ({"n_components": 1}, {}),
    "one class": ({"codes": some_codes(10, k=1)}, {}),
    "a class without labels": ({"codes": np.r_[0, 2, np.full(58, -1)], "n_components": 3}, {}),
    "a class whose labels have no weight": (
        {
            "codes": some_codes(12, k=3),
            "n_components": 3,
            "weights": 1.0 * (some_codes(12, k=3) != 1),
        },
        {},
    ),
    "the last class has no weight": (
        {
            "codes": some_codes(12, k=3),
            "n_components": 3,
            "weights": 1.0 * (some_codes(12, k=3) != 2),
        },
        {"class_prior": np.full(3, 1 / 3)},
    ),
    "a start that is named": ({"codes": some_codes(10)}, {"init_params": "kmeans"}),
    "a start that is given": ({"codes": some_codes(10)}, {"init_params": np.full((60, 2), 0.5)}),
}
"""What leaves no experts to ask: of the observations, and of the options."""


@pytest.mark.parametrize("case", NOTHING_TAUGHT)
def test_experts_need_labels_of_every_class_and_no_other_start(case):
    known, changed = NOTHING_TAUGHT[case]
    data = observations(clouds(60)[0], **known)
    assert task_for(data, **{"init_params": "auto", **changed}).answers is None


def test_rows_that_are_all_the_same_teach_no_experts():
    data = observations(np.ones((60, 2)), some_codes(10))
    assert task_for(data, init_params="auto").answers is None
