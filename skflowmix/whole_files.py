"""Files that take their place only once they are whole. Uses the standard library only."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def check_writable(path: Path) -> None:
    """Refuse a path that nothing can be written to.

    Parameters
    ----------
    path : Path
        Of a file to write later.

    Raises
    ------
    ValueError
        If there is no such folder, nothing can be written there, or it is no file.
    """
    folder = path.resolve().parent
    if not folder.is_dir():
        raise ValueError(f"there is no folder {str(path.parent)!r} to write {str(path)!r} to.")
    if path.exists() and not path.is_file():
        raise ValueError(f"{str(path)!r} is no file that could be replaced.")
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(f"cannot write {str(path)!r}: {error.strerror}.") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file beside another, and let it take the place of that at the end.

    Parameters
    ----------
    path : Path
        Of the file to write, which may exist. It is as it was if anything fails.

    Yields
    ------
    beside : Path
        Of an empty file in the same folder, with the same suffix.
    """
    target = path.resolve()  # a link stays one
    handle, name = tempfile.mkstemp(target.suffix, f".{target.stem}-", target.parent)
    os.close(handle)
    beside = Path(name)
    try:
        beside.chmod(_mode(target))
        yield beside
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """Return the permissions that the file has, or that a new one gets."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
