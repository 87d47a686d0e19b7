"""The benchmarks of cost: that like is compared with like, and what the tables say."""

import os
import time
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from benchmarks import origin, reports
from benchmarks.papers import pictures
from benchmarks.speed import __main__ as speed
from benchmarks.speed import (
    cuda,
    data,
    fixed_fits,
    growing,
    growth,
    memory,
    peers,
    scoring,
    steps,
    timing,
    total,
)
from benchmarks.speed.options import Options
from benchmarks.speed.peers import LIBRARIES, OURS, PRODUCTS
from benchmarks.speed.products import forward_and_back
from benchmarks.speed.steps import Setting
from benchmarks.speed.timing import Plan
from tests.benchmarks.small import table

TRAINED = [name for name in LIBRARIES if name != PRODUCTS]
SMALL = Setting(4, 32, 3)


def step_of(name, setting=SMALL):
    pytest.importorskip(LIBRARIES[name][0])
    return peers.maker(name)(setting.K, setting.d, 0, "cpu")


def n_parameters(step):
    return sum(parameter.numel() for parameter in step.module.parameters())


# Rows.


@pytest.mark.parametrize("name", ["round groups", "bent groups"])
def test_groups_touch(name):
    rows = data.DATA[name](600, 2, 3)
    assert rows.shape == (600, 2)
    certain = GaussianMixture(3, n_init=5, random_state=0).fit(rows).predict_proba(rows).max(1)
    assert 0.8 < certain.mean() < 1


def test_bent_groups_are_the_round_ones_moved_by_squares():
    round_rows, bent_rows = data.round_groups(300, 4, 3), data.bent_groups(300, 4, 3)
    np.testing.assert_array_equal(round_rows[:, 0], bent_rows[:, 0])
    moved = (bent_rows - round_rows)[:, 1:]
    lowest, highest = moved.min(axis=0), moved.max(axis=0)
    np.testing.assert_allclose(lowest, lowest[0], rtol=0.05)  # where the square is zero
    assert (highest > 3 * np.abs(lowest)).all()


def test_a_file_of_rows_has_the_same_groups_in_every_chunk_and_is_gone_afterwards(monkeypatch):
    monkeypatch.setattr(data, "CHUNK", 80)
    with data.bent_groups_in_a_file(200, 3, 8) as path:
        X = np.load(path)
    assert not path.exists()
    assert len(np.unique(X, axis=0)) == 200
    np.testing.assert_array_equal(X[80:160], data.bent_groups(80, 3, 8, seed=1))
    np.testing.assert_array_equal(X[160:], data.bent_groups(40, 3, 8, seed=2))


# Fits that stay the same.


def test_the_total_is_the_sum_of_the_medians_and_its_ratio_is_of_the_sums():
    found = {
        ("a", total.NOW): [1.0, 2.0, 9.0],
        ("a", total.BEFORE): [4.0, 4.0, 5.0],
        ("b", total.NOW): [3.0, 3.0, 3.0],
        ("b", total.BEFORE): [6.0, 6.0, 6.0],
    }
    *fits, whole = total.lines(["a", "b"], found, "1a2b3c4")
    assert [(line[2], line[5], line[7]) for line in fits] == [(2.0, 4.0, 0.5), (3.0, 6.0, 0.5)]
    assert (whole[0], whole[2], whole[5], whole[7]) == (total.TOTAL, 5.0, 10.0, 0.5)


def test_fits_of_both_commits_take_turns_and_alone_there_is_no_ratio(monkeypatch):
    seen = []
    monkeypatch.setattr(total, "seconds", lambda name, place: seen.append(place) or 1.0)
    both = {total.BEFORE: Path("old"), total.NOW: Path("new")}
    total.taken(["a"], both, 2)
    assert seen == [Path("old"), Path("new")] * 2
    alone = total.lines(["a"], total.taken(["a"], {total.NOW: Path("new")}, 1), "-")
    assert all(np.isnan(line[7]) for line in alone)


