"""Pages with marked tables: what stands between the markers is rendered anew, the rest is left.

A table stands between two comments::

    .. table: summary

    .. end of table
"""

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.origin import ROOT
from benchmarks.published.registry import TABLES
from benchmarks.published.results import Results

MARKED = re.compile(
    r"^(?P<begin>\.\. table: (?P<name>\w+)\n)(?P<text>.*?)^(?P<end>\.\. end of table\n)",
    re.MULTILINE | re.DOTALL,
)
BEGIN = re.compile(r"^\.\. table: (\w+)$", re.MULTILINE)
END = re.compile(r"^\.\. end of table$", re.MULTILINE)


def pages(root: Path = ROOT) -> list[Path]:
    """README and all pages of the site."""
    return [root / "README.rst", *sorted((root / "benchmarks" / "site").glob("*.rst"))]


def names(text: str) -> list[str]:
    """The tables of a page; a marker without its end, or of no known table, is an error."""
    found = [match["name"] for match in MARKED.finditer(text)]
    if found != BEGIN.findall(text) or len(found) != len(END.findall(text)):
        raise ValueError("each '.. table: NAME' needs an '.. end of table' of its own")
    if unknown := set(found) - set(TABLES):
        raise ValueError(f"{', '.join(sorted(unknown))}: none of {', '.join(TABLES)}")
    return found


def rendered(text: str, results: Results, folder: Path) -> str:
    """A page with all tables made anew."""
    names(text)
    return MARKED.sub(
        lambda match: (
            f"{match['begin']}\n{_between(match['name'], results, folder)}\n{match['end']}"
        ),
        text,
    )


def _between(name: str, results: Results, folder: Path) -> str:
    return TABLES[name].text(results, folder) + "\n"


def differing(text: str, results: Results, folder: Path) -> Iterator[str]:
    """Names of the tables of a page that are not what the results say."""
    names(text)
    for match in MARKED.finditer(text):
        if match["text"] != f"\n{_between(match['name'], results, folder)}\n":
            yield match["name"]
