"""The command line: what it prints and writes, and one line for everything that is wrong."""

import csv
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

import skflowmix
from skflowmix import FlowGMM, VariationalFlowMixture
from skflowmix import __main__ as quick_start
from skflowmix.__main__ import demonstration, features, main, read_table
from tests.estimators import QUICK, blobs, hide

NAMES = ["GaussianMixture", "FlowGMM", "VariationalFlowMixture"]
GROUPED = ["--n-components", "2"]
ROWS = "x,y\n1,2\n3,4\n"


@pytest.fixture(autouse=True)
def _quick(monkeypatch, tmp_path):
    """Train little, and write to a folder of its own unless told otherwise."""
    settings = {name: value for name, value in QUICK.items() if name != "random_state"}
    monkeypatch.setattr(quick_start, "FlowGMM", partial(FlowGMM, **settings))
    monkeypatch.setattr(
        quick_start, "VariationalFlowMixture", partial(VariationalFlowMixture, **settings)
    )
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def small(monkeypatch):
    """Data sets of the quick start that take no time, one of them with a picture."""

    def load(d, seed):
        return blobs(d=d, seed=seed)

    sets = [quick_start.DataSet(f"flat{d}", partial(load, d), 3) for d in (2, 3)]
    monkeypatch.setattr(quick_start, "DATA_SETS", sets)


@pytest.fixture
def without(monkeypatch):
    """A function that makes a package look as if it were not installed."""
    return lambda missing: monkeypatch.setitem(sys.modules, missing, None)


def write(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def blobs_csv(tmp_path, *, d=2, n_kept=None):
    """A table of blobs, with a column of text labels if any are kept."""
    X, groups = blobs(d=d)
    header, lines = [f"x{j}" for j in range(d)], X.round(3).astype(str).tolist()
    if n_kept is not None:
        known = hide(groups, n_kept) if n_kept else np.full(len(X), -1)
        header = [*header, "kind"]
        lines = [
            [*line, "" if k < 0 else f"kind {k}"] for line, k in zip(lines, known, strict=True)
        ]
    return write(tmp_path, "\n".join(",".join(line) for line in [header, *lines]) + "\n")


def read_lines(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def cells(out):
    """Split the printed table into lines of cells."""
    (table,) = (part for part in out.split("\n\n") if part.startswith("data set"))
    lines = table.splitlines()
    return [re.split(r"\s{2,}", line.strip()) for line in lines if not line.startswith("---")]


def error_of(capsys, *argv):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    *_, message = capsys.readouterr().err.splitlines()
    assert message.startswith("python -m skflowmix: error: ")
    return message.removeprefix("python -m skflowmix: error: ")


# Without a table.


def test_quick_start_prints_one_table(small, capsys):
    main([])
    out = capsys.readouterr().out
    header, *lines = cells(out)
    assert header == ["data set", "estimator", "adjusted Rand index", "log-likelihood", "seconds"]
    assert [line[:2] for line in lines] == [[s, n] for s in ("flat2", "flat3") for n in NAMES]
    assert all(-1 <= float(line[2]) <= 1 for line in lines)
    assert "Picture: skflowmix.png" in out


def test_quick_start_scores_rows_that_no_fit_saw(small, capsys):
    main([])
    printed = cells(capsys.readouterr().out)[1]
    comparison = demonstration(quick_start.DATA_SETS[0], 0)
    assert (len(comparison.X), len(comparison.X_held_out)) == (96, 24)
    fitted = GaussianMixture(3, n_init=5, random_state=0).fit(comparison.X)
    assert float(printed[3]) == pytest.approx(fitted.score(comparison.X_held_out), abs=1e-3)


def test_quick_start_draws_a_row_for_each_flat_data_set(small, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    saved = []
    save = Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda self, *a, **k: (saved.append(self), save(self, *a, **k))
    )
    path = tmp_path / "picture.png"
    main(["--picture", str(path)])
    assert path.read_bytes().startswith(b"\x89PNG")
    (figure,) = saved
    (row,) = figure.subfigs
    assert row.get_suptitle() == "flat2 (96 rows of the fit)"
    titles = [ax.get_title().split("\n") for ax in row.axes]
    assert [title[0] for title in titles] == NAMES
    assert all(re.fullmatch(r"adjusted Rand .*, log-likelihood .*", t[1]) for t in titles)


def test_quick_start_without_matplotlib_says_how_to_get_it(small, capsys, without, tmp_path):
    without("matplotlib")
    main([])
    assert "pip install matplotlib" in capsys.readouterr().out
    assert not (tmp_path / "skflowmix.png").exists()


def test_same_seed_same_numbers(small, capsys):
    printed = []
    for seed in ("5", "5", "6"):
        main(["--random-state", seed])
        printed.append([line[:4] for line in cells(capsys.readouterr().out)])
    assert printed[0] == printed[1] != printed[2]


@pytest.mark.parametrize("data_set", quick_start.DATA_SETS, ids=lambda data_set: data_set.name)
def test_data_sets_are_prepared_on_the_rows_of_the_fit(data_set):
    comparison = demonstration(data_set, 0)
    assert len(comparison.X_held_out) == pytest.approx(0.25 * len(comparison.X), abs=1)
    assert len(np.unique(comparison.y_known)) == data_set.n_components
    assert comparison.y is None
    if data_set.name == "wine":
        np.testing.assert_allclose(comparison.X.mean(axis=0), 0, atol=1e-9)
        assert np.abs(comparison.X_held_out.mean(axis=0)).max() > 1e-3
    assert comparison.columns.noisy == comparison.columns.constant == ()
    if data_set.name == "digits":
        assert comparison.X.shape[1] == comparison.X_held_out.shape[1] == 10


@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize("has_rich", [True, False])
def test_progress_only_for_a_terminal_with_rich(
    monkeypatch, without, tmp_path, is_terminal, has_rich
):
    pytest.importorskip("rich")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal, raising=False)
    if not has_rich:
        without("rich")
    shown = []
    for estimator in (FlowGMM, VariationalFlowMixture):
        monkeypatch.setattr(estimator, "set_callbacks", lambda self, *_: shown.append(self))
    main([blobs_csv(tmp_path, d=1), "--n-components", "1", "--out", "out.csv"])
    fits = ["FlowGMM", "VariationalFlowMixture", "VariationalFlowMixture"]
    assert [type(fit).__name__ for fit in shown] == (fits if is_terminal and has_rich else [])


@pytest.mark.parametrize("option", ["--n-components=2", "--labels=kind", "--out=o.csv"])
def test_options_that_need_a_table(option, capsys):
    assert error_of(capsys, option) == f"{option.split('=')[0]} needs a table."


def test_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "skflowmix", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(skflowmix.__file__).parents[1],
    )
    assert "--n-components" in done.stdout