@pytest.mark.parametrize("name", ["pinwheel, few labels", "moons, FlowGMM"])
def test_rows_of_the_fits_are_a_thousand(name):
    rows, *labels = fixed_fits.FITS[name].data()
    assert rows.shape == (1000, 2)
    assert all(np.bincount(y + 1).tolist() == [980, 4, 4, 4, 4, 4] for y in labels)


def in_a_repository():
    return bool(origin.commit_of(origin.ROOT) != origin.UNKNOWN)


@pytest.mark.skipif(not in_a_repository(), reason="not a git repository")
def test_the_package_of_another_commit_is_alone_in_its_folder_and_gone_afterwards():
    with total.package_of("HEAD") as folder:
        assert {path.name for path in folder.iterdir()} == {".git", "skflowmix"}
        assert (folder / "skflowmix" / "__init__.py").is_file()
    assert not folder.exists()


@pytest.mark.skipif(not in_a_repository(), reason="not a git repository")
def test_a_commit_that_is_not_there_is_said(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    speed.main(["total", "--quick", "--against", "no-such-commit"])
    assert "Skipped" in capsys.readouterr().out


# Steps.


@pytest.mark.parametrize("name", TRAINED)
def test_steps_lower_the_loss_and_reach_every_parameter(name):
    step, x = step_of(name), steps.batch(SMALL)
    before = [parameter.detach().clone() for parameter in step.module.parameters()]
    losses = [float(step(x)) for _ in range(20)]
    assert losses[-1] < losses[0]
    for old, new in zip(before, step.module.parameters(), strict=True):
        assert new.dtype == torch.float32
        assert not torch.equal(old, new)


@pytest.mark.parametrize("name", TRAINED)
@pytest.mark.parametrize("setting", [Setting(2, 8, 1), Setting(16, 8, 4)])
def test_all_libraries_train_about_as_many_parameters(name, setting):
    ours = n_parameters(step_of(OURS, setting))
    assert n_parameters(step_of(name, setting)) == pytest.approx(ours, rel=0.1)


def test_a_stack_of_zuko_flows_is_the_loop_over_them():
    stack, loop = step_of("zuko, stack"), step_of("zuko, loop")
    stacked = stack.module.densities.flow
    for k, flow in enumerate(loop.module.densities.flows):
        for own, all_of_them in zip(flow.parameters(), stacked.parameters(), strict=True):
            own.data.copy_(all_of_them[k])
    x = steps.batch(SMALL)
    torch.testing.assert_close(stack.module(x), loop.module(x))


def test_a_loop_over_nflows_gives_the_mixture_of_their_densities():
    step, x = step_of("nflows, loop"), steps.batch(SMALL)
    densities = [flow.log_prob(x).exp() for flow in step.module.densities.flows]
    expected = torch.stack(densities).mean(0)  # equal weights to begin with
    torch.testing.assert_close(step.module(x).exp(), expected)


def test_several_starts_are_as_many_mixtures():
    one, three = (steps.starts(R, SMALL.K, SMALL.d, 0, "cpu") for R in (1, 3))
    assert n_parameters(three) == 3 * n_parameters(one)
    x = steps.batch(SMALL)
    assert three.log_prob(x).shape == (3, SMALL.rows)
    torch.testing.assert_close(three(x), 3 * one(x))  # flows begin as the identity


def test_products_are_those_of_autograd():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 7, 3, generator=generator)
    weights = [torch.randn(2, *shape, generator=generator) for shape in ((3, 5), (5, 4))]
    for weight in weights:
        weight.requires_grad_()
    (x @ weights[0] @ weights[1]).square().sum().div(2).backward()
    with torch.no_grad():
        found = forward_and_back(weights, x)
    for gradient, weight in zip(found, weights, strict=True):
        torch.testing.assert_close(gradient, weight.grad)


