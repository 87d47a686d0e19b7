"""The benchmark of densities: its tables, its clock, and that every method answers."""

import time

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from benchmarks import origin, reports
from benchmarks.density import __main__ as density
from benchmarks.density import hand_written, skflowmix_flows, summary
from benchmarks.density.__main__ import METHODS, Cell, Curve, Metrics, sooner
from benchmarks.density.fits import Clock, chosen_by_validation
from benchmarks.density.tables import GROUPS, Split, spread_over_units
from skflowmix import FlowGMM
from tests.benchmarks.small import runs, table

ROWS = np.random.default_rng(0).normal(size=(200, 2)) * [1, 5] + [0, 9]


def test_splits_share_no_row_and_are_in_the_scale_of_the_first():
    split = Split.of(ROWS, 0)
    parts = (split.train, split.validation, split.test)
    assert [len(part) for part in parts] == [160, 20, 20]
    np.testing.assert_allclose(split.train.std(axis=0), 1)
    assert len(np.unique(np.concatenate(parts), axis=0)) == 200
    assert not np.array_equal(Split.of(ROWS, 1).test, split.test)


def test_columns_of_few_values_are_spread_over_one_unit():
    rng = np.random.default_rng(1)
    X = np.column_stack(
        [rng.integers(0, 9, 500), 0.25 * rng.integers(0, 4, 500), rng.normal(size=500)]
    )
    spread = spread_over_units(X)
    np.testing.assert_array_equal(spread[:, 2], X[:, 2])
    np.testing.assert_array_equal(np.floor(spread[:, 0]), X[:, 0])
    assert ((spread[:, 1] - X[:, 1]) < 0.25).all()
    assert len(np.unique(spread[:, 1])) == 500


def test_the_clock_stands_while_it_watches():
    clock = Clock()
    clock.watch(lambda X: time.sleep(0.2) or np.zeros(len(X)), ROWS)
    assert clock.paused >= 0.2
    (point,) = clock.curve
    assert point[1] == 0
    assert clock.seconds >= point[0]


def test_validation_rows_decide():
    fit = chosen_by_validation(
        [(f"K={k}", GaussianMixture(k, random_state=0)) for k in (1, 30)], ROWS[:150], ROWS[150:]
    )
    assert fit.chosen == "K=1"
    expected = GaussianMixture(1).fit(ROWS[:150]).score_samples(ROWS)
    np.testing.assert_allclose(fit.score(ROWS), expected)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_scores_rows(method, monkeypatch):
    if (library := density.LIBRARIES[METHODS[method][0]]) in ("nflows", "pyvinecopulib"):
        pytest.importorskip(library)
    monkeypatch.setattr(hand_written, "PATIENCE", 1)
    monkeypatch.setattr(hand_written, "EPOCHS", 2)
    monkeypatch.setattr(skflowmix_flows, "N_COMPONENTS", (1,))
    split = Split.of(ROWS, 0)
    scores = density.fitted(method, split, 0, limit=1.0).score(split.test)
    assert scores.shape == (20,)
    assert np.isfinite(scores).all()


def test_a_density_of_one_column_is_found_by_vines():
    vines = pytest.importorskip("benchmarks.density.vines")
    split = Split.of(ROWS[:, :1], 0)
    scores = vines.vine_copula(split, 0, 1.0).score(np.array([[0.0], [99.0]]))
    assert np.isfinite(scores).all()  # far outside too
    assert scores[0] > scores[1]


@pytest.mark.parametrize("method", [name for name in METHODS if name.endswith("our schedule")])
def test_linear_maps_and_the_schedule_are_as_good_as_a_gaussian_on_one(method):
    skewed = ROWS @ np.array([[1.0, 0.9], [0.0, 0.2]])
    split = Split.of(skewed, 0)
    expected = GaussianMixture(1).fit(split.train).score(split.validation)
    fit = density.fitted(method, split, 0, limit=10.0)
    assert fit.chosen.startswith("rate=")
    assert fit.score(split.validation).mean() > expected - 0.1