# With a table.


def test_groups_a_table_without_labels(tmp_path, capsys):
    path = blobs_csv(tmp_path, d=3)
    main([path, "--n-components", "3", "--out", "out.csv"])
    out = capsys.readouterr().out
    header, *lines = cells(out)
    assert header == ["data set", "estimator", "log-likelihood", "seconds"]
    assert [line[1] for line in lines] == NAMES
    assert "Rand" not in out
    assert not (tmp_path / "skflowmix.png").exists()  # three columns
    before, after = read_lines(path), read_lines("out.csv")
    assert [line[:3] for line in after] == before
    assert after[0][3:] == ["component", "log_likelihood"]
    assert {line[3] for line in after[1:]} == {"0", "1", "2"}


def test_writes_what_a_fit_to_all_rows_says(tmp_path):
    path = blobs_csv(tmp_path)
    main([path, "--n-components", "3", "--out", "out.csv"])
    table = read_table(path)
    _, X = features(table, None)
    fitted = quick_start.VariationalFlowMixture(3, random_state=0).fit(X)
    *_, component, log_likelihood = zip(*read_lines("out.csv")[1:], strict=True)
    assert list(component) == fitted.predict(X).astype(str).tolist()
    np.testing.assert_allclose(
        np.array(log_likelihood, dtype=float), fitted.score_samples(X), rtol=1e-5
    )


def test_groups_a_table_with_labels(tmp_path, capsys):
    main([blobs_csv(tmp_path, n_kept=10), "--labels", "kind", "--out", "out.csv"])
    out = capsys.readouterr().out
    assert [line[2] for line in cells(out)] == ["adjusted Rand index", "1.000", "1.000", "1.000"]
    assert "over the 6 labelled rows kept from the fit" in out
    header, *rows = read_lines("out.csv")
    assert header == ["x0", "x1", "kind", "component", "log_likelihood"]
    assert {row[3] for row in rows} == {"kind 0", "kind 1", "kind 2"}
    assert all(kind in ("", component) for _, _, kind, component, _ in rows)
    assert (tmp_path / "skflowmix.png").exists()  # two columns


