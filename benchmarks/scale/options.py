"""What the command line asks of every part."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How much to do.

    Attributes
    ----------
    rows : int, default=1_000_000
        That one and two processes fit.
    quick : bool, default=False
        Little of everything: to see that it runs, not for results.
    """

    rows: int = 1_000_000
    quick: bool = False

    def result(self, part: str) -> str:
        """Name of a part's table; quick ones do not overwrite the results."""
        return f"quick/scale_{part}" if self.quick else f"scale_{part}"
