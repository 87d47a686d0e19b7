"""The benchmark of schedules of training."""

import pytest

from benchmarks import reports, schedule
from benchmarks.schedule import DEFAULT, LEAST_ROWS, SCHEDULES, Cell, Metrics
from benchmarks.tables import Table
from skflowmix import FlowGMM
from tests.benchmarks.small import made, runs, table
from tests.selection.examples import clouds

TASK = "groups, FlowGMM"
CHOSEN_BY, LEFT_OUT = (
    [name for name in ("iris", "wine", "seeds", "glass") if schedule.is_left_out(name) is half]
    for half in (False, True)
)


@pytest.fixture
def quick(monkeypatch):
    """Small flows, and schedules of an epoch with the warm-up that each asks for."""
    monkeypatch.setattr(schedule, "TASKS", {TASK: lambda K: made(FlowGMM, K, 0)})
    brief = {name: {**own, "max_iter": 1} for name, own in SCHEDULES.items()}
    monkeypatch.setattr(schedule, "SCHEDULES", brief)


def of_family(family, n=LEAST_ROWS):
    X, groups = clouds(n, 3, 4, distance=20.0)
    return Table(family, f"{family}-0", X, (groups + 1,))


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_is_fitted_and_scored_on_rows_held_apart(name, quick):
    found = schedule.measure(Cell(TASK, name, "iris"), of_family("iris"))
    assert found.nats < 0
    assert found.index == 1
    assert found.epochs == 1
    assert found.seconds >= 0


def test_one_table_of_each_family_is_taken_if_it_is_large_enough(monkeypatch):
    sizes = {"iris": LEAST_ROWS - 1, "wine": LEAST_ROWS, "seeds": LEAST_ROWS + 1}
    both = [of_family(family, n) for family, n in sizes.items()] + [of_family("wine", 999)]
    monkeypatch.setattr(schedule, "real", lambda folder, n_subsets: iter(both))
    found = schedule.tables("data")
    assert {family: len(one.X) for family, one in found.items()} == {
        "wine": LEAST_ROWS,
        "seeds": LEAST_ROWS + 1,
    }


def test_lines_are_differences_to_the_default_by_who_had_a_say():
    found = {}
    for families, gain in ((CHOSEN_BY, 0.25), (LEFT_OUT, -9.0)):
        for family in families:
            found[Cell(TASK, DEFAULT, family)] = Metrics(1.0, 0.5, 50, 2.0)
            found[Cell(TASK, "30 epochs", family)] = Metrics(1.0 + gain, 0.75, 30, 1.0)
    chosen_by, left_out = schedule.lines(runs(found))
    same = (0.25, 0.5, "1a2b3c4")
    assert chosen_by == (
        *(TASK, "30 epochs", "chosen by", len(CHOSEN_BY)),
        *(0.25, 0.25, 0.25, *same),
    )
    assert left_out == (
        *(TASK, "30 epochs", "left out", len(LEFT_OUT)),
        *(-schedule.MOST_NATS, -9.0, -9.0, *same),
    )


def test_a_quick_run_writes_runs_and_a_table(tmp_path, monkeypatch, quick):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(schedule, "real", lambda folder, n_subsets: iter([of_family("iris")]))
    schedule.main(["--quick"])
    header, *lines = table(tmp_path / "quick" / "schedule.csv")
    assert tuple(header) == schedule.HEADER
    assert [line[1] for line in lines] == [name for name in SCHEDULES if name != DEFAULT]
    assert len(table(tmp_path / "quick" / "schedule_runs.csv")) == 1 + len(SCHEDULES)
