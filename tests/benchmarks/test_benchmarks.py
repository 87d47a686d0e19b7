"""The parts of the benchmarks that could be wrong without a crash."""

import numpy as np
import pytest

from benchmarks import origin, reports
from benchmarks.data_sets import dequantised, hide_labels
from tests.benchmarks.small import table


def test_only_integer_columns_are_dequantised_and_by_less_than_a_unit():
    X = np.c_[np.arange(50), np.linspace(0, 1, 50)]
    noisy = dequantised(X)
    np.testing.assert_array_equal(np.floor(noisy[:, 0]), X[:, 0])
    assert (noisy[:, 0] != X[:, 0]).all()
    np.testing.assert_array_equal(noisy[:, 1], X[:, 1])


def test_hidden_labels_leave_as_many_a_class_as_asked():
    y = np.repeat([0, 1, 2], 20)
    hidden = hide_labels(y, 2, seed=0)
    assert np.bincount(hidden + 1).tolist() == [54, 2, 2, 2]
    assert (hidden[hidden >= 0] == y[hidden >= 0]).all()
    assert np.bincount(hide_labels(y, np.array([1, 0, 20]), seed=0) + 1).tolist() == [39, 1, 0, 20]


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The folder that tables are written to, by the commit 1a2b3c4."""
    monkeypatch.setattr(reports, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(origin, "commit", lambda: "1a2b3c4")
    return tmp_path / "results"


def test_reports_are_printed_and_written_with_the_present_commit(results, capsys):
    reports.report("toy", ("name", "value"), [("a", 1 / 3), ("bcd", 2)])
    assert "bcd   2" in capsys.readouterr().out
    assert table(results / "toy.csv") == [
        ["name", "value", "commit"],
        ["a", "0.333", "1a2b3c4"],
        ["bcd", "2", "1a2b3c4"],
    ]


def test_a_clean_table_names_its_one_commit_once(results, capsys):
    reports.report_runs("toy", ("name", "commit"), [("a", "5d6e7f8"), ("b", "5d6e7f8")])
    printed = capsys.readouterr().out
    assert printed.count("5d6e7f8") == 1
    assert "commit 5d6e7f8\n" in printed


@pytest.mark.parametrize(
    "commits", [("1a2b3c4", "5d6e7f8"), ("1a2b3c4/5d6e7f8", "1a2b3c4/5d6e7f8")]
)
def test_a_mixed_table_says_so_in_the_row(commits, results, capsys):
    rows = list(zip("ab", commits, strict=True))
    reports.report_runs("toy", ("name", "commit"), rows)
    header, *printed = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "commit"]
    assert [tuple(line.split()) for line in printed[:2]] == rows
    assert table(results / "toy.csv")[1:] == [list(row) for row in rows]


def test_a_note_replaces_that_of_its_part_and_keeps_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    for part, cores in (("a", "1"), ("b", "2"), ("a", "3")):
        reports.note("machine", part, {"cores": cores})
    assert table(tmp_path / "machine.csv") == [["part", "cores"], ["a", "3"], ["b", "2"]]
