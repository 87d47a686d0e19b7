"""The benchmarks of cost: that like is compared with like, and what the tables say."""

import os
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from benchmarks import reports
from benchmarks.speed import __main__ as speed
from benchmarks.speed import cuda, data, fits, growth, memory, peers, scoring, steps, timing
from benchmarks.speed.options import Options
from benchmarks.speed.peers import LIBRARIES, OURS, PRODUCTS
from benchmarks.speed.products import forward_and_back
from benchmarks.speed.steps import Setting
from benchmarks.speed.timing import Plan
from skflowmix import FlowGMM, VariationalFlowMixture
from tests.benchmarks.small import made, table

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


# Fits.


def test_one_start_is_the_gaussian_mixture():
    for name in fits.FLOWS:
        assert fits.one_start(name)(3, 0).init_params == "gaussian_mixture"


@pytest.mark.parametrize("options", [Options(quick=True), Options(runs=2)])
def test_fits_have_a_line_for_each_estimator_and_the_baseline_is_one(
    options, tmp_path, monkeypatch
):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(fits, "SHAPES", ((30, 2, 3), (40, 3, 2)))
    small = {Flow.__name__: partial(made, Flow) for Flow in (FlowGMM, VariationalFlowMixture)}
    for name, make in small.items():
        monkeypatch.setitem(fits.TIMED, name, make)
        monkeypatch.setitem(fits.FLOWS, name, make)
    monkeypatch.setitem(fits.TIMED, fits.BASELINE, lambda K, seed: GaussianMixture(K))
    fits.run(options)
    header, *lines = table(tmp_path / f"{options.result('fits')}.csv")
    assert tuple(header) == (*fits.HEADER, "commit")
    assert len(lines) == 5 * len(data.DATA) * (1 if options.quick else 2)
    assert all((line[-2] == "1.000") == (line[4] == fits.BASELINE) for line in lines)
    assert all((line[6] == "-") == options.quick for line in lines)  # one run has no spread


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
    with memory.PeakMemory() as filed:
        np.load(tmp_path / "X.npy", mmap_mode="r").sum()
    with memory.PeakMemory() as held:
        X = np.ones(2**23)
        time.sleep(5 * memory.INTERVAL)
        del X
    assert held.mebibytes > 50
    assert filed.mebibytes < 32


def test_nobody_knows_the_memory_without_proc(monkeypatch):
    monkeypatch.setattr(memory, "STATUS", Path("/nowhere"))
    with memory.PeakMemory() as peak:
        pass
    assert np.isnan(peak.mebibytes)


def test_a_fresh_process_is_another():
    assert memory.in_fresh_process(os.getpid) != os.getpid()


# Many rows.


def test_near_is_the_first_epoch_close_to_the_best():
    scores = np.array([-9.0, np.nan, -1.0, -0.5, -0.52, -0.49])
    assert growth.first_near(scores, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == 4.0


def test_epochs_end_one_after_the_other():
    ends = growth.EpochEnds()
    model = FlowGMM(2, max_iter=3, init_params="kmeans", random_state=0).set_callbacks(ends)
    model.fit(data.bent_groups(100, 2, 2))
    assert len(ends.seconds) == model.n_iter_ == len(model.validation_scores_)
    moments = [0, ends.to_train, *ends.seconds]
    assert moments == sorted(moments)


def test_growth_stops_at_the_most_rows_and_runs_are_not_repeated(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    measured = []

    def measure(cell, settings):
        measured.append(cell)
        return growth.Metrics(9, 1.0, 4.0, 2.0 + cell.seed, 8.0)

    monkeypatch.setattr(growth, "measure", measure)
    for _ in range(2):
        growth.run(Options(runs=3, most_rows=200_000))
    assert len(measured) == 3 * 2 * len(growth.FLOWS)
    header, *lines = table(tmp_path / "speed_growth.csv")
    assert [line[1] for line in lines] == ["10000", "100000"] * len(growth.FLOWS)
    near = header.index("seconds to near")
    assert all(line[near : near + 2] == ["3.000", "1.000"] for line in lines)


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


def in_this_process(function, *arguments):
    return function(*arguments)


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """Run parts quickly, without processes of their own, and return the folder of the results."""
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
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


def test_growth_has_a_line_for_each_estimator_and_size_and_quick_runs_are_repeated(quick):
    folder = quick("growth")
    header, *lines = table(folder / "speed_growth.csv")
    assert tuple(header) == growth.HEADER
    assert [line[0] for line in lines] == list(growth.FLOWS)
    assert all(line[5] == str(growth.QUICK_ITERATIONS) for line in lines)
    quick("growth")
    assert len(table(folder / "speed_growth_runs.csv")) == 1 + len(lines)


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
