"""The benchmark of gated samples: what is loaded, scored and written."""

from functools import partial

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from benchmarks import clustering, cytometry, reports
from benchmarks.clustering import Run, Set
from benchmarks.data_sets import MissingDataError
from skflowmix import FlowGMM, VariationalFlowMixture
from tests.benchmarks.small import made, table

X, GATES = make_blobs(90, centers=[[0, 0], [90, 90], [0, 90]], random_state=0)
SAMPLES = np.repeat([4, 7], 45)


@pytest.fixture
def folder(tmp_path):
    """Both data sets in small: two gates a sample, and cells in none."""
    place = tmp_path / "clustering/cytometry"
    place.mkdir(parents=True)
    for name, _ in cytometry.ARCHIVES.values():
        np.savez(place / name, X=X, y=GATES, sample=SAMPLES)
    return tmp_path


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The folder that tables are written to."""
    monkeypatch.setattr(reports, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def small(monkeypatch):
    """Flows that fit in no time."""
    for Flow in (FlowGMM, VariationalFlowMixture):
        monkeypatch.setitem(cytometry.ESTIMATORS, Flow.__name__, partial(made, Flow))
    monkeypatch.setattr(clustering, "QUICK_ITERATIONS", 1)


def test_f1_is_of_the_best_group_and_every_gate_counts_alike():
    gates = np.array([1, 1, 1, 1, 1, 1, 2, 2])
    groups = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    # gate 1 and group 0: 2 * 4 / (6 + 4); gate 2 and group 1: 2 * 2 / (2 + 4)
    assert cytometry.mean_f1(gates, groups) == pytest.approx((8 / 10 + 4 / 6) / 2)
    assert cytometry.mean_f1(gates, gates + 5) == 1
    # one group may be the best for several gates: 2 * 6 / (6 + 8) and 2 * 2 / (2 + 8)
    assert cytometry.mean_f1(gates, np.zeros(8)) == pytest.approx((12 / 14 + 4 / 10) / 2)


def test_cells_left_out_are_a_group_in_the_index_and_none_in_f1():
    gates = np.array([1, 1, 1, 2, 2, 2])
    left_out = np.where(gates == 2, -1, 0)
    assert cytometry.MEASURES["ARI"](gates, left_out) == 1
    assert cytometry.mean_f1(gates, left_out) == 0.5
    assert cytometry.mean_f1(gates, np.array([-1, 0, 0, 1, 1, 1])) == pytest.approx(
        (4 / 5 + 1) / 2
    )
    assert cytometry.mean_f1(gates, np.full(6, -1)) == 0


def test_least_group_of_hdbscan_is_a_share_of_the_rows():
    model = cytometry.ESTIMATORS["HDBSCAN"](3, 0)
    rows = np.random.default_rng(0).normal(size=(400, 1))
    assert model.fit(rows).min_cluster_size == 4
    assert model.fit(rows[:20]).min_cluster_size == 2


def test_samples_are_gated_cells_each_set_in_its_scale(folder):
    sets = cytometry.load(folder, n_rows=1000)
    assert [data.title for data in sets] == [
        f"{suite}/sample {number}" for suite in ("GvHD", "MultiCenter") for number in (4, 7)
    ]
    gated = (SAMPLES == 7) & (GATES > 0)
    first, last = sets[1], sets[3]
    assert first.sizes == [2]
    np.testing.assert_array_equal(first.references[0], GATES[gated])
    np.testing.assert_allclose(first.X, X[gated])
    np.testing.assert_allclose(np.sinh(last.X) * 5, X[gated])


def test_a_sample_is_cut_to_the_same_cells_whenever_it_is_loaded(folder):
    first, *others = cytometry.load(folder, n_rows=10, n_samples=1)
    assert [data.suite for data in others] == ["MultiCenter"]
    assert first.X.shape == (10, 2)
    again = cytometry.load(folder, n_rows=10)[0]
    np.testing.assert_array_equal(first.X, again.X)
    for row, gate in zip(first.X, first.references[0], strict=True):
        assert GATES[(row == X).all(axis=1)] == [gate]


def test_gates_without_a_chosen_cell_are_not_asked_for(folder):
    assert cytometry.load(folder, n_rows=1)[0].sizes == [1]


def test_without_data_one_line_says_what_is_missing(folder, capsys):
    (folder / "clustering/cytometry/flowcap1_gvhd12.npz").unlink()
    with pytest.raises(MissingDataError, match="lacks flowcap1_gvhd12"):
        cytometry.load(folder, 10)
    with pytest.raises(SystemExit) as caught:
        cytometry.main(["--data", str(folder)])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(folder) in line
    assert "--data" in line


@pytest.mark.parametrize("option", ["--seeds", "--rows", "--samples"])
def test_numbers_below_one_are_refused(option, capsys):
    with pytest.raises(SystemExit):
        cytometry.main([option, "0"])
    assert f"{option}: must be 1 or more" in capsys.readouterr().err


def test_a_quick_run_is_of_few_samples_and_rows(folder, monkeypatch):
    monkeypatch.setattr(cytometry, "QUICK_ROWS", 12)
    monkeypatch.setattr(cytometry, "QUICK_SAMPLES", 1)
    quick = ["--data", str(folder), "--quick", "--seeds", "5"]
    options, sets = cytometry.asked(quick)
    assert [len(data.X) for data in sets] == [12, 12]
    assert list(options.seed_range) == [0]
    _, sets = cytometry.asked([*quick, "--rows", "7", "--samples", "2"])
    assert [len(data.X) for data in sets] == [7, 7]


def test_scores_are_means_over_seeds_and_seconds_medians():
    gates = np.array([1, 1, 2, 2])
    runs = [Run(1.0, gates, (3.0,)), Run(0.0, np.zeros(4), (5.0,))]
    rows = cytometry.numbers(
        Set("a", "x", X[:4], (gates,)), dict.fromkeys(cytometry.ESTIMATORS, runs)
    )
    named = [dict(zip(cytometry.HEADER[5:], row, strict=True)) for row in rows]
    assert named[0]["KMeans"] == 0.5
    assert named[1]["FlowGMM"] == pytest.approx((1 + 2 / 3) / 2)
    assert named[0]["VariationalFlowMixture seconds"] == 4


def test_summaries_are_means_and_counts_of_firsts(monkeypatch):
    monkeypatch.setattr(cytometry, "ESTIMATORS", {"one": None, "two": None})
    sets = [Set("a", "x", X, (GATES + 1,)), Set("b", "y", X, (GATES + 1,))]
    of_x = [[0.5, 0.25, 1.0, 9.0], [0.5, 0.5, 1.0, 9.0]]  # estimators, then seconds
    of_y = [[1.0, 0.0, 3.0, 9.0], [0.0, 1.0, 3.0, 9.0]]
    found = cytometry.lines(sets, np.array([of_x, of_y]))
    assert found[:2] == [("a/x", 90, 2, 3, "ARI", *of_x[0]), ("a/x", 90, 2, 3, "F1", *of_x[1])]
    named = {(line[0], line[4]): line[5:] for line in found}
    assert named["mean of b", "F1"] == tuple(of_y[1])
    assert named["mean of all samples", "ARI"] == (0.75, 0.125, 2.0, 9.0)
    assert named["first in a", "F1"][:2] == (1, 1)
    assert named["first in all samples", "ARI"][:2] == (2, 0)
    assert named["first in all samples", "F1"][:2] == (1, 2)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("options", [["--quick"], ["--seeds", "1"]])
def test_a_run_writes_its_table(options, folder, results):
    cytometry.main(["--data", str(folder), "--samples", "1", *options])
    place = results / "quick" if "--quick" in options else results
    header, *lines = table(place / "cytometry.csv")
    assert tuple(header) == (*cytometry.HEADER, "commit")
    assert len(lines) == 2 * 2 + 3 * 4
    assert [line[0] for line in lines[1:3]] == ["GvHD/sample 4", "MultiCenter/sample 4"]
    kmeans = {(line[0], line[4]): line[header.index("KMeans")] for line in lines}
    assert kmeans["mean of MultiCenter", "F1"] == "1.000"
    assert kmeans["first in all samples", "ARI"] == "2"
    assert len(list(results.iterdir())) == 1
