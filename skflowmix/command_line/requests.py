"""What is asked for on the command line, checked before anything is read."""

import csv
import re
import shlex
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Never

AUTO = "auto"
"""Number of groups where it is to be chosen."""
OUTLIERS = "outliers"
ESTIMATORS = ("flow-gmm", "variational", OUTLIERS)
NEEDS_TABLE = (
    "columns", "drop", "labels", "index", "n_components", "estimator", "row", "out", "report",
)  # fmt: skip
NEEDS_GROUPS = ("labels", "n_components")
EPILOG = """Rows count from 0, as in pandas: the first row below the names is row 0.

examples:
  skflowmix                                  compare estimators on data of the package
  skflowmix table.csv --out grouped.csv      find groups, and write the group of each row
  skflowmix table.csv --report report.html   the same as a page to read
  skflowmix table.csv --row 17               is row 17 odd, and why?
"""


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes
    ----------
    table : str or None
        File to read; None compares estimators on data that come with the package.
    columns, drop : tuple of str
        Columns to use alone, and columns to leave out; either may be empty.
    labels, index : str or None
        Columns of labels, and of names of rows.
    n_components : int, "auto" or None
        Number of groups; None if nothing is said, which is "auto".
    estimator : str or None
        One of `ESTIMATORS`; None if nothing is said, which is the first of them.
    seed : int
        Of all that is drawn by chance.
    row : str or None
        Row to explain: its number, or its name in ``index``.
    out, report, picture : Path or None
        Files to write.
    quiet : bool
        Whether nothing is printed but what ``row`` asks for.
    command : str, default=""
        What was typed.
    """

    table: str | None
    columns: tuple[str, ...]
    drop: tuple[str, ...]
    labels: str | None
    index: str | None
    n_components: int | str | None
    estimator: str | None
    seed: int
    row: str | None
    out: Path | None
    report: Path | None
    picture: Path | None
    quiet: bool
    command: str = ""

    @property
    def wants_groups(self) -> bool:
        """Whether groups are to be found, rather than outliers alone."""
        return self.estimator != OUTLIERS


class OneLineParser(ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> Never:
        """Print what is wrong, and end with exit code 2."""
        print(f"{self.prog}: error: {' '.join(message.split())}", file=sys.stderr)
        raise SystemExit(2)


def make_parser() -> OneLineParser:
    """Return the parser of the command line."""
    from argparse import RawDescriptionHelpFormatter

    parser = OneLineParser(
        prog="skflowmix",
        formatter_class=RawDescriptionHelpFormatter,
        description="Find the groups and the outliers of a table. Without a table, compare\n"
        "estimators on data that come with the package.",
        epilog=EPILOG,
    )
    _add_what_is_read(parser)
    _add_what_is_found(parser)
    _add_what_is_written(parser)
    return parser


def _add_what_is_read(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what is read").add_argument
    add(
        "table",
        nargs="?",
        help="text with commas, tabs, semicolons or blanks between cells, which may be .gz; or "
        ".parquet",
    )
    add("--columns", metavar="A,B", type=_names, default=(), help="use these columns alone")
    add("--drop", metavar="A,B", type=_names, default=(), help="leave these columns out")
    add("--labels", metavar="COLUMN", help="column of classes; empty cells are rows without one")
    add("--index", metavar="COLUMN", help="column of names of rows, for --row and the report")


def _add_what_is_found(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what is found").add_argument
    add(
        "--n-components",
        metavar="K",
        type=_number_of_groups,
        help='number of groups, or "auto" to have it chosen, the default',
    )
    add("--estimator", choices=ESTIMATORS, help=f"default: {ESTIMATORS[0]}")
    add("--row", metavar="ROW", help="explain a row, by its number from 0 on or by its --index")
    add(
        "--seed",
        "--random-state",
        metavar="SEED",
        type=_seed,
        default=0,
        help="of all that is drawn by chance, default: %(default)s",
    )


def _add_what_is_written(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("what is written").add_argument
    add("--out", metavar="FILE", type=Path, help="the table with the answer for each row")
    add("--report", metavar="FILE.html", type=Path, help="one page with all that was found")
    add(
        "--picture",
        metavar="FILE",
        type=Path,
        help="default without a table: skflowmix.png; the suffix says in which format",
    )
    add("--quiet", action="store_true", help="print nothing but errors and the answer to --row")


def read_request(parser: ArgumentParser, argv: Sequence[str] | None) -> Request:
    """Read what is asked for.

    Parameters
    ----------
    parser : ArgumentParser
        See `make_parser`.
    argv : sequence of str or None
        Arguments, those of the process if None.

    Returns
    -------
    request : Request

    Raises
    ------
    ValueError
        If options do not go together.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    request = Request(
        **vars(parser.parse_args(arguments)), command=shlex.join(["skflowmix", *arguments])
    )
    _check_together(request)
    return request


def _check_together(request: Request) -> None:
    if request.table is None:
        for name in NEEDS_TABLE:
            if getattr(request, name) not in (None, ()):
                raise ValueError(f"{option(name)} needs a table.")
    if not request.wants_groups:
        for name in NEEDS_GROUPS:
            if getattr(request, name) is not None:
                raise ValueError(f"{option(name)} is for groups, not for --estimator {OUTLIERS}.")
    if request.columns and request.drop:
        raise ValueError("--columns and --drop exclude each other.")


def option(name: str) -> str:
    """Return how a field of a request is spelled on the command line."""
    return f"--{name.replace('_', '-')}"


def _names(text: str) -> tuple[str, ...]:
    """Names between commas; one that holds a comma is quoted."""
    (cells,) = csv.reader([text], skipinitialspace=True)
    return tuple(name for cell in cells if (name := cell.strip()))


def _number_of_groups(text: str) -> int | str:
    if text == AUTO:
        return AUTO
    if re.fullmatch(r"\d+", text) and int(text) > 0:
        return int(text)
    raise ArgumentTypeError(f'a number from 1 on or "auto", got {text!r}.')


def _seed(text: str) -> int:
    if re.fullmatch(r"\d+", text) and int(text) < 2**32:
        return int(text)
    raise ArgumentTypeError(f"a whole number from 0 to 4294967295, got {text!r}.")
