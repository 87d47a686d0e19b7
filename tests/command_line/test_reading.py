"""Reading: however a table is written, it is the same table, or what is wrong is said."""

import gzip
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skflowmix.command_line.reading import (
    MissingPackageError,
    cells_of,
    read_file,
    separator_of,
)
from tests.command_line.files import FORMS, HEADERS, SEPARATORS, frame_of, write


@pytest.mark.parametrize("form", FORMS, ids="-".join)
def test_what_is_read_is_what_was_written(form, tmp_path):
    separator, encoding, missing, header = form
    frame = frame_of(HEADERS[header])
    path = write(
        tmp_path / "table.csv",
        frame,
        separator=SEPARATORS[separator],
        encoding=encoding,
        missing=missing,
    )
    expected = frame.rename(columns={"": "Unnamed: 0"})
    file = read_file(path)
    pd.testing.assert_frame_equal(file.frame, expected)
    assert file.form.separator == SEPARATORS[separator]


@pytest.mark.parametrize("separator", ["tabs", "semicolons", "bars"])
@pytest.mark.parametrize("missing", ["", "NA"])
def test_decimal_commas(separator, missing, tmp_path):
    frame = frame_of(HEADERS["plain"])
    settings = {"separator": SEPARATORS[separator], "decimal": ",", "missing": missing}
    file = read_file(write(tmp_path / "table.txt", frame, **settings))
    pd.testing.assert_frame_equal(file.frame, frame)
    assert file.form.decimal == ","


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_numbers_are_read_to_the_last_bit(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("numbers") / "table.csv"
    path.write_text("x\n" + "\n".join(map(repr, numbers)))
    assert read_file(path).frame["x"].tolist() == numbers


@pytest.mark.parametrize("name", ["table.csv.gz", "table.parquet", "table.tsv"])
def test_compressed_and_binary_files(name, tmp_path):
    frame, path = frame_of(HEADERS["plain"]), tmp_path / name
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
        frame.to_parquet(path)
    else:
        write(path, frame, separator="\t" if "tsv" in name else ",")
    pd.testing.assert_frame_equal(read_file(path).frame, frame, check_dtype=False)


def test_blanks_between_cells(tmp_path):
    (tmp_path / "t.txt").write_text("x  y\n1   2.5\n 3 4\n")
    assert read_file(tmp_path / "t.txt").frame.to_numpy().tolist() == [[1, 2.5], [3, 4]]


@pytest.mark.parametrize("text", ["petal length\n1\n2\n", "x\n1\n", "a b c\n\nsome text\n"])
def test_one_column_needs_no_separator(text):
    assert separator_of(text) == ","


def test_cells_are_those_that_were_written(tmp_path):
    text = "x;y\n1,50;NA\n;02\n"
    (tmp_path / "t.csv").write_text(text)
    cells = cells_of(read_file(tmp_path / "t.csv"))
    assert cells.to_csv(index=False, sep=";", lineterminator="\n") == text


BAD = {
    "empty": (b"", "table.csv is empty: it needs a line of column names, then rows."),
    "blank lines": (b"\n \n", "table.csv is empty"),
    "header only": (b"x,y\n", "table.csv has column names but no rows."),
    "no header": (b"1.5,2\n3,4\n", "table.csv begins with numbers: put a line of column names"),
    "twice": (b"x,y,x\n1,2,3\n", "table.csv has 2 columns 'x': give them different names."),
    "long first": (b"x,y\n1,2,3\n", "table.csv has more cells in a line than there are column"),
    "long later": (b"x,y\n1,2\n1,2,3\n", "table.csv cannot be read as a table: Expected 2 fields"),
    "quote": (b'x,y\n1,"2\n', "table.csv cannot be read as a table: "),
    "binary": (b"x,y\n\0\1\2", "table.csv is not a text file: save it as CSV or parquet."),
    "no encoding": (b"x,y\n\x81,1\n", "table.csv holds bytes of no known encoding: save it as"),
    "cut": (gzip.compress(b"x,y\n1,2\n")[:-9], "table.csv is compressed and damaged: "),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_what_is_wrong_with_a_file_is_said(data, message, tmp_path):
    (tmp_path / "table.csv").write_bytes(data)
    with pytest.raises(ValueError, match=r".") as error:
        read_file(tmp_path / "table.csv")
    assert str(error.value).startswith(message)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.csv cannot be read: No such file"):
        read_file("nowhere.csv")
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        read_file(tmp_path)
    with pytest.raises(ValueError, match=r"nowhere\.parquet cannot be read"):
        read_file("nowhere.parquet")


def test_a_parquet_file_that_is_none(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "t.parquet").write_text("x,y\n1,2\n")
    with pytest.raises(ValueError, match=r"t\.parquet is no parquet file"):
        read_file(tmp_path / "t.parquet")


def test_without_pandas_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingPackageError, match=r'pip install "skflowmix\[cli\]"'):
        read_file("table.csv")
