"""Laws of the families of tables, drawn and real, and of the tables without groups."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmarks.data_sets import MissingDataError
from benchmarks.tables import (
    GENERATORS,
    copula_resample,
    families,
    generated,
    real,
    ungrouped,
)
from benchmarks.tables.__main__ import difficulty, line
from benchmarks.tables.real import SUITES, subset
from benchmarks.tables.sources import LABELLED, WHOLE, source
from benchmarks.tables.table import without_small

N_TABLES = 5
drawn = cache(generated)


@pytest.fixture(params=[(family, number) for family in GENERATORS for number in range(N_TABLES)])
def table(request):
    """One of the first tables of each family."""
    return drawn(*request.param)


def test_rows_are_finite_and_in_varying_columns(table):
    n, d = table.X.shape
    assert 100 <= n <= 1600  # outliers come on top of 1,500 rows in groups
    assert 2 <= d <= 50
    assert table.X.dtype == np.float64
    assert np.isfinite(table.X).all()
    assert (np.ptp(table.X, axis=0) > 0).all()


def test_groups_are_numbered_from_one_and_have_eight_rows(table):
    for reference in table.references:
        assert reference.shape == (len(table.X),)
        counts = np.bincount(reference)[1:]
        assert counts.min() >= 8
        assert 2 <= len(counts) <= 12


def test_sizes_are_those_of_the_references(table):
    assert table.sizes == sorted({reference.max() for reference in table.references})


def test_rows_are_in_random_order(table):
    reference = table.references[-1]
    assert (np.diff(reference) < 0).sum() > table.sizes[-1]


@pytest.mark.parametrize("family", GENERATORS)
def test_a_number_says_which_table(family):
    table = generated(family, 1)
    np.testing.assert_array_equal(table.X, drawn(family, 1).X)
    np.testing.assert_array_equal(table.references, drawn(family, 1).references)
    assert table.name == drawn(family, 1).name != drawn(family, 2).name
    assert not np.array_equal(table.X, drawn(family, 2).X)


def test_most_tables_have_more_than_five_columns():
    widths = [drawn(family, i).X.shape[1] for family in GENERATORS for i in range(N_TABLES)]
    assert np.mean(np.array(widths) > 5) >= 0.5


@pytest.mark.parametrize("family", ["heavy_tailed", "shapes"])
def test_some_rows_are_in_no_group(family):
    assert any((drawn(family, i).references[0] == 0).any() for i in range(N_TABLES))


def test_fine_groups_lie_within_coarse_ones():
    for number in range(N_TABLES):
        coarse, fine = drawn("hierarchical", number).references
        assert len(set(zip(coarse, fine, strict=True))) == fine.max() > coarse.max()


def test_an_unknown_family_is_an_error():
    with pytest.raises(KeyError):
        generated("no such family", 0)


@pytest.mark.parametrize("number", range(24))
def test_ungrouped_tables_are_one_group(number):
    table = ungrouped(number)
    assert np.isfinite(table.X).all()
    assert 100 <= len(table.X) <= 1500
    assert 1 <= table.X.shape[1] <= 30
    assert table.sizes == [1]
    np.testing.assert_array_equal(table.X, ungrouped(number).X)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(["skewed", "marginals", "factors"]), st.integers(0, N_TABLES - 1))
def test_a_copula_resample_keeps_columns_and_rank_correlations(family, number):
    X = drawn(family, number).X[:, :4]
    copies = [copula_resample(X, np.random.default_rng(seed)) for seed in range(10)]
    for x, copy in zip(X.T, np.concatenate(copies).T, strict=True):
        assert np.isin(copy, x).all()
        assert stats.ks_2samp(x, copy).statistic < 0.12
    correlations = np.mean([np.corrcoef(stats.rankdata(c, axis=0).T) for c in copies], axis=0)
    ranks = np.corrcoef(stats.rankdata(X, axis=0).T)
    np.testing.assert_allclose(correlations, ranks, atol=0.15)


def test_a_copula_resample_of_one_column():
    X = np.arange(30.0)[:, None]
    assert copula_resample(X, np.random.default_rng(0)).shape == X.shape


def test_groups_that_are_too_small_become_noise():
    y = np.repeat([0, 2, 5, 7], [3, 8, 7, 9])
    assert np.bincount(without_small(y)).tolist() == [10, 8, 9]


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.integers(0, 99))
def test_a_subset_has_some_of_the_classes_and_columns(K, seed):
    y = np.repeat(np.arange(1, K + 1), 100)
    X = np.random.default_rng(0).normal(size=(len(y), 7)) + y[:, None]
    table = subset("source", seed, X, y, np.random.default_rng(seed))
    assert 4 <= table.X.shape[1] <= 7
    assert np.isin(table.X, X).all()
    assert np.bincount(table.references[0])[1:].min() >= 8
    assert 2 <= table.sizes[0] <= min(K, 8)


def test_wide_sources_become_principal_components():
    rng = np.random.default_rng(0)
    y = np.repeat([1, 2, 3], 100)
    table = subset("wide", 0, rng.normal(size=(300, 120)), y, rng)
    assert table.X.shape[1] <= 40


def test_families_are_named_once():
    assert len(set(families())) == len(families())
    assert set(SUITES) < set(families())
    assert not set(families()) & set(GENERATORS)


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(MissingDataError):
        next(real(tmp_path))


def test_a_suite_is_read(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "clustering/fcps").mkdir(parents=True)
    y = np.repeat([0, 1, 3], [10, 1500, 1490])
    np.savez(tmp_path / "clustering/fcps/two.npz", X=rng.normal(size=(3000, 2)), y0=y, y1=y + 1)
    table = next(real(tmp_path))
    assert (table.family, table.name, table.X.shape) == ("fcps", "two", (2500, 2))
    assert table.sizes == [2, 3]


def test_of_several_references_a_source_has_the_last(tmp_path):
    (tmp_path / "clustering/real").mkdir(parents=True)
    y = np.repeat([1, 2, 3], 10)
    np.savez(tmp_path / "clustering/real/olive.npz", X=y[:, None], y0=y > 1, y1=y)
    np.testing.assert_array_equal(source(tmp_path, "olive")[1], y)


@pytest.mark.parametrize("name", [*LABELLED, *WHOLE, "mnist"])
def test_a_missing_source_is_named(name, tmp_path):
    with pytest.raises(MissingDataError, match=name):
        source(tmp_path, name)


def test_the_summary_has_a_line_for_a_family():
    tables = [drawn("gaussian", number) for number in range(2)]
    assert line("gaussian", tables, 1).startswith("gaussian")
    assert all(-1 <= score <= 1 for score in difficulty(tables[0]))
