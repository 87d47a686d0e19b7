"""Build the documentation site; a warning is an error.

``python -m benchmarks.site`` writes it into ``benchmarks/site/_build``: open ``index.html`` there.
``--look FOLDER`` also takes screenshots of every page, on a desktop and on a phone, and names
pages that are wider than the phone. It needs playwright and chromium.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.arguments import Command
from benchmarks.site.building import DEFAULT_OUT, build
from benchmarks.site.looking import look


def main(argv: Sequence[str] | None = None) -> int:
    """Build the site, look at it if that is asked, and return what the shell is told."""
    command = Command("site", __doc__, ["quick"])
    command.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder of the site")
    command.add_argument("--look", type=Path, help="folder of screenshots of the built site")
    asked = command.asked(argv)
    failed = build(asked.out, asked.quick)
    if failed or asked.look is None:
        return failed
    return look(asked.out, asked.look)


if __name__ == "__main__":
    sys.exit(main())
