"""The benchmark of numbers and categories: its tables, its measures, and that methods answer."""

from dataclasses import replace
from importlib import import_module
from itertools import product

import numpy as np
import pytest

from benchmarks import reports
from benchmarks.mixed import __main__ as mixed
from benchmarks.mixed import likeness, models, summary, tables
from benchmarks.mixed.__main__ import LIBRARIES, METHODS, Cell, Metrics
from benchmarks.mixed.tables import Source, Table
from tests.benchmarks.small import runs, table

pd = pytest.importorskip("pandas")
OURS = ("FlowGMM", "VariationalFlowMixture")
PEERS = [method for method in METHODS if method not in OURS]
INSTALLED = ("stepmix", "copulas", "arfpy")
CHOICES = {"N_COMPONENTS", "LEAST_SIZES", "BANDWIDTHS"}
SOURCE = Source(("here", "made"), "kind", {"size": 1, "length": 0.5}, ("other",))
LEVELS = ("a", "b")


def raw(n=160, seed=0):
    """Sizes that the kind tells, lengths, and a category of its own."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(LEVELS, n)
    return pd.DataFrame(
        {
            "kind": kind,
            "size": np.round(2 * rng.normal(size=n) + 3 * (kind == "a")),
            "length": rng.normal(size=n),
            "colour": rng.choice(["red", "blue", "green"], n),
        }
    )


@pytest.fixture
def small():
    """A table, and as many rows of the same kind."""
    return tables.prepared(raw(), SOURCE), tables.prepared(raw(seed=1), SOURCE)


@pytest.fixture
def fitted(monkeypatch):
    """What fits by a method, which has two things to choose from at most."""

    def fit(method, rows):
        module = METHODS[method][0]
        if LIBRARIES[module] in INSTALLED:
            pytest.importorskip(LIBRARIES[module])
        for name in CHOICES & set(vars(found := import_module(f"benchmarks.mixed.{module}"))):
            monkeypatch.setattr(found, name, getattr(found, name)[1::2][:2])
        return mixed.fitted(method, rows, 0)

    return fit


def test_a_table_has_complete_rows_of_units_and_frequent_categories():
    frame = raw()
    frame.loc[3, "size"] = np.nan
    frame.loc[5, "colour"] = "rare"
    found = tables.prepared(frame, SOURCE)
    assert len(found.frame) == len(frame) - 2
    assert list(found.frame["colour"].cat.categories) == ["blue", "green", "red"]
    assert found.units.tolist() == [1, 0.5]
    X = found.frame[["size", "length"]].to_numpy() / found.units
    np.testing.assert_array_equal(X, X.round())


def test_parts_share_no_row_and_have_all_categories(small):
    whole = replace(small[0], frame=small[0].frame.assign(row=np.arange(160.0)))
    train, test = whole.split(0)
    assert (len(train.frame), len(test.frame)) == (120, 40)
    assert not set(train.frame["row"]) & set(test.frame["row"])
    assert train.frame["kind"].dtype == test.frame["kind"].dtype
    assert not test.frame.equals(whole.split(1)[1].frame)


def every_row(rows):
    """All rows that have any probability to speak of."""
    like = tables.prepared(raw(), SOURCE).frame
    cells = list(product(LEVELS, np.arange(-40.0, 41), [0.0], ["red", "blue", "green"]))
    frame = pd.DataFrame(cells, columns=list(like)).astype(like.dtypes.to_dict())
    return replace(rows, frame=frame.drop(columns="length"), units=rows.units[:1])


@pytest.mark.parametrize("method", PEERS)
def test_probabilities_of_all_rows_sum_to_one(method, small, fitted):
    rows = replace(small[0], frame=small[0].frame.drop(columns="length"), units=np.ones(1))
    model = fitted(method, rows)
    if model.log_density is None:
        pytest.skip("no density")
    masses = models.log_masses(model.log_density, every_row(rows))
    assert np.exp(masses).sum() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("method", PEERS)
def test_drawn_rows_are_such_as_were_fitted(method, small, fitted):
    frame = small[0].frame
    drawn = fitted(method, small[0]).sample(90)
    assert drawn.dtypes.to_dict() == frame.dtypes.to_dict()
    assert list(drawn) == list(frame)
    assert len(drawn) == 90
    X = drawn[["size", "length"]].to_numpy() / small[0].units
    np.testing.assert_allclose(X, X.round(), atol=1e-9)


@pytest.mark.parametrize("method", ["StepMix", "Gaussian copula", "arfpy"])
def test_what_depends_is_more_probable_than_by_columns_alone(method, small, fitted):
    alone, model = fitted("independent columns", small[0]), fitted(method, small[0])
    own, base = (models.log_masses(m.log_density, small[1]).mean() for m in (model, alone))
    assert own > base - 0.1


def test_a_forest_tells_what_is_shifted_from_what_is_not(small):
    frame, other = small[0].frame, small[1].frame
    assert abs(likeness.told_apart(frame, other) - 0.5) < 0.15
    assert likeness.told_apart(frame.assign(size=frame["size"] + 20), other) > 0.95


@pytest.mark.parametrize("target", ["kind", "size"])
def test_rows_are_useful_where_the_target_is_told_by_the_others(target):
    frame, test = (tables.prepared(raw(400, seed), SOURCE).frame for seed in (0, 1))
    copied = {"kind": "colour", "size": "length"}[target]
    own, other = (f.assign(**{copied: f[target]}) for f in (frame, test))
    rows = Table(other, np.ones(2), target)
    assert likeness.usefulness(own, rows) > 0.9
    shuffled = own[target].sample(frac=1, random_state=0).to_numpy()
    mixed_up = own.assign(**{target: pd.Series(shuffled).astype(own[target].dtype)})
    assert likeness.usefulness(mixed_up, rows) < 0.75


def _metrics(log_p, apart=0.6, useful=0.7):
    return Metrics(log_p, apart, useful, 1.0, "")


MEASURED = runs(
    {
        Cell("wage", "independent columns", 0): _metrics(-3.0, 0.9, 0.0),
        Cell("wage", "StepMix", 0): _metrics(-1.0, 0.4),
        Cell("credit", "independent columns", 0): _metrics(-5.0, 0.9, 0.2),
        Cell("credit", "StepMix", 0): _metrics(-6.0),
        Cell("credit", "StepMix", 1): _metrics(99.0),
        Cell("titanic", "StepMix", 0): _metrics(99.0),
    }
)
"""Two tables with runs of both methods, a seed and a table of one of them alone."""


def test_means_are_over_tables_and_seeds_that_all_methods_have():
    found = {line[0]: line[1:-1] for line in summary.means(MEASURED, list(METHODS))}
    assert found["StepMix"][:5] == pytest.approx((2, 0.5, 1, 0.1, 0.7))
    assert found["independent columns"][:5] == pytest.approx((2, 0.0, 1, 0.4, 0.1))


def test_lines_are_of_all_runs():
    found = {line[:2]: line[2:4] for line in summary.lines(MEASURED, list(METHODS))}
    assert found["credit", "StepMix"] == (2, 46.5)
    assert len(found) == 5


def test_the_command_measures_and_reports(tmp_path, monkeypatch, small):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(mixed, "load", lambda name: small[0])
    names = ["independent columns", "training rows"]
    mixed.main(["--sets", "titanic", "--seeds", "1", "--methods", *names])
    header, *lines = table(tmp_path / "mixed.csv")
    assert header == list(summary.HEADER)
    assert [line[:3] for line in lines] == [["titanic", name, "1"] for name in names[::-1]]
    header, *lines = table(tmp_path / "mixed_summary.csv")
    assert header == list(summary.MEANS)
    assert [line[0] for line in lines] == names[::-1]


def test_a_library_that_is_missing_is_said(monkeypatch, small):
    monkeypatch.setattr(mixed, "load", lambda name: small[0])
    monkeypatch.setitem(METHODS, "StepMix", ("no_such_module", "diagonal"))
    found = mixed.measure(Cell("titanic", "StepMix", 0))
    assert np.isnan(found.usefulness)
    assert "no_such_module" in found.chosen


def test_missing_tables_are_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(tables, "PACKAGE", "no_such_package")
    with pytest.raises(SystemExit):
        mixed.main(["--sets", "titanic", "--seeds", "1", "--methods", "training rows"])
    assert "pip install no_such_package" in capsys.readouterr().err
