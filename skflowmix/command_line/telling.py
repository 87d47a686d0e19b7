"""What was read and what was found, as sentences and tables of text."""

import math
from collections.abc import Sequence

from skflowmix.command_line.columns import Column
from skflowmix.command_line.findings import (
    Cause,
    Choice,
    Difference,
    Findings,
    Group,
    Groups,
    Outliers,
    RowAnswer,
    UnusualRow,
)
from skflowmix.command_line.tables import Table
from skflowmix.command_line.text_tables import aligned

MOST_CLASSES, MOST_COLUMNS = 20, 40
"""How many are told by name."""
SEPARATOR_WORDS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars", r"\s+": "blanks"}
UNUSUAL_ROWS = 5
"""Rows that are printed of a table's outliers."""


def number(value: float) -> str:
    """Write a number in four digits at most, and whole ones as they are.

    Examples
    --------
    >>> number(1234567.0), number(0.123456), number(-2.0)
    ('1,234,567', '0.1235', '-2')
    """
    if abs(value) < 1e9 and value == round(value):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def percent(share: float) -> str:
    """Write a share, so that what is there is not 0% and what is not all is not 100%.

    Examples
    --------
    >>> percent(0.5), percent(0.001), percent(0.9999), percent(0.0)
    ('50%', '<1%', '>99%', '0%')
    """
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"


