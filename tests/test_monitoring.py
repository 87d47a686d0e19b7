"""Callbacks are told how a fit goes."""

import numpy as np
import pytest

from skflowmix.estimators.monitoring import CallbackMonitor

X = np.ones((4, 2))


class Context:
    """Writes down what it is called with."""

    def __init__(self, calls, name="fit"):
        self.calls, self.name = calls, name

    def subcontext(self, task_name):
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
        self.calls.append(("fit", "init", max_subtasks))
        return Context(self.calls)


@pytest.mark.parametrize("labels", [None, np.array([0, 1, -1, -1])])
def test_callbacks_are_told_of_the_fit_and_of_every_epoch(labels):
    estimator = Estimator()
    monitor = CallbackMonitor(estimator, X, labels)
    monitor.begin(7, lambda: "the fit as it stands")
    assert monitor.epoch(-1.0) == "stop"
    monitor.end("what was found")
    told = [call[:2] for call in estimator.calls]
    steps = [("fit", "begin"), ("epoch", "begin"), ("epoch", "end"), ("fit", "end")]
    assert told == [("fit", "init"), *steps]
    assert estimator.calls[0][2] == 7
    for _, _, arguments in estimator.calls[1:]:
        assert arguments["estimator"] is estimator
        assert arguments["X"] is X
        assert arguments["y"].tolist() == ([-1] * 4 if labels is None else labels.tolist())
    shown = [call[2]["reconstruction_attributes"]() for call in estimator.calls[1:]]
    seen = [next(iter(attributes.values())) for attributes in shown]
    assert seen == ["the fit as it stands"] * 3 + ["what was found"]