def test_ratios_are_to_the_fastest_peer_and_to_the_products():
    taken = {OURS: 2.0, "a": 4.0, "b": 8.0, PRODUCTS: 1.0, "too large": np.nan}
    lines = steps.lines(SMALL, {name: np.full(3, ms) for name, ms in taken.items()})
    ratios = {line[3]: line[-2:] for line in lines}
    assert ratios[OURS] == (0.5, 2.0)
    assert ratios["a"] == (1.0, 4.0)
    assert ratios[PRODUCTS] == (0.25, 1.0)
    assert np.isnan(ratios["too large"]).all()


def test_a_missing_library_is_named_and_left_out(monkeypatch, capsys):
    monkeypatch.setattr(peers, "find_spec", lambda package: None if package == "zuko" else 1)
    assert not [name for name in peers.installed() if name.startswith("zuko")]
    assert OURS in peers.installed()
    assert "zuko" in capsys.readouterr().out
    monkeypatch.setattr(scoring, "in_fresh_process", lambda function, method, path: (1.0, 2.0))
    assert {line[0] for line in scoring.lines(8, 1)} == set(scoring.FLOWS)


def test_what_does_not_fit_into_a_gpu_has_no_time(monkeypatch):
    def refuse(x):
        raise torch.OutOfMemoryError("too large")

    names = (OURS, "zuko, stack")
    step = step_of(OURS)
    monkeypatch.setattr(cuda, "installed", lambda: names)
    monkeypatch.setattr(cuda, "maker", lambda name: lambda *_: step if name == OURS else refuse)
    ours, refused = cuda.table((SMALL,), timing.QUICK, "cpu")
    assert (ours[3], refused[3]) == names
    assert np.isfinite(ours[4])
    assert np.isnan(refused[4])


# Clocks and scales.


