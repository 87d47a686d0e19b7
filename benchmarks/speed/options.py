"""What the command line asks of every part."""

from dataclasses import dataclass


class SkippedError(Exception):
    """A part cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Options:
    """How much to do.

    Attributes
    ----------
    runs : int, default=3
        Of whatever takes seconds or longer; what takes less is repeated until it is known.
    most_rows : int, default=1_000_000
        Of growth and scoring.
    quick : bool, default=False
        Little of everything: to see that it runs, not for results.
    against : str, optional
        The commit whose fits are timed beside ours.
    jobs : int, default=1
        Fits of growth at once.
    """

    runs: int = 3
    most_rows: int = 1_000_000
    quick: bool = False
    against: str | None = None
    jobs: int = 1

    def result(self, part: str) -> str:
        """Name of a part's table; quick ones do not overwrite the results."""
        return f"quick/speed_{part}" if self.quick else f"speed_{part}"
