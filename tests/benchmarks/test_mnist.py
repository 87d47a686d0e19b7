"""The experiments on digits, with a stand-in for the data."""

import csv

import numpy as np
import pytest
from sklearn.cluster import KMeans

from benchmarks import reports
from benchmarks.papers import __main__ as command
from benchmarks.papers import mnist, pictures
from benchmarks.papers.runs import Options
from skflowmix import VariationalFlowMixture

QUICK = {
    "KMeans": lambda K, seed: KMeans(K, n_init=1, random_state=seed),
    "VariationalFlowMixture": lambda K, seed: VariationalFlowMixture(
        K, n_layers=2, max_iter=2, random_state=seed
    ),
}


@pytest.fixture
def folder(tmp_path):
    """A data folder with three digits, each of them one picture with some noise."""
    rng = np.random.default_rng(0)
    prints = rng.integers(0, 200, (3, 784))
    arrays = {}
    for part, n in (("train", 240), ("test", 90)):
        y = np.arange(n) % 3
        arrays[f"X_{part}"] = (prints[y] + rng.integers(0, 50, (n, 784))).astype(np.uint8)
        arrays[f"y_{part}"] = y
    (tmp_path / "images").mkdir()
    np.savez(tmp_path / "images/mnist.npz", **arrays)
    return tmp_path


def test_the_first_digits_are_loaded_with_pixels_up_to_one(folder):
    X, y = mnist.load(folder, 2, "test")
    assert X.shape == (60, 784)
    assert 0 <= X.min() < X.max() <= 1
    assert set(y) == {0, 1}


def test_each_seed_draws_its_own_training_rows(folder):
    task = mnist.Task(n_digits=3, n_rows=50)
    (first, _), (again, _), (other, _) = (mnist.training_rows(task, folder, s) for s in (0, 0, 1))
    assert first.shape == (50, 784)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_experiment_runs_from_data_to_picture(folder, monkeypatch):
    monkeypatch.setattr(mnist, "N_DIRECTIONS", 2)
    monkeypatch.setattr(mnist, "ESTIMATORS", QUICK)
    monkeypatch.setattr(mnist, "UNSUPERVISED", tuple(QUICK))
    for module in (reports, pictures):
        monkeypatch.setattr(module, "RESULTS", folder)
    mnist.run("digits", mnist.Task(n_digits=3, n_rows=200), Options(seeds=2, data=folder))
    with open(folder / "papers/digits.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert [line["estimator"] for line in table] == list(QUICK)
    assert all(line["worst test accuracy"] == "1.000" for line in table)
    assert (folder / "papers/digits.png").stat().st_size > 1000


def test_without_data_it_says_where_to_get_it_and_goes_on(tmp_path, monkeypatch, capsys):
    ran = []
    monkeypatch.setitem(command.EXPERIMENTS, "later", ran.append)
    monkeypatch.setattr(command.EXPERIMENTS["later"], "__module__", __name__, raising=False)
    for name in set(command.EXPERIMENTS) - {"mnist_five", "mnist_ten", "later"}:
        monkeypatch.delitem(command.EXPERIMENTS, name)
    assert command.main(["--data", str(tmp_path)]) == 1
    assert len(ran) == 1
    complaints = capsys.readouterr().err
    assert complaints.count("is skipped") == 2
    assert "--data" in complaints
    assert "numpy.savez" in complaints
