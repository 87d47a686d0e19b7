"""The parts of the benchmarks that could be wrong without a crash."""

import csv

import numpy as np

from benchmarks import reports
from benchmarks.data_sets import dequantised, hide_labels


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


def test_reports_are_printed_and_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reports, "RESULTS", tmp_path / "results")
    reports.report("toy", ("name", "value"), [("a", 1 / 3), ("bcd", 2)])
    assert "bcd   2" in capsys.readouterr().out
    with open(tmp_path / "results" / "toy.csv", newline="") as file:
        assert list(csv.reader(file)) == [["name", "value"], ["a", "0.333"], ["bcd", "2"]]


def test_a_note_replaces_that_of_its_part_and_keeps_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    for part, cores in (("a", "1"), ("b", "2"), ("a", "3")):
        reports.note("machine", part, {"cores": cores})
    with open(tmp_path / "machine.csv", newline="") as file:
        assert list(csv.reader(file)) == [["part", "cores"], ["a", "3"], ["b", "2"]]


def test_the_machine_is_told_with_versions_and_what_is_missing():
    found = reports.machine(["numpy", "no-such-package"])
    assert found["processor"]
    assert found["numpy"] == np.__version__
    assert found["no-such-package"] == "-"
