"""The command line: what it prints and writes, and one line for everything that is wrong."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

import skflowmix
from skflowmix import FlowGMM, OutlierDetector, VariationalFlowMixture
from skflowmix.command_line import answering, fitting, main, pictures, quick_start
from tests.command_line.files import blobs_frame, fit_quickly, write
from tests.estimators import blobs, hide

NAMES = ["GaussianMixture", "FlowGMM", "VariationalFlowMixture"]
TWO = ["--n-components", "2"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch, tmp_path):
    """Train nothing, and work in a folder of its own."""
    fit_quickly(monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def small(monkeypatch):
    """Data sets of the quick start that take no time, one of them with a picture."""

    def load(d, seed):
        return blobs(d=d, seed=seed)

    sets = [quick_start.DataSet(f"flat{d}", partial(load, d), 3) for d in (2, 3)]
    monkeypatch.setattr(quick_start, "DATA_SETS", sets)


def table(tmp_path, frame=None, name="table.csv", **settings):
    frame = blobs_frame()[0] if frame is None else frame
    return write(tmp_path / name, frame, **settings)


def error_of(capsys, *argv):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith("skflowmix: error: ")
    return message.removeprefix("skflowmix: error: ")


def cells(out):
    """Split the table of the quick start into lines of cells."""
    (found,) = (part for part in out.split("\n\n") if part.startswith("data set"))
    lines = found.splitlines()
    return [re.split(r"\s{2,}", line.strip()) for line in lines if not line.startswith("---")]


# Without a table.


def test_quick_start_prints_one_table(small, capsys, tmp_path):
    main([])
    out = capsys.readouterr().out
    header, *lines = cells(out)
    assert header == ["data set", "estimator", "adjusted Rand index", "log-likelihood", "seconds"]
    assert [line[:2] for line in lines] == [[s, n] for s in ("flat2", "flat3") for n in NAMES]
    assert all(-1 <= float(line[2]) <= 1 for line in lines)
    assert "Picture: skflowmix.png" in out
    assert (tmp_path / "skflowmix.png").read_bytes().startswith(b"\x89PNG")


def test_quick_start_scores_rows_that_no_fit_saw(small, capsys):
    main([])
    printed = cells(capsys.readouterr().out)[1]
    comparison = quick_start.demonstration(quick_start.DATA_SETS[0], 0)
    assert (len(comparison.X), len(comparison.X_held_out)) == (96, 24)
    fitted = GaussianMixture(3, n_init=5, random_state=0).fit(comparison.X)
    assert float(printed[3]) == pytest.approx(fitted.score(comparison.X_held_out), abs=1e-3)


def test_quick_start_without_matplotlib_says_how_to_get_it(small, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(pictures, "is_possible", lambda: False)
    main([])
    assert "pip install matplotlib" in capsys.readouterr().out
    assert not (tmp_path / "skflowmix.png").exists()


def test_quick_start_is_quiet_and_writes_where_it_is_told(small, capsys, tmp_path):
    main(["--quiet", "--picture", "other.v2"])
    assert capsys.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["other.v2.png"]


@pytest.mark.parametrize("data_set", quick_start.DATA_SETS, ids=lambda data_set: data_set.name)
def test_data_sets_are_prepared_on_the_rows_of_the_fit(data_set):
    comparison = quick_start.demonstration(data_set, 0)
    assert len(comparison.X_held_out) == pytest.approx(0.25 * len(comparison.X), abs=1)
    assert len(np.unique(comparison.y)) == data_set.n_components
    if data_set.name == "wine":
        np.testing.assert_allclose(comparison.X.mean(axis=0), 0, atol=1e-9)
        assert np.abs(comparison.X_held_out.mean(axis=0)).max() > 1e-3
    assert comparison.columns.noisy == comparison.columns.constant == ()
    if data_set.name == "digits":
        assert comparison.X.shape[1] == comparison.X_held_out.shape[1] == 10


OPTIONS = ["columns=a", "drop=a", "labels=a", "index=a", "n-components=2", "row=1", "out=o.csv"]


@pytest.mark.parametrize("given", [*OPTIONS, "estimator=outliers", "report=r.html"])
def test_options_that_need_a_table(given, capsys):
    assert error_of(capsys, f"--{given}") == f"--{given.split('=')[0]} needs a table."


def test_runs_as_a_module_and_without_pandas():
    program = (
        "import runpy, sys; sys.modules['pandas'] = None; sys.argv[1:] = ['--help'];"
        "runpy.run_module('skflowmix', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(skflowmix.__file__).parents[1],
    )
    assert "--n-components" in done.stdout
    assert "Rows count from 0" in done.stdout


# Groups.


def test_groups_are_told_and_written(tmp_path, capsys):
    main([table(tmp_path), *TWO, "--out", "out.csv", "--picture", "groups"])
    out = capsys.readouterr().out
    assert out.startswith("table.csv: 40 rows, 2 columns (separated by commas).\n")
    assert re.search(r"group +rows +share +how sure\n.*\n0 +20 +50% +1.000\n1 +20 +50% ", out)
    assert re.search(r"Group 0: x\d (higher|lower) \(mean .*, others .*\)", out)
    assert "Number of groups" not in out
    assert out.endswith("Table: out.csv\nPicture: groups.png\n")
    before, after = pd.read_csv("table.csv"), pd.read_csv("out.csv")
    pd.testing.assert_frame_equal(after[before.columns], before)
    assert list(after.columns[2:]) == ["component", "probability", "log_likelihood"]
    assert (tmp_path / "groups.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "estimator"), [("flow-gmm", FlowGMM), ("variational", VariationalFlowMixture)]
)
def test_what_is_written_is_what_the_estimator_says(name, estimator, tmp_path):
    frame, _ = blobs_frame()
    main([table(tmp_path), *TWO, "--estimator", name, "--seed", "3", "--out", "out.csv"])
    settings = {"max_iter": 0, "init_params": "kmeans", "n_layers": 1, "random_state": 3}
    fitted, written = estimator(2, **settings).fit(frame), pd.read_csv("out.csv")
    assert written["component"].tolist() == fitted.predict(frame).tolist()
    np.testing.assert_allclose(
        written["probability"], fitted.predict_proba(frame).max(1), rtol=1e-5
    )
    np.testing.assert_allclose(written["log_likelihood"], fitted.score_samples(frame), rtol=1e-5)


def test_the_number_of_groups_is_chosen(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(
        fitting.MIXTURES, "flow-gmm", partial(FlowGMM, max_iter=0, max_components=3)
    )
    main([table(tmp_path), "--out", "out.csv"])
    found = re.search(r"Number of groups: (\d), chosen among 1 to 3 by", capsys.readouterr().out)
    assert pd.read_csv("out.csv")["component"].nunique() == int(found[1]) == 2


def test_labels_name_groups(tmp_path, capsys):
    frame, groups = blobs_frame()
    few = hide(groups, 5)
    frame["kind"] = [None if k < 0 else f"kind {k}" for k in few]
    main([table(tmp_path, frame), "--labels", "kind", "--out", "out.csv"])
    assert "Classes: kind 0 (5 rows), kind 1 (5 rows). Unlabelled: 30 rows." in (
        capsys.readouterr().out
    )
    written = pd.read_csv("out.csv")
    assert written["component"].tolist() == [f"kind {k}" for k in groups]


def test_rows_with_empty_cells_have_groups_by_the_others(tmp_path, capsys):
    frame, groups = blobs_frame()
    frame.iloc[[3, 7], 1] = np.nan
    frame.iloc[5] = np.nan
    main([table(tmp_path, frame), *TWO, "--row", "3", "--out", "out.csv", "--report", "r.html"])
    said = capsys.readouterr().out
    assert "2 rows of 40 with 2 empty cells in used columns: groups are found by" in said
    assert (
        "1 row of 40 with empty cells in all used columns left out, and without an answer" in said
    )
    answers = pd.read_csv("out.csv").iloc[:, 2:]
    assert answers.index[answers.isna().all(axis=1)].tolist() == [5]
    assert answers.notna().all(axis=1).sum() == 39
    own = answers["component"].dropna()
    assert len(set(zip(own, groups[own.index], strict=True))) == 2


def test_words_are_categories_of_the_groups(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    frame, groups = blobs_frame()
    frame.insert(1, "kind", np.where(groups == 0, "cat", "pony"))
    frame["name"] = [f"r{i}" for i in range(len(frame))]
    frame.loc[3, "kind"] = frame.loc[5, "x0"] = None
    frame.loc[7, ["x0", "x1"]] = np.nan
    files = ["--out", "out.csv", "--report", "r.html", "--picture", "p.png"]
    main([table(tmp_path, frame), *TWO, "--row", "7", *files])
    said, written = capsys.readouterr().out, pd.read_csv("out.csv")
    assert "Words that repeat are categories: kind. Pictures and scores of outliers" in said
    assert "Left out: name (text, 40 different in 40 rows, such as 'r0' in row 0)." in said
    assert re.search(r"kind +categories +2 different +1\n", said)
    assert "kind more often 'cat' (100%, others 0%)" in said
    assert "kind more often &#x27;cat&#x27; (100%, others 0%)" in Path("r.html").read_text()
    pd.testing.assert_frame_equal(written[frame.columns], pd.read_csv("table.csv"))
    assert adjusted_rand_score(groups, written["component"]) == 1


def test_for_outliers_alone_rows_with_empty_cells_have_no_answer(tmp_path, capsys):
    frame, _ = blobs_frame()
    frame.iloc[[3, 7], 1] = np.nan
    main([table(tmp_path, frame), "--estimator", "outliers", "--out", "out.csv"])
    assert "2 rows of 40 with empty cells in used columns left out" in capsys.readouterr().out
    answers = pd.read_csv("out.csv").iloc[:, 2:]
    assert answers.index[answers.isna().all(axis=1)].tolist() == [3, 7]
    assert answers.notna().any(axis=1).sum() == 38


def test_left_out_and_stepped_columns_are_told_and_written_as_they_came(tmp_path, capsys):
    frame, groups = blobs_frame(120)
    frame = frame.assign(id=range(120), dose=groups * 10, year=2007, note="a")
    main([table(tmp_path, frame), *TWO, "--out", "out.csv"])
    captured = capsys.readouterr()
    assert "noise as wide as their steps while fitting: dose." in captured.out
    left_out = "id (looks like an ID: its name); year (constant); note (constant)."
    assert f"Left out: {left_out}" in captured.out
    assert captured.err == ""
    pd.testing.assert_frame_equal(pd.read_csv("out.csv")[frame.columns], frame)


def test_warnings_are_sentences(tmp_path, capsys, monkeypatch):
    class Warns(FlowGMM):
        def fit(self, X, y=None):
            import warnings

            warnings.warn("Something is\n odd.", stacklevel=2)
            return super().fit(X, y)

    settings = {"max_iter": 0, "init_params": "kmeans"}
    monkeypatch.setitem(fitting.MIXTURES, "flow-gmm", partial(Warns, **settings))
    main([table(tmp_path), *TWO])
    captured = capsys.readouterr()
    assert "\nWarning: Something is odd.\n" in captured.out
    assert captured.err == ""


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("suffix", ["", ".svg", ".v2"])
def test_pictures_are_where_it_says_for_any_number_of_columns(d, suffix, tmp_path, capsys):
    main([table(tmp_path, blobs_frame(d=d)[0]), *TWO, "--picture", f"p{suffix}"])
    (path,) = re.findall(r"^Picture: (.*)$", capsys.readouterr().out, re.MULTILINE)
    assert (tmp_path / path).exists()
    assert path == {"": "p.png", ".svg": "p.svg", ".v2": "p.v2.png"}[suffix]


@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize("has_rich", [True, False])
def test_progress_only_for_a_terminal_with_rich(monkeypatch, tmp_path, is_terminal, has_rich):
    pytest.importorskip("rich")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal, raising=False)
    if not has_rich:
        monkeypatch.setattr(fitting, "find_spec", lambda name: None)
    shown = []
    monkeypatch.setattr(FlowGMM, "set_callbacks", lambda self, *_: shown.append(self))
    main([table(tmp_path), *TWO])
    assert bool(shown) == (is_terminal and has_rich)


def test_same_seed_same_file(tmp_path):
    path = table(tmp_path)
    for name in ("one", "two"):
        main([path, *TWO, "--seed", "5", "--quiet", "--out", f"{name}.csv"])
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes()


# Files that are written.


@pytest.mark.parametrize("name", ["out.csv", "out.tsv", "out.csv.gz", "out.parquet"])
@pytest.mark.parametrize("source", ["table.csv", "table.parquet"])
def test_formats_of_what_is_written(name, source, tmp_path):
    pytest.importorskip("pyarrow")
    frame, _ = blobs_frame()
    if source.endswith("csv"):
        table(tmp_path, frame)
    else:
        frame.to_parquet(source)
    main([source, "--estimator", "outliers", "--quiet", "--out", name])
    separator = "\t" if "tsv" in name else ","
    written = pd.read_parquet(name) if "parquet" in name else pd.read_csv(name, sep=separator)
    assert list(written.columns) == ["x0", "x1", "outlier", "score"]
    np.testing.assert_allclose(written[["x0", "x1"]].astype(float), frame)


def test_decimal_commas_stay(tmp_path):
    path = table(tmp_path, separator=";", decimal=",", encoding="cp1252")
    main([path, "--estimator", "outliers", "--quiet", "--out", "out.csv"])
    before, after = Path(path).read_text().splitlines(), Path("out.csv").read_text().splitlines()
    assert [line.rsplit(";", 2)[0] for line in after] == before
    assert (pd.read_csv("out.csv", sep=";", decimal=",")["score"] < 0).all()


def test_out_may_be_the_input(tmp_path):
    path = table(tmp_path)
    before = Path(path).read_text().splitlines()
    main([path, "--estimator", "outliers", "--out", path])
    after = Path(path).read_text().splitlines()
    assert [line.rsplit(",", 2)[0] for line in after] == before


def test_a_full_disk_destroys_nothing(tmp_path, capsys, monkeypatch):
    path = table(tmp_path)
    before = Path(path).read_bytes()

    def write_half(self, data):
        with open(self, "wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    said = error_of(capsys, path, "--estimator", "outliers", "--quiet", "--out", path)
    assert "No space left on device" in said
    assert Path(path).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


# Outliers and single rows.


@pytest.fixture
def odd(tmp_path):
    """A table whose row 17 is odd in the column x1."""
    frame, _ = blobs_frame(d=3, k=1)
    frame.iloc[17, 1] += 20
    frame.insert(0, "name", [f"r{i}" for i in range(len(frame))])
    return table(tmp_path, frame)


def test_outliers_are_told_and_written(odd, capsys):
    main([odd, "--estimator", "outliers", "--out", "out.csv"])
    out = capsys.readouterr().out
    assert re.search(r"row +score +outlier\n.*\n17 +-", out)
    assert "\nRow 17: x1 " in out
    frame, written = blobs_frame(d=3, k=1)[0], pd.read_csv("out.csv")
    frame.iloc[17, 1] += 20
    scores = OutlierDetector().fit(frame).score_samples(frame)
    np.testing.assert_allclose(written["score"], scores, rtol=1e-4)
    assert written["outlier"].iloc[17]


@pytest.mark.parametrize("options", [["--n-components", "1"], ["--estimator", "outliers"]])
def test_an_odd_row_is_explained(options, odd, capsys):
    main([odd, *options, "--row", "17", "--quiet"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Row 17 (rows count from 0)")
    assert any(
        re.match(
            r"An outlier, as its score -.* is below -.*: number 1 of 40 rows from the most", line
        )
        for line in lines
    )
    assert lines[-1].startswith("What makes it so: x1 ")
    if "outliers" not in options:
        assert lines[0].endswith("group 0 with probability 1.000.")
        assert lines[1] == "None of the rows have a lower density."


def test_a_row_may_have_a_name(odd, capsys):
    main([odd, "--estimator", "outliers", "--index", "name", "--row", "r17", "--quiet"])
    assert capsys.readouterr().out.startswith("Row r17:\nAn outlier")


def test_a_usual_row_is_no_outlier(odd, capsys):
    main([odd, "--estimator", "outliers", "--row", "3", "--quiet"])
    assert "\nNo outlier, as its score " in capsys.readouterr().out


# The report.


@pytest.mark.parametrize("options", [TWO, ["--estimator", "outliers"]])
def test_the_report_is_written(options, tmp_path, capsys):
    main([table(tmp_path), *options, "--row", "2", "--report", "r.html"])
    assert "Report: r.html" in capsys.readouterr().out
    html = Path("r.html").read_text(encoding="utf-8")
    assert html.count("<img") == (3 if options == TWO else 1)
    assert "Row 2" in html
    assert "skflowmix" in html
    assert "--report r.html" in html


def test_the_report_without_matplotlib_has_no_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "is_possible", lambda: False)
    main([table(tmp_path), *TWO, "--report", "r.html"])
    html = Path("r.html").read_text(encoding="utf-8")
    assert "<img" not in html
    assert "matplotlib is not installed" in html


# What is wrong.

WRONG = {
    "no file": (["nowhere.csv"], "nowhere.csv cannot be read: No such file or directory."),
    "number": ([*TWO[:1], "many"], 'argument --n-components: a number from 1 on or "auto", got'),
    "zero": ([*TWO[:1], "0"], "argument --n-components: a number from 1 on or \"auto\", got '0'."),
    "seed": (["--seed", "-1"], "argument --seed"),
    "estimator": (["--estimator", "kmeans"], "argument --estimator: invalid choice: 'kmeans'"),
    "option": (["--colour"], "unrecognized arguments: --colour"),
    "both": (["--columns", "x0", "--drop", "x1"], "--columns and --drop exclude each other."),
    "outliers": (
        ["--estimator", "outliers", *TWO],
        "--n-components is for groups, not for --estimator outliers.",
    ),
    "column": (["--columns", "x00"], "table.csv has no column 'x00' for --columns: did you mean"),
    "nothing": (["--drop", "x0,x1"], "table.csv has no column of numbers to use (x0: by --drop; "),
    "rows": (["--n-components", "41"], "table.csv has too few rows: 40 of 40 have a value in a"),
    "row": (["--row", "40"], "--row 40: rows of table.csv are numbered from 0 to 39; a column of"),
    "row name": (["--row", "r1", "--index", "x0"], "--row r1: no row has this name in the column"),
    "folder": (["--out", "no/o.csv"], "there is no folder 'no' to write 'no/o.csv' to."),
    "report": (["--report", "no/r.html"], "there is no folder 'no' to write 'no/r.html' to."),
    "picture": (["--picture", "no/p"], "there is no folder 'no' to write 'no/p.png' to."),
    "twice": (["--out", "a", "--report", "a"], "--out, --report and --picture must be different"),
    "input": (["--report", "table.csv"], "--report would replace the table table.csv."),
}


@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_line_before_any_fit(options, message, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(answering, "fit", lambda *_: pytest.fail("a fit was begun"))
    path = table(tmp_path)
    source = [] if options[0].endswith(".csv") else [path]
    assert error_of(capsys, *source, *options).startswith(message)


WRONG_TABLES = {
    "text": ("x,y\n1,red\n2,blue\n", ["--columns", "y"], "--columns names 'y', which is left out"),
    "only text": ("y\nred\nblue\n", [], "table.csv has no column of numbers to use (y: text, "),
    "holes": (
        "x,y\n1,\n5,\n,2\n,7\n",
        [],
        "table.csv has too few rows: 0 of 4 have no empty cell in a",
    ),
    "row": ("x,y\n1,2\n3,4\n,5\n", ["--row", "2"], "--row 2: there is no answer, as 'x' is empty"),
    "taken": ("x,score\n1,2\n2,5\n", ["--out", "o.csv"], "table.csv already has a column 'score'"),
}


@pytest.mark.parametrize(("text", "options", "message"), WRONG_TABLES.values(), ids=WRONG_TABLES)
def test_what_is_wrong_with_a_table(text, options, message, tmp_path, capsys):
    Path("table.csv").write_text(text)
    options = ["--estimator", "outliers", *options]
    assert error_of(capsys, "table.csv", *options).startswith(message)


@pytest.mark.parametrize(("cell", "word"), [("-1", "holds -1"), ("1.5", "holds fractions")])
def test_labels_that_are_none(cell, word, capsys):
    Path("table.csv").write_text(f"x,kind\n1,2\n7,{cell}\n3,\n")
    assert word in error_of(capsys, "table.csv", "--labels", "kind")


def test_without_pandas_it_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    path = table(tmp_path)
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert 'pip install "skflowmix[cli]"' in error_of(capsys, path)


def test_a_picture_without_matplotlib_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(pictures, "is_possible", lambda: False)
    assert 'pip install "skflowmix[plot]"' in error_of(capsys, table(tmp_path), "--picture", "p")


def test_complaints_of_the_estimators_are_one_line(tmp_path, capsys, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("no\n  good")

    monkeypatch.setitem(fitting.MIXTURES, "flow-gmm", refuse)
    assert error_of(capsys, table(tmp_path), "--quiet") == "no good"


def test_stopped_by_the_keyboard(tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setitem(fitting.MIXTURES, "flow-gmm", stop)
    with pytest.raises(SystemExit) as stopped:
        main([table(tmp_path)])
    assert stopped.value.code == 130
