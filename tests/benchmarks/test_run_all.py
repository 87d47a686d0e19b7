"""All benchmarks in one command: what is done, in which order, and what is not done again."""

import pytest

from benchmarks import answers, csv_files, origin, reports, run_all
from benchmarks.plan import JOBS, Job


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """Three jobs that only print their names, one of which fails."""
    made = {name: Job(f"{name} --data FOLDER", 1.0) for name in ("first", "second", "failing")}
    monkeypatch.setattr(reports, "RESULTS", tmp_path)
    monkeypatch.setattr(run_all, "JOBS", made)
    monkeypatch.setattr(answers, "update", list)
    monkeypatch.setattr(origin, "commit", lambda: "1a2b3c4")

    def command(job, data, cases):
        return ["json.tool", "-x" if job is made["failing"] else "-h"]

    monkeypatch.setattr(Job, "arguments", command)
    return tmp_path


def rows(folder):
    return csv_files.read_named(folder / "run_all.csv")


def test_what_is_done_is_noted_and_not_done_again(jobs, capsys):
    argv = ["--log", str(jobs / "log"), "--only", "first", "second"]
    assert run_all.main(argv) == 0
    assert [row["job"] for row in rows(jobs)] == ["first", "second"]
    assert {row["commit"] for row in rows(jobs)} == {"1a2b3c4"}
    assert all(row["machine"] and row["version"] for row in rows(jobs))
    assert (jobs / "log").read_text().count("exit status 0") == 2
    assert run_all.main(argv) == 0
    assert len(rows(jobs)) == 2
    assert "done at this commit" in capsys.readouterr().out


def test_what_fails_is_said_and_not_noted(jobs, capsys):
    assert run_all.main(["--log", str(jobs / "log"), "--only", "failing", "first"]) == 1
    assert [row["job"] for row in rows(jobs)] == ["first"]
    assert "failing failed" in capsys.readouterr().out


def test_listing_does_nothing(jobs):
    assert run_all.main(["--list"]) == 0
    assert rows(jobs) == []


def test_what_fits_is_taken_the_most_important_first(monkeypatch):
    names = ("long", "short", "later")
    monkeypatch.setattr(run_all, "JOBS", dict.fromkeys(names))
    took = {"long": 2.0, "short": 0.5, "later": 0.6}
    assert run_all.chosen(names, 2.5, took) == ["long", "short"]
    assert run_all.chosen(names, 1.2, took) == ["short", "later"]
    assert run_all.chosen(["later"], float("inf"), took) == ["later"]


def test_a_job_takes_as_long_as_it_last_took(jobs):
    run_all.note("first", run_all.JOBS["first"], 7200.0)
    assert run_all.hours() == {"first": 2.0, "second": 1.0, "failing": 1.0}


@pytest.mark.parametrize("name", JOBS)
def test_the_data_folder_and_the_file_of_cases_stand_in_a_command(name, tmp_path):
    words = JOBS[name].arguments(tmp_path / "data", tmp_path / "cases")
    assert words[0].startswith("benchmarks.")
    assert not {"FOLDER", "FILE"} & set(words)