class Clock:
    """Time that passes only where a candidate says so."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now

    def takes(self, *seconds):
        """A candidate whose calls take these in turn, and the last from then on."""
        left = list(seconds)

        def call():
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return call


def test_times_are_a_call_s_and_slow_candidates_have_fewer(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)
    candidates = {"fast": clock.takes(9.0, 0.01), "slow": clock.takes(9.0, 2.0)}
    found = timing.interleaved(candidates, Plan(repeats=6, fewest=2, least=0.05, budget=1.0))
    np.testing.assert_allclose(found["fast"], np.full(6, 10.0))
    np.testing.assert_allclose(found["slow"], np.full(2, 2000.0))


def test_candidates_take_turns(monkeypatch):
    clock, calls = Clock(), []
    monkeypatch.setattr(timing, "time", clock)

    def candidate(name):
        clock.now += 1.0
        calls.append(name)

    names = ["a", "b", "c"]
    plan = Plan(repeats=5, fewest=5)
    timing.interleaved({name: partial(candidate, name) for name in names}, plan)
    rounds = np.reshape(calls[timing.N_WARM_UP * len(names) :], (5, 3))
    assert (np.sort(rounds, axis=1) == names).all()
    assert len(np.unique(rounds, axis=0)) > 1


def test_the_spread_is_the_distance_of_the_quartiles():
    assert timing.median_and_spread([1.0, 2.0, 3.0, 4.0, 5.0]) == (3.0, 2.0)
    median, spread = timing.median_and_spread([7.0])
    assert median == 7.0
    assert np.isnan(spread)


def test_threads_are_as_they_were():
    before = torch.get_num_threads()
    with timing.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


@pytest.mark.skipif(not memory.STATUS.is_file(), reason="no /proc")
def test_the_peak_is_seen_after_it_is_over_and_files_do_not_count(tmp_path):
    np.save(tmp_path / "X.npy", np.ones(2**23))
    filed, held = memory.in_fresh_process(_peaks_of_a_file_and_an_array, tmp_path / "X.npy")
    assert held > 50
    assert filed < 32


def _peaks_of_a_file_and_an_array(path):
    """Peaks in a process that has no memory left over to give back meanwhile."""
    with memory.PeakMemory() as filed:
        np.load(path, mmap_mode="r").sum()
    with memory.PeakMemory() as held:
        X = np.ones(2**23)
        until = time.monotonic() + 30  # on a busy machine the thread that looks comes late
        while held.mebibytes <= 50 and time.monotonic() < until:
            time.sleep(memory.INTERVAL)
        del X
    return filed.mebibytes, held.mebibytes


def test_nobody_knows_the_memory_without_proc(monkeypatch):
    monkeypatch.setattr(memory, "STATUS", Path("/nowhere"))
    with memory.PeakMemory() as peak:
        pass
    assert np.isnan(peak.mebibytes)


def test_a_fresh_process_is_another():
    assert memory.in_fresh_process(os.getpid) != os.getpid()


# Many rows.


@pytest.mark.parametrize("rows", data.DATA.values())
@pytest.mark.parametrize("K", [1, 2, 5])
def test_rows_are_finite_and_spread_for_any_number_of_groups(rows, K):
    X = rows(40, 3, K)
    assert X.shape == (40, 3)
    assert np.isfinite(X).all()
    assert (X.std(axis=0) > 0).all()


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_slope_is_the_power_and_what_was_too_long_does_not_count(power):
    values = (10, 100, 1000, 10_000)
    measured = [3.0 * value**power for value in values[:3]]
    assert growth.slope(values, [*measured, np.inf]) == pytest.approx(power)
    assert np.isnan(growth.slope(values, [1.0, np.inf, np.inf, np.nan]))


def test_one_of_rows_columns_and_groups_grows_and_the_base_is_on_every_axis():
    base = set(growth.BASE.items())
    for axis in growth.axes(Options()):
        for value, cell in axis.cells.items():
            assert base - set(cell._asdict().items()) <= {(axis.name, growth.BASE[axis.name])}
            assert getattr(cell, axis.name) == value
        assert growth.BASE[axis.name] in axis.cells


def test_what_is_larger_than_what_was_too_long_is_not_tried(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(pictures, "save", lambda figure, name, folder: None)
    monkeypatch.setattr(growth, "drawn", lambda lines: None)
    monkeypatch.setattr(growth, "installed", lambda: ["FlowGMM", "HDBSCAN"])
    tried = []

    def fresh(fit, cell, path, is_brief, limit):
        tried.append(cell)
        if cell.estimator == "HDBSCAN" and cell.K > 1 and cell.n > 1000:
            raise BrokenProcessPool
        return growing.Metrics(2.0, 8.0)

    monkeypatch.setattr(growth, "in_fresh_process", fresh)
    monkeypatch.setattr(growth, "bent_groups_in_a_file", lambda n, d, K: nullcontext(Path()))
    for _ in range(2):
        growth.run(Options(most_rows=20_000))
    own = [cell[1:] for cell in tried if cell.estimator == "HDBSCAN"]
    assert own == [(1000, 8, 5), (5000, 2, 5), (5000, 8, 1)]
    header, *lines = table(tmp_path / "speed_growth.csv")
    seconds = {tuple(line[:3]): line[header.index("seconds")] for line in lines}
    assert seconds["n", "20000", "HDBSCAN"] == "inf"
    assert seconds["n", "20000", "FlowGMM"] == "2.000"
    assert ("n", "100000", "FlowGMM") not in seconds


def test_a_fit_that_takes_too_long_is_ended():
    with pytest.raises(BrokenProcessPool):
        memory.in_fresh_process(time.sleep, 60, limit=1)


def test_the_peer_is_trained_under_our_schedule():
    zuko_fits = pytest.importorskip("benchmarks.speed.zuko_fits", reason="zuko")
    X = data.bent_groups(60, 2, 2)
    found = zuko_fits.ZukoFlow(2, 0, limit=0.01).fit(X).fitted
    assert found.score(X).shape == (60,)
    assert found.chosen == "rate=0.005"


@pytest.mark.parametrize("model", scoring.ZUKO)
def test_both_precisions_of_the_peer_are_of_one_flow(model):
    pytest.importorskip("zuko")
    X = data.bent_groups(50, 4, 2)
    single, double = (
        scoring.scorer(scoring.Method(model, "log_prob", precision), X)(X)
        for precision in ("float32", "float64")
    )
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single, double, rtol=1e-4)


# The command.


def in_this_process(function, *arguments, limit=0):
    return function(*arguments)


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Run parts quickly, without processes of their own, and return the folder of the results."""
    for module in (reports, pictures):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    for part in (growth, scoring):
        monkeypatch.setattr(part, "in_fresh_process", in_this_process)

    def run(*parts):
        speed.main([*parts, "--quick"])
        return tmp_path / "quick"

    return run