def test_a_batch_is_a_tenth_of_the_rows_within_bounds_and_epochs_end():
    for n, size, number in ((50, 32, 2), (1000, 100, 10), (20_000, 256, 50)):
        batches = hand_written.Batches(np.zeros((n, 1)), 0)
        sizes = [len(rows) for rows in batches]
        assert sizes[0] == size
        assert len(sizes) == len(batches) == number


def test_a_thousand_rows_are_the_same_each_time(tmp_path):
    folder = tmp_path / "semisup"
    folder.mkdir()
    np.savez(folder / "waveform40.npz", X=np.random.default_rng(0).normal(size=(1500, 40)))
    first, again = (density.load("waveform_1000", tmp_path) for _ in range(2))
    assert first.shape == (1000, 21)
    np.testing.assert_array_equal(first, again)


def test_the_curve_ends_at_the_model(monkeypatch):
    split, clock = Split.of(ROWS, 0), Clock()
    watch = skflowmix_flows.Watch(clock, split)
    model = FlowGMM(max_iter=3, random_state=0).set_callbacks(watch).fit(split.train)
    assert len(clock.curve) == model.n_iter_ == 3
    assert all(np.diff([seconds for seconds, _ in clock.curve]) > 0)


def test_the_command_measures_reports_and_draws(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(density.pictures, "RESULTS", tmp_path)
    monkeypatch.setitem(density.TABLES, "galaxy", lambda folder: ROWS)
    density.main(["--sets", "galaxy", "--methods", "GaussianMixture", "--seeds", "2"])
    header, row = table(tmp_path / "density.csv")
    assert header == list(density.HEADER)
    assert row[:4] == ["galaxy", "2", "GaussianMixture", "2"]
    assert (tmp_path / "density.png").stat().st_size > 0


def test_what_a_method_refuses_is_no_score(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setitem(density.TABLES, "galaxy", lambda folder: ROWS)

    def refuse(*_):
        raise ValueError("two features or more")

    monkeypatch.setattr(density, "fitted", refuse)
    found = density.measure(Cell("galaxy", "zuko NSF", 0), tmp_path, 1.0)
    assert np.isnan(found.metrics.mean)
    assert found.metrics.chosen == "two features or more"
    assert not found.curve


def test_a_library_that_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(density.TABLES, "galaxy", lambda folder: ROWS)
    monkeypatch.setitem(METHODS, "vine copula", ("no_such_module", "vine_copula"))
    found = density.measure(Cell("galaxy", "vine copula", 0), tmp_path, 1.0)
    assert np.isnan(found.metrics.mean)
    assert "no_such_module" in found.metrics.chosen


def test_repeats_are_of_one_split_and_leave_the_other_runs_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setitem(density.TABLES, "galaxy", lambda folder: ROWS)
    fixed = ["--sets", "galaxy", "--methods", "KernelDensity"]  # nothing in it is random
    density.main([*fixed, "--repeats", "3"])
    header, row = table(tmp_path / "density_repeats.csv")
    line = dict(zip(header, row, strict=True))
    assert line["random states"] == "3"
    assert float(line["deviation"]) == 0
    assert not (tmp_path / "density_runs.csv").exists()


def _metrics(mean, reason=""):
    return Metrics(2, mean, mean, mean, 1.0, reason)


MEASURED = runs(
    {
        Cell("wine", "GaussianMixture", 0): _metrics(-3.0),
        Cell("wine", "FlowGMM", 0): _metrics(-1.0),
        Cell("digits", "GaussianMixture", 0): _metrics(-2.0),
        Cell("digits", "FlowGMM", 0): _metrics(-2.5),
        Cell("galaxy", "GaussianMixture", 0): _metrics(-9.0),
        Cell("galaxy", "FlowGMM", 0): _metrics(np.nan, "two features or more"),
        Cell("diabetes", "GaussianMixture", 0): _metrics(-1.0),
        Cell("diabetes", "FlowGMM", 0): _metrics(-1.0),
        Cell("diabetes", "FlowGMM", 1): _metrics(99.0),
    }
)
"""Two tables of one group where both methods have a score, one without, one of the other group."""
ASKED = summary.Asked(
    ("galaxy", "wine", "digits", "diabetes", "penguins"), ("GaussianMixture", "FlowGMM"), 1
)


def test_the_summary_is_over_tables_that_all_methods_have_scores_on():
    lines = [line[:-1] for line in summary.summary(MEASURED, ASKED)]
    assert lines == [
        ("shared", "GaussianMixture", 2, 1, 0.0, 1, -2.0),
        ("shared", "FlowGMM", 2, 1, 0.75, 1, -0.5),
        ("small", "GaussianMixture", 1, 1, 0.0, 1, 0.0),
        ("small", "FlowGMM", 1, 1, 0.0, 1, 0.0),
    ]


def test_what_is_left_out_of_the_summary_is_named_with_the_reason():
    found = {line[:2]: line[2:4] for line in summary.left_out(MEASURED, ASKED)}
    assert found == {
        ("galaxy", "FlowGMM"): (1, "two features or more"),
        ("penguins", "GaussianMixture"): (1, "not run"),
        ("penguins", "FlowGMM"): (1, "not run"),
    }


def test_a_summary_without_the_baseline_knows_no_difference_to_it():
    alone = summary.Asked(("wine",), ("FlowGMM",), 1)
    (line,) = summary.summary(MEASURED, alone)
    assert np.isnan(dict(zip(summary.HEADER, line, strict=True))["over the baseline"])


def test_every_table_is_in_one_group():
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(density.TABLES)


def test_missing_data_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    with pytest.raises(SystemExit):
        density.main(["--data", str(tmp_path), "--sets", "wine", "--methods", "GaussianMixture"])
    assert "uci_wine.npz" in capsys.readouterr().err


def test_how_soon_ours_come_to_where_the_best_peer_ends():
    points = {
        Cell("wine", "zuko NSF", 0): [(1.0, -9.0), (10.0, -3.0)],
        Cell("wine", "zuko MAF", 0): [(20.0, -4.0)],
        Cell("wine", "FlowGMM", 0): [(1.0, -5.0), (2.0, -3.0), (3.0, -1.0)],
        Cell("galaxy", "FlowGMM", 0): [(1.0, -5.0)],
        Cell("digits", "zuko NSF", 0): [(1.0, -9.0)],
        Cell("digits", "FlowGMM", 0): [(1.0, -10.0)],
    }
    curves = {cell: Curve(own, cell.method[:4]) for cell, own in points.items()}
    digits, wine = sorted(sooner(curves))
    assert wine == ("wine", "zuko NSF", "FlowGMM", 1, 10.0, 2.0, 0.2, 0.2, 0.2, "Flow/zuko")
    assert digits == ("digits", "zuko NSF", "FlowGMM", 1, 1.0, *[np.inf] * 4, "Flow/zuko")


def test_a_line_names_the_commits_of_its_runs():
    metrics = Metrics(2, -1.0, -1.0, -1.0, 1.0, "")
    cells = [Cell("wine", "FlowGMM", seed) for seed in (0, 1)]
    mixed = runs({cells[0]: metrics}, "old") | runs({cells[1]: metrics}, "new")
    (line,) = density.lines(mixed)
    assert dict(zip(density.HEADER, line, strict=True))["commit"] == "old/new"


def test_a_curve_is_that_of_the_run_that_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    cell, record = Cell("wine", "FlowGMM", 0), density.record()
    for commit, seconds in (("old", 1.0), ("new", 2.0)):
        monkeypatch.setattr(origin, "commit", lambda commit=commit: commit)
        metrics = Metrics(2, -1.0, -1.0, -1.0, seconds, "")
        record.add(cell, density.Measured(metrics, [(seconds, -2.0), (2 * seconds, -1.0)]))
    for commit, seconds in (("old", 1.0), ("new", 2.0)):
        monkeypatch.setattr(origin, "commit", lambda commit=commit: commit)
        found = record.read()
        assert found[cell].metrics.seconds == seconds
        points = [(seconds, -2.0), (2 * seconds, -1.0)]
        assert density.read_curves(found) == {cell: Curve(points, commit)}
