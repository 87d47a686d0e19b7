"""Columns: what they are, which are used, and why the others are not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.command_line.columns import describe_columns
from skflowmix.command_line.reading import File
from skflowmix.command_line.requests import make_parser, read_request

RNG = np.random.default_rng(0)
N = 40
SHUFFLED = RNG.permutation(N)


def described(columns, *options):
    """Columns of a table by their names."""
    from pathlib import Path

    file = File(Path("table.csv"), pd.DataFrame(columns), None)
    request = read_request(make_parser(), ["table.csv", *options])
    return {column.name: column for column in describe_columns(file, request)}


USED = {
    "size": RNG.normal(size=N),
    "age": RNG.integers(0, 9, N),
    "signed": SHUFFLED - 5,
    "flag": SHUFFLED > 5,
    "holes": np.where(SHUFFLED > 5, RNG.normal(size=N), np.nan),
    "body mass index": RNG.normal(size=N),
}
IDS = {
    "number": SHUFFLED,
    "order": SHUFFLED * 1000 + 7,
    "counts": np.arange(5, 5 + N),
    "floats": SHUFFLED.astype(float),
    "id": RNG.normal(size=N),
    "Index": RNG.integers(0, 3, N),
    "UUID": RNG.integers(0, 3, N),
    "Unnamed: 0": RNG.integers(0, 3, N),
}
OTHERS = {
    "word": (np.array(["a", "b"] * (N // 2)), "text, such as 'a' in row 0"),
    "mixed": (np.array(["1", "2", "n.d.", "4"] * (N // 4)), "text, such as 'n.d.' in row 2"),
    "year": (np.full(N, 2007), "constant"),
    "nothing": (np.full(N, np.nan), "all empty"),
    "infinite": (np.full(N, np.inf), "all empty"),
    "day": (pd.date_range("2020-01-01", periods=N), "dates"),
}


@pytest.mark.parametrize("name", USED)
def test_numbers_are_used(name):
    assert described({name: USED[name]})[name].left_out == ""


@pytest.mark.parametrize("name", IDS)
def test_ids_are_left_out_unless_they_are_asked_for(name):
    assert described({name: IDS[name]})[name].left_out.startswith("looks like an ID: ")
    assert described({name: IDS[name]}, "--columns", name)[name].left_out == ""


def test_a_few_whole_numbers_that_differ_are_no_ids():
    assert described({"age": [31, 12, 45, 8]})["age"].left_out == ""


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_number_or_says_nothing_is_left_out_with_a_reason(name):
    column, reason = OTHERS[name]
    assert described({name: column})[name].left_out == reason


def test_options_leave_columns_out():
    columns = {"a": USED["size"], "b": USED["size"], "c": USED["size"], "k": OTHERS["word"][0]}
    found = described(columns, "--drop", "a, b", "--labels", "k")
    assert {name: column.left_out for name, column in found.items()} == {
        "a": "by --drop",
        "b": "by --drop",
        "c": "",
        "k": "labels",
    }
    found = described(columns, "--columns", "b", "--index", "k")
    assert [column.left_out for column in found.values()] == [
        "not in --columns",
        "",
        "not in --columns",
        "names of rows",
    ]


def test_names_with_commas_are_quoted():
    found = described({"a,b": USED["size"], "c": USED["size"]}, "--drop", '"a,b"')
    assert [column.left_out for column in found.values()] == ["by --drop", ""]


@given(st.lists(st.floats(-1e9, 1e9) | st.just(np.nan) | st.just(np.inf), min_size=1))
def test_ranges_and_empty_cells_are_those_of_the_numbers(numbers):
    column = described({"x": np.array(numbers)})["x"]
    finite = [number for number in numbers if np.isfinite(number)]
    assert column.n_missing == len(numbers) - len(finite)
    assert column.n_distinct == len(set(finite)) or column.kind == "empty"
    if finite:
        assert (column.low, column.high) == (min(finite), max(finite))


def test_types():
    found = described({**USED, **{name: column for name, (column, _) in OTHERS.items()}})
    assert [column.kind for column in found.values()] == [
        "numbers",
        "whole numbers",
        "whole numbers",
        "true or false",
        "numbers",
        "numbers",
        "text",
        "text",
        "whole numbers",
        "empty",
        "empty",
        "dates",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--columns", "sise"], "no column 'sise' for --columns: did you mean 'size'?"),
        (["--drop", "SIZE"], "no column 'SIZE' for --drop: did you mean 'size'?"),
        (["--labels", "zzz"], "no column 'zzz' for --labels, only size, word."),
        (["--index", "zzz"], "no column 'zzz' for --index, only size, word."),
        (["--columns", "word"], "names 'word', which is left out: text, such as 'a' in row 0."),
    ],
)
def test_columns_that_cannot_be_had(options, message):
    with pytest.raises(ValueError, match=r".") as error:
        described({"size": USED["size"], "word": OTHERS["word"][0]}, *options)
    assert str(error.value).endswith(message)
