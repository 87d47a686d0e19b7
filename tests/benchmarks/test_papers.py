"""The experiments of the papers: scores, tables, labels, pictures and the command."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.image import imread
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs, make_circles
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier

from benchmarks import origin, reports
from benchmarks.data_sets import MissingDataError
from benchmarks.papers import __main__ as command
from benchmarks.papers import circles, circles_labelled, flowgmm_toys, pictures, pinwheel, rivals
from benchmarks.papers.runs import (
    Options,
    matched,
    matched_accuracy,
    report_over_seeds,
)
from skflowmix.plotting import PALETTE
from tests.benchmarks.small import table

CLASSES = st.lists(st.integers(0, 4), min_size=1, max_size=40).map(np.array)
TOYS = [
    pytest.param(toy, id=f"{module.__name__.rpartition('.')[2]}-{name}")
    for module in (pinwheel, circles, circles_labelled, flowgmm_toys)
    for name, toy in module.TOYS.items()
]
RINGS = rivals.Toy(partial(make_circles, noise=0.05, factor=0.4), 60, 2, (3, 5))


class Nearest(GaussianMixture):
    """Fast, with a density, and with the names of the nearest labelled rows if there are any."""

    def fit(self, X, y=None):
        super().fit(X)
        if y is not None:
            self.neighbor_ = KNeighborsClassifier(1).fit(X[y >= 0], y[y >= 0])
            self.classes_ = self.neighbor_.classes_
        return self

    def predict(self, X):
        return self.neighbor_.predict(X) if hasattr(self, "neighbor_") else super().predict(X)


class Swapped(Nearest):
    """Always wrong about two classes."""

    def predict(self, X):
        return 1 - super().predict(X)


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The folder that tables and pictures are written to."""
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(pictures, "RESULTS", tmp_path)
    return tmp_path / "papers"


@pytest.fixture
def fast(monkeypatch):
    """Instead of the flows, estimators that fit in no time."""
    for name in rivals.FLOWS:
        monkeypatch.setitem(rivals.ESTIMATORS, name, lambda K, seed: Nearest(K, random_state=seed))
    monkeypatch.setattr(pictures, "RESOLUTION", 20)
    monkeypatch.setattr(pictures, "DPI", 30)


@given(CLASSES, st.permutations(range(5)))
def test_groups_that_are_the_classes_by_other_names_are_all_right(classes, names):
    groups = np.array(names)[classes]
    assert matched_accuracy(classes, groups) == 1.0
    np.testing.assert_array_equal(matched(classes, groups), classes)


@given(CLASSES.flatmap(lambda y: st.tuples(st.just(y), st.permutations(y.tolist()))))
def test_matching_keeps_at_least_the_largest_shared_group(both):
    classes, groups = both[0], np.array(both[1])
    shared = [((classes == c) & (groups == g)).sum() for c in classes for g in groups]
    assert matched_accuracy(classes, groups) >= max(shared) / len(classes)


def test_groups_left_over_become_minus_one():
    classes, groups = np.array([0, 0, 0, 1, 1]), np.array([5, 5, 7, 6, 6])
    assert matched(classes, groups).tolist() == [0, 0, -1, 1, 1]
    assert matched_accuracy(classes, groups) == 0.8


def test_classes_without_a_group_are_wrong():
    assert matched_accuracy(np.array([0, 0, 0, 1]), np.zeros(4, int)) == 0.75


def test_tables_have_mean_and_worst_over_seeds_and_median_seconds(results, monkeypatch):
    runs = [{"accuracy": a, "seconds": s} for a, s in ((1.0, 1.0), (0.5, 9.0), (0.6, 2.0))]
    monkeypatch.setattr(origin, "commit", lambda: "1a2b3c4")
    report_over_seeds("toy", {("rings", "FlowGMM"): runs})
    assert table(results / "toy.csv") == [
        ["data", "estimator", "accuracy", "worst accuracy", "seconds", "commit"],
        ["rings", "FlowGMM", "0.700", "0.500", "2.000", "1a2b3c4"],
    ]


def test_labels_are_shown_in_the_counts_asked_and_anew_with_every_seed():
    _, y, labels = RINGS.draw(0, quick=False)
    assert np.bincount(labels + 1).tolist() == [52, 3, 5]
    assert (labels[labels >= 0] == y[labels >= 0]).all()
    assert (rivals.some_labels(y, (3, 5), 0) != rivals.some_labels(y, (3, 5), 1)).any()


