"""Tables of pages: rendered from files of results, shown while these are not old."""

import shlex
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import answers, csv_files, reports
from benchmarks.arguments import Command
from benchmarks.origin import ROOT
from benchmarks.plan import JOBS
from benchmarks.published import __main__ as published
from benchmarks.published import pages
from benchmarks.published.registry import TABLES
from benchmarks.published.results import Results
from tests.benchmarks import published_files
from tests.benchmarks.published_files import COMMIT, MADE


@pytest.fixture
def folder(tmp_path):
    """All files of results, of one commit."""
    for name in MADE:
        published_files.write(tmp_path, name)
    return tmp_path


def page(name):
    return f"Page\n====\n\nBefore.\n\n.. table: {name}\n\n.. end of table\n\nAfter.\n"


def shown(name, folder, commits=(COMMIT,)):
    return pages.rendered(page(name), Results(folder, commits), folder)


def of_kind(text, kind):
    """Nodes of a page that is read without any complaint."""
    core = pytest.importorskip("docutils.core")
    return list(core.publish_doctree(text, settings_overrides={"halt_level": 2}).findall(kind))


def is_table(node):
    return node.tagname == "table"


def test_tables_of_all_pages_are_what_the_results_say():
    """Else run python -m benchmarks.published."""
    for path in pages.pages():
        found = list(pages.differing(path.read_text(), Results.present(), path.parent))
        assert found == [], path.relative_to(ROOT)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_rendered_with_its_commit_and_commands(name, folder):
    text = shown(name, folder)
    assert len(of_kind(text, is_table)) == 1
    assert COMMIT in text
    assert "python -m benchmarks." in text
    assert text.startswith("Page\n====\n\nBefore.\n")
    assert text.endswith("\nAfter.\n")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_without_rows_of_the_present_code_says_how_to_measure_it(name, folder):
    without_files = shown(name, folder / "empty")
    for text in (without_files, shown(name, folder, ["5d6e7f8"])):
        assert text == without_files
        assert of_kind(text, is_table) == []
        assert "Not measured since the fits changed; run ``python -m benchmarks." in text


@pytest.mark.parametrize("name", TABLES)
def test_an_edited_cell_is_noticed_and_rendering_puts_it_right(name, folder):
    text, results = shown(name, folder), Results(folder, [COMMIT])
    assert list(pages.differing(text, results, folder)) == []
    edited = text.replace("5", "6", 1)
    assert edited != text
    assert list(pages.differing(edited, results, folder)) == [name]
    assert pages.rendered(edited, results, folder) == text


def test_rows_of_old_commits_are_left_out_and_several_commits_are_named(folder):
    header, row = csv_files.read(folder / "unseen_stability.csv")
    rows = [
        [commit[:5], *row[1:-1], commit] for commit in ("1a2b3c4", "1a2b3c4/5d6e7f8", "old0000")
    ]
    csv_files.write(folder / "unseen_stability.csv", [header, *rows])
    text = shown("stability", folder, ["1a2b3c4", "5d6e7f8"])
    assert "Commit 1a2b3c4/5d6e7f8" in text
    assert "old0000"[:5] not in text


def test_versions_machines_and_seeds_are_those_of_the_runs(folder):
    versions = ("0.1.0, scikit-learn 1.9.1", "0.1.0, pyod 2.0.5")
    rows = [[COMMIT, version, "a small box"] for version in versions]
    csv_files.write(folder / "anomalies_runs.csv", [["commit", "version", "machine"], *rows])
    known = "skflowmix 0.1.0, scikit-learn 1.9.1, pyod 2.0.5; a small box"
    assert f"2 seeds; commit {COMMIT}; {known}. By " in shown("anomalies", folder)


@pytest.mark.parametrize(
    "text",
    [
        ".. table: summary\n\nno end\n",
        ".. end of table\n",
        ".. table: summary\n\n.. table: unseen\n\n.. end of table\n",
        page("no_such_table"),
    ],
)
def test_markers_that_do_not_fit_are_refused(text):
    with pytest.raises(ValueError, match=r"end of table|none of"):
        pages.names(text)


def test_check_names_the_table_and_writes_nothing(folder, monkeypatch, capsys):
    readme = folder / "README.rst"
    readme.write_text(page("unseen"))
    monkeypatch.setattr(published, "pages", lambda: [readme])
    monkeypatch.setattr(published, "ROOT", folder)
    monkeypatch.setattr(reports, "RESULTS", folder)
    monkeypatch.setattr(answers, "commits", lambda: {COMMIT})
    assert published.main(["--check"]) == 1
    assert "README.rst: unseen differs" in capsys.readouterr().out
    assert readme.read_text() == page("unseen")
    assert published.main([]) == 0
    assert published.main(["--check"]) == 0


class AskedError(Exception):
    """Nothing is to be measured: this is what was asked."""


@pytest.mark.parametrize("name", JOBS)
def test_commands_of_all_jobs_are_understood(name, monkeypatch):
    parse = Command.parse_args

    def only_parse(command, argv):
        raise AskedError(parse(command, argv))

    monkeypatch.setattr(Command, "parse_args", only_parse)
    name, *argv = shlex.split(JOBS[name].command)
    is_package = (Path(ROOT) / "benchmarks" / name).is_dir()
    module = import_module(f"benchmarks.{name}{'.__main__' if is_package else ''}")
    with pytest.raises(AskedError):
        module.main(argv)


def test_jobs_of_tables_are_in_the_plan_and_pages_show_known_tables():
    assert {job for table in TABLES.values() for job in table.jobs} <= set(JOBS)
    for path in pages.pages():
        pages.names(path.read_text())