@pytest.mark.parametrize("mark", ["", "NA", "N/A", "nan", "NaN", "NULL", "None", "?"])
def test_marks_of_missing_values_are_unlabelled_and_classes_are_told(mark, tmp_path, capsys):
    text = Path(blobs_csv(tmp_path, d=1, n_kept=10)).read_text(encoding="utf-8")
    path = write(tmp_path, text.replace(",\n", f",{mark}\n"))
    main([path, "--labels", "kind", "--out", "out.csv"])
    told = capsys.readouterr().out.splitlines()[0]
    classes = ", ".join(f"kind {k} (10 rows)" for k in range(3))
    assert told == f"Classes: {classes}. Unlabelled: 90 rows."
    _, *rows = read_lines("out.csv")
    assert {row[1] for row in rows} - {mark} == {row[2] for row in rows}


def test_groups_beyond_the_classes(tmp_path):
    path = blobs_csv(tmp_path, n_kept=10)
    main([path, "--labels", "kind", "--n-components", "4", "--out", "out.csv"])
    assert {row[3] for row in read_lines("out.csv")[1:]} <= {
        *(f"kind {k}" for k in range(3)),
        "component_3",
    }


@pytest.mark.parametrize("options", [[], ["--n-components", "auto"]])
def test_without_a_number_the_rows_say_how_many_groups(options, tmp_path, capsys, monkeypatch):
    asked = []
    monkeypatch.setattr(quick_start, "GaussianMixture", partial(_note_and_make, asked))
    main([blobs_csv(tmp_path), *options, "--out", "out.csv"])
    out = capsys.readouterr().out
    (found,) = re.findall("Number of groups: (.*), chosen by FlowGMM", out)
    assert asked == [int(found)]
    assert [line[1] for line in cells(out)[1:]] == NAMES
    groups = {row[2] for row in read_lines("out.csv")[1:]}
    assert groups == {str(group) for group in range(int(found))}


def _note_and_make(asked, n_components, **settings):
    asked.append(n_components)
    return GaussianMixture(n_components, **settings)


def test_a_given_number_is_not_announced(tmp_path, capsys):
    main([blobs_csv(tmp_path), *GROUPED])
    assert "Number of groups" not in capsys.readouterr().out


def test_auto_with_labels_is_one_group_a_class(tmp_path, capsys):
    path = blobs_csv(tmp_path, n_kept=10)
    main([path, "--labels", "kind", "--n-components", "auto", "--out", "out.csv"])
    assert "Number of groups" not in capsys.readouterr().out
    assert {row[3] for row in read_lines("out.csv")[1:]} == {"kind 0", "kind 1", "kind 2"}


def test_no_label_at_all_leaves_the_number_of_groups_open(tmp_path, capsys):
    path = blobs_csv(tmp_path, n_kept=0)
    main([path, "--labels", "kind"])
    out = capsys.readouterr().out
    assert "Number of groups: " in out
    assert "No adjusted Rand index" in out


def test_pandas_is_not_needed(tmp_path, monkeypatch):
    class NoPandas:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == "pandas":
                raise ImportError(name)

    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoPandas, *sys.meta_path])
    main([blobs_csv(tmp_path, d=1), "--n-components", "2", "--out", "out.csv"])
    assert (tmp_path / "out.csv").exists()


STEPPED = ["--n-components", "2", "--out", "out.csv"]


@pytest.mark.filterwarnings("ignore:The columns .* hold few distinct:UserWarning")  # of --out
def test_columns_that_come_in_steps_are_told_and_written_as_they_came(tmp_path, capsys):
    X, groups = blobs()
    lines = [f"{x},{y},{g},2007" for (x, y), g in zip(X.tolist(), groups.tolist(), strict=True)]
    path = write(tmp_path, "\n".join(["x,y,kind,year", *lines]) + "\n")
    main([path, *STEPPED])
    out = capsys.readouterr().out
    assert "\nColumns of table.csv: kind of few values, with uniform noise" in out
    assert "; year constant, left out.\n" in out
    assert [line[:4] for line in read_lines("out.csv")] == read_lines(path)


def test_a_picture_is_of_the_columns_that_are_compared(tmp_path, capsys):
    X, _ = blobs()
    lines = [f"{x},2007,{y}" for x, y in X.tolist()]
    main([write(tmp_path, "\n".join(["x,year,y", *lines]) + "\n"), *GROUPED])
    assert "Picture: skflowmix.png" in capsys.readouterr().out
    lines = [f"{x},2007" for x, _ in X.tolist()]
    main([write(tmp_path, "\n".join(["x,year", *lines]) + "\n"), *GROUPED])
    assert "icture" not in capsys.readouterr().out


# What is wrong with a table.

