"""Writing: what is there is whole, and whatever fails destroys nothing."""

import os

import pytest

from skflowmix.command_line.writing import write_text
from skflowmix.whole_files import check_writable, replacing


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_its_place_when_it_is_whole(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("before")
    with replacing(path) as beside:
        beside.write_text("after")
        assert path.read_text() == "before"
        assert (beside.parent, beside.suffix) == (tmp_path, ".txt")
    assert path.read_text() == "after"
    assert names(tmp_path) == ["file.txt"]


def fail_halfway(path):
    with replacing(path) as beside:
        beside.write_text("half of it")
        raise OSError("the disk is full")


@pytest.mark.parametrize("exists", [True, False])
def test_an_error_leaves_all_as_it_was(exists, tmp_path):
    path = tmp_path / "file.txt"
    if exists:
        path.write_text("before")
    with pytest.raises(OSError, match="full"):
        fail_halfway(path)
    assert names(tmp_path) == (["file.txt"] if exists else [])
    assert not exists or path.read_text() == "before"


def test_links_and_permissions_stay(tmp_path):
    path, link = tmp_path / "file.txt", tmp_path / "link.txt"
    path.write_text("before")
    path.chmod(0o640)
    link.symlink_to(path)
    write_text("after", link)
    assert link.is_symlink()
    assert path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o640


def test_new_files_have_the_permissions_of_new_files(tmp_path):
    (tmp_path / "usual").touch()
    write_text("text", tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_paths_that_cannot_be_written_are_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="there is no folder"):
        check_writable(tmp_path / "no" / "file")
    with pytest.raises(ValueError, match="is no file that could be replaced"):
        check_writable(tmp_path)
    with pytest.raises(ValueError, match="is no file that could be replaced"):
        check_writable(type(tmp_path)(os.devnull))

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(ValueError, match=r"cannot write .*: Permission denied"):
        check_writable(tmp_path / "file")
