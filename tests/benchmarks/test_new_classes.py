"""What the benchmark of classes without labels says."""

import numpy as np
import pytest

from benchmarks import new_classes, origin, reports
from tests.benchmarks.small import table
from tests.estimators import blobs


def test_new_components_get_the_names_they_match_best():
    truth = np.array([8, 8, 8, 9, 9, 9])
    found = np.array([5, 5, -1, 4, 4, 5])
    np.testing.assert_array_equal(
        new_classes.matched_new(truth, found), np.array([8, 8, -1, 9, 9, 8])
    )
    assert (new_classes.matched_new(truth, np.full(6, -1)) == -1).all()


def test_the_peer_begins_with_the_start():
    X, y = blobs(120)
    few = np.where((np.arange(120) < 12) & (y < 2), y, -1)
    peer = new_classes.StartedMixture(3, random_state=0).fit(X, few)
    np.testing.assert_array_equal(peer.predict(X), y)


@pytest.mark.parametrize("estimator", ["GaussianMixture, same start", "FlowGMM"])
def test_separate_classes_are_found_and_told_apart(estimator, monkeypatch, tmp_path, capsys):
    X, y = blobs(300, k=4)

    def split(data, labels, folder, seed):
        shown = np.where((np.arange(300) < 40) | (labels == 0), y, -1)
        return (X, shown), (X, y)

    monkeypatch.setattr(new_classes, "split", split)
    monkeypatch.setattr(new_classes, "SETS", ("blobs",))
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(new_classes, "ESTIMATORS", {estimator: new_classes.ESTIMATORS[estimator]})
    monkeypatch.setattr(origin, "commit", lambda: "1a2b3c4")
    new_classes.main(["--seeds", "1"])
    header, row = table(tmp_path / "new_classes.csv")
    assert dict(zip(header, row, strict=True)) == {
        "data": "blobs",
        "estimator": estimator,
        "seeds": "1",
        **dict.fromkeys(("known", "new", "AUROC"), "1.000"),
        **{f"deviation of {name}": "0.000" for name in ("known", "new", "AUROC")},
        "commit": "1a2b3c4",
    }
