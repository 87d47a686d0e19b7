"""The study of how groupings are chosen: what is measured, learned, left out and written."""

import json

import numpy as np
import pytest

from benchmarks import reports
from benchmarks.choosing import __main__ as choosing
from benchmarks.choosing import cases
from benchmarks.choosing.cases import KINDS, Case, family_of, kind_of, measure
from benchmarks.choosing.learning import by_kind, judged, learned, left_out, one_group_worth
from benchmarks.tables import Table
from skflowmix.selection.criteria import CRITERIA
from skflowmix.selection.rule import FILE, Rule
from skflowmix.starts import GROUPERS
from tests.benchmarks.small import table

SIZES = [2, 3, 4]
DECIDES = CRITERIA.index("neighbour_cut")


def clouds(k, n=60, seed=0, family="gaussian", distance=12.0):
    """A table of K clouds."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    X = rng.normal(size=(n, 2)) + distance * np.c_[y // 2, y % 2]
    return Table(family, f"{family}-{seed}", X, (y + 1,))


def made_up(seed, family="a", kind="drawn", decides=DECIDES, sign=-1.0, true=3):
    """A case in which one criterion says how good a grouping is, and which size is right."""
    rng = np.random.default_rng(seed)
    criteria = rng.uniform(size=(len(SIZES), 5, len(CRITERIA)))
    worth = criteria[..., decides] if sign > 0 else 1 - criteria[..., decides]
    is_true = np.array([size == true for size in SIZES])[:, None]
    given = np.where(is_true, worth, np.nan)
    best = np.zeros_like(worth) if kind == "ungrouped" else worth
    known = [] if kind == "ungrouped" else [true]
    if kind == "ungrouped":
        given = best
    return Case(family, kind, f"{family}-{seed}", (100, 5), SIZES, known, criteria, given, best)


def family(name, kind="drawn", n=12, first=0, **changed):
    return [made_up(first + seed, name, kind, **changed) for seed in range(n)]


def weights(numbers):
    return {name: line[0] for name, line in numbers["groups"]["features"].items()}


def mean_index(judgements):
    return np.mean([own.given for own in judgements])


def test_a_table_is_grouped_in_all_ways_and_compared_with_its_groups():
    case = measure(clouds(3))
    n_sizes = len(case.sizes)
    assert case.sizes == list(range(2, 2 + n_sizes))
    assert (case.true, case.kind, case.family, case.shape) == ([3], "drawn", "gaussian", (60, 2))
    assert case.criteria.shape == (n_sizes, len(GROUPERS), len(CRITERIA))
    assert case.given.shape == case.best.shape == (n_sizes, len(GROUPERS))
    assert np.isfinite(case.criteria).all()
    (at,) = case.known
    assert case.sizes[at] == 3
    assert case.given[at].max() == 1
    others = [place for place in range(n_sizes) if place != at]
    assert np.isnan(case.given[others]).all()
    np.testing.assert_array_equal(case.best[at], case.given[at])


def test_noise_is_not_compared_and_each_reference_has_its_size():
    fine = clouds(4)
    (y,) = fine.references
    noisy = np.where(np.arange(60) < 4, 0, y)
    coarse = (noisy + 1) // 2
    case = measure(Table("shapes", "x", fine.X, (noisy, coarse)))
    assert case.true == [2, 4]
    assert [case.sizes[at] for at in case.known] == [2, 4]
    assert case.given[case.known[1]].max() == 1


def test_a_table_without_groups_is_worth_nothing():
    case = measure(Table("ungrouped", "normal-1", clouds(1).X, (np.ones(60, dtype=int),)))
    assert (case.kind, case.family, case.true, case.known) == ("ungrouped", "normal", [], [])
    assert (case.best == 0).all()


def test_sources_of_one_kind_are_one_family():
    def named(family, k=2):
        return Table(family, f"{family}-0", np.zeros((4, 1)), (np.arange(4) % k + 1,))

    assert {family_of(named(name)) for name in ("digits", "mnist", "pendigits")} == {"handwriting"}
    kinds = [kind_of(named(name)) for name in ("fcps", "wine", "gaussian")]
    assert sorted(kinds) == sorted(KINDS)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("name", ["neighbour_cut", "explained_variance"])
def test_the_criterion_that_decides_is_learned(name, sign):
    rows = family("a", n=20, decides=CRITERIA.index(name), sign=sign)
    numbers = learned(rows)
    found = weights(numbers)
    assert max(found, key=lambda each: abs(found[each])) == name
    assert np.sign(found[name]) == sign
    others = judged(
        family("b", first=100, decides=CRITERIA.index(name), sign=sign), Rule.of(numbers)
    )
    best = np.mean([np.nanmax(own.case.given) for own in others])
    assert mean_index(others) > best - 0.05
    chosen = np.mean([own.index(-np.inf) for own in others])
    assert chosen > np.mean([own.case.best.mean() for own in others])


def test_a_family_that_is_left_out_is_not_learned_from():
    """One family says the opposite of all others."""
    cases_ = [
        *family("usual", n=20),
        *family("other", n=20, first=50),
        *family("odd", sign=1.0, first=99),
    ]
    found = left_out(cases_)
    assert [own.case.name for own in found] == [own.name for own in cases_]
    by_family = {
        name: mean_index([own for own in found if own.case.family == name])
        for name in ("usual", "other", "odd")
    }
    assert min(by_family["usual"], by_family["other"]) > 0.6
    assert by_family["odd"] < 0.4
    changed = [own for own in cases_ if own.family != "odd"] + family("odd", first=99)
    for own, same in zip(found, left_out(changed), strict=True):
        if own.case.family == "odd":
            assert (
                own.rule.groups.predict(np.eye(len(CRITERIA))).tolist()
                == same.rule.groups.predict(np.eye(len(CRITERIA))).tolist()
            )


def test_tables_on_which_nothing_is_right_teach_nothing_of_groupings():
    poor = [
        Case(**{**vars(own), "given": 0.2 * own.given, "best": 0.2 * own.best})
        for own in family("poor", n=30, first=200, sign=1.0)
    ]
    usual = family("usual", n=20)
    assert learned([*usual, *poor]) == learned(usual)


def test_kinds_count_alike_however_many_tables_they_have():
    few = family("few", "real", n=8, decides=0, sign=1.0)
    many = family("many", "drawn", n=80, first=300, decides=1, sign=1.0)
    found = weights(learned([*few, *many]))
    assert 0.5 < found[CRITERIA[0]] / found[CRITERIA[1]] < 2


def test_most_tables_without_groups_are_left_in_one():
    none = family("none", "ungrouped", n=40, first=500)
    cases_ = [*family("a", n=20), *none]
    found = judged(cases_, Rule.of(learned(cases_)))
    one_group = one_group_worth(cases_)
    in_one = [own.size(one_group) == 1 for own in found if own.case.kind == "ungrouped"]
    assert np.mean(in_one) == pytest.approx(0.9, abs=0.1)  # each is judged by rules without it
    assert all(own.size(-np.inf) in SIZES for own in found)
    left = [own for own in found if own.size(one_group) == 1]
    assert [own.index(one_group) for own in left] == [0.0] * len(left)


def test_real_families_count_alike():
    found = judged(
        [
            *family("a", "real", n=3),
            *family("b", "real", n=1),
            *family("c", "pictures", n=1),
            *family("d", n=1),
        ],
        Rule.of(learned(family("a"))),
    )
    means = dict(
        zip(KINDS, by_kind(found, lambda own: float(own.case.family == "a")), strict=True)
    )
    assert means == {"pictures": 0.0, "real": 0.5, "drawn": 0.0}


def small_tables(data, n_drawn):
    """Two families of each kind, and some tables without groups."""
    families = ("fcps", "graves", "wine", "olive", "gaussian", "skewed")
    for seed, name in enumerate(families):
        yield clouds(2 + seed % 2, 48, seed, name)
    for seed in range(3):
        X = np.random.default_rng(seed).normal(size=(48, 2))
        yield Table("ungrouped", f"normal-{seed}", X, (np.ones(48, dtype=int),))


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder to write a rule into, with tables that are soon grouped."""
    (tmp_path / "skflowmix/selection").mkdir(parents=True)
    monkeypatch.setattr(reports, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(choosing, "tables", small_tables)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_reports_both_questions_and_writes_the_rule_that_it_learned(workplace):
    file = workplace / "cases.joblib"
    path = workplace / "skflowmix/selection" / FILE
    choosing.main(["--quick", "--cases", str(file)])
    assert not path.exists()  # it was not asked for
    choosing.main(["--quick", "--write", "--cases", str(file)])  # of what was measured before
    header, *lines = table(workplace / "results/quick/choosing.csv")
    assert header == ["given the number", *KINDS, "commit"]
    assert [line[0] for line in lines][3:] == [*GROUPERS, "hindsight"]
    assert lines[-1][1:4] == ["1.000"] * 3
    header, *lines = table(workplace / "results/quick/choosing_sizes.csv")
    assert header == ["not given the number", *KINDS, "commit"]
    assert len(lines) == 5
    written = path.read_text()
    own = choosing.measured(workplace, 1, 1, file)
    numbers = learned(own)
    numbers["one_group"] = json.loads(written)["one_group"]
    assert same_rule(Rule.of(json.loads(written)), Rule.of(numbers))


def same_rule(one, other):
    """Whether two rules say the same of some criteria."""
    rng = np.random.default_rng(0)
    criteria = [rng.uniform(size=(4, len(CRITERIA))) for _ in SIZES]
    found = [
        [
            *(rule.group_scores(own).tolist() for own in criteria),
            rule.size_scores(SIZES, criteria, 99, 5).tolist(),
            rule.one_group,
        ]
        for rule in (one, other)
    ]
    return found[0] == found[1]


def test_tables_are_of_all_kinds(monkeypatch):
    monkeypatch.setattr(
        cases, "real", lambda data, n_subsets: [clouds(2, family="wine")] * n_subsets
    )
    found = list(cases.tables("no folder", 2))
    kinds = [kind_of(own) for own in found]
    assert kinds.count("real") == 1
    assert kinds.count("drawn") == 2 * len(cases.GENERATORS)
    assert kinds.count("ungrouped") == 8 * 2 + 4 * 2
    assert {family_of(own) for own in found} >= {"wine", "copula", *cases.GENERATORS}


def test_without_data_there_is_a_message_that_says_where_to_name_it(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        choosing.main(["--data", str(tmp_path)])
    assert caught.value.code == 2
    assert "--data" in capsys.readouterr().err
