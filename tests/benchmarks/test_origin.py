"""The commit that a figure is from, and the machine."""

import shutil
import subprocess

import numpy as np
import pytest

from benchmarks import origin


@pytest.fixture
def checkout(tmp_path):
    """A repository with a package, a benchmark and results."""
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    for name in ("skflowmix/a.py", "benchmarks/b.py", "benchmarks/results/c.csv", "README"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1\n")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def git(root, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(root), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(root):
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    return git(root, "rev-parse", "--short=7", "HEAD")


def test_the_commit_is_that_of_the_code_and_results_do_not_change_it(checkout):
    first = git(checkout, "rev-parse", "--short=7", "HEAD")
    for name in ("benchmarks/results/c.csv", "README"):
        (checkout / name).write_text("2\n")
        assert origin.commit_of(checkout) == first
    commit(checkout)
    assert origin.commit_of(checkout) == first
    for name in ("skflowmix/a.py", "benchmarks/b.py"):
        (checkout / name).write_text("2\n")
        later = commit(checkout)
        assert origin.commit_of(checkout) == later != first


def test_edited_code_is_marked_and_told_from_other_edits(checkout):
    clean = origin.commit_of(checkout)
    found = {clean}
    for name, text in (("a.py", "2\n"), ("a.py", "3\n"), ("new.py", "3\n")):
        (checkout / "skflowmix" / name).write_text(text)
        edited = origin.commit_of(checkout)
        assert edited.startswith(f"{clean}+")
        assert origin.commit_of(checkout) == edited
        found.add(edited)
    assert len(found) == 4
    (checkout / "skflowmix/a.py").unlink()
    assert origin.commit_of(checkout) not in found
    git(checkout, "checkout", "-q", "--", "skflowmix")
    (checkout / "skflowmix/new.py").unlink()
    assert origin.commit_of(checkout) == clean


def test_outside_of_git_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert origin.commit_of(tmp_path) == origin.UNKNOWN
    monkeypatch.setenv("PATH", "")
    assert origin.commit_of(tmp_path) == origin.UNKNOWN


def test_the_machine_is_told_with_versions_and_what_is_missing():
    found = origin.machine(["numpy", "no-such-package"])
    assert found["processor"]
    assert found["numpy"] == np.__version__
    assert found["no-such-package"] == "-"
    assert origin.processor_and_cores() == f"{found['processor']}, {found['cores']} cores"
