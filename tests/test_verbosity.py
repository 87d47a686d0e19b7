"""What a fit tells of its progress."""

import logging
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV

from tests.estimators import QUICK, blobs, every_estimator

FOUR_EPOCHS = {**QUICK, "max_iter": 4}

X, Y = blobs(60)


@pytest.fixture
def terminal(monkeypatch):
    """Have rich write to a terminal, as far as it can tell."""
    rich = pytest.importorskip("rich")
    console = rich.console.Console(force_terminal=True, force_interactive=True, width=120)
    monkeypatch.setattr(rich, "_console", console)
    return console


@every_estimator
def test_silence_is_the_default(estimator, capfd):
    estimator(3, **FOUR_EPOCHS).fit(X)
    assert capfd.readouterr() == ("", "")


@every_estimator
@pytest.mark.parametrize("verbose", [True, 1, 2])
def test_stages_and_epochs_are_told(estimator, verbose, capsys):
    model = estimator(3, verbose=verbose, verbose_interval=2, **FOUR_EPOCHS).fit(X)
    lines = capsys.readouterr().out.splitlines()
    name = estimator.__name__
    assert lines[0].startswith(f"{name}: looking for a start among 60 rows")
    assert lines[-4].startswith(f"{name}: training, 4 epochs at most")
    assert [line.split()[:2] for line in lines[-3:-1]] == [["epoch", "2"], ["epoch", "4"]]
    assert lines[-1].startswith(f"{name}: ended after 4 epochs; ")
    assert model.start_ in lines[-1]
    steps = [line.split() for line in lines[1:-4]]
    assert steps
    assert [step[:2] for step in steps] == [["step", str(2 * i + 2)] for i in range(len(steps))]
    if verbose == 2:
        scores = [float(line.split()[3]) for line in lines[-3:-1]]
        np.testing.assert_allclose(scores, model.validation_scores_[1::2], atol=1e-4)


@every_estimator
def test_lines_in_detail_say_how_long_a_stage_may_take_from_now_on(estimator, capsys):
    estimator(3, verbose=2, verbose_interval=1, **FOUR_EPOCHS).fit(X)
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith("  ")]
    left = [float(re.search(r"\tat most (\d+\.\d+) s left$", line)[1]) for line in told]
    assert min(left) >= 0
    assert left[-1] == 0  # of four epochs all are done


@every_estimator
def test_the_logger_is_told_where_someone_listens(estimator, caplog, capsys):
    with caplog.at_level(logging.INFO, logger="skflowmix"):
        estimator(3, verbose=1, **FOUR_EPOCHS).fit(X)
    assert capsys.readouterr().out == ""
    assert len(caplog.records) == 3
    assert {record.name for record in caplog.records} == {"skflowmix"}


@every_estimator
@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_telling_changes_no_answer(estimator, verbose):
    one = estimator(3, verbose=verbose, **FOUR_EPOCHS).fit(X)
    other = estimator(3, **FOUR_EPOCHS).fit(X)
    np.testing.assert_array_equal(one.score_samples(X), other.score_samples(X))


@every_estimator
def test_a_terminal_has_a_bar(estimator, terminal, capsys):
    estimator(3, verbose=1, **FOUR_EPOCHS).fit(X)
    told = capsys.readouterr().out
    for stage in ("looking for a start", "training, 4 epochs", "ended after 4 epochs"):
        assert f"{estimator.__name__}: {stage}" in told
    assert "4/4" in told
    assert re.search(r"4/4 \S* ?\d\d:\d\d", re.sub(r"\x1b\[[0-9;?]*\w", "", told))


@every_estimator
def test_a_bar_ends_where_a_fit_fails(estimator, terminal, capsys):
    with pytest.raises(ValueError, match="device"):
        estimator(3, verbose=1, device="nowhere", **FOUR_EPOCHS).fit(X)
    assert not terminal.is_alt_screen
    estimator(3, verbose=1, **FOUR_EPOCHS).fit(X)
    assert "4/4" in capsys.readouterr().out


@every_estimator
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search(estimator, n_jobs, capfd):
    grid = {"n_components": [1, 3]}
    search = GridSearchCV(estimator(verbose=1, **FOUR_EPOCHS), grid, cv=2, n_jobs=n_jobs)
    assert search.fit(X).best_params_ == {"n_components": 3}
    assert capfd.readouterr().out.count("looking for a start") >= (
        5 if n_jobs == 1 else 1  # of two folds and all rows; workers may write elsewhere
    )


@every_estimator
def test_a_search_on_a_terminal_has_bars_one_after_the_other(estimator, terminal, capsys):
    search = GridSearchCV(estimator(verbose=1, **FOUR_EPOCHS), {"n_components": [1, 3]}, cv=2)
    search.set_callbacks(ProgressBar()).fit(X)
    assert "4/4" in capsys.readouterr().out


@every_estimator
def test_callbacks_are_called_as_well(estimator, capsys):
    monitor = ScoringMonitor(scoring="accuracy")
    model = estimator(3, verbose=1, **FOUR_EPOCHS).set_callbacks(monitor).fit(X, Y)
    told = [entry for entry in monitor.get_logs().data if entry["task_name"] == "epoch"]
    assert len(told) == model.n_iter_
    assert clone(model).verbose == 1
    assert "epochs" in capsys.readouterr().out
