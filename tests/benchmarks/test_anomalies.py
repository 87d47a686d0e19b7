"""The benchmark of anomalies, on small sets."""

import numpy as np
import pytest

from benchmarks import anomalies, reports
from benchmarks.anomalies import Cell, Metrics
from tests.benchmarks.small import runs


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two sets of a cloud with anomalies far off, one of them with a constant column."""
    monkeypatch.setattr(reports, "RESULTS", tmp_path / "results")
    (tmp_path / "anomaly").mkdir()
    rng = np.random.default_rng(0)
    y = (np.arange(200) % 20 == 0).astype(int)
    X = rng.standard_normal((200, 3)) + 20 * y[:, None] * rng.choice([-1, 1], (200, 3))
    np.savez(tmp_path / "anomaly/one.npz", X=X, y=y)
    np.savez(tmp_path / "anomaly/two.npz", X=np.c_[X, np.ones(200)], y=y)
    return tmp_path


def test_parts_share_no_row_and_the_larger_one_is_standardised(folder):
    train, share, test, y = anomalies.split(folder / "anomaly/two.npz", 0)
    assert (train.shape, test.shape, y.shape) == ((140, 3), (60, 3), (60,))
    assert share * 140 + y.sum() == 10  # all anomalies there are
    np.testing.assert_allclose(train.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(train.std(0), 1)
    assert not set(map(tuple, train)) & set(map(tuple, test))


@pytest.mark.parametrize("name", anomalies.DETECTORS)
def test_every_detector_tells_what_is_far_off(folder, monkeypatch, name):
    if name in anomalies.missing():
        pytest.skip(anomalies.missing()[name])
    make = anomalies.DETECTORS[name]
    quick = {key: 1 for key in make(0).get_params() if key.endswith("max_iter") and "Flow" in name}
    monkeypatch.setitem(anomalies.DETECTORS, name, lambda seed: make(seed).set_params(**quick))
    run = anomalies.measure(Cell("one", name, 0), folder / "anomaly")
    assert run.auroc > 0.9
    assert run.average_precision > 0.5
    has_threshold = "Mixture" not in name and name != "FlowGMM"
    assert np.isfinite([run.precision, run.recall]).all() == has_threshold
    assert not has_threshold or run.recall > 0.4
    assert (run.n_rows, run.n_features) == (140, 3)


def metrics_of(auroc):
    return Metrics(1, 1, auroc, auroc / 2, 0.25, 0.75, 1.0)


def test_means_are_over_the_sets_that_all_were_run_on():
    metrics = {
        Cell("a", "IsolationForest", 0): metrics_of(0.5),
        Cell("a", "IsolationForest", 1): metrics_of(0.7),
        Cell("b", "IsolationForest", 0): metrics_of(0.0),
        Cell("a", "FlowGMM", 0): metrics_of(0.9),
    }
    forest, flow = anomalies.means(runs(metrics))
    assert forest[:5] == ("IsolationForest", 1, 2, pytest.approx(0.6), pytest.approx(0.1))
    assert forest[5:] == (pytest.approx(0.3), 0.25, 0.75, "1a2b3c4")
    assert flow[:4] == ("FlowGMM", 1, 1, pytest.approx(0.9))
    assert np.isnan(flow[4])


def test_both_tables_say_of_which_commits_a_row_is():
    cells = [Cell("a", "IsolationForest", seed) for seed in (0, 1)]
    metrics = metrics_of(0.5)
    mixed = runs({cells[0]: metrics}, "old") | runs({cells[1]: metrics}, "new")
    mixed |= runs({Cell("a", "FlowGMM", 0): metrics}, "new")
    for table, header in (
        (anomalies.lines(mixed), anomalies.HEADER),
        (anomalies.means(mixed), anomalies.HEADER_OF_MEANS),
    ):
        named = [dict(zip(header, line, strict=True)) for line in table]
        assert {line["detector"]: line["commit"] for line in named} == {
            "IsolationForest": "old/new",
            "FlowGMM": "new",
        }


def test_the_command_reports_and_does_nothing_twice(folder, capsys):
    command = ["--data", str(folder), "--detectors", "IsolationForest", "--seeds", "1"]
    anomalies.main(command)
    first = capsys.readouterr().out
    anomalies.main(command)
    assert capsys.readouterr().out == first
    assert "IsolationForest  2     1" in first


def test_what_is_not_installed_is_left_out_and_said(folder, capsys, monkeypatch):
    monkeypatch.setattr(anomalies, "PACKAGES", {"PyOD ECOD": "no_such_package"})
    detectors = ["PyOD ECOD", "IsolationForest"]
    cells = anomalies.wanted(["one"], detectors, 1, folder / "anomaly")
    assert [cell.detector for cell in cells] == ["IsolationForest"]
    anomalies.main(["--data", str(folder), "--seeds", "1", "--detectors", *detectors])
    assert "PyOD ECOD is left out: no_such_package is not installed" in capsys.readouterr().out


def test_missing_data_is_said(tmp_path, capsys):
    with pytest.raises(SystemExit):
        anomalies.main(["--data", str(tmp_path)])
    assert "there are no sets in" in capsys.readouterr().err
