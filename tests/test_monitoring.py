"""Callbacks are told how a fit goes."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from skflowmix import FlowGMM
from skflowmix.estimators.monitoring import CallbackMonitor
from skflowmix.experts import LEARNERS
from skflowmix.starts import GROUPERS
from tests.estimators import QUICK, blobs, every_estimator, hide

X, Y = blobs(60)
FEW = hide(Y, 4)

FITS = {
    "a number of groups": ({"n_components": 3}, None),
    "any number of groups": ({"n_components": "auto", "max_components": 3}, None),
    "any number of groups by one start": (
        {"n_components": "auto", "max_components": 3, "init_params": "kmeans", "n_init": 2},
        None,
    ),
    "one group": ({"n_components": 1, "n_estimators": 1, "n_init": 2}, None),
    "a few labels": ({}, FEW),
    "a few labels and new groups": ({"n_components": 4}, np.where(FEW == 2, -1, FEW)),
    "one label": ({"n_components": 2, "n_init": 3}, np.where(FEW == 2, 0, -1)),
    "labels and a start": ({"init_params": "kmeans", "n_init": 2}, FEW),
    "responsibilities": ({"init_params": np.eye(3)[Y]}, None),
    "no training": ({"n_components": 3, "max_iter": 0}, None),
}
"""Parameters and labels of fits that start in all ways."""

every_fit = pytest.mark.parametrize("fit", FITS)


class Silently:
    """A callback without effects."""

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context): ...


class Events(Silently):
    """A callback that writes down what it is told, and may end the stage at a step.

    Parameters
    ----------
    log : list, optional
        What it writes to.
    ends_at : tuple, optional
        A stage, and the number of the step in it that ends it.
    """

    def __init__(self, log=None, ends_at=None):
        self.log, self.ends_at = [] if log is None else log, ends_at

    def on_fit_task_begin(self, estimator, context, *, fitted_estimator):
        self.log.append(("begin", context, fitted_estimator))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self.log.append(("end", context, fitted_estimator))
        return context.parent and (context.parent.task_name, context.task_id) == self.ends_at

    def steps(self, stage):
        """Names of the steps of a stage."""
        return [
            context.task_name
            for event, context, _ in self.log
            if event == "end" and context.parent and context.parent.task_name == stage
        ]


def fitted(estimator, fit, callback=None, **changed):
    """Fit in one of the ways."""
    parameters, labels = FITS[fit]
    model = estimator(**{**QUICK, **parameters, **changed})
    model.set_callbacks(*([] if callback is None else [callback]))
    return model.fit(X, labels)


@cache
def watched(estimator, fit):
    """Return a fit and what it told."""
    events = Events()
    return fitted(estimator, fit, events), events


@every_fit
@every_estimator
def test_tasks_are_nested_and_each_ends_before_the_next_begins(estimator, fit):
    _, events = watched(estimator, fit)
    opened, roots = [], set()
    for event, context, _ in events.log:
        roots.add(context.root_uuid)
        if event == "begin":
            assert context.parent is (opened[-1] if opened else None)
            opened.append(context)
        else:
            assert opened.pop() is context
    assert not opened
    assert len(roots) == 1


@every_fit
@every_estimator
def test_a_fit_has_two_stages_of_no_more_steps_than_it_says(estimator, fit):
    model, events = watched(estimator, fit)
    begun = [context for event, context, _ in events.log if event == "begin"]
    assert begun[0].task_name == "fit"
    stages = [context for context in begun if context.parent is begun[0]]
    assert [stage.task_name for stage in stages] == ["start", "training"]
    assert begun[0].max_subtasks == 2
    for stage in stages:
        assert len(events.steps(stage.task_name)) <= stage.max_subtasks
    assert events.steps("training") == ["epoch"] * model.n_iter_


def test_a_fit_of_rows_with_gaps_has_no_more_steps_than_it_says():
    rng, events = np.random.default_rng(0), Events()
    gaps = np.where(rng.random((60, 2)) < 0.2, np.nan, rng.standard_normal((60, 2)))
    FlowGMM(3, **QUICK).set_callbacks(events).fit(gaps)
    start = next(c for event, c, _ in events.log if event == "begin" and c.task_name == "start")
    assert len(GROUPERS) < len(events.steps("start")) <= start.max_subtasks


@every_fit
@every_estimator
def test_the_fit_can_be_seen_from_the_end_of_the_start_on(estimator, fit):
    _, events = watched(estimator, fit)
    told = [(event, context.task_name) for event, context, _ in events.log]
    first = told.index(("end", "start"))
    assert [seen for _, _, seen in events.log[:first]] == [None] * first
    seen = [seen for _, _, seen in events.log[first:]]
    assert seen[0].n_iter_ == 0
    assert not seen[0].trained_
    counts = [model.n_iter_ for model in seen]
    assert all(before <= after for before, after in pairwise(counts))
    assert all(np.isfinite(model.score(X)) for model in seen)


@every_fit
@every_estimator
def test_callbacks_change_no_number(estimator, fit):
    (one, _), other = watched(estimator, fit), fitted(estimator, fit)
    np.testing.assert_array_equal(one.score_samples(X), other.score_samples(X))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    np.testing.assert_array_equal(one.validation_scores_, other.validation_scores_)


@every_estimator
def test_a_fit_begins_before_a_start_is_made(estimator, monkeypatch):
    log = []

    def grouper(problem, sizes, random_state):
        log.append(("grouped", None, None))
        return [np.eye(size)[np.arange(len(problem.X)) % size] for size in sizes]

    groupers = dict.fromkeys(("one", "other"), grouper)
    monkeypatch.setattr("skflowmix.selection.search.GROUPERS", groupers)
    events = Events(log)
    fitted(estimator, "any number of groups", events)
    told = [(event, context and context.task_name) for event, context, _ in log]
    assert told[:2] == [("begin", "fit"), ("begin", "start")]
    first, second = (place for place, (event, _) in enumerate(told) if event == "grouped")
    assert first < told.index(("end", "one")) < second < told.index(("end", "other"))
    assert events.steps("start") == ["one", "other", "2 components", "3 components"]


@every_estimator
def test_nothing_begins_with_rows_that_are_refused(estimator):
    events = Events()
    with pytest.raises(ValueError, match="infinity"):
        estimator(2, **QUICK).set_callbacks(events).fit(np.where(X.mean() < X, np.inf, X))
    assert not events.log


@every_estimator
def test_a_fit_that_goes_on_has_no_start_to_look_for(estimator):
    model = fitted(estimator, "a number of groups", warm_start=True)
    events = Events()
    model.set_callbacks(events).fit(X)
    assert events.steps("start") == []
    assert events.steps("training") == ["epoch"] * model.n_iter_


@every_estimator
def test_each_expert_is_a_step(estimator):
    model, events = watched(estimator, "a few labels")
    asked = len(events.steps("start")) - len(LEARNERS)
    assert asked > 0
    assert events.steps("start")[asked:] == list(LEARNERS)
    assert set(LEARNERS) < set(model.experts_["expert"])


@pytest.mark.parametrize("number", [0, 2])
@pytest.mark.parametrize("fit", ["a number of groups", "any number of groups"])
@every_estimator
def test_groupings_that_a_callback_ends_are_those_that_are_chosen_among(estimator, fit, number):
    model = fitted(estimator, fit, Events(ends_at=("start", number)))
    tried = list(GROUPERS)[: number + 1]
    most = 2 if fit == "a number of groups" else number + 1  # two that agree are enough
    sizes = model.starts_["n_components"]
    names = model.starts_["start"][sizes == 3]
    assert list(names) == tried[:most]
    assert set(sizes) == ({3} if fit == "a number of groups" else {1, 2, 3})
    assert len(model.validation_scores_) == QUICK["max_iter"]


# What the estimator's methods are called with.


class Context:
    """Writes down what it is called with."""

    def __init__(self, calls, name="fit"):
        self.calls, self.name = calls, name

    def subcontext(self, task_name, max_subtasks=0):
        self.calls.append((task_name, "of", max_subtasks))
        return Context(self.calls, task_name)

    def call_on_fit_task_begin(self, **arguments):
        self.calls.append((self.name, "begin", arguments))

    def call_on_fit_task_end(self, **arguments):
        self.calls.append((self.name, "end", arguments))
        return "stop"


class Estimator:
    """What a monitor asks of an estimator."""

    def __init__(self):
        self.calls = []

    def _init_callback_context(self, max_subtasks):
        self.calls.append(("fit", "of", max_subtasks))
        return Context(self.calls)


@pytest.mark.parametrize("labels", [None, np.array([0, 1, -1, -1])])
def test_a_monitor_hands_over_rows_labels_and_the_fit_as_it_stands(labels):
    estimator, rows = Estimator(), np.ones((4, 2))
    monitor = CallbackMonitor(estimator, rows, labels)
    monitor.stage("start", 1)
    assert monitor.step("kmeans") == "stop"
    monitor.stage("training", 7, lambda: "the fit as it stands")
    assert monitor.step("epoch", -1.0) == "stop"
    monitor.end("what was found")
    sizes = [(name, size) for name, event, size in estimator.calls if event == "of"]
    assert sizes == [("fit", 2), ("start", 1), ("kmeans", 0), ("training", 7), ("epoch", 0)]
    told = [call for call in estimator.calls if call[1] != "of"]
    seen = {}
    for name, event, arguments in told:
        assert arguments["estimator"] is estimator
        assert arguments["X"] is rows
        assert arguments["y"].tolist() == ([-1] * 4 if labels is None else labels.tolist())
        attributes = arguments.get("reconstruction_attributes", dict)()
        seen[name, event] = attributes.get("_fitted")
    stands, found = "the fit as it stands", "what was found"
    assert list(seen.items()) == [
        (("fit", "begin"), None),
        (("start", "begin"), None),
        (("kmeans", "begin"), None),
        (("kmeans", "end"), None),
        (("start", "end"), stands),
        (("training", "begin"), stands),
        (("epoch", "begin"), stands),
        (("epoch", "end"), stands),
        (("training", "end"), found),
        (("fit", "end"), found),
    ]
