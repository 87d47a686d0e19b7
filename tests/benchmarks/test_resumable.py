"""Runs that are written as they end and not repeated."""

import math
from typing import NamedTuple

import pytest

from benchmarks import origin, resumable
from benchmarks.origin import UNRECORDED, Origin
from benchmarks.resumable import Record
from tests.benchmarks.small import table


class Cell(NamedTuple):
    """Which run."""

    data: str
    seed: int


class Metrics(NamedTuple):
    """What it measured."""

    score: float
    chosen: str


def measure(done):
    return lambda cell: done.append(cell) or Metrics(1 / 3 + cell.seed, f"K={cell.seed}")


def scoring(score):
    return lambda cell: Metrics(score, "")


@pytest.fixture
def record(tmp_path):
    return Record(tmp_path / "new/runs.csv", Cell, Metrics)


@pytest.fixture
def at(monkeypatch):
    """Put the checkout, the version or the machine elsewhere."""

    def move(commit="aaaaaaa", version="0.1.0", machine="Z80, 1 cores"):
        monkeypatch.setattr(origin, "commit", lambda: commit)
        monkeypatch.setattr(origin, "version", lambda library: version)
        monkeypatch.setattr(origin, "processor_and_cores", lambda: machine)

    move()
    return move


def test_runs_are_written_and_not_repeated(record):
    done = []
    assert record.read() == {}
    cells = [Cell("a,b", seed) for seed in range(3)]
    first = record.completed(cells[:2], measure(done))
    assert done == cells[:2]
    again = record.completed(cells, measure(done))
    assert done == cells
    assert set(first) < set(again) == set(cells)
    assert record.read()[cells[2]].metrics == Metrics(pytest.approx(2.3333), "K=2")


def test_what_was_not_measured_stays_so(record):
    record.add(Cell("x", 0), Metrics(math.nan, ""))
    (found,) = record.read().values()
    assert math.isnan(found.metrics.score)


def test_a_file_says_what_its_columns_are_and_where_every_run_is_from(record, at):
    record.add(Cell("x", 0), Metrics(0.5, "K=1"), Metrics(0.25, "K=2"))
    record.add(Cell("y", 1), Metrics(0.5, ""))
    here = ["aaaaaaa", "0.1.0", "Z80, 1 cores"]
    assert table(record.path) == [
        ["data", "seed", "score", "chosen", "commit", "version", "machine"],
        ["x", "0", "0.5000", "K=1", *here],
        ["x", "0", "0.2500", "K=2", *here],
        ["y", "1", "0.5000", "", *here],
    ]


@pytest.mark.parametrize("elsewhere", [{"commit": "b"}, {"version": "2"}, {"machine": "6502"}])
def test_another_commit_version_or_machine_measures_anew_and_keeps_what_was_there(
    record, at, elsewhere
):
    done, cells = [], [Cell("x", 0), Cell("x", 1)]
    record.completed(cells, measure(done))
    at(**elsewhere)
    record.completed(cells, measure(done))
    record.completed(cells, measure(done))
    assert done == cells * 2
    at()
    record.completed(cells, measure(done))
    assert done == cells * 2
    assert [run.cell for run in record.rows()] == cells * 2
    assert len({run.origin for run in record.rows()}) == 2


def test_a_report_has_the_present_run_or_else_the_newest(record, at):
    cell = Cell("x", 0)
    for number, commit in enumerate(["old", "older", "new"]):
        at(commit=commit)
        record.completed([cell], scoring(float(number)))
    at(commit="old")
    assert record.read()[cell].metrics.score == 0
    at(commit="none of them")
    assert record.read()[cell].metrics.score == 2
    assert record.read()[cell].origin.commit == "new"


def test_a_run_of_the_present_commit_goes_before_a_newer_one_of_another(record, at):
    cell = Cell("x", 0)
    for number, commit in enumerate(["old", "new"]):
        at(commit=commit, machine="6502")
        record.completed([cell], scoring(float(number)))
    at(commit="old")
    assert record.read()[cell].metrics.score == 0


def test_old_files_are_read_and_not_taken_for_done(record, at):
    record.path.parent.mkdir()
    record.path.write_text("x,0,0.5,K=1\n")
    (found,) = record.read().values()
    assert found == (Cell("x", 0), Metrics(0.5, "K=1"), Origin(*[UNRECORDED] * 3))
    done = []
    runs = record.completed([Cell("x", 0)], measure(done))
    assert done == [Cell("x", 0)]
    assert runs[Cell("x", 0)].origin.commit == "aaaaaaa"
    assert len(record.rows()) == 2


def test_peers_have_a_version_of_their_own(tmp_path, monkeypatch):
    versions = {"skflowmix": "0.2", "zuko": "7.1"}
    monkeypatch.setattr(origin, "installed_version", versions.get)
    record = Record(tmp_path / "runs.csv", Cell, Metrics, lambda cell: cell.data)
    origin.version.cache_clear()
    record.add(Cell("skflowmix", 0), Metrics(0.5, ""))
    record.add(Cell("zuko", 0), Metrics(0.5, ""))
    origin.version.cache_clear()
    assert [run.origin.version for run in record.rows()] == ["0.2", "0.2, zuko 7.1"]


def test_all_commits_of_several_runs_are_named_once(record, at):
    for seed, commit in enumerate(["b", "a", "b"]):
        at(commit=commit)
        record.add(Cell("x", seed), Metrics(0.5, ""))
    assert resumable.commits(record.rows()) == "b/a"
    assert origin.joined(["b/a", "a", "c"]) == "b/a/c"
