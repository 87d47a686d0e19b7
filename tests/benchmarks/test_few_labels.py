"""What the benchmark of few labels says, and that it repeats no run."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import log_loss

from benchmarks import few_labels, reports
from benchmarks.data_sets import DATA
from benchmarks.few_labels import ALL, BASELINE, TABLES, Cell, Metrics
from benchmarks.papers.latent_prior import latent_gaussians
from skflowmix import FlowGMM
from tests.benchmarks.small import runs, table


def metrics(accuracy, seconds=1.0):
    return Metrics(accuracy, 0.5, 0.1, np.nan, np.nan, seconds)


def test_log_loss_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    proba, truth = softmax(rng.normal(size=(50, 4)), axis=1), rng.integers(0, 4, 50)
    found, _ = few_labels.calibration(proba, truth)
    assert found == pytest.approx(log_loss(truth, proba, labels=range(4)))


def test_calibration_error_is_the_gap_between_being_sure_and_being_right():
    sure = np.tile([0.9, 0.1], (10, 1))
    truth = np.array([0] * 6 + [1] * 4)
    assert few_labels.calibration(sure, truth)[1] == pytest.approx(0.3)
    truth[:9], truth[9] = 0, 1
    assert few_labels.calibration(sure, truth)[1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("labels", [3, ALL])
def test_labels_are_shown_in_training_only_and_as_many_as_asked(labels):
    (train, shown), (test, truth) = few_labels.split("pinwheel", labels, DATA, 0)
    assert (len(train), len(test)) == (800, 200)
    assert np.bincount(shown[shown >= 0]).tolist() == [labels or 160] * 5
    assert (truth >= 0).all()
    np.testing.assert_allclose(train.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(train.std(0), 1)


def test_raw_figures_are_of_the_densities_and_the_others_are_calibrated(monkeypatch):
    made = []

    def gaussians(K, seed):  # whose posteriors scikit-learn can give as well
        made.append(FlowGMM(K, n_layers=0, components_per_class=1, defensive_weight=0.0))
        return made[-1].set_params(random_state=seed, max_iter=5)

    monkeypatch.setitem(few_labels.ESTIMATORS, "FlowGMM", gaussians)
    found = few_labels.measure(Cell("moons", 10, "FlowGMM", 0), DATA)
    _, (test, truth) = few_labels.split("moons", 10, DATA, 0)
    (model,) = made
    raw = latent_gaussians(model).predict_proba(model.transform(test))
    assert (found.raw_log_loss, found.raw_ece) == pytest.approx(few_labels.calibration(raw, truth))
    own = few_labels.calibration(model.predict_proba(test), truth)
    assert (found.log_loss, found.ece) == pytest.approx(own)
    assert found.log_loss != pytest.approx(found.raw_log_loss, rel=1e-3)


def test_lines_are_means_over_seeds_and_over_all_tables():
    measured = {
        Cell(data, 10, name, seed): metrics(accuracy + 0.1 * seed, seconds)
        for data in TABLES
        for name, accuracy, seconds in ((BASELINE, 0.5, 2.0), ("FlowGMM", 0.7, 8.0))
        for seed in (0, 1)
    }
    measured[Cell("moons", 10, "FlowGMM", 0)] = metrics(0.9)
    lines = few_labels.lines(runs(measured))
    by_name = {line[:3]: dict(zip(few_labels.HEADER, line, strict=True)) for line in lines}
    own = by_name["letter", 10, "FlowGMM"]
    assert (own["seeds"], own["time ratio"]) == (2, 4)
    assert own["accuracy"] == pytest.approx(0.75)
    assert own["deviation"] == pytest.approx(0.05)
    assert own["worst"] == pytest.approx(0.7)
    mean = by_name["mean of tables", 10, "FlowGMM"]
    assert mean["accuracy"] == pytest.approx(0.75)
    assert np.isnan(by_name["moons", 10, "FlowGMM"]["time ratio"])


def test_a_mean_over_some_of_the_tables_is_not_given():
    lines = few_labels.lines(runs({Cell("letter", 3, "MLP", 0): metrics(0.5)}))
    assert [line[0] for line in lines] == ["letter"]


def test_a_row_names_the_commits_of_its_runs_and_of_those_its_time_is_compared_with():
    mixed = runs({Cell(data, 10, BASELINE, 0): metrics(0.5) for data in TABLES}, "old")
    mixed |= runs({Cell(data, 10, "FlowGMM", 0): metrics(0.7) for data in TABLES}, "new")
    commits = {line[:3]: line[-1] for line in few_labels.lines(mixed)}
    for data in ("letter", "mean of tables"):
        assert commits[data, 10, BASELINE] == "old"
        assert commits[data, 10, "FlowGMM"] == "new/old"


def test_the_command_measures_reports_and_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(few_labels.pictures, "RESULTS", tmp_path)
    monkeypatch.setattr(few_labels, "regions", lambda: few_labels.draw({}))
    few_labels.main(
        [
            "--sets",
            "moons",
            "--labels",
            "3",
            "0",
            "--seeds",
            "1",
            "--estimators",
            "logistic",
            "MLP",
        ]
    )
    header, *rows = table(tmp_path / "few_labels.csv")
    assert header == list(few_labels.HEADER)
    assert [row[:3] for row in rows] == [
        ["moons", "3", "logistic"],
        ["moons", "3", "MLP"],
        ["moons", "all", "logistic"],
    ]
    assert (tmp_path / "few_labels.png").stat().st_size > 0


def test_missing_data_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    with pytest.raises(SystemExit):
        few_labels.main(["--data", str(tmp_path), "--sets", "letter", "--estimators", "MLP"])
    assert "letter.npz" in capsys.readouterr().err