BAD_TABLES = {
    "empty": ("", "table.csv is empty: it needs a line of column names, then rows."),
    "blank lines": ("\n\n", "table.csv is empty"),
    "header only": ("x,y\n", "table.csv has column names but no rows."),
    "no header": ("1,2\n3,4\n", "table.csv begins with numbers: put a line of column names"),
    "semicolons": ("x;y\n1;2\n", "table.csv has one column, 'x;y': separate columns by commas."),
    "unnamed": (",x\n0,1\n", "table.csv, column 1 has no name: name it, or remove the column."),
    "twice": ("x,y,x\n1,2,3\n", "table.csv has 2 columns 'x': give them different names."),
    "short": ("x,y\n1,2\n3\n", "table.csv, line 3 has 1 cells for 2 columns: add or remove"),
    "long": ("x,y\n1,2,3\n", "table.csv, line 2 has 3 cells for 2 columns: add or remove"),
    "text": ("x,y\n1,2\n3,red\n", "table.csv, line 3, column 'y': 'red' is not a finite number; "),
    "NaN": ("x,y\nnan,2\n", "table.csv, line 2, column 'x': 'nan' is not a finite number; "),
    "hole": ("x,y\n1,2\n3, \n", "table.csv, line 3, column 'y': the cell is empty; fill it in, "),
    "quote": ('x,y\n1,"2\n', "table.csv, line 2 is not CSV: unexpected end of data."),
}


@pytest.mark.parametrize(("text", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_tables(text, message, tmp_path, capsys):
    assert error_of(capsys, write(tmp_path, text), *GROUPED).startswith(message)


def test_missing_file(capsys):
    message = "nowhere.csv cannot be read: No such file or directory."
    assert error_of(capsys, "nowhere.csv", *GROUPED) == message


def test_folder_instead_of_a_file(tmp_path, capsys):
    assert "cannot be read" in error_of(capsys, str(tmp_path), *GROUPED)


def test_file_that_is_no_text(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_bytes(b"x,y\n\xff\xfe,1\n")
    assert "not a text file in UTF-8" in error_of(capsys, str(path), *GROUPED)


def test_unknown_labels_column(tmp_path, capsys):
    message = "table.csv has no column 'kind' for --labels, only x, y."
    assert error_of(capsys, write(tmp_path, ROWS), "--labels", "kind") == message


def test_nothing_but_labels(tmp_path, capsys):
    message = "table.csv has no column but the labels: it needs numbers to group."
    assert error_of(capsys, write(tmp_path, "kind\na\nb\n"), "--labels", "kind") == message


@pytest.mark.parametrize("mark", ["-1", "-1.0"])
def test_minus_one_as_a_label(mark, tmp_path, capsys):
    path = write(tmp_path, f"x,kind\n1,a\n2,{mark}\n")
    message = (
        f"table.csv, line 3, column 'kind': the label is {mark}; leave the cells of unlabelled "
    )
    assert error_of(capsys, path, "--labels", "kind").startswith(message)


@pytest.mark.parametrize("column", ["component", "log_likelihood"])
def test_columns_that_out_would_add(column, tmp_path, capsys):
    path = write(tmp_path, f"x,{column}\n1,2\n3,4\n")
    message = f"table.csv already has a column '{column}', which --out adds: rename it."
    assert error_of(capsys, path, *GROUPED, "--out", "out.csv") == message


def test_number_of_groups_must_be_a_number(tmp_path, capsys):
    message = "argument --n-components: it is a number or \"auto\", got 'many'."
    assert error_of(capsys, write(tmp_path, ROWS), "--n-components", "many") == message


def test_number_of_groups_must_be_positive(tmp_path, capsys):
    message = "--n-components must be 1 or more, got 0."
    assert error_of(capsys, write(tmp_path, ROWS), "--n-components", "0") == message


@pytest.mark.parametrize("option", ["--out", "--picture"])
def test_folders_must_exist(option, tmp_path, capsys):
    path = write(tmp_path, ROWS)
    assert "there is no folder 'no'" in error_of(capsys, path, *GROUPED, option, "no/file")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--n-components", "3"], "minimum of 2 is required"),
        (["--n-components", "1", "--random-state", "-1"], "'random_state'"),
    ],
)
def test_complaints_of_the_estimators_are_one_line(options, complaint, tmp_path, capsys):
    assert complaint in error_of(capsys, write(tmp_path, ROWS), *options)


def test_complaints_of_many_lines_become_one(tmp_path, capsys, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("no\n  good")

    monkeypatch.setattr(quick_start, "FlowGMM", refuse)
    assert error_of(capsys, blobs_csv(tmp_path), *GROUPED) == "no good"
