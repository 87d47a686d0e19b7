"""Rows of the files of results that are of the present code, and where they come from."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import answers, csv_files, origin, reports
from benchmarks.plan import JOBS

Row = dict[str, str]
RUNS_OF_ALL = "run_all"
"""The file in which `benchmarks.run_all` notes what it has done."""


@dataclass(frozen=True)
class Results:
    """A folder of files.

    Attributes
    ----------
    folder : Path
    commits : collection of str
        Those whose rows are shown.
    """

    folder: Path
    commits: Collection[str]

    @classmethod
    def present(cls) -> "Results":
        """Those of the code that fits answer by as they do now."""
        return cls(reports.RESULTS, answers.commits())

    def rows(self, name: str) -> list[Row]:
        """Rows that are not old; none if there is no such file."""
        header, *rows = csv_files.read(self.folder / f"{name}.csv") or [[]]
        keys = named(header)
        found = [dict(zip(keys, row, strict=True)) for row in rows if row != header]
        return [row for row in found if self._is_shown(row)]

    def _is_shown(self, row: Row) -> bool:
        return set(row[reports.COMMIT].split("/")) <= set(self.commits)

    def origin(self, files: Iterable[str], jobs: Sequence[str]) -> str:
        """Seeds, commits, versions and machines behind some files, in a line."""
        rows = [row for name in files for row in self.rows(name)]
        runs = self._runs(jobs)
        parts = [
            _seeds(rows),
            f"commit {origin.joined(row[reports.COMMIT] for row in rows)}",
            *_versions(runs),
            *dict.fromkeys(row["machine"] for row in runs),
        ]
        return "; ".join(part for part in parts if part)

    def _runs(self, jobs: Sequence[str]) -> list[Row]:
        """What is known of the versions and machines of jobs."""
        noted = [row for row in self.rows(RUNS_OF_ALL) if row["job"] in jobs]
        kept = dict.fromkeys(runs for name in jobs if (runs := JOBS[name].runs))
        return [row for name in kept for row in self.rows(name)] or noted


def named(header: Sequence[str]) -> list[str]:
    """Names of columns; one that comes again gets that of the column before it in front."""
    return [
        f"{header[place - 1]}: {name}" if header.count(name) > 1 else name
        for place, name in enumerate(header)
    ]


def _seeds(rows: Iterable[Row]) -> str:
    found = {int(row["seeds"]) for row in rows if row.get("seeds", "-").isdecimal()}
    if not found:
        return ""
    least, most = min(found), max(found)
    number = f"{least} to {most}" if least < most else f"{most}"
    return f"{number} {'seed' if most == 1 else 'seeds'}"


def _versions(runs: Iterable[Row]) -> list[str]:
    """Ours first, then all libraries that were measured."""
    parts = [part for row in runs for part in row["version"].split(", ")]
    own = (f"{origin.PACKAGE} {part}" if " " not in part else part for part in parts)
    return [", ".join(dict.fromkeys(own))] if parts else []
