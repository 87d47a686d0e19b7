"""The study of pooled experts: what is measured, learned, left out and written."""

import json

import numpy as np
import pytest
from scipy.special import log_softmax

from benchmarks import reports
from benchmarks.pooling import __main__ as pooling
from benchmarks.pooling.cases import Case, measure
from benchmarks.pooling.learning import common_weights, figures, learned, left_out, ways
from benchmarks.tables import Table
from skflowmix.experts import LEARNERS
from skflowmix.experts.learning import FILE, Asked
from tests.benchmarks.small import table

N_EXPERTS = 3


def clouds(k, n=80, family="gaussian"):
    """A table of K clouds of four columns."""
    rng = np.random.default_rng(k)
    y = np.arange(n) % k
    X = rng.normal(size=(n, 4)) + 9.0 * np.eye(4)[y]
    return Table(family, f"{family}-{k}", X, (y + 1,))


def answers_of(rng, truth, best):
    """Log-probabilities ``(J, n, 2)`` of experts of whom one knows and the others guess."""
    guesses = rng.normal(size=(N_EXPERTS, len(truth), 2))
    guesses[best] = 2 * np.eye(2)[truth]
    return log_softmax(guesses, axis=2)


def made_up(seed, family="a", best=0):
    """A case in which one of three experts knows the classes."""
    rng = np.random.default_rng(seed)
    held, truth = rng.integers(2, size=20), rng.integers(2, size=40)
    asked = Asked(np.arange(20), answers_of(rng, held, best), np.eye(2)[held])
    unlabelled = answers_of(rng, rng.integers(2, size=30), best)
    shares = np.full(2, 0.5)
    new = answers_of(rng, truth, best)
    return Case(family, "drawn", f"{family}-{seed}", 10, asked, shares, unlabelled, new, truth)


def cases_of(family, best, n=4):
    return [made_up(seed, family, best) for seed in range(n)]


def test_a_table_shows_some_labels_and_all_experts_are_asked():
    case = measure(clouds(3), 5)
    n_experts = len(LEARNERS) + 1
    assert case.asked.answers.shape == (n_experts, 15, 3)
    assert case.answers.shape == (n_experts, 20, 3)
    assert case.unlabelled.shape == (n_experts, 45, 3)
    np.testing.assert_allclose(np.exp(case.answers).sum(axis=2), 1, rtol=1e-5)
    for weights in np.eye(n_experts):
        assert figures(case, weights)[0] > 0.8


def test_a_table_of_one_class_asks_nobody():
    assert measure(clouds(1), 5) is None


def test_small_classes_hide_a_label_at_least():
    case = measure(clouds(4, n=40), 30)
    assert case.asked.label_weights.sum() == pytest.approx(len(case.asked.rows))
    assert case.unlabelled.shape[1] >= 4


@pytest.mark.parametrize("best", range(N_EXPERTS))
def test_who_knows_most_has_the_largest_weight(best):
    weights = common_weights(cases_of("a", best))
    assert weights.argmax() == best
    assert learned(cases_of("a", best)).weights.argmax() == best


def test_a_family_has_no_say_in_the_weights_that_it_is_judged_by():
    cases = [*cases_of("a", 0), *cases_of("b", 1)]
    for case, prior in left_out(cases, learned(cases)):
        assert prior.weights.argmax() == {"a": 1, "b": 0}[case.family]


def test_pools_are_compared_with_all_experts_and_hindsight():
    case = made_up(0, best=2)
    names = ("one", "another", "the best")
    found = {name: way(case, learned([case])) for name, way in ways(names).items()}
    assert set(names) < set(found)
    assert found["best by cross-validation"] == found["the best"]
    assert found["best expert, in hindsight"][0] == found["the best"][0]
    assert found["the best"][1] < found["one"][1]


def test_a_run_reports_and_writes_the_prior_that_it_learned(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr("benchmarks.origin.commit", lambda: "1a2b3c4")
    tables = [clouds(2), clouds(3, family="wine")]
    monkeypatch.setattr(pooling, "tables", lambda data, n_drawn: tables)
    monkeypatch.setattr(pooling, "LABELS", (4,))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "skflowmix/experts").mkdir(parents=True)
    kept = tmp_path / "cases.joblib"
    for _ in range(2):  # the second time from the file
        pooling.main(["--cases", str(kept), "--write"])
        header, *lines = table(tmp_path / "pooling.csv")
        assert header[:2] == ["labels a class", "answered by"]
        assert len(lines) == len(ways(pooling.NAMES)) + 1
        assert "pooled by labels" in capsys.readouterr().out
    numbers = json.loads((tmp_path / "skflowmix/experts" / FILE).read_text())
    assert list(numbers["weights"]) == list(pooling.NAMES)
    assert numbers["strength"] > 0