@pytest.mark.parametrize("toy", TOYS)
def test_every_set_has_the_rows_classes_and_labels_it_says(toy):
    for quick, n_rows in ((False, toy.n_rows), (True, rivals.QUICK_ROWS)):
        X, y, labels = toy.draw(0, quick)
        assert X.shape == (n_rows, 2)
        assert set(y) == set(range(toy.n_classes))
        classes = toy.class_of or range(toy.n_classes)
        asked = np.bincount(classes, toy.n_labels or [0] * toy.n_classes)
        np.testing.assert_array_equal(
            np.bincount(labels[labels >= 0], minlength=toy.n_classes), asked
        )


def test_parts_of_a_class_have_labels_of_their_own():
    toy = rivals.Toy(RINGS.make, 60, 1, n_labels=(3, 5), class_of=(0, 0))
    X, y, labels = toy.draw(0, quick=False)
    assert set(y) == {0}
    inner = np.linalg.norm(X[labels == 0], axis=1) < 0.7
    assert (inner.sum(), (~inner).sum()) == (5, 3)


def test_only_groups_of_estimators_that_see_no_labels_are_matched(monkeypatch):
    toy = rivals.Toy(partial(make_blobs, centers=[[0, 0], [9, 9]]), 40, 2, (2, 2))
    monkeypatch.setitem(rivals.ESTIMATORS, "FlowGMM", lambda K, seed: Swapped(K))
    assert rivals.fit(toy, "FlowGMM", seed=0).accuracy == 0.0
    assert rivals.fit(toy, "KMeans", seed=0).accuracy == 1.0


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("module", [circles, circles_labelled, flowgmm_toys, pinwheel])
def test_an_experiment_writes_its_table_and_picture(module, results, monkeypatch, capsys):
    name = module.__name__.rpartition(".")[2]
    monkeypatch.setattr(module, "TOYS", dict(list(module.TOYS.items())[:1]))
    assert command.main([name, "--quick", "--seeds", "1"]) == 0
    header, *lines = table(results / f"{name}.csv")
    assert header == ["data", "estimator", "accuracy", "worst accuracy", "seconds", "commit"]
    assert {"KMeans", *rivals.FLOWS} <= {line[1] for line in lines}
    assert all(0 <= float(line[2]) <= 1 for line in lines)
    assert imread(results / f"{name}.png").std() > 0
    assert capsys.readouterr().out.startswith(f"\n{name}: ")


@pytest.mark.parametrize("estimator", [KMeans, GaussianMixture])
def test_rows_have_the_colours_of_their_classes_whatever_the_groups_are_called(estimator):
    X, truth = make_blobs(40, centers=[[0, 0], [9, 9]], random_state=0)
    model = estimator(2, random_state=0).fit(X)
    for names in (np.array(["a", "b"]), np.array(["b", "a"])):
        figure, axes = pictures.panels(1, 1)
        pictures.draw_groups(axes[0, 0], model, X, names[truth])
        drawn = colours(axes[0, 0])
        plt.close(figure)
        assert {drawn[tuple(row)] for row in X[names[truth] == "a"]} == {PALETTE[0]}
        assert {drawn[tuple(row)] for row in X[names[truth] == "b"]} == {PALETTE[1]}


def colours(ax):
    """The colour of each row drawn."""
    drawn = {}
    for rows in ax.collections:
        if isinstance(rows, PathCollection):
            offsets = rows.get_offsets().tolist()
            faces = np.broadcast_to(rows.get_facecolor(), (len(offsets), 4))
            drawn.update(
                zip(map(tuple, offsets), (to_hex(face).upper() for face in faces), strict=True)
            )
    return drawn


def test_an_unknown_name_exits_and_lists_the_known(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["nonsense"])
    assert caught.value.code != 0
    complaint = capsys.readouterr().err
    assert all(name in complaint for name in command.EXPERIMENTS)


def test_seeds_below_one_are_refused(capsys):
    with pytest.raises(SystemExit):
        command.main(["circles", "--seeds", "0"])
    assert "--seeds: must be 1 or more" in capsys.readouterr().err


def test_without_its_data_an_experiment_is_skipped_and_the_others_run(monkeypatch, capsys):
    ran = []

    def lacking(options):
        raise MissingDataError("get it at the harbour")

    monkeypatch.setattr(
        command, "EXPERIMENTS", {"first": lacking, "second": lambda options: ran.append(options)}
    )
    assert command.main(["--seeds", "3"]) == 1
    assert ran == [Options(seeds=3)]
    assert "first is skipped: get it at the harbour" in capsys.readouterr().err


def test_quick_runs_two_seeds_at_most():
    assert list(Options(seeds=10, quick=True).seed_range) == [0, 1]
    assert list(Options(seeds=1, quick=True).seed_range) == [0]
    assert list(Options(seeds=3).seed_range) == [0, 1, 2]
