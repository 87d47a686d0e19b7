"""Tables with columns of categories become numbers, and tables again."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.categories import Categories, places_of
from skflowmix.scikit_learn_private import feature_names_of

VALUES = {
    "text": ["red", "green", "blue"],
    "bools": [True, False],
    "ints": [3, 1, 2**40],
    "floats": [0.5, -1.0],
    "dates": [pd.Timestamp("2024-01-01"), pd.Timestamp("2023-01-01")],
    "intervals": list(pd.interval_range(0, 3)),
}
NOTHING = [None, np.nan, pd.NA, pd.NaT]


def coded(table, wanted="from_dtype", weights=None):
    """Return what a table's categories are, and its rows in the order of the model."""
    names = feature_names_of(table)
    counted = np.ones(len(table), bool) if weights is None else weights > 0
    categories = Categories.of(table, places_of(table, wanted, names), names, counted)
    return categories, encoded(categories, table)


def encoded(categories, table):
    numbers = np.asarray(categories.numbers_of(table), dtype=float)
    return np.column_stack([numbers, categories.codes_of(table)])


@given(
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda kind: st.lists(st.sampled_from([*VALUES[kind], *NOTHING]), min_size=2)
    )
)
def test_what_is_decoded_is_what_was_encoded(values):
    present = [not pd.isna(value) for value in values]
    table = np.empty((len(values), 3), dtype=object)
    table[:, 0], table[:, 2] = np.arange(len(values)), 0.5
    for row, value in zip(table, values, strict=True):
        row[1] = value
    if not any(present):
        with pytest.raises(ValueError, match=r"column 1 .*no value"):
            coded(table, [1])
        return
    categories, rows = coded(table, [1])
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(np.isfinite(rows).all(1), present)
    again = categories.decoded(rows)
    np.testing.assert_array_equal(again[:, [0, 2]].astype(float), table[:, [0, 2]].astype(float))
    for own, value, is_there in zip(again[:, 1], values, present, strict=True):
        assert own == value if is_there else own is None or np.isnan(own)


@pytest.mark.parametrize("kind", VALUES)
def test_frames_come_back_with_their_types(kind):
    unused = VALUES["text"][:1] if kind != "text" else [""]
    levels = [*VALUES[kind], *unused] if kind in ("text", "ints") else VALUES[kind]
    values = [*VALUES[kind], None]
    frame = pd.DataFrame(
        {
            "size": np.arange(float(len(values))),
            "of": pd.Categorical(values, categories=levels, ordered=True),
            "last": 1.5,
        }
    )
    categories, rows = coded(frame)
    pd.testing.assert_frame_equal(categories.framed(rows, list(frame)), frame)
    assert len(VALUES[kind]) == categories.n_levels[0]


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b", "never"])])
def test_frames_of_polars(dtype):
    frame = pl.DataFrame({"of": ["b", None, "a"], "x": [1, 2, 3]}, schema_overrides={"of": dtype})
    categories, rows = coded(frame)
    np.testing.assert_array_equal(rows, [[1, 1], [2, np.nan], [3, 0]])
    assert categories.decoded(rows)[:, 0].tolist() == ["b", None, "a"]


def test_columns_by_mask_number_and_name():
    frame = pd.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0], "c": ["u", "v"]})
    for wanted in ([True, False, True], [0, 2], [2, 0], ["a", "c"], ["c", "a"], np.array([0, 2])):
        _, rows = coded(frame, wanted)
        np.testing.assert_array_equal(rows, [[1, 0, 0], [2, 1, 1]])
    for nothing in (None, [], "from_dtype"):
        assert places_of(frame, nothing, feature_names_of(frame)) == []


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (["d"], "'d'"),
        ([3], "from 0 to 2"),
        ([-1], "from 0 to 2"),
        ([True], "mask of 1"),
        ([[0]], "mask, or numbers"),
        ([0.5], "mask, or numbers"),
    ],
)
def test_what_names_no_column_is_refused(wanted, says):
    frame = pd.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0], "c": ["u", "v"]})
    with pytest.raises(ValueError, match=says):
        places_of(frame, wanted, feature_names_of(frame))


def test_names_need_columns_with_names():
    with pytest.raises(ValueError, match="have none"):
        places_of(np.zeros((2, 2)), ["a"], None)


@pytest.mark.parametrize("mixed", [["a", 1], [True, 1], ["a", True], [1.0, pd.Timestamp(0)]])
def test_a_column_of_mixed_types_is_named(mixed):
    frame = pd.DataFrame({"x": [1.0, 2.0], "odd one": pd.Series(mixed, dtype=object)})
    with pytest.raises(ValueError, match="odd one"):
        coded(frame, [1])


def test_a_column_of_another_type_than_in_the_fit_is_named():
    frame = pd.DataFrame({"x": [1.0, 2.0], "sex": ["m", "f"]})
    categories, _ = coded(frame, ["sex"])
    with pytest.raises(ValueError, match=r"'sex' holds numbers.* text"):
        categories.codes_of(frame.assign(sex=[0, 1]))


def test_infinity_is_no_category():
    with pytest.raises(ValueError, match=r"column 1 .*infinity"):
        coded(np.array([[0, 1], [1, np.inf]]), [1])


def test_categories_alone_are_refused():
    with pytest.raises(ValueError, match="All columns are categories"):
        coded(np.zeros((3, 2)), [0, 1])


def test_levels_that_were_not_in_the_fit_are_missing():
    table = np.array([[0.0, 1], [0, 2], [0, 1]])
    categories, _ = coded(table, [1], weights=np.array([1, 0, 1]))
    np.testing.assert_array_equal(categories.codes_of(table)[:, 0], [0, np.nan, 0])
    unused = pd.Series(["a"], dtype=pd.CategoricalDtype(["b", "a"]))
    categories, _ = coded(pd.DataFrame({"x": [1.0], "of": unused}))
    assert categories.n_levels == (1,)
    again = pd.DataFrame({"x": [1.0], "of": pd.Series(["b"], dtype=unused.dtype)})
    assert np.isnan(categories.codes_of(again)).all()


def test_whole_numbers_are_the_same_as_floats():
    ints = pd.DataFrame({"x": [0.5, 1], "of": [2, 1]})
    categories, rows = coded(ints, ["of"])
    np.testing.assert_array_equal(encoded(categories, ints.astype(float)), rows)


def test_arrays_of_numbers_come_back_as_such():
    table = np.array([[2, 0.5], [7, 1.5], [np.nan, 2.5]])
    categories, rows = coded(table, [0])
    again = categories.decoded(rows)
    assert again.dtype == np.float64
    np.testing.assert_array_equal(again, table)


def test_lists_may_mix_text_and_numbers():
    categories, rows = coded([["a", 1.5], ["b", 2.5]], [0])
    np.testing.assert_array_equal(rows, [[1.5, 0], [2.5, 1]])
    assert categories.decoded(rows).tolist() == [["a", 1.5], ["b", 2.5]]


def test_many_levels_pickle_and_come_back():
    table = np.column_stack([np.arange(500.0), np.arange(500.0)])
    categories, rows = coded(table, [1])
    loaded = pickle.loads(pickle.dumps(categories))
    assert loaded == categories
    np.testing.assert_array_equal(encoded(loaded, table), rows)
