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
DAYS = pd.date_range("2020-01-01", periods=N)


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
WORDS = {
    "word": np.array(["a", "b"] * (N // 2)),
    "mixed": np.array(["1", "2", "n.d.", "4"] * (N // 4)),
    "gap": np.array(["a", None, "b", " b"] * (N // 4), dtype=object),
    "declared": pd.Categorical(["a", "b"] * (N // 2)),
}
OTHERS = {
    "key": ([f"r{i}" for i in range(N)], "text, 40 different in 40 rows, such as 'r0' in row 0"),
    "marked": ([*range(N - 1), "n.d."], "text, 40 different in 40 rows, such as 'n.d.' in row 39"),
    "same": (["a"] * N, "constant"),
    "blank": (["", " "] * (N // 2), "all empty"),
    "written day": (["2020-01-02", "2020-03-04 10:00"] * (N // 2), "dates"),
    "year": (np.full(N, 2007), "constant"),
    "nothing": (np.full(N, np.nan), "all empty"),
    "infinite": (np.full(N, np.inf), "all empty"),
    "day": (DAYS, "dates"),
}


@pytest.mark.parametrize("name", USED)
def test_numbers_are_used(name):
    assert described({name: USED[name]})[name].left_out == ""


@pytest.mark.parametrize("name", IDS)
def test_ids_are_left_out_unless_they_are_asked_for(name):
    assert described({name: IDS[name]})[name].left_out.startswith("looks like an ID: ")
    assert described({name: IDS[name]}, "--columns", name)[name].left_out == ""


@pytest.mark.parametrize("name", WORDS)
def test_words_that_repeat_are_categories(name):
    column = described({name: WORDS[name]})[name]
    assert (column.left_out, column.kind) == ("", "categories")
    assert column.n_distinct == (4 if name == "mixed" else 2)
    assert column.n_missing == (N // 4 if name == "gap" else 0)


@given(st.integers(3, 150), st.integers(2, 12))
def test_the_more_rows_and_the_fewer_levels_the_sooner_words_are_categories(n_levels, n_each):
    def is_used(n_levels, n_each):
        words = [f"w{level}" for level in range(n_levels)] * n_each
        return not described({"word": words})["word"].left_out

    assert is_used(2, 12)
    assert not is_used(n_levels, 1)
    assert is_used(n_levels, n_each) <= is_used(n_levels - 1, n_each)
    assert is_used(n_levels, n_each) <= is_used(n_levels, n_each + 1)


@pytest.mark.parametrize(
    "words", [["a", "b"] * 3, [*"abcdefghij" * 4], [*map(str, range(999))] * 9]
)
def test_words_of_few_rows_or_many_levels_are_left_out(words):
    words = [f"w{word}" for word in words]
    assert described({"word": words})["word"].left_out.startswith("text, ")


def test_words_are_taken_back_if_they_are_asked_for_and_left_out_for_outliers():
    columns = {"key": OTHERS["key"][0], "word": WORDS["word"], "id": WORDS["word"]}
    found = described(columns, "--columns", "key,id")
    assert [column.kind for column in found.values()] == ["categories", "text", "categories"]
    assert described(columns)["id"].left_out == "looks like an ID: its name"
    reason = described(columns, "--estimator", "outliers")["word"].left_out
    assert reason == "text, and outliers are found by numbers, such as 'a' in row 0"


def test_a_few_whole_numbers_that_differ_are_no_ids():
    assert described({"age": [31, 12, 45, 8]})["age"].left_out == ""


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_number_or_says_nothing_is_left_out_with_a_reason(name):
    column, reason = OTHERS[name]
    assert described({name: column})[name].left_out == reason


def test_options_leave_columns_out():
    columns = {"a": USED["size"], "b": USED["size"], "c": USED["size"], "k": WORDS["word"]}
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
        "text",
        "empty",
        "dates",
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
        (["--labels", "zzz"], "no column 'zzz' for --labels, only size, word, day."),
        (["--index", "zzz"], "no column 'zzz' for --index, only size, word, day."),
        (["--columns", "day"], "names 'day', which is left out: dates."),
    ],
)
def test_columns_that_cannot_be_had(options, message):
    with pytest.raises(ValueError, match=r".") as error:
        described({"size": USED["size"], "word": WORDS["word"], "day": DAYS}, *options)
    assert str(error.value).endswith(message)
