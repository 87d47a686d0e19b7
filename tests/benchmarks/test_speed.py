"""The time of a fit: on which rows, and what the table says."""

from functools import partial

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from benchmarks import reports, speed
from skflowmix import FlowGMM, VariationalFlowMixture
from tests.benchmarks.small import made, table


@pytest.mark.parametrize("data", ["round groups", "bent groups"])
def test_groups_touch(data):
    rows = speed.DATA[data](600, 2, 3)
    assert rows.shape == (600, 2)
    certain = GaussianMixture(3, n_init=5, random_state=0).fit(rows).predict_proba(rows).max(1)
    assert 0.8 < certain.mean() < 1


def test_bent_groups_are_the_round_ones_moved_by_squares():
    round_rows, bent_rows = speed.round_groups(300, 4, 3), speed.bent_groups(300, 4, 3)
    np.testing.assert_array_equal(round_rows[:, 0], bent_rows[:, 0])
    moved = (bent_rows - round_rows)[:, 1:]
    lowest, highest = moved.min(axis=0), moved.max(axis=0)
    np.testing.assert_allclose(lowest, lowest[0], rtol=0.05)  # where the square is zero
    assert (highest > 3 * np.abs(lowest)).all()


def test_one_start_is_the_gaussian_mixture():
    for name in speed.FLOWS:
        assert speed.one_start(name)(3, 0).init_params == "gaussian_mixture"


@pytest.mark.parametrize("options", [["--quick"], ["--runs", "1"]])
def test_a_run_writes_a_line_for_each_estimator_and_the_baseline_is_one(
    options, tmp_path, monkeypatch
):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(speed, "SHAPES", ((30, 2, 3), (40, 3, 2)))
    small = {Flow.__name__: partial(made, Flow) for Flow in (FlowGMM, VariationalFlowMixture)}
    for name, make in small.items():
        monkeypatch.setitem(speed.TIMED, name, make)
        monkeypatch.setitem(speed.FLOWS, name, make)
    monkeypatch.setitem(speed.TIMED, speed.BASELINE, lambda K, seed: GaussianMixture(K))
    speed.main(options)
    quick = "--quick" in options
    header, *lines = table(tmp_path / ("quick/speed.csv" if quick else "speed.csv"))
    assert tuple(header) == speed.HEADER
    assert len(lines) == 5 * len(speed.DATA) * (1 if quick else 2)
    assert all((line[-1] == "1.000") == (line[4] == speed.BASELINE) for line in lines)
