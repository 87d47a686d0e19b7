"""The benchmarks of scale: what is shared among processes, and what the plan on paper says."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import origin, reports
from benchmarks.scale import __main__ as scale
from benchmarks.scale import memory, on_paper, processes, rates, searches, shard_fit
from benchmarks.scale.epochs import EpochEnds, trained_numbers
from benchmarks.scale.on_paper import Plan
from benchmarks.scale.options import Options
from benchmarks.scale.rates import Network, Step
from benchmarks.scale.searches import Search
from benchmarks.speed import data
from skflowmix import FlowGMM
from tests.benchmarks.small import SMALL, table

FREE = Network(0.0, 1e30)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of results, of one commit, without processes of their own."""
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(origin, "commit", lambda: "1a2b3c4")
    for part in (memory, searches, rates):
        monkeypatch.setattr(part, "in_fresh_process", lambda function, *given: function(*given))
    return tmp_path


# Fits.


@pytest.mark.parametrize("n_processes", [1, 2, 3])
def test_shards_are_all_rows_and_as_many_each(n_processes, tmp_path):
    np.save(tmp_path / "X.npy", X := np.arange(20.0).reshape(10, 2))
    parts = [
        shard_fit.shard(str(tmp_path / "X.npy"), rank, n_processes) for rank in range(n_processes)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), X)
    assert np.ptp([len(part) for part in parts]) <= 1


def test_one_process_fits_and_scores_rows_drawn_apart(tmp_path, monkeypatch):
    names = ("X", "held_out")
    for seed, name in enumerate(names):
        np.save(tmp_path / f"{name}.npy", data.bent_groups(60, 2, 2, seed))
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    asked = {"rows": str(tmp_path / "X.npy"), "held_out": str(tmp_path / "held_out.npy")}
    settings = SMALL | {"max_iter": 2}
    shard_fit.main(asked | {"K": 2, "settings": settings, "out": str(tmp_path / "out")})
    found = json.loads((tmp_path / "out").read_text())
    assert found["to_train"] < found["seconds"]
    assert np.isfinite(found["score"])


def test_ratios_are_to_one_process():
    found = {
        1: {"seconds": 8.0, "to_train": 1.0, "an_epoch": 3.0, "score": -1.0},
        2: {"seconds": 4.0, "to_train": 1.0, "an_epoch": 2.0, "score": -1.0},
    }
    one, two = (dict(zip(processes.HEADER, line, strict=True)) for line in
                processes.lines(1000, 64, found))  # fmt: skip
    assert (one["ratio"], one["epoch's ratio"]) == (1.0, 1.0)
    assert (two["ratio"], two["epoch's ratio"]) == (2.0, 1.5)


def test_epochs_end_one_after_the_other_and_trained_numbers_are_counted():
    ends = EpochEnds()
    small = SMALL | {"max_iter": 3}
    model = FlowGMM(2, random_state=0, **small).set_callbacks(ends)
    with trained_numbers() as found:
        model.fit(data.bent_groups(100, 2, 2))
    assert len(ends.seconds) == model.n_iter_
    assert ends.seconds == sorted(ends.seconds)
    assert ends.to_train + ends.an_epoch == pytest.approx(ends.seconds[0])
    assert 0 < ends.an_epoch <= ends.seconds[-1]
    assert len(found) == 1
    assert min(found) > 0
    FlowGMM(2, random_state=0, **small).fit(data.bent_groups(100, 3, 2))
    assert len(found) == 1  # nothing is counted afterwards


def test_memory_has_a_line_for_each_size(folder, monkeypatch):
    monkeypatch.setattr(memory, "fit", lambda path, settings: (2.0, float(np.load(path).nbytes)))
    scale.main(["memory", "--quick"])
    header, *lines = table(folder / "quick" / "scale_memory.csv")
    assert tuple(header) == (*memory.HEADER, "commit")
    assert [int(line[0]) for line in lines] == list(memory.QUICK_SIZES)
    assert [float(line[5]) for line in lines] == [32 * n for n in memory.QUICK_SIZES]


# Searches.


@pytest.mark.parametrize("backend", [searches.ONE, "threading"])
def test_a_search_has_a_score_for_each_of_eight_fits(backend, monkeypatch):
    monkeypatch.setattr(searches, "N_ROWS", 60)
    assert len(searches.search(backend, 1).scores) == searches.N_FITS


