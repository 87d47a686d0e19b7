"""Several processes, each with a shard of the rows, fit what one fits to all rows."""

import numpy as np
import pytest
import torch.distributed as dist

from skflowmix import FlowGMM
from skflowmix.distributed import shards
from tests.distributed import scenarios
from tests.distributed.processes import run_in_processes

CASES = {
    (kind, name): case
    for number, (name, case) in enumerate(scenarios.cases().items())
    for kind in scenarios.kinds_of(number)
}
NOT_SHARED = {"labels"}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What both processes found in all scenarios, of which the last kills the second of them."""
    names = ("all_cases", "usual_fits", "continued", "continued_from_own", "faults", "others")
    return run_in_processes(tmp_path_factory.mktemp("shards"), *names, "endings", "killed")


def assert_same_bits(first, second):
    for name in first.keys() - NOT_SHARED:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_two_processes_find_what_one_does(both, case):
    first, second = (found["all_cases"][case] for found in both)
    assert_same_bits(first, second)
    kind, _ = case
    alone = scenarios.told(CASES[case].fit(scenarios.ESTIMATORS[kind]), scenarios.cloud()[0])
    for name in ("history", "bound"):
        np.testing.assert_allclose(first[name], alone[name], rtol=1e-5, err_msg=name)
    np.testing.assert_allclose(first["scores"], alone["scores"], atol=1e-3)
    np.testing.assert_allclose(first["proba"], alone["proba"], atol=1e-3)
    np.testing.assert_array_equal(first["classes"], alone["classes"])
    assert first["start"] == alone["start"]
    of_shards = np.concatenate([first["labels"], second["labels"]])
    np.testing.assert_array_equal(of_shards, alone["labels"])


def test_processes_end_with_the_same_bits_whatever_chance_each_has(both):
    first, second = (found["usual_fits"] for found in both)
    for name, found in first.items():
        assert_same_bits(found, second[name])
        assert np.isfinite(found["scores"]).all(), name
    groups = scenarios.cloud(1000)[1]
    seen = np.concatenate(
        [each["sees few rows with labels"]["labels"] for each in (first, second)]
    )
    names = scenarios.names_of(groups, step=1)
    assert (seen == names).mean() > 0.9


def test_a_fit_may_go_on_from_one_of_the_same_processes(both):
    (first, after), (same, same_after) = (found["continued"] for found in both)
    np.testing.assert_array_equal(first, same)
    np.testing.assert_array_equal(after, same_after)
    assert not np.array_equal(first, after)


def test_a_fit_goes_on_from_that_of_the_first_process(both):
    (first, after), (other, same_after) = (found["continued_from_own"] for found in both)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(after, first)
    np.testing.assert_array_equal(same_after, first)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("names of columns", r"process 1 .*\['length', 'height'\]"),
        ("numbers of columns", "process 1 .*: 1 there, 2 here"),
        ("a missing value", "some values are NaN"),
        ("a label that is a fraction", "process 1: Unknown label type"),
        ("labels of two types", "mixes strings and numbers"),
        ("a negative weight", "process 1: .*[Nn]egative"),
        ("a parameter", "process 1 .*: tol is 0.1 there and 0.0 here"),
        ("a parameter that cannot be used", "process 1: The 'tol' parameter of FlowGMM must be"),
        ("a device", "process 1: device='cuda:99' cannot be used here"),
        ("what a start is", "process 1: init_params must hold"),
        ("too many components", "121 components are more than the 120 rows"),
    ],
)
def test_what_is_wrong_in_one_process_is_an_error_on_all(both, fault, message):
    first, second = (found["faults"][fault] for found in both)
    assert first == second
    with pytest.raises(ValueError, match=message):
        raise ValueError(first)


def test_after_an_error_on_all_a_fit_goes_well(both):
    assert all(found["faults"]["nothing"] is True for found in both)


@pytest.mark.parametrize(
    ("ending", "how"),
    [
        ("told to end", (2, True)),
        ("interrupted", (2, False)),
        ("looked at", (4, False)),
        ("after that", (4, False)),
    ],
)
def test_what_ends_one_process_ends_all_after_the_same_epoch(both, ending, how):
    assert [found["endings"][ending] for found in both] == [how, how]


def test_others_are_told_of_a_process_that_fails(both):
    first, second = (found["endings"]["failed"] for found in both)
    assert second == ("LookupError", "a callback has failed")
    assert first[0] == "ProcessLostError"
    assert "Another process of this fit was lost" in first[1]


def test_what_is_no_mixture_cannot_be_fitted_over_several_processes(both):
    assert all("OutlierDetector cannot" in found["others"] for found in both)


def test_a_process_that_is_killed_ends_the_other_soon(both):
    survivor, killed = both
    assert "killed" not in killed
    (kind, message), seconds = survivor["killed"]
    assert kind == "ProcessLostError"
    assert "was lost" in message
    assert seconds < 30


def test_one_process_fits_as_usual(tmp_path):
    X, _ = scenarios.cloud()
    alone = FlowGMM(3, **scenarios.QUICK).fit(X).score_samples(X)
    dist.init_process_group("gloo", f"file://{tmp_path / 'meeting'}", rank=0, world_size=1)
    try:
        with shards():
            model = FlowGMM(3, **scenarios.QUICK).fit(X)
    finally:
        dist.destroy_process_group()
    np.testing.assert_array_equal(model.score_samples(X), alone)


def test_without_other_processes_there_are_no_shards(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(RuntimeError, match="torchrun"), shards():
        pass
