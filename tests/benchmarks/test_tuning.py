"""The benchmark of single parameters."""

import pytest

from benchmarks import reports, tuning
from benchmarks.tuning import DEFAULT, VALUES, Cell, Metrics
from skflowmix import FlowGMM
from tests.benchmarks.small import runs, table


def test_every_value_is_one_that_the_estimator_takes_and_none_is_the_default():
    known = FlowGMM().get_params()
    for parameter, tasks in VALUES.items():
        for values in tasks.values():
            assert DEFAULT in values
            others = [tuning.parsed(value) for value in values if value != DEFAULT]
            FlowGMM(**{parameter: others[0]})._validate_params()
            assert known[parameter] not in others


@pytest.mark.parametrize("task", tuning.MEASURES)
def test_a_fit_is_scored_on_rows_that_it_has_not_seen(task):
    score, seconds = tuning.measure(Cell(task, DEFAULT, DEFAULT, "wine"), 100, max_iter=0)
    assert seconds >= 0
    assert score < 0 if task == "density" else 0 < score <= 1
    X, X_test, y, y_test = tuning.rows_of("wine", 100)
    assert (len(X), len(X_test)) == (len(y), len(y_test)) == (70, 30)


def test_lines_are_differences_to_the_default_on_the_same_table():
    found = {}
    for place, data in enumerate(tuning.TABLES):
        found[Cell("density", DEFAULT, DEFAULT, data)] = Metrics(10.0 * place, 2.0)
        found[Cell("density", "n_layers", "1", data)] = Metrics(11.0 * place, 1.0)
    (line,) = tuning.lines(runs(found))
    assert line == ("n_layers", "density", "1", 3, 1.0, 0.0, 2.0, 0.5, "1a2b3c4")


def test_a_quick_run_writes_a_table_and_a_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr("benchmarks.papers.pictures.RESULTS", tmp_path)
    monkeypatch.setattr(tuning, "VALUES", {"n_layers": {"density": ("0", DEFAULT)}})
    tuning.main(["--quick", "--rows", "100"])
    header, line = table(tmp_path / "quick" / "tuning.csv")
    assert tuple(header) == tuning.HEADER
    assert line[:4] == ["n_layers", "density", "0", "1"]
    assert (tmp_path / "quick" / "tuning.png").stat().st_size > 0
