"""Runs that are written as they end and not repeated."""

import math
from typing import NamedTuple

import pytest

from benchmarks.resumable import Record


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


def test_runs_are_written_and_not_repeated(tmp_path):
    done, record = [], Record(tmp_path / "new/runs.csv", Cell, Metrics)
    assert record.read() == {}
    cells = [Cell("a,b", seed) for seed in range(3)]
    first = record.completed(cells[:2], measure(done))
    assert done == cells[:2]
    again = record.completed(cells, measure(done))
    assert done == cells
    assert set(first) < set(again) == set(cells)
    assert record.read()[cells[2]] == Metrics(pytest.approx(2.3333), "K=2")


def test_what_was_not_measured_stays_so(tmp_path):
    record = Record(tmp_path / "runs.csv", Cell, Metrics)
    record.add(Cell("x", 0), Metrics(math.nan, ""))
    (found,) = record.read().values()
    assert math.isnan(found.score)
