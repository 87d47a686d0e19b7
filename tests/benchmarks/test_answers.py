"""Whether results are those of the present code."""

import subprocess
import sys

import pytest

from benchmarks import answers, origin, reports

TWO = {("a", "x"): 1.0, ("b", "y"): -200.0}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    return tmp_path


def made_by(monkeypatch, commit, numbers):
    monkeypatch.setattr(origin, "commit", lambda: commit)
    monkeypatch.setattr(answers, "computed", lambda: numbers)
    return answers.update()


def test_results_are_those_of_the_present_code():
    """In a process of its own, as the tests plant small forests."""
    command = [sys.executable, "-m", "benchmarks.answers", "--check"]
    found = subprocess.run(command, cwd=origin.ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_commits_of_the_same_answers_are_gathered_and_others_forgotten(folder, monkeypatch):
    assert answers.commits() == frozenset()
    assert made_by(monkeypatch, "1a2b3c4", TWO)
    close = {key: value * (1 + answers.TOLERANCE / 5) for key, value in TWO.items()}
    for _ in range(2):
        assert not made_by(monkeypatch, "5d6e7f8", close)
        assert answers.commits() == {"1a2b3c4", "5d6e7f8"}
        assert answers.written() == TWO
    assert made_by(monkeypatch, "9a9b9c9", TWO | {("a", "x"): 1.1})
    assert answers.commits() == {"9a9b9c9"}


@pytest.mark.parametrize(
    "other",
    [TWO | {("a", "x"): 1.01}, {("a", "x"): 1.0}, TWO | {("c", "z"): 0.0}],
    ids=["another number", "a fit that is gone", "a new fit"],
)
def test_what_differs_is_named(other):
    assert answers.differences(TWO, TWO) == []
    (said,) = answers.differences(other, TWO)
    changed = {key for key in TWO | other if TWO.get(key) != other.get(key)}
    assert [said.startswith(", ".join(key)) for key in changed] == [True]
