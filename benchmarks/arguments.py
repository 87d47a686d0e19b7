"""Command lines of the benchmarks: what they share is declared here, and what is asked is checked.

A benchmark names the shared arguments that it takes, and adds the few of its own.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import origin
from benchmarks.data_sets import DATA, MissingDataError


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads an integer and refuses those below the least."""

    def integer(text: str) -> int:
        if (number := int(text)) < least:
            raise ArgumentTypeError(f"must be {least} or more")
        return number

    return integer


def one_of(known: Collection[str]) -> Callable[[str], str]:
    """Return what refuses unknown names; argparse would look for an empty list among choices."""

    def name(text: str) -> str:
        if text not in known:
            raise ArgumentTypeError(f"{text!r} is none of {', '.join(known)}")
        return text

    return name


SHARED: dict[str, dict[str, Any]] = {
    "data": {"type": Path, "default": DATA, "help": "folder of the data sets"},
    "seeds": {"type": at_least(1), "default": 3, "help": "number of seeds, from 0"},
    "quick": {"action": "store_true", "help": "little of everything, to see that it runs"},
    "jobs": {"type": int, "default": 1, "help": "runs at once"},
}
"""Arguments of more than one benchmark, as argparse takes them."""


class Command(ArgumentParser):
    """The command line of a benchmark.

    Parameters
    ----------
    module : str
        What follows ``python -m benchmarks.``.
    about : str
    shared : sequence of str
        Which of the arguments in `SHARED` it takes.
    **defaults
        Values that arguments have here unless they are given, in place of the shared ones.
    """

    def __init__(
        self, module: str, about: str | None, shared: Sequence[str], **defaults: Any
    ) -> None:
        super().__init__(f"python -m benchmarks.{module}", description=about)
        for name in shared:
            self.add_argument(f"--{name}", **SHARED[name])
        self.set_defaults(**defaults)

    def add_number(self, name: str, default: int | None, about: str, least: int = 1) -> None:
        """Take an integer, which must not be less than the least."""
        self.add_argument(f"--{name}", type=at_least(least), default=default, help=about)

    def add_names(self, name: str, known: Collection[str]) -> None:
        """Take some of the known names, all by default."""
        self.add_argument(f"--{name}", nargs="+", choices=known, default=list(known))

    def asked(self, argv: Sequence[str] | None) -> Namespace:
        """Return what is asked, and look up the commit that runs, before anything is measured."""
        origin.commit()
        return self.parse_args(argv)

    @contextmanager
    def needing_data(self) -> Iterator[None]:
        """Exit with a message where data is missing."""
        try:
            yield
        except MissingDataError as error:
            self.exit(2, f"{error}\n")
