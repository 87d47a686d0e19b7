"""Tables of README and of the site, rendered from the files of results.

Run ``python -m benchmarks.published``. Every page says where a table stands, between the comments
``.. table: NAME`` and ``.. end of table``. Shown are rows of commits whose fits answer as the
present ones do, see `benchmarks.answers`; a table without such rows says by which command it is
made. With ``--check`` nothing is written, and tables that differ are named.
"""

import sys
from collections.abc import Sequence

from benchmarks.arguments import Command
from benchmarks.origin import ROOT
from benchmarks.published.pages import differing, pages, rendered
from benchmarks.published.results import Results


def main(argv: Sequence[str] | None = None) -> int:
    """Write all pages anew, or return 1 if some table is not what the results say."""
    command = Command("published", __doc__, ())
    command.add_argument("--check", action="store_true", help="only name tables that differ")
    is_check, results, status = command.asked(argv).check, Results.present(), 0
    for path in pages():
        text, page = path.read_text(), path.relative_to(ROOT)
        for name in differing(text, results, path.parent):
            print(f"{page}: {name} {'differs from the results' if is_check else 'written'}")
            status = int(is_check)
        if not is_check:
            path.write_text(rendered(text, results, path.parent))
    if status:
        print("Run python -m benchmarks.published")
    return status


if __name__ == "__main__":
    sys.exit(main())