def test_steps_have_a_line_for_each_library_that_is_there(quick):
    folder = quick("steps")
    header, *lines = table(folder / "speed_steps.csv")
    assert tuple(header) == (*steps.HEADER, "commit")
    assert [line[3] for line in lines] == peers.installed()
    header, *lines = table(folder / "speed_starts.csv")
    assert tuple(header) == (*steps.STARTS_HEADER, "commit")
    assert [int(line[3]) for line in lines] == list(steps.N_INIT)


def test_growth_has_a_line_for_each_estimator_and_size_and_quick_runs_are_repeated(
    quick, monkeypatch
):
    names = ["FlowGMM", "HDBSCAN"]
    monkeypatch.setattr(growth, "installed", lambda: names)
    monkeypatch.setattr(growth, "QUICK_AXES", {"n": (60,)})
    folder = quick("growth")
    header, *lines = table(folder / "speed_growth.csv")
    assert tuple(header) == growth.HEADER
    assert [line[1:3] for line in lines] == [["60", name] for name in names]
    assert (folder / "speed_growth.png").is_file()
    names[:] = ["HDBSCAN"]
    quick("growth")
    assert len(table(folder / "speed_growth_runs.csv")) == 1 + 1


def test_the_total_has_a_line_for_each_fit_and_the_sum(quick, monkeypatch):
    monkeypatch.setattr(total, "seconds", lambda name, folder: 2.0)
    header, *lines = table(quick("total") / "speed_total.csv")
    assert tuple(header) == (*total.HEADER, "commit")
    assert [line[0] for line in lines] == [*total.QUICK_FITS, total.TOTAL]


def test_scoring_has_a_line_for_each_method(quick):
    header, *lines = table(quick("scoring") / "speed_scoring.csv")
    assert tuple(header) == (*scoring.HEADER, "commit")
    expected = [list(method) for method in scoring.METHODS]
    assert [line[:3] for line in lines] == expected


def test_without_a_gpu_the_last_part_is_skipped_and_no_machine_noted(quick, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    folder = quick("cuda")
    assert "Skipped" in capsys.readouterr().out
    assert not (folder / "speed_machine.csv").exists()


def test_all_parts_run_by_default_and_each_notes_its_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    seen = []
    for part in speed.PARTS:
        monkeypatch.setitem(speed.PARTS, part, seen.append)
    speed.main(["--runs", "2", "--rows", "50000"])
    assert seen == [Options(runs=2, most_rows=50_000)] * len(speed.PARTS)
    header, *lines = table(tmp_path / "speed_machine.csv")
    assert [line[0] for line in lines] == list(speed.PARTS)
    assert {"processor", "cores", "threads", "Python", "torch"} < set(header)


@pytest.mark.parametrize("wrong", [["--runs", "0"], ["--rows", "10"], ["stairs"]])
def test_what_cannot_be_done_is_said(wrong, capsys):
    with pytest.raises(SystemExit):
        speed.main(wrong)
    assert wrong[0] in capsys.readouterr().err
