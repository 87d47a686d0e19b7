"""Warnings point at the line of the user, however a fit is called."""

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import skflowmix
from skflowmix.semi_supervised import WithUnlabeled
from tests.estimators import QUICK, blobs, every_estimator, in_turn

X, Y = blobs(60)
UNTRAINED = {**QUICK, "max_iter": 0}
PACKAGE = Path(skflowmix.__file__).parent


class Interrupt:
    """A callback of someone who interrupts a fit after its first epoch."""

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch":
            raise KeyboardInterrupt


@dataclass
class Situation:
    """A fit that warns: what it says, the parameters, rows and labels, and what is patched."""

    message: str
    parameters: dict[str, Any] = field(default_factory=lambda: UNTRAINED)
    rows: np.ndarray = field(default_factory=lambda: X)
    labels: Any = None
    callbacks: tuple = ()
    patches: dict[str, float] = field(default_factory=dict)


SITUATIONS = {
    "a column of few values": Situation("few distinct", rows=np.c_[X, np.ones(60)]),
    "an empty component": Situation(
        "No row belongs", {**UNTRAINED, "init_params": np.eye(3)[np.arange(60) % 2]}
    ),
    "one class that is called 1": Situation("only class in y", labels=np.where(Y == 0, -1, 1)),
    "labels in a column": Situation("column-vector", labels=Y[:, None]),
    "a loss that is not finite": Situation(
        "not finite", {**QUICK, "max_iter": 4, "weight_decay": 1e300}
    ),
    "an interrupt": Situation("interrupted", QUICK, callbacks=(Interrupt(),)),
    "rivals": Situation(
        "as good as each other",
        {**UNTRAINED, "n_components": 2},
        patches={"DOUBT": np.inf, "UNLIKE": 2.0},
    ),
}

WAYS = {
    "fit": lambda model, rows, y: model.fit(rows, y),
    "fit_predict": lambda model, rows, y: model.fit_predict(rows, y),
    "fit_transform": lambda model, rows, y: model.fit_transform(rows, y),
    "fit of a pipeline": lambda model, rows, y: make_pipeline(FunctionTransformer(), model).fit(
        rows, y
    ),
    "fit_predict of a pipeline": lambda model, rows, y: make_pipeline(
        FunctionTransformer(), model
    ).fit_predict(rows, y),
    "a search": lambda model, rows, y: GridSearchCV(
        model, {}, cv=[(np.arange(60), np.arange(60))]
    ).fit(rows, y),
}


@in_turn(situation=SITUATIONS, way=WAYS)
def test_every_warning_of_a_fit_points_at_the_line_that_asks_for_it(
    estimator, situation, way, monkeypatch
):
    case = SITUATIONS[situation]
    for name, value in case.patches.items():
        monkeypatch.setattr(f"skflowmix.selection.choice.{name}", value)
    model = estimator(**case.parameters)
    if case.callbacks:
        model.set_callbacks(*case.callbacks)
    with pytest.warns(UserWarning, match=case.message) as told:
        WAYS[way](model, case.rows, case.labels)
    assert {record.filename for record in told} == {__file__}


@every_estimator
def test_a_score_without_labels_points_at_the_line_that_asks_for_it(estimator):
    model = estimator(**UNTRAINED).fit(X, Y)
    within = make_pipeline(FunctionTransformer(), model)
    for asked in (model, within):
        with pytest.warns(UserWarning, match="No row of y has a label") as told:
            asked.score(X, np.full(60, -1))
        assert {record.filename for record in told} == {__file__}


@every_estimator
def test_meta_estimators_are_passed_over(estimator):
    rows = np.c_[X, np.ones(60)]
    vote = VotingClassifier([("flow", WithUnlabeled(estimator(**UNTRAINED), rows[:3]))])
    with pytest.warns(UserWarning, match="few distinct") as told:
        vote.fit(rows, Y)
    assert {record.filename for record in told} == {__file__}


def calls(path):
    """Names that a file calls, as ``warnings.warn`` and ``print``."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}


def test_one_module_warns_and_only_the_command_line_and_verbose_fits_print():
    called = {path: calls(path) for path in PACKAGE.rglob("*.py")}
    assert [path.name for path in called if "warnings.warn" in called[path]] == ["warning.py"]
    printing = {path for path in called if "print" in called[path]}
    told = {path for path in printing if path.parent.name != "command_line"}
    assert {path.name for path in told} <= {"__main__.py", "verbosity.py"}
