"""The clustering benchmark: what is loaded, scored and written."""

from functools import partial

import numpy as np
import pytest
from matplotlib.image import imread
from sklearn.datasets import make_blobs

from benchmarks import clustering, reports
from benchmarks.clustering import Run, Set
from benchmarks.data_sets import MissingDataError
from benchmarks.papers import pictures
from skflowmix import FlowGMM, VariationalFlowMixture
from tests.benchmarks.small import made, table

X, TWO = make_blobs(40, centers=[[0, 0], [9, 9]], random_state=0)
TWO = TWO + 1
FOUR = TWO + 2 * (np.arange(40) % 2)
NOISY = np.where(np.arange(40) < 4, 0, TWO)


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The folder that tables and pictures are written to."""
    for module in (reports, pictures):
        monkeypatch.setattr(module, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(pictures, "DPI", 30)
    return tmp_path / "results"


@pytest.fixture
def small(monkeypatch):
    """Flows that fit in no time."""
    for Flow in (FlowGMM, VariationalFlowMixture):
        monkeypatch.setitem(clustering.ESTIMATORS, Flow.__name__, partial(made, Flow))
    monkeypatch.setattr(clustering, "QUICK_ITERATIONS", 1)


def write_archive(folder, suite, name, X, *references):
    path = folder / "clustering" / suite
    path.mkdir(parents=True, exist_ok=True)
    np.savez(path / f"{name}.npz", X=X, **{f"y{i}": y for i, y in enumerate(references)})


def write_texts(folder, suite, name, X, *references):
    path = folder / suite
    path.mkdir(parents=True, exist_ok=True)
    np.savetxt(path / f"{name}.data.gz", X)
    for i, reference in enumerate(references):
        np.savetxt(path / f"{name}.labels{i}.gz", reference, fmt="%d")


@pytest.mark.parametrize("write", [write_archive, write_texts])
def test_both_kinds_of_folder_are_read_alike(write, tmp_path):
    write(tmp_path, "b", "two", X, NOISY)
    write(tmp_path, "a", "four", X[:, :1], TWO, FOUR)
    write(tmp_path, "a", "unlabelled", X)
    first, second = clustering.load(tmp_path)
    assert (first.title, first.sizes, first.X.shape) == ("a/four", [2, 4], (40, 1))
    assert (second.title, second.sizes) == ("b/two", [2])
    np.testing.assert_allclose(second.X, X)
    np.testing.assert_array_equal(first.references, [TWO, FOUR])
    np.testing.assert_array_equal(second.references, [NOISY])
    assert [data.title for data in clustering.load(tmp_path, ["b"])] == ["b/two"]


def test_archives_of_another_kind_are_passed_over(tmp_path):
    write_archive(tmp_path, "a", "labelled", X, TWO)
    np.savez(tmp_path / "clustering/a/cells.npz", X=X, y=TWO)
    assert [data.name for data in clustering.load(tmp_path)] == ["labelled"]


def test_without_sets_the_message_says_where_to_get_them(tmp_path, capsys):
    with pytest.raises(MissingDataError, match="git clone"):
        clustering.load(tmp_path)
    with pytest.raises(SystemExit) as caught:
        clustering.main(["--data", str(tmp_path)])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path) in line
    assert "git clone" in line


def test_noise_is_neither_a_group_nor_scored():
    wrong_there = np.where(NOISY == 0, 3 - TWO, TWO)
    assert clustering.n_groups(NOISY) == 2
    assert clustering.score(NOISY, wrong_there) == 1
    assert clustering.score(TWO, wrong_there) < 1


def test_a_set_has_the_best_score_over_its_references_and_one_fit_a_number_of_groups():
    shuffled = np.random.default_rng(0).permutation(TWO)
    run = clustering.measure(Set("a", "two", X, (shuffled, FOUR, NOISY, TWO)), "KMeans", 0)
    assert run.ari == 1
    assert len(set(run.groups)) == 2
    assert len(run.seconds) == 2


@pytest.mark.parametrize(
    ("name", "expected"), [("KMeans", clustering.one_scale(X * [1, 5])), ("FlowGMM", X * [1, 5])]
)
def test_only_peers_get_rows_around_zero_in_one_scale(name, expected, monkeypatch):
    seen = []

    class Spy:
        def fit(self, X):
            seen.append(X)
            self.labels_ = np.zeros(len(X))

    monkeypatch.setitem(clustering.ESTIMATORS, name, lambda K, seed: Spy())
    clustering.measure(Set("a", "two", X * [1, 5], (TWO,)), name, 0)
    np.testing.assert_array_equal(seen[0], expected)


def test_one_scale_keeps_the_shape():
    scaled = clustering.one_scale(X + 7)
    assert scaled.mean(axis=0) == pytest.approx([0, 0])
    ratio = np.ptp(X, axis=0) / np.ptp(scaled, axis=0)
    assert ratio[0] == pytest.approx(ratio[1])


def test_published_scores_are_the_best_over_references(tmp_path):
    assert clustering.published_scores(tmp_path)["a/two"] == {}
    (tmp_path / "clustering").mkdir()
    (tmp_path / "clustering/published_scores.csv").write_text(
        "suite,dataset,labels,method,ar\n"
        "a,two,labels0,Genie_G0.3,-0.25\n"
        "a,two,labels1,Genie_G0.3,0.5\n"
        "a,two,labels0,other,0.75\n"
    )
    scores = clustering.published_scores(tmp_path)
    assert scores == {"a/two": {"Genie_G0.3": 0.5, "other": 0.75}}


def test_columns_are_over_seeds_and_unknown_scores_are_not_numbers():
    runs = [Run(0.5, TWO, (1.0, 5.0)), Run(1.0, TWO, (9.0, 2.0))]
    numbers = clustering.numbers(
        dict.fromkeys(clustering.ESTIMATORS, runs), {"Genie_G0.3": 0.25, "best": 0.875}
    )
    named = dict(zip(clustering.HEADER[4:], numbers, strict=True))
    assert named["KMeans"] == named["FlowGMM"] == 0.75
    assert named["worst VariationalFlowMixture"] == 0.5
    assert named["FlowGMM seconds"] == 3.5
    assert (named["published Genie"], named["best published"]) == (0.25, 0.875)
    assert np.isnan(named["published GaussianMixture"])


def test_every_set_has_one_weight_in_the_means():
    sets = [Set("a", "x", X, (TWO, FOUR)), Set("b", "y", X, (TWO,)), Set("b", "z", X, (TWO,))]
    lines = clustering.lines(sets, np.array([[1.0], [0.0], [0.5]]))
    assert lines == [
        ("a/x", 40, 2, "2/4", 1.0),
        ("b/y", 40, 2, "2", 0.0),
        ("b/z", 40, 2, "2", 0.5),
        ("mean of a", "-", "-", "-", 1.0),
        ("mean of b", "-", "-", "-", 0.25),
        ("mean of all sets", "-", "-", "-", 0.5),
    ]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("options", [["--quick"], ["--seeds", "1"]])
def test_a_run_writes_its_table_and_picture(options, results, tmp_path):
    write_archive(tmp_path, "a", "two", X, NOISY, FOUR)
    write_archive(tmp_path, "b", "solid", np.c_[X, X], TWO)
    clustering.main(["--data", str(tmp_path), *options])
    folder = results / "quick" if "--quick" in options else results
    header, *lines = table(folder / "clustering.csv")
    assert tuple(header) == (*clustering.HEADER, "commit")
    assert [line[0] for line in lines[:3]] == ["a/two", "b/solid", "mean of a"]
    assert [line[header.index("KMeans")] for line in lines] == ["1.000"] * 5
    assert [line[header.index("published Genie")] for line in lines] == ["-"] * 5
    assert imread(folder / "clustering.png").std() > 0
    assert len(list(results.glob("*"))) == (1 if "--quick" in options else 2)


def test_a_quick_run_leaves_large_sets_out(tmp_path, monkeypatch):
    monkeypatch.setattr(clustering, "QUICK_ROWS", 40)
    write_archive(tmp_path, "a", "large", X, TWO)
    write_archive(tmp_path, "a", "less", X[:39], TWO[:39])
    options, sets = clustering.asked("clustering", None, 3, ["--data", str(tmp_path), "--quick"])
    assert [data.name for data in sets] == ["less"]
    assert list(options.seed_range) == [0]


def test_seeds_below_one_are_refused(capsys):
    with pytest.raises(SystemExit):
        clustering.main(["--seeds", "0"])
    assert "--seeds: must be 1 or more" in capsys.readouterr().err
