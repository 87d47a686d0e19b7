"""The build: pages are copied, what is generated comes beside the copies, and Sphinx makes HTML.

So nothing is generated among the pages themselves.
"""

import os
import shutil
from pathlib import Path

from sphinx.cmd.build import build_main

SITE = Path(__file__).parent
DEFAULT_OUT = SITE / "_build"
WORK = "_work"
"""The folder beside the site for what is no part of it has this after the name of the site; left
there, it saves time."""
QUICK = "SKFLOWMIX_QUICK"
"""Environment variable by which `conf` is told that examples are to train little."""
SHARED = "results"
"""What pages show besides their own: pictures and tables of the benchmarks, in ``../results``."""


def build(out: Path, quick: bool = False) -> int:
    """Build the site into a folder, and return 0 if that went without a warning.

    Parameters
    ----------
    out : Path
        Pages and pictures, nothing else.
    quick : bool, default=False
        Whether examples train as little as they can: to see that they run.
    """
    work = out.resolve().with_name(out.name + WORK)
    pages = _copied_pages(work)
    os.environ[QUICK] = str(int(quick))
    options = ["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet"]
    folders = ["-c", str(SITE), "-d", str(work / "doctrees"), str(pages), str(out)]
    return build_main(["-b", "html", *options, *folders])


def _copied_pages(work: Path) -> Path:
    """Copy the pages, as deep as they lie in the repository, so that ``../results`` is there."""
    pages = work / "benchmarks" / SITE.name
    pages.mkdir(parents=True, exist_ok=True)
    for old in pages.glob("*.rst"):
        old.unlink()
    for page in SITE.glob("*.rst"):
        shutil.copy2(page, pages)  # with its time: Sphinx reads again what has changed
    shared = pages.parent / SHARED
    if not shared.exists():
        shared.symlink_to(SITE.parent / SHARED, target_is_directory=True)
    return pages
