"""What the benchmark of few labels says, and that it repeats no run."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import log_loss

from benchmarks import reports
from benchmarks.data_sets import DATA
from benchmarks.few_labels import __main__ as few_labels
from benchmarks.few_labels import best_peers, figures, means, peers
from benchmarks.few_labels import runs as few_runs
from benchmarks.few_labels.peers import BASELINE, FEW, MANY, ON_ALL_ROWS, OURS, PACKAGES
from benchmarks.few_labels.runs import Cell, Metrics, measure
from benchmarks.few_labels.sets import DRAWN, GROUPS, LEAST, SETS, SHARED, TOYS, sample
from benchmarks.few_labels.splitting import ALL, DRAWS, EQUAL, PROPORTIONAL, counts, split
from benchmarks.papers import pictures
from benchmarks.papers.runs import fitted
from tests.benchmarks.small import runs, table
from tests.estimators import blobs

WITHOUT_DATA = [*TOYS, *DRAWN, "wine"]
"""Sets that need no folder."""
PEERS = [name for name in {**FEW, **MANY} if name not in {*OURS, *PACKAGES}]


def metrics(accuracy, seconds=1.0, trained=np.nan):
    return Metrics(accuracy, 0.5, 0.1, trained, 20, seconds)


def runs_on(sets, accuracies, seeds=(0,), labels=10):
    """Runs of estimators, each of one accuracy on all of the sets."""
    return {
        Cell(data, labels, EQUAL, name, seed): metrics(accuracy)
        for data in sets
        for name, accuracy in accuracies.items()
        for seed in seeds
    }


def named(header, lines, n_keys):
    """Lines by their first columns, each by the names of its columns."""
    return {line[:n_keys]: dict(zip(header, line, strict=True)) for line in lines}


def test_log_loss_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    proba, truth = softmax(rng.normal(size=(50, 4)), axis=1), rng.integers(0, 4, 50)
    found, _ = few_runs.calibration(proba, truth)
    assert found == pytest.approx(log_loss(truth, proba, labels=range(4)))


def test_calibration_error_is_the_gap_between_being_sure_and_being_right():
    sure = np.tile([0.9, 0.1], (10, 1))
    truth = np.array([0] * 6 + [1] * 4)
    assert few_runs.calibration(sure, truth)[1] == pytest.approx(0.3)
    truth[:9], truth[9] = 0, 1
    assert few_runs.calibration(sure, truth)[1] == pytest.approx(0, abs=1e-12)


@given(
    st.lists(st.integers(2, 500), min_size=2, max_size=8),
    st.integers(1, 120),
    st.sampled_from(DRAWS),
    st.integers(0, 99),
)
def test_every_class_shows_a_label_and_hides_one(sizes, labels, draw, seed):
    sizes = np.array(sizes)
    found = counts(sizes, labels, draw, seed)
    assert (found >= 1).all()
    assert (found < sizes).all()
    if draw == EQUAL:
        assert (found[sizes > labels] == labels).all()
        assert (found[sizes <= labels] == sizes[sizes <= labels] - 1).all()
    else:  # a class that was not drawn has one on top
        asked = min(labels * len(sizes), (sizes - 1).sum())
        assert asked <= found.sum() < asked + len(sizes)


def test_labels_in_proportion_are_as_frequent_as_the_classes():
    sizes = np.array([100, 300, 600])
    found = np.mean([counts(sizes, 20, PROPORTIONAL, seed) for seed in range(50)], axis=0)
    np.testing.assert_allclose(found / found.sum(), sizes / sizes.sum(), atol=0.02)


@pytest.mark.parametrize("labels", [3, ALL])
def test_labels_are_shown_in_training_only_and_as_many_as_asked(labels):
    (train, shown), (test, truth) = split("pinwheel", labels, DATA, 0)
    assert (len(train), len(test)) == (800, 200)
    assert np.bincount(shown[shown >= 0]).tolist() == [labels or 160] * 5
    assert (truth >= 0).all()
    np.testing.assert_allclose(train.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(train.std(0), 1)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("data", WITHOUT_DATA)
def test_every_class_is_labelled_hidden_and_tested(data, draw):
    (train, shown), (test, truth) = split(data, 1000, DATA, 1, draw)
    assert np.isfinite(train).all()
    assert np.isfinite(test).all()
    K = len(set(truth))
    assert set(truth) == set(range(K))
    assert set(shown) == set(range(-1, K))
    _, y = SETS[data].load(DATA, 1)
    hidden = np.bincount(y) - np.bincount(truth) - np.bincount(shown[shown >= 0])
    assert hidden.min() >= 1


def test_drawn_tables_are_others_with_every_seed():
    for data in DRAWN:
        (X, y), (same, _), (other, _) = (SETS[data].load(DATA, seed) for seed in (0, 0, 1))
        np.testing.assert_array_equal(X, same)
        assert X.shape != other.shape or not np.allclose(X, other)
        assert np.bincount(y).min() >= LEAST


def test_unequal_classes_are_unequal():
    for data in ("unequal_gaussian", "unequal_corners"):
        sizes = np.sort(np.bincount(SETS[data].load(DATA, 0)[1]))
        assert (sizes[1:] > 2 * sizes[:-1]).all()


def test_names_of_sets_are_of_one_group_and_families_of_one_source():
    assert sum(map(len, GROUPS.values())) == len(SETS)
    assert not set(GROUPS) & set(SETS)
    assert {SETS[name].family for name in ("digits", "mnist", "optdigits")} == {"handwriting"}
    assert len({SETS[name].family for name in SHARED}) == 4


def test_cells_in_no_gate_and_tiny_gates_are_left_out(tmp_path):
    (tmp_path / "clustering/cytometry").mkdir(parents=True)
    gates = np.repeat([0, 1, 3, 5], [50, 7, 60, 80])
    np.savez(
        tmp_path / "clustering/cytometry/flowcap1_gvhd12.npz",
        X=np.arange(2 * len(gates))[:, None],
        y=np.tile(gates, 2),
        sample=np.repeat([1, 2], len(gates)),
    )
    X, y = sample("gvhd", 2).load(tmp_path, 0)
    assert np.bincount(y).tolist() == [60, 80]
    assert X.min() >= len(gates) + 57


def test_a_row_that_no_label_reaches_is_of_every_class_alike():
    X, y = np.r_[np.zeros((8, 1)), np.ones((8, 1)), 9 * np.ones((8, 1))], np.full(24, -1)
    y[0], y[8] = 0, 1
    X = X + np.linspace(0, 0.1, 24)[:, None]
    model, _ = fitted(FEW[BASELINE](2, 0), X, y)
    found = few_runs.tested(model, X[16:], np.zeros(8, dtype=int))
    assert found[1] == pytest.approx(np.log(2))


@pytest.mark.parametrize("name", PEERS)
def test_peers_see_what_they_may_and_learn(name, monkeypatch):
    seen = []

    def watched(estimator, X, y):
        seen.append(y)
        return fitted(estimator, X, y)

    monkeypatch.setattr(few_runs, "fitted", watched)
    labels = 10 if name in FEW else ALL
    found = measure(Cell("wine", labels, EQUAL, name, 0), DATA)
    assert found.accuracy > 0.8
    assert found.log_loss < 1
    assert np.isnan(found.trained)
    assert found.n_labels == (30 if labels else 142)
    assert (-1 in seen[0]) == (name in ON_ALL_ROWS)


@pytest.mark.parametrize("n_labels", [1, 2, 9])
def test_logistic_regression_chooses_among_as_many_folds_as_there_are_labels(n_labels):
    X, y = blobs(60)
    rows = np.concatenate([np.flatnonzero(y == label)[:n_labels] for label in set(y)])
    model, _ = fitted(peers.ChosenLogistic(), X[rows], y[rows])
    assert (model.predict(X) == y).mean() > 0.9
    np.testing.assert_array_equal(model.predict_proba(X).argmax(axis=1), model.predict(X))


def test_flows_say_whether_training_was_kept():
    for name in peers.START_ALONE:
        assert measure(Cell("wine", 10, EQUAL, name, 0), DATA).trained == 0


def test_poisson_learning_is_of_potentials():
    pytest.importorskip("graphlearning")
    found = measure(Cell("moons", 3, EQUAL, peers.POISSON, 0), DATA)
    assert found.accuracy > 0.9
    assert np.isnan(found.log_loss)


def test_lines_are_means_over_seeds_and_over_all_tables():
    measured = {
        Cell(data, 10, EQUAL, name, seed): metrics(accuracy + 0.1 * seed, seconds, seed)
        for data in SHARED
        for name, accuracy, seconds in ((BASELINE, 0.5, 2.0), ("FlowGMM", 0.7, 8.0))
        for seed in (0, 1)
    }
    measured[Cell("moons", 10, EQUAL, "FlowGMM", 0)] = metrics(0.9)
    lines = named(means.HEADER, means.lines(runs(measured)), 5)
    own = lines["letter", "letter", 10, EQUAL, "FlowGMM"]
    assert (own["seeds"], own["time ratio"], own["trained"], own["labels"]) == (2, 4, 0.5, 20)
    assert own["accuracy"] == pytest.approx(0.75)
    assert own["deviation"] == pytest.approx(0.05)
    assert own["worst"] == pytest.approx(0.7)
    assert lines["mean of SHARED", "-", 10, EQUAL, "FlowGMM"]["accuracy"] == pytest.approx(0.75)
    assert np.isnan(lines["moons", "toy", 10, EQUAL, "FlowGMM"]["time ratio"])


def test_draws_of_labels_are_apart():
    both = runs_on(SHARED, {"MLP": 0.5})
    both |= {cell._replace(draw=PROPORTIONAL): metrics(0.9) for cell in both}
    lines = named(means.HEADER, means.lines(runs(both)), 5)
    for draw, accuracy in ((EQUAL, 0.5), (PROPORTIONAL, 0.9)):
        mean = lines["mean of SHARED", "-", 10, draw, "MLP"]
        assert mean["accuracy"] == pytest.approx(accuracy)


def test_a_mean_over_some_of_the_tables_is_not_given_unless_the_others_are_left_out():
    some = runs(runs_on([name for name in SHARED if name != "letter"], {"MLP": 0.5}))
    assert all(line[0] in SHARED for line in means.lines(some))
    assert [line[0] for line in means.lines(some, ["letter"])][-1] == "mean of SHARED"
    left = {line[0] for line in means.lines(some, ["letter", "handwriting"])}
    assert left == {"dry_bean", "magic_gamma", "mean of SHARED"}


def test_a_row_names_the_commits_of_its_runs_and_of_those_its_time_is_compared_with():
    mixed = runs(runs_on(SHARED, {BASELINE: 0.5}), "old")
    mixed |= runs(runs_on(SHARED, {"FlowGMM": 0.7}), "new")
    found = {(line[0], line[4]): line[-1] for line in means.lines(mixed)}
    for data in ("letter", "mean of SHARED"):
        assert found[data, BASELINE] == "old"
        assert found[data, "FlowGMM"] == "new/old"


def test_a_flow_stands_beside_the_best_peer_of_each_set():
    measured = runs_on(DRAWN, {"MLP": 0.6, "forest": 0.5, "FlowGMM": 0.595})
    lost, won, *_ = DRAWN
    measured[Cell(lost, 10, EQUAL, "forest", 0)] = metrics(0.9)
    measured[Cell(won, 10, EQUAL, "FlowGMM", 0)] = metrics(0.65)
    found = best_peers.compared(runs(measured))
    by_set = named(best_peers.SETS_HEADER, best_peers.lines_of_sets(found), 1)
    assert by_set[lost,]["best peer"] == "forest"
    assert by_set[lost,]["difference"] == pytest.approx(-0.305)
    assert by_set[won,]["best peer"] == "MLP"
    (line,) = best_peers.lines_of_groups(found)
    own = dict(zip(best_peers.GROUPS_HEADER, line, strict=True))
    level = len(DRAWN) - 2
    assert (own["sets"], own["peers"], own["behind on"]) == ("DRAWN", 2, lost)
    assert (own["ahead"], own["level"], own["behind"]) == (1, level, 1)
    assert own["worst difference"] == pytest.approx(-0.305)
    assert own["difference"] == pytest.approx(own["accuracy"] - own["best peers"])


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1))
def test_every_set_is_won_lost_or_level(own, peer):
    found = best_peers.compared(runs(runs_on(DRAWN, {"MLP": peer, "FlowGMM": own})))
    (line,) = best_peers.lines_of_groups(found)
    counted = dict(zip(best_peers.GROUPS_HEADER, line, strict=True))
    assert counted["ahead"] + counted["level"] + counted["behind"] == len(DRAWN)
    assert (counted["behind on"] == "-") == (counted["behind"] == 0)


def test_peers_without_the_seeds_of_a_flow_are_not_compared():
    measured = runs_on(["moons"], {"FlowGMM": 0.5}, seeds=(0, 1))
    assert best_peers.compared(runs(measured)) == []
    measured |= runs_on(["moons"], {"MLP": 0.9}, seeds=(0,))
    measured |= runs_on(["moons"], {"forest": 0.4}, seeds=(0, 1, 2))
    (found,) = best_peers.compared(runs(measured))
    assert (found.best, found.seeds, found.n_peers) == ("forest", 2, 1)


def test_groups_together_count_all_their_sets():
    sets = [name for group in means.MEANS for name in GROUPS[group]]
    found = best_peers.compared(runs(runs_on(sets, {"MLP": 0.5, "FlowGMM": 0.7})))
    lines = named(best_peers.GROUPS_HEADER, best_peers.lines_of_groups(found), 1)
    assert lines["all three",]["ahead"] == len(sets)


def test_families_that_are_left_out_are_in_no_group():
    found = best_peers.compared(runs(runs_on(DRAWN, {"MLP": 0.5, "FlowGMM": 0.7})), ["noise"])
    (line,) = best_peers.lines_of_groups(found, ["noise"])
    counted = dict(zip(best_peers.GROUPS_HEADER, line, strict=True))
    assert counted["number"] == sum(one.family != "noise" for one in DRAWN.values()) < len(DRAWN)


@cache
def asked(*argv):
    return few_labels.cells(few_labels.command().asked(argv))


def test_groups_and_families_choose_sets():
    some = ("--estimators", "MLP", "--seeds", "1", "--labels", "3")
    found = {cell.data for cell in asked(*some, "--sets", "SHARED", "wine", "letter")}
    assert found == {*SHARED, "wine"}
    left = {cell.data for cell in asked(*some, "--without", "handwriting", "toy")}
    assert left == {name for name, one in SETS.items() if one.family not in ("handwriting", "toy")}


def test_a_label_on_every_row_is_drawn_in_one_way():
    found = asked("--sets", "moons", "--draw", PROPORTIONAL)
    assert {cell.draw for cell in found if cell.labels == ALL} == {EQUAL}
    assert {cell.draw for cell in found if cell.labels != ALL} == {PROPORTIONAL}


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Where tables and figures are written; no toys are fitted."""
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(pictures, "RESULTS", tmp_path)
    monkeypatch.setattr(figures, "regions", lambda: figures.draw({}))
    return tmp_path


