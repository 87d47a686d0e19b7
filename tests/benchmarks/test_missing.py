"""The benchmark of missing values, on small tables."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from benchmarks import clustering, reports
from benchmarks.missing import __main__ as missing
from benchmarks.missing import conditionals, cost, gaps, groups, imputation, labels, tables
from benchmarks.missing.gaps import AT_RANDOM, BY_A_COLUMN, MECHANISMS, ranked_probability
from benchmarks.missing.imputers import IMPUTERS, OURS, RIDGE
from benchmarks.missing.mixtures import FilledMixture, marginal_log_prob
from benchmarks.missing.part import Asked
from benchmarks.missing.registry import PARTS
from skflowmix import FlowGMM
from skflowmix.impute import FlowImputer
from tests.benchmarks.small import SMALL, runs, table

PEERS = tuple(name for name in IMPUTERS if name != OURS)


def cloud(n=60, d=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d))


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """What a quick run asks for, with a small table of numbers and one of labelled rows."""
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(tables, "TABLES", {"wine": lambda folder: cloud()})
    methods = tuple(name for part in PARTS.values() for name in part.methods)
    return Asked(tmp_path, methods, range(1), is_quick=True)


@pytest.fixture
def small(monkeypatch):
    """Flows that fit in no time."""
    for module in (conditionals, cost):
        made = {name: lambda seed: FlowGMM(random_state=seed, **SMALL) for name in module.METHODS}
        monkeypatch.setattr(module, "METHODS", made)
    density = FlowGMM(n_layers=0, random_state=0)
    monkeypatch.setitem(IMPUTERS, OURS, lambda seed: FlowImputer(density, random_state=seed))


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_about_as_much_is_hidden_as_is_asked(mechanism, share):
    X = cloud(2000, 8)
    is_hidden = gaps.hidden(X, mechanism, share, 0)
    seen = is_hidden[:, is_hidden.any(axis=0)]
    assert seen.mean() == pytest.approx(share, abs=0.02)
    np.testing.assert_array_equal(gaps.hidden(X, mechanism, share, 0), is_hidden)
    assert (gaps.hidden(X, mechanism, share, 1) != is_hidden).any()


def test_by_a_column_more_is_hidden_where_it_is_large_and_it_is_seen():
    X = cloud(2000, 8)
    is_hidden = gaps.hidden(X, BY_A_COLUMN, 0.3, 0)
    (seen,) = np.flatnonzero(~is_hidden.any(axis=0))
    large = X[:, seen] > np.median(X[:, seen])
    assert is_hidden[large].mean() > 2 * is_hidden[~large].mean()


def test_training_and_test_have_gaps_by_the_same_column(asked):
    complete = tables.split("wine", asked.folder, 0, is_quick=True)
    train, test = complete.incomplete(BY_A_COLUMN, 0.5, 0)
    never = [set(np.flatnonzero(~np.isnan(rows).any(axis=0))) for rows in (train, test)]
    assert never[0] & never[1]
    for rows, whole in zip((train, test), complete, strict=True):
        np.testing.assert_array_equal(rows[~np.isnan(rows)], whole[~np.isnan(rows)])


def test_splits_are_in_deviations_and_columns_of_one_value_are_left_out():
    X = np.c_[cloud(300), np.zeros(300), np.arange(300) == 5]
    assert tables.varied(X).shape == (300, 4)


@pytest.mark.parametrize("n_draws", [1, 2, 7])
def test_the_score_of_draws_is_that_of_its_definition(n_draws):
    rng = np.random.default_rng(0)
    draws, truth = rng.standard_normal((n_draws, 50)), rng.standard_normal(50)
    pairs = [np.abs(a - b) for i, a in enumerate(draws) for j, b in enumerate(draws) if i != j]
    apart = np.mean(pairs) / 2 if pairs else 0.0
    wanted = np.abs(draws - truth).mean() - apart
    assert ranked_probability(draws, truth) == pytest.approx(wanted)


def test_marginals_of_a_mixture_are_those_of_scikit_learn():
    X = cloud(200, 3)
    mixture = GaussianMixture(2, random_state=0).fit(X)
    np.testing.assert_allclose(marginal_log_prob(mixture, X), mixture.score_samples(X))
    incomplete = X.copy()
    incomplete[:, 1] = np.nan
    incomplete[0] = np.nan
    seen = GaussianMixture(2)
    seen.weights_, seen.means_ = mixture.weights_, mixture.means_[:, [0, 2]]
    covariances = mixture.covariances_[:, [0, 2]][:, :, [0, 2]]
    seen.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(covariances))
    found = marginal_log_prob(mixture, incomplete)
    assert found[0] == 0
    np.testing.assert_allclose(found[1:], seen.score_samples(X[1:][:, [0, 2]]))


def test_a_mixture_of_filled_rows_has_as_many_components_as_help():
    rng = np.random.default_rng(0)
    two = np.vstack([rng.standard_normal((100, 2)), rng.standard_normal((100, 2)) + 20])
    rows = gaps.with_gaps(two, gaps.hidden(two, AT_RANDOM, 0.1, 0))
    model = FilledMixture(IMPUTERS[RIDGE](0), 0).fit(rows)
    assert model.mixture_.n_components > 1


def test_exact_draws_are_near_the_conditional_and_others_are_far():
    X = cloud(200, 2)
    model = GaussianMixture(1).fit(X)
    exact = conditionals.conditional(model, X, X[0], 1)
    draws = exact.exact_draws(5000, np.random.default_rng(0))
    assert exact.distance(draws) < 0.03
    assert exact.distance(draws + draws.std()) > 0.2
    covariance = model.covariances_[0]
    slope = covariance[0, 1] / covariance[0, 0]
    mean = model.means_[0, 1] + slope * (X[0, 0] - model.means_[0, 0])
    assert draws.mean() == pytest.approx(mean, abs=0.1 * draws.std())


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["imputation", "densities", "conditionals", "cost"])
def test_a_quick_run_of_a_part_writes_its_runs_and_its_table(name, asked, monkeypatch):
    part = PARTS[name]
    monkeypatch.setattr(imputation, "TABLES", tables.TABLES)
    found = part.completed(asked, jobs=1)
    assert {cell.method for cell in found} == set(part.methods)
    part.report(found, is_quick=True)
    header, *lines = table(reports.RESULTS / f"quick/missing_{name}.csv")
    assert header == list(part.tables[""][0])
    assert lines
    assert (reports.RESULTS / f"quick/missing_{name}_runs.csv").is_file()


def test_groups_lose_by_gaps_and_complete_rows_lose_nothing():
    found = {}
    for method, index in zip(groups.METHODS, (0.9, 0.8, 0.7, 0.6, 0.5), strict=True):
        for data in ("a", "b"):
            found[groups.Cell(data, method, 0)] = groups.Metrics(9, 2, index, index, 1.0)
    lines = [dict(zip(groups.HEADER, line, strict=True)) for line in groups.lines(runs(found))]
    means = {line["method"]: line["lost"] for line in lines if line["data"] == groups.ALL}
    assert means[groups.COMPLETE] == 0
    assert means[groups.INCOMPLETE] == pytest.approx(0.1)
    assert len(lines) == 3 * len(groups.METHODS)


def test_groupings_are_scored_on_all_rows_and_on_complete_ones():
    y = np.repeat([1, 2], 10)
    data = clustering.Set("toy", "two", cloud(20), (y,))
    found = y.copy()
    found[0] = 2
    assert groups.best_scores(data, {2: found}, np.arange(20) > 0)[1] == 1
    assert groups.best_scores(data, {2: found}, np.arange(20) > 0)[0] < 1


def test_labels_are_shown_and_gaps_are_in_training_and_test(monkeypatch, asked):
    X, y = cloud(100), np.arange(100) % 2
    parts = ((X[:80], np.where(np.arange(80) < 20, y[:80], -1)), (X[80:], y[80:]))
    monkeypatch.setattr(labels, "split", lambda *arguments: parts)
    found = labels.labelled(labels.Cell("penguins", labels.OURS, 0), asked)
    assert all(np.isnan(rows).any() for rows in found.rows)
    assert (found.shown >= 0).sum() == 20
    method = next(name for name in labels.METHODS if name.endswith("forest"))
    run = labels.measure(labels.Cell("penguins", method, 0), asked)
    assert 0 <= run.accuracy <= 1


def test_means_over_tables_are_of_those_that_have_all():
    found = {
        imputation.Cell(data, AT_RANDOM, 10, method, seed): imputation.Metrics(1.0, value, 2.0)
        for data in ("wine", "gvhd")
        for method, value in (("KNNImputer", 0.5), (OURS, 0.25))
        for seed in (0, 1)
    }
    del found[imputation.Cell("gvhd", AT_RANDOM, 10, OURS, 0)]
    del found[imputation.Cell("gvhd", AT_RANDOM, 10, OURS, 1)]
    lines = [
        dict(zip(imputation.HEADER, line, strict=True)) for line in imputation.lines(runs(found))
    ]
    means = {line["method"]: line for line in lines if line["data"] == imputation.ALL}
    assert set(means) == {"KNNImputer"}
    assert means["KNNImputer"]["CRPS"] == pytest.approx(0.5)
    assert means["KNNImputer"]["seeds"] == 2


@pytest.mark.usefixtures("asked")
def test_the_command_does_nothing_twice(capsys, monkeypatch):
    monkeypatch.setattr(imputation, "TABLES", tables.TABLES)
    command = ["imputation", "--quick", "--methods", "KNNImputer"]
    missing.main(command)
    first = capsys.readouterr().out
    missing.main(command)
    assert capsys.readouterr().out == first
    assert "KNNImputer" in first


@pytest.mark.usefixtures("asked")
def test_a_report_is_of_the_runs_that_are_there(capsys, monkeypatch):
    monkeypatch.setattr(imputation, "TABLES", tables.TABLES)
    command = ["imputation", "--quick"]
    missing.main([*command, "--methods", "KNNImputer"])
    first = capsys.readouterr().out
    missing.main([*command, "--only-report"])
    assert capsys.readouterr().out == first
