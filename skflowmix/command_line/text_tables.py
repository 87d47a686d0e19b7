"""Tables of text in columns of one width."""

from collections.abc import Sequence


def aligned(lines: Sequence[Sequence[str]], *, n_left: int) -> str:
    """Lay out a header and lines of cells in columns.

    Parameters
    ----------
    lines : sequence of sequence of str
        The header, then the lines.
    n_left : int
        Number of columns that are aligned to the left; the others are to the right.

    Returns
    -------
    text : str

    Examples
    --------
    >>> print(aligned([["name", "n"], ["a", "10"]], n_left=1))
    name   n
    ----  --
    a     10
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    header, *rest = lines
    alignments = ["<" if i < n_left else ">" for i in range(len(widths))]
    return "\n".join(
        "  ".join(f"{c:{a}{w}}" for c, a, w in zip(line, alignments, widths, strict=True)).rstrip()
        for line in (header, ["-" * width for width in widths], *rest)
    )