def test_the_command_measures_reports_and_draws(results, capsys, monkeypatch):
    monkeypatch.setattr(peers, "PACKAGES", {peers.POISSON: "no_such_package"})
    small = ["--sets", "moons", "--labels", "3", "0", "--seeds", "1"]
    few_labels.main([*small, "--estimators", "logistic", "MLP", peers.POISSON])
    header, *rows = table(results / "few_labels.csv")
    assert header == list(means.HEADER)
    assert [row[:5] for row in rows] == [
        ["moons", "toy", "3", EQUAL, "logistic"],
        ["moons", "toy", "3", EQUAL, "MLP"],
        ["moons", "toy", "all", "-", "logistic"],
    ]
    assert (results / "few_labels.png").stat().st_size > 0
    said = capsys.readouterr().out
    assert "not measured: PoissonLearning: no_such_package is not installed" in said
    assert "not measured: tri-training" in said


def test_runs_are_not_repeated(results, monkeypatch):
    monkeypatch.setattr(pictures, "save", lambda *_, **__: None)
    small = ["--sets", "moons", "--labels", "3", "--seeds", "1", "--estimators", "logistic"]
    few_labels.main(small)
    monkeypatch.setattr(few_labels, "measure", lambda cell, folder: 1 / 0)
    few_labels.main(small)
    few_labels.main([*small, "--without", "toy"])
    assert len(table(results / "few_labels.csv")) == 2
    assert len(table(results / "few_labels_without_toy.csv")) == 1


def test_the_figure_draws_the_six_tables():
    measured = {
        Cell(data, labels, EQUAL, name, 0): metrics(0.5)
        for data in SHARED
        for name in figures.SHOWN
        for labels in (3, 10)
    }
    figure = figures.draw(runs(measured))
    assert [ax.get_title() for ax in figure.axes] == list(SHARED)
    assert all(len(ax.get_lines()) == len(figures.SHOWN) for ax in figure.axes)
    figures_legend = figure.legends[0].get_texts()
    assert [text.get_text() for text in figures_legend] == list(figures.SHOWN)


def test_missing_data_is_said(results, tmp_path, capsys):
    with pytest.raises(SystemExit):
        few_labels.main(["--data", str(tmp_path), "--sets", "letter", "--estimators", "MLP"])
    assert "letter.npz" in capsys.readouterr().err