def counted(count: int, word: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


# What was read.


def about_file(table: Table) -> str:
    """Say in one sentence what was read."""
    shape = f"{counted(table.n_rows, 'row')}, {counted(len(table.columns), 'column')}"
    form = table.file.form
    if form is None:
        return f"{table.file.name}: {shape} (parquet)."
    how = [f"separated by {SEPARATOR_WORDS[form.separator]}"]
    if form.decimal == ",":
        how.append("decimal commas")
    if form.encoding != "utf-8":
        words = {"cp1252": "not UTF-8, read as Windows-1252"}
        how.append(words.get(form.encoding, form.encoding.upper()))
    return f"{table.file.name}: {shape} ({', '.join(how)})."


def column_lines(columns: Sequence[Column]) -> list[list[str]]:
    """Cells of a table of columns, a header first."""
    header = ["column", "type", "range", "empty cells"]
    return [header, *([c.name, c.kind, span(c), f"{c.n_missing:,}"] for c in columns)]


def span(column: Column) -> str:
    """Say which range a column has."""
    if column.low is None or column.high is None:
        return f"{column.n_distinct:,} different"
    return f"{number(column.low)} to {number(column.high)}"


def notes_on_reading(table: Table, *, adds_noise: bool) -> list[str]:
    """Sentences on what was left out, and what becomes of the rest.

    Parameters
    ----------
    table : Table
        What was read.
    adds_noise : bool
        Whether the estimator is a mixture, which adds noise to columns of few values.

    Returns
    -------
    notes : list of str
    """
    notes = [_about_left_out(table.columns)]
    if adds_noise and (stepped := [column.name for column in table.used if column.in_steps]):
        notes.append(
            f"Few different values, so noise as wide as their steps while fitting: "
            f"{', '.join(stepped)}."
        )
    if table.categories:
        notes.append(
            f"Words that repeat are categories: {', '.join(table.categories)}. Pictures and "
            "scores of outliers leave them out."
        )
    if table.n_with_gaps:
        n_cells = int(table.X.isna().to_numpy().sum())
        n_rows = counted(table.n_with_gaps, "row")
        notes.append(
            f"{n_rows} of {table.n_rows:,} with {n_cells:,} empty cells in used columns: groups "
            "are found by the cells that are there. Pictures and scores of outliers have what the "
            "groups lead to expect in empty cells of numbers."
        )
    left_out = table.n_rows - len(table.rows)
    if left_out:
        notes.append(
            f"{counted(left_out, 'row')} of {table.n_rows:,} with empty cells in "
            f"{'all ' if adds_noise else ''}used columns left out, and without an answer."
        )
    if table.y is not None:
        notes.append(_about_labels(table))
    return [note for note in notes if note]


def _about_left_out(columns: Sequence[Column]) -> str:
    left_out = [column for column in columns if column.left_out and column.left_out != "labels"]
    if not left_out:
        return ""
    said = [f"{column.name} ({column.left_out})" for column in left_out[:MOST_COLUMNS]]
    if len(left_out) > MOST_COLUMNS:
        said.append(f"and {len(left_out) - MOST_COLUMNS} more")
    signs = ("looks like an ID", " different in ")
    can_return = any(sign in column.left_out for column in left_out for sign in signs)
    advice = " Take columns back by --columns." if can_return else ""
    return f"Left out: {'; '.join(said)}.{advice}"


def _about_labels(table: Table) -> str:
    counts = list(table.counts.items())
    classes = [f"{name} ({counted(count, 'row')})" for name, count in counts[:MOST_CLASSES]]
    if len(counts) > MOST_CLASSES:
        classes.append(f"and {len(counts) - MOST_CLASSES} more")
    n_unlabelled = len(table.rows) - sum(table.counts.values())
    return f"Classes: {', '.join(classes) or 'none'}. Unlabelled: {counted(n_unlabelled, 'row')}."


def read_text(table: Table, *, adds_noise: bool) -> str:
    """Say what was read, before it is fitted.

    Parameters
    ----------
    table : Table
        What was read.
    adds_noise : bool
        Whether the estimator adds noise to columns of few values.

    Returns
    -------
    text : str
    """
    parts = [about_file(table), "", aligned(column_lines(table.used[:MOST_COLUMNS]), n_left=2)]
    if len(table.used) > MOST_COLUMNS:
        parts.append(f"... and {len(table.used) - MOST_COLUMNS} more")
    return "\n".join([*parts, "", *notes_on_reading(table, adds_noise=adds_noise)]).rstrip()


def fit_text(table: Table, estimator: str) -> str:
    """Say what is about to be done, which may take minutes."""
    n_rows, n_columns = counted(len(table.X), "row"), counted(table.X.shape[1], "column")
    return f"Fitting {estimator} to {n_rows} of {n_columns} ..."


# What was found.


def found_text(findings: Findings) -> str:
    """Say what was found.

    Parameters
    ----------
    findings : Findings

    Returns
    -------
    text : str
        Groups, or outliers where there are none; then warnings.
    """
    parts = []
    if findings.groups is not None:
        parts += [_groups_text(findings.groups), ""]
    elif findings.outliers is not None:
        parts += [_outliers_text(findings.outliers), ""]
    parts += [f"Warning: {message}" for message in findings.warnings]
    return "\n".join([*parts, f"The fit took {findings.seconds:.1f} seconds."])


def group_lines(groups: Groups) -> list[list[str]]:
    """Cells of a table of groups, a header first."""
    header = ["group", "rows", "share", "how sure"]
    return [header, *([g.name, f"{g.size:,}", percent(g.share), _sure(g)] for g in groups.groups)]


def _sure(group: Group) -> str:
    return "-" if math.isnan(group.certainty) else f"{group.certainty:.3f}"


def group_differences(group: Group) -> str:
    """Say by which columns a group differs from all other rows."""
    if not group.differences:
        return "no column has a mean far from that of the others"
    return "; ".join(map(_difference, group.differences))


def _difference(found: Difference) -> str:
    if found.level is not None:
        own, rest = percent(found.mean), percent(found.rest)
        return f"{found.column} more often {found.level!r} ({own}, others {rest})"
    own, rest = number(found.mean), number(found.rest)
    return f"{found.column} {found.direction} (mean {own}, others {rest})"


def notes_on_groups(groups: Groups) -> list[str]:
    """Sentences on how groups were chosen and trained."""
    notes = [] if groups.choice is None else [choice_text(groups.choice, len(groups.groups))]
    if groups.trained:
        notes.append(f"Training was kept: it was better than its start ({groups.start}).")
    else:
        notes.append(f"Training was not kept: its start ({groups.start}) was as good.")
    return notes


def choice_text(choice: Choice, n_groups: int) -> str:
    """Say how the number of groups was chosen."""
    return (
        f"Number of groups: {n_groups}, chosen among {choice.fewest} to {choice.most} by a "
        f"selection score of {choice.score:.2f}; next was {choice.next_number} with "
        f"{choice.next_score:.2f}."
    )


def _groups_text(groups: Groups) -> str:
    parts = [aligned(group_lines(groups), n_left=1)]
    parts.append("How sure: mean probability of the group, for its rows.")
    if len(groups.groups) > 1:
        parts.append("")
        parts += [f"Group {group.name}: {group_differences(group)}." for group in groups.groups]
    return "\n".join([*parts, "", *notes_on_groups(groups)])


def _outliers_text(outliers: Outliers) -> str:
    n_found, n_rows = int(outliers.is_outlier.sum()), len(outliers.scores)
    head = (
        f"Outliers: {counted(n_found, 'row')} of {n_rows:,} ({percent(n_found / n_rows)}), which "
        f"score below {outliers.offset:.2f}. The most unusual rows, counted from 0:"
    )
    lines = [["row", "score", "outlier"]]
    rows = outliers.rows[:UNUSUAL_ROWS]
    lines += [[row.name, f"{row.score:.2f}", "yes" if row.is_outlier else "no"] for row in rows]
    causes = [f"Row {row.name}: {causes_text(row.causes)}." for row in rows]
    return "\n".join([head, "", aligned(lines, n_left=1), "", *causes])


def causes_text(causes: Sequence[Cause]) -> str:
    """Say which columns make a row unusual."""
    said = [
        f"{c.column} {number(c.value)} "
        f"(median {number(c.median)}, {percent(c.share)} of the score)"
        for c in causes
    ]
    return "; ".join(said) or "no column stands out"


# One row.


def row_text(answer: RowAnswer) -> str:
    """Say whether a row is odd, and why.

    Parameters
    ----------
    answer : RowAnswer
        What was found of it.

    Returns
    -------
    text : str
    """
    return "\n".join(
        [
            *_memberships_text(answer),
            _verdict(answer),
            f"{_lead(answer.unusual)}: {causes_text(answer.unusual.causes)}.",
        ]
    )


def _memberships_text(answer: RowAnswer) -> list[str]:
    row = f"Row {answer.unusual.name}"
    row += " (rows count from 0)" if answer.unusual.name == str(answer.unusual.row) else ""
    if not answer.memberships:
        return [f"{row}:"]
    (group, probability), *others = answer.memberships
    others_said = "".join(f"; next is {name} with {p:.3f}" for name, p in others)
    said = [f"{row}: group {group} with probability {probability:.3f}{others_said}."]
    if answer.share_less_dense is not None:
        share = percent(answer.share_less_dense) if answer.share_less_dense else "None"
        said.append(f"{share} of the rows have a lower density.")
    return said


def _lead(unusual: UnusualRow) -> str:
    return "What makes it so" if unusual.is_outlier else "What adds most to the score"


def _verdict(answer: RowAnswer) -> str:
    verdict = "An outlier" if answer.unusual.is_outlier else "No outlier"
    return (
        f"{verdict}, as its score {answer.unusual.score:.2f} is "
        f"{'' if answer.unusual.is_outlier else 'not '}below {answer.offset:.2f}: number "
        f"{answer.unusual.rank:,} of {answer.n_rows:,} rows from the most unusual on."
    )
