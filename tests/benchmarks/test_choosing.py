"""The study of how starts are chosen: the rule replayed, and weights that had no say."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_moons

from benchmarks import choosing, reports
from benchmarks.choosing import Case
from benchmarks.clustering import Set
from skflowmix import FlowGMM
from skflowmix.starts import CANDIDATES
from tests.benchmarks.small import table

N_STARTS = len(CANDIDATES)


def criteria(normalised_entropy, depth=0.0, log_likelihood=0.0, validation_score=0.0):
    """Criteria of all starts; one number stands for all of them, missing ones are the worst."""
    values = (normalised_entropy, depth, log_likelihood, validation_score)
    missing = (9.0, 0.0, -9.0, -9.0)
    return dict(zip(choosing.CRITERIA, map(filled, values, missing), strict=True))


def filled(value, missing=-9.0):
    if np.isscalar(value):
        return np.full(N_STARTS, value)
    return np.array([*value, *[missing] * (N_STARTS - len(value))])


def case(table, suite="a", name="x", seed=0, ari=(0.0,)):
    return Case(suite, name, seed, 2, table, filled(ari))


def test_the_surest_start_is_kept():
    assert choosing.replay(case(criteria([0.5, 0.1, 0.2]))) == 1


def test_the_weights_decide():
    deep = case(criteria([0.1, 0.2], [0.1, 0.0]))
    assert choosing.replay(deep, depth_weight=0.5) == 0
    assert choosing.replay(deep, depth_weight=2.0) == 1
    unlikely = case(criteria([0.1, 0.2], log_likelihood=[-0.1, 0.0]))  # of two features
    assert choosing.replay(unlikely, likelihood_weight=1.0) == 0
    assert choosing.replay(unlikely, likelihood_weight=4.0, max_likelihood_loss=0.2) == 1
    assert choosing.replay(unlikely, likelihood_weight=4.0, max_likelihood_loss=0.08) == 0


def test_equals_are_told_apart_by_the_validation_score():
    start = criteria([0.1999, 0.2], validation_score=[1.0, 2.0])
    assert choosing.replay(case(start)) == 1


def test_a_set_has_its_best_number_of_groups_and_the_mean_over_seeds():
    table = criteria(0.0)
    cases = [
        case(table, name=name, seed=seed, ari=[ari])
        for name, seed, ari in (("x", 0, 0.2), ("x", 0, 0.6), ("x", 1, 0.4), ("y", 0, 1.0))
    ]
    assert choosing.scores(cases, choosing.always(0)) == pytest.approx([0.5, 1.0])


def test_the_suite_left_out_has_no_say_in_the_weights():
    sure_but_deep = criteria([0.1, 0.6], [0.3, 0.0])
    cases = [
        case(sure_but_deep, "trusting", "x", ari=[1.0, 0.0]),
        case(sure_but_deep, "wary", "y", ari=[0.0, 0.5]),
        case(sure_but_deep, "wary", "z", ari=[0.0, 0.5]),
    ]
    lines = choosing.lines(cases)
    table = {line[0]: dict(zip(choosing.HEADER, line, strict=True)) for line in lines}
    assert table["trusting"]["depth weight"] == 2.0  # as the wary sets would have it
    assert table["trusting"]["chosen weights"] == 0.0
    assert table["wary"]["depth weight"] == 0.0
    assert table["wary"]["chosen weights"] == 0.0
    assert table["trusting"]["oracle"] == table["trusting"][CANDIDATES[0]] == 1.0
    assert table["mean of all sets"]["oracle"] == pytest.approx(2 / 3)
    assert table["mean of all sets"][CANDIDATES[1]] == pytest.approx(1 / 3)


def test_starts_are_compared_as_in_a_fit():
    X, y = make_moons(300, noise=0.05, random_state=0)  # which the Gaussians of a start mix up
    studied = choosing.measure(Set("a", "moons", X, (y + 1,)), 2, 0)
    fit = FlowGMM(2, max_iter=0, random_state=0).fit(X)
    graphs = {"neighbour_graph", "unscaled_neighbour_graph"}  # they agree on these rows
    assert {CANDIDATES[choosing.replay(studied)], fit.start_} <= graphs
    graph = CANDIDATES.index(*graphs - {fit.start_})  # the kept one has its own borders by now
    assert studied.ari[graph] == 1
    for name in choosing.CRITERIA:
        found, expected = studied.criteria[name][graph], fit.starts_[name][graph]
        np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.fixture
def folder(tmp_path):
    """Two suites of one tiny set."""
    X, y = make_blobs(30, centers=[[0, 0], [9, 9]], random_state=0)
    for suite in ("a", "b"):
        (tmp_path / "clustering" / suite).mkdir(parents=True)
        np.savez(tmp_path / f"clustering/{suite}/two.npz", X=X, y0=y + 1)
    return tmp_path


def test_a_run_writes_a_line_for_each_suite_and_for_all_sets(folder, monkeypatch):
    monkeypatch.setattr(reports, "RESULTS", folder / "results")
    choosing.main(["--data", str(folder), "--quick"])
    header, *lines = table(folder / "results/quick/choosing.csv")
    assert tuple(header) == (*choosing.HEADER, "commit")
    assert [line[0] for line in lines] == ["a", "b", "mean of all sets"]
    assert all(line[-2] == "1.000" for line in lines)


def test_one_suite_is_too_few(folder):
    with pytest.raises(SystemExit, match="two or more"):
        choosing.main(["--data", str(folder), "--suites", "a"])


def test_without_data_there_is_a_message_that_says_where_to_get_it(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        choosing.main(["--data", str(tmp_path)])
    assert caught.value.code == 2
    assert "git clone" in capsys.readouterr().err
