"""Whole fits on tables that the rule has not seen, and how far groups hold."""

import numpy as np
import pytest

from benchmarks import unseen
from benchmarks.choosing.learning import LEAF, LINE
from benchmarks.tables import Table
from benchmarks.unseen import CHANGES, HEADER, OWN, PEERS, STABILITY, Found
from tests.selection.examples import clouds

RULE = {"groups": LINE, "sizes": LEAF, "one_group": 0.0}

pytestmark = [
    pytest.mark.filterwarnings("ignore:Two groupings:UserWarning"),
    pytest.mark.filterwarnings("ignore:Graph is not fully connected:UserWarning"),
]


@pytest.fixture
def quick(monkeypatch):
    """Fits of few epochs."""

    def short(estimator):
        return lambda K, random_state: estimator(K, max_iter=2, random_state=random_state)

    monkeypatch.setattr(unseen, "OWN", {name: short(own) for name, own in OWN.items()})


def far_clouds(family):
    X, groups = clouds(90, 3, 4, distance=20.0)
    return Table(family, f"{family}-0", X, (groups + 1,))


def test_clear_groups_are_right_whoever_finds_them_and_hold(quick):
    found = unseen.measure(far_clouds("wine"), RULE)
    assert found.family == "wine"
    assert set(found.index) == set(HEADER[2:])
    for name in (*OWN, "GaussianMixture"):
        assert found.index[name] == 1
    for agreement in found.agreement.values():
        assert agreement == dict.fromkeys(CHANGES, 1.0)


def test_pictures_are_fitted_once(quick):
    found = unseen.measure(far_clouds("deric"), RULE)
    assert found.agreement == {name: {} for name in OWN}


def test_rows_without_a_reference_are_not_scored():
    reference, groups = np.array([0, 1, 1, 2, 2]), np.array([1, 0, 0, 1, 1])
    assert unseen.score(reference, groups) == 1


def of_family(family, index, agreement):
    return Found(
        family,
        dict.fromkeys(HEADER[2:], index),
        {name: dict.fromkeys(CHANGES, agreement) for name in OWN},
    )


def test_families_count_alike_and_the_worst_change_is_told():
    found = [of_family("a", 1.0, 1.0), of_family("a", 0.8, 0.9), of_family("b", 0.1, 0.2)]
    table = {line[0]: line[1:] for line in unseen.lines(found)}
    assert list(table) == ["a", "b", "mean of families"]
    assert table["a"] == (2, *[pytest.approx(0.9)] * len(HEADER[2:]))
    assert table["mean of families"] == (3, *[pytest.approx(0.5)] * len(HEADER[2:]))
    for line in unseen.lines_of_stability(found):
        named = dict(zip(STABILITY, line, strict=True))
        assert named["worst"] == 0.2
        assert named["seed"] == pytest.approx(0.7)


def test_a_family_has_no_more_tables_than_are_asked_for(monkeypatch):
    tables = [far_clouds("wine")] * 5 + [far_clouds("deric")] * 4
    monkeypatch.setattr(unseen, "real", lambda data, n_subsets: iter(tables))
    assert [table.family for table in unseen.real_tables(None)] == ["wine"] * unseen.TABLES
    assert [table.family for table in unseen.pictures(None)] == ["deric"] * 4


def test_peers_are_made_for_a_number_of_groups_and_a_seed():
    for make in PEERS.values():
        model = make(3, 1)
        assert model.get_params()["random_state"] == 1