def test_scores_that_differ_are_said():
    found = {
        searches.ONE: Search(16.0, (1.0, 2.0)),
        "loky": Search(8.0, (1.0, 2.0)),
        "dask": Search(4.0, (1.0, 2.5)),
    }
    lines = [dict(zip(searches.HEADER, x, strict=True)) for x in searches.lines(9, found, 3.0)]
    assert [line["ratio"] for line in lines] == [1.0, 2.0, 4.0]
    assert [line["same"] for line in lines] == ["yes", "yes", "to 5.0e-01"]
    assert {line["seconds a fit"] for line in lines} == {2.0}


# On paper.


@given(st.floats(0, 1), st.floats(1e-6, 1e-3), st.integers(2, 10_000))
def test_a_step_through_two_times_has_them(fixed, a_row, rows):
    rows *= 2
    true = Step(fixed, a_row)
    found = Step.through(rows, true.seconds(rows), true.seconds(rows / 2))
    assert found.seconds(rows) == pytest.approx(true.seconds(rows))
    assert found.a_row > 0


def test_one_worker_adds_up_nothing_and_many_send_twice_the_numbers():
    network = Network(0.0, 1000.0)
    assert network.sum_seconds(5000.0, 1) == 0
    assert network.sum_seconds(5000.0, 10**6) == pytest.approx(10.0, rel=1e-5)
    assert Network(0.5, 1e30).sum_seconds(5000.0, 4) == pytest.approx(3.0)


def test_without_a_network_rows_are_shared_and_what_is_fixed_is_not():
    plan = Plan(Step(0.0, 1.0), FREE, 100, 100, 64)
    assert plan.seconds(1) / plan.seconds(16) == pytest.approx(16.0)
    fixed = Plan(Step(32.0, 1.0), FREE, 100, 100, 64)
    assert fixed.seconds(1) / fixed.seconds(10**6) == pytest.approx(3.0, rel=1e-3)


def test_it_stops_scaling_where_adding_up_takes_as_long_as_computing():
    plan = Plan(Step(0.0, 1.0), Network(1.0, 1e30), 0, 0, 1000)
    limit = plan.limit()
    assert plan.adding_up(limit - 1) < plan.compute(limit - 1)
    assert plan.adding_up(limit) >= plan.compute(limit)


def test_the_plan_is_reported_and_checked_only_by_what_the_present_code_measured(
    folder, monkeypatch
):
    monkeypatch.setattr(rates, "local_network", lambda: FREE)
    monkeypatch.setattr(rates, "step", lambda d, K, rows: Step(0.0, 1e-3))
    monkeypatch.setattr(rates, "bytes_a_number", lambda d, K, n: 4.0)
    monkeypatch.setattr(rates, "n_trained", lambda d, K: 1000)
    options = Options()
    assert np.isnan(on_paper.check(FREE, options)[0][0])
    row = dict.fromkeys(processes.HEADER, 8) | {"processes": 2, "epoch's ratio": 1.6}
    with monkeypatch.context() as before:
        before.setattr(origin, "commit", lambda: "0ldc0de")
        reports.report(options.result("processes"), processes.HEADER, [tuple(row.values())])
    assert np.isnan(on_paper.check(FREE, options)[0][0])
    reports.report(options.result("processes"), processes.HEADER, [tuple(row.values())])
    on_paper.run(options)
    header, line = table(folder / "scale_plan_check.csv")
    found = dict(zip(header, line, strict=True))
    assert (found["predicted"], found["measured"]) == ("2.000", "1.600")
    assert float(found["difference"]) == pytest.approx(0.25)
    header, *lines = table(folder / "scale_plan.csv")
    assert tuple(header) == (*on_paper.HEADER, "commit")
    assert [int(line[0]) for line in lines] == list(on_paper.COUNTS)


def test_all_parts_run_by_default_and_what_cannot_is_said(monkeypatch, capsys):
    seen = []

    def skip(options):
        raise scale.SkippedError("not today")

    for part in scale.PARTS:
        monkeypatch.setitem(scale.PARTS, part, seen.append)
    monkeypatch.setitem(scale.PARTS, "joblib", skip)
    monkeypatch.setattr(scale, "ONE_THREAD", {})
    scale.main(["--rows", "5000"])
    assert seen == [Options(rows=5000)] * (len(scale.PARTS) - 1)
    assert "Skipped: not today" in capsys.readouterr().out
