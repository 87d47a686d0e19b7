"""Findings: what is said of groups and rows is what the estimators say."""

import numpy as np
import pytest

from skflowmix.command_line.findings import find, place_of
from skflowmix.command_line.fitting import fit
from skflowmix.command_line.requests import make_parser, read_request
from skflowmix.command_line.tables import read_table
from skflowmix.command_line.telling import found_text, group_differences, number, percent
from tests.command_line.files import blobs_frame, fit_quickly, write

N = 40


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A table of two groups and an odd row, its fits and what they say."""
    folder = tmp_path_factory.mktemp("findings")
    frame, groups = blobs_frame(N, 3)
    frame["x2"] = np.where(groups == 0, 5.0, -5.0) + frame["x2"] / 100
    frame.loc[7, "x1"] += 30
    frame.loc[11] = np.nan
    path = write(folder / "table.csv", frame)
    arguments = [path, "--n-components", "2", "--row", "7"]
    request = read_request(make_parser(), arguments)
    with pytest.MonkeyPatch.context() as patch:
        fit_quickly(patch)
        table = read_table(request)
        fitted = fit(table, request)
    return table, fitted, find(table, fitted, request)


def test_sizes_and_shares_add_up(found):
    table, _, findings = found
    groups = findings.groups.groups
    assert sum(group.size for group in groups) == len(table.rows) == N - 1
    assert sum(group.share for group in groups) == pytest.approx(1)


def test_groups_differ_by_the_means_of_their_rows(found):
    table, _, findings = found
    for group in findings.groups.groups:
        own = findings.groups.components == int(group.name)
        for difference in group.differences:
            column = table.X[difference.column]
            assert difference.mean == pytest.approx(column[own].mean())
            assert difference.rest == pytest.approx(column[~own].mean())
            is_higher = column[own].mean() > column[~own].mean()
            assert difference.direction == ("higher" if is_higher else "lower")
        effects = [abs(difference.effect) for difference in group.differences]
        assert effects == sorted(effects, reverse=True)


def test_groups_differ_by_the_levels_that_they_have_more_of(tmp_path, monkeypatch):
    fit_quickly(monkeypatch)
    frame, groups = blobs_frame(N, 2)
    frame["kind"] = np.where(groups == 0, "cat", "pony")
    frame["coin"] = ["head", "head", "tail", None, None] * (N // 5)
    request = read_request(
        make_parser(), [write(tmp_path / "t.csv", frame), "--n-components", "2"]
    )
    table = read_table(request)
    findings = find(table, fit(table, request), request)
    said = {}
    for group in findings.groups.groups:
        own = frame["kind"][findings.groups.components == int(group.name)]
        (kind,) = (each for each in group.differences if each.column == "kind")
        assert (kind.level, kind.mean, kind.rest) == (own.iloc[0], 1, 0)
        assert abs(kind.effect) == pytest.approx(2)  # as of numbers that are 0 or 1
        said[kind.level] = group_differences(group)
    assert "kind more often 'cat' (100%, others 0%)" in said["cat"]
    assert "kind more often 'pony' (100%, others 0%)" in said["pony"]
    assert "coin" not in "".join(said.values())


def test_certainty_is_the_mean_probability(found):
    table, fitted, findings = found
    proba, components = fitted.mixture.predict_proba(table.X), findings.groups.components
    for k, group in enumerate(findings.groups.groups):
        assert group.certainty == pytest.approx(proba[components == k, k].mean())


def test_the_odd_row_is_the_most_unusual_one(found):
    table, fitted, findings = found
    row = findings.row
    assert (row.unusual.row, row.unusual.rank) == (7, 1)
    assert row.unusual.is_outlier == (row.unusual.score < row.offset)
    assert row.unusual == findings.outliers.rows[0]
    cause = row.unusual.causes[0]
    assert (cause.column, cause.value) == ("x1", table.X["x1"].iloc[7])
    assert cause.median == table.X["x1"].median()
    place = place_of(table, "7")
    added = fitted.detector.explain(table.X)[place]
    assert cause.share == pytest.approx(added[1] / added.sum())


def test_memberships_and_density_of_the_row(found):
    table, fitted, findings = found
    place = place_of(table, "7")
    proba = fitted.mixture.predict_proba(table.X)[place]
    assert findings.row.memberships == tuple(
        (str(k), pytest.approx(proba[k])) for k in np.argsort(-proba)
    )
    density = fitted.mixture.score_samples(table.X)
    assert findings.row.share_less_dense == pytest.approx((density < density[place]).mean())


def test_the_most_unusual_rows_come_in_order(found):
    _, _, findings = found
    scores = [row.score for row in findings.outliers.rows]
    assert scores == sorted(findings.outliers.scores)[: len(scores)]
    assert [row.rank for row in findings.outliers.rows] == list(range(1, len(scores) + 1))


def test_rows_are_those_of_the_file(found):
    table, _, _ = found
    assert place_of(table, "10") == 10
    assert place_of(table, "12") == 11  # row 11 has an empty cell
    with pytest.raises(
        ValueError, match="--row 11: there is no answer, as 'x0' and 'x1' and 'x2' is empty"
    ):
        place_of(table, "11")


def test_one_group_has_nothing_to_differ_from(found):
    _, _, findings = found
    (first, *_) = findings.groups.groups
    alone = type(first)("0", N, 1.0, 1.0, ())
    assert group_differences(alone) == "no column has a mean far from that of the others"
    assert "Group 0: " in found_text(findings)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.00012345, "-0.0001234"),
        (1e300, "1e+300"),
        (np.inf, "inf"),
        (1e6, "1,000,000"),
    ],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


@pytest.mark.parametrize("share", [0.0, 1e-9, 0.004, 0.5, 0.996, 1.0])
def test_only_nothing_is_0_percent_and_only_all_is_100(share):
    assert (percent(share) == "0%") == (share == 0)
    assert (percent(share) == "100%") == (share == 1)
