"""Tables: what is written reads back, numbers and labels come out of the cells."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.data.tables import (
    MAX_CLASSES,
    Table,
    describe_labels,
    features,
    labels,
    read_table,
    write_table,
)

cells = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8)
finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def tables(draw, cell=cells):
    """Tables of any cells, with names of columns that nobody takes for numbers."""
    n_columns = draw(st.integers(1, 4))
    row = st.lists(cell, min_size=n_columns, max_size=n_columns)
    rows = draw(st.lists(row, min_size=1, max_size=5))
    header = [f"column {j}" for j in range(n_columns)]
    return Table("table.csv", header, rows, list(range(2, len(rows) + 2)))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return str(tmp_path_factory.mktemp("tables") / "table.csv")


@given(tables(), cells)
def test_what_is_written_reads_back(path, table, cell):
    new = [cell + str(i) for i in range(len(table.rows))]
    write_table(table, {"new": new}, path)
    again = read_table(path)
    assert again.header == [*table.header, "new"]
    assert [row[:-1] for row in again.rows] == table.rows
    assert again.column("new") == [each.strip() for each in new]
    assert (again.name, again.lines) == (table.name, table.lines)


@given(tables(finite.map(repr)))
def test_numbers_are_those_of_the_cells(table):
    names, X = features(table, None)
    assert names == table.header
    assert X.dtype == np.float64
    assert [[repr(float(x)) for x in row] for row in X] == table.rows


NO_LABEL = ["", " ", "NA", " NA ", "N/A", "nan", "NaN", "NULL", "None", "?"]
LABEL = ["0", "a", " a b ", "Na", "na", "none", "-", "??", "inf"]


@given(st.lists(st.sampled_from(NO_LABEL + LABEL), min_size=1))
def test_labels_are_text_and_minus_one_where_there_is_none(kinds):
    table = Table("table.csv", ["kind"], [[kind] for kind in kinds], list(range(len(kinds))))
    y = labels(table, "kind")
    assert y.dtype == object
    assert y.tolist() == [-1 if kind in NO_LABEL else kind.strip() for kind in kinds]


@given(st.lists(st.integers(0, 40)))
def test_classes_are_told_with_their_rows_those_of_most_rows_first(numbers):
    cells = [f"c{k}" if k else "" for k in numbers]
    table = Table("table.csv", ["kind"], [[cell] for cell in cells], list(range(len(cells))))
    text = describe_labels(labels(table, "kind"))
    told = [(name, int(n)) for name, n in re.findall(r"(c\d+) \((\d+) rows?\)", text)]
    counts = Counter(cell for cell in cells if cell)
    assert len(told) == min(len(counts), MAX_CLASSES)
    assert told == [(name, counts[name]) for name, _ in told]
    assert [n for _, n in told] == sorted(counts.values(), reverse=True)[: len(told)]
    assert (f"and {len(counts) - len(told)} more" in text) == (len(counts) > len(told))
    assert int(re.search(r"Unlabelled: (\d+) rows?\.$", text)[1]) == cells.count("")


def test_the_column_of_labels_is_no_feature(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("a, b ,kind\n1, 2e3,x\n\n-.5,+4,\n")
    table = read_table(path)
    assert table.header == ["a", "b", "kind"]
    assert [table.location(row) for row in (0, 1)] == ["table.csv, line 2", "table.csv, line 4"]
    names, X = features(table, "kind")
    assert names == ["a", "b"]
    np.testing.assert_array_equal(X, [[1, 2000], [-0.5, 4]])
    assert labels(table, "kind").tolist() == ["x", -1]


def test_byte_order_mark_and_quotes(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write('\ufeffa,b\n+1.50e+00,"say ""i"", twice"\n')
    table = read_table(path)
    assert table.header == ["a", "b"]
    assert table.rows == [["+1.50e+00", 'say "i", twice']]


def test_columns_of_other_lengths_are_refused(path):
    table = Table("table.csv", ["a"], [["1"], ["2"]], [2, 3])
    with pytest.raises(ValueError, match="shorter"):
        write_table(table, {"new": ["only one"]}, path)
