"""The report: one page that holds all that was read and found, and needs no other file."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.metadata import PackageNotFoundError, version

from skflowmix.command_line.findings import Findings, Groups, Outliers, UnusualRow
from skflowmix.command_line.requests import ESTIMATORS, Request
from skflowmix.command_line.tables import Table
from skflowmix.command_line.telling import (
    about_file,
    causes_text,
    column_lines,
    counted,
    group_differences,
    group_lines,
    notes_on_groups,
    notes_on_reading,
    percent,
    row_text,
)

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
       max-width: 54rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #ccc; }
p, dt, dd { overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin-left: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top; }
th { border-bottom: 2px solid #555; }
td { border-bottom: 1px solid #ddd; }
.right { text-align: right; }
figure { margin: 1rem 0; }
figure img { max-width: 100%; height: auto; }
figcaption, footer { color: #555; font-size: .9rem; }
.warning { border-left: 4px solid #D55E00; padding-left: .75rem; }
code { overflow-wrap: anywhere; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; }
  figure, tr, dd { break-inside: avoid; }
  h2, dt { break-after: avoid; } .scroll { overflow: visible; } }
"""
CAPTIONS = {
    "groups": "The rows by group, in columns or directions that tell the groups apart.",
    "profiles": "How far medians of groups are from the rest, in deviations of the columns.",
    "selection": "How good the best groups of each number are, by the selection score.",
    "outliers": "The most unusual rows, and what each column adds to it (nats).",
}
METHODS = {
    "flow-gmm": "The groups are the components of a Gaussian mixture behind one invertible "
    "network (a normalizing flow), fitted by maximum likelihood from the best of several starts.",
    "variational": "The groups are the components of a mixture in which each has an invertible "
    "network (a normalizing flow) of its own, fitted from the best of several starts.",
    "outliers": "A row is scored by how rare it is in three views of the table: a robust density, "
    "the distance to its neighbours, and a trimmed Gaussian mixture.",
}
LIMITS = (
    "What is found depends on the columns that are used, and says that rows lie close together, "
    "not that they are of one kind or why. Probabilities are those of the model: they say how "
    "clearly groups are apart, not how sure it is that there are so many."
)
OUTLIER_LIMITS = (
    "Where outliers begin is a convention, which has been off by a factor of two on tables with "
    "known anomalies, so the order of the rows says more. An unusual row need not be wrong."
)


def page(
    table: Table, findings: Findings, request: Request, pictures: Mapping[str, str] | None
) -> str:
    """Lay out the report as HTML.

    Parameters
    ----------
    table : Table
        What was read.
    findings : Findings
        What was found.
    request : Request
        What was asked for.
    pictures : mapping of str to str, or None
        Data URLs by the names in `CAPTIONS`; None if none can be drawn.

    Returns
    -------
    html : str
        A page without links to anything outside of it.
    """
    shown = {} if pictures is None else pictures
    title = f"{'Groups' if findings.groups else 'Outliers'} of {table.file.name}"
    parts = [f"<h1>{escape(title)}</h1>", *_answer(findings, shown)]
    if findings.row is not None:
        parts += _section(f"Row {findings.row.unusual.name}", _lines(row_text(findings.row)))
    if findings.outliers is not None:
        parts += _section("The most unusual rows", _outliers(findings.outliers, shown))
    parts += _section("What was read", _read(table, request))
    parts += _section("The method and its limits", _method(request))
    if pictures is None:
        parts.append("<p>Pictures are missing, as matplotlib is not installed.</p>")
    parts.append(_footer(request))
    return _document(title, parts)


def _document(title: str, parts: Iterable[str]) -> str:
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            *parts,
            "</body>\n</html>\n",
        ]
    )


# Sections.


def _answer(findings: Findings, pictures: Mapping[str, str]) -> list[str]:
    parts = [] if findings.groups is None else _groups(findings.groups, pictures)
    warned = [f'<p class="warning">{escape(message)}</p>' for message in findings.warnings]
    return [*parts, *warned]


def _groups(groups: Groups, pictures: Mapping[str, str]) -> list[str]:
    n_rows = len(groups.components)
    n_groups = counted(len(groups.groups), "group")
    differences = {f"Group {group.name}": group_differences(group) for group in groups.groups}
    return [
        f"<p>{counted(n_rows, 'row')} fall into {n_groups}. How sure: the mean probability of "
        "the group, for its rows.</p>",
        _table(group_lines(groups), right=(1, 2, 3)),
        *_paragraphs(["What makes each group, most telling first:"]),
        _definitions(differences),
        _picture("profiles", pictures),
        _picture("groups", pictures),
        *_paragraphs(notes_on_groups(groups)),
        _picture("selection", pictures),
    ]


def _outliers(outliers: Outliers, pictures: Mapping[str, str]) -> list[str]:
    n_found, n_rows = int(outliers.is_outlier.sum()), len(outliers.scores)
    rows = {_verdict(row): causes_text(row.causes) for row in outliers.rows}
    return [
        f"<p>{counted(n_found, 'row')} of {n_rows:,} ({percent(n_found / n_rows)}) score below "
        f"{outliers.offset:.2f} and are called outliers. Rows count from 0, or have the names of "
        "their column.</p>",
        _picture("outliers", pictures),
        _definitions(rows),
    ]


def _verdict(row: UnusualRow) -> str:
    return f"Row {row.name}, score {row.score:.2f}{', an outlier' if row.is_outlier else ''}"


def _read(table: Table, request: Request) -> list[str]:
    notes = notes_on_reading(table, adds_noise=request.wants_groups)
    return [
        f"<p>{escape(about_file(table))}</p>",
        _table(column_lines(table.used), right=(3,)),
        *_paragraphs(notes),
    ]


def _method(request: Request) -> list[str]:
    method = METHODS[request.estimator or ESTIMATORS[0]]
    return _paragraphs([f"{method} {LIMITS if request.wants_groups else OUTLIER_LIMITS}"])


def _footer(request: Request) -> str:
    return (
        f"<footer><p>Made by skflowmix {escape(_version())} with<br>"
        f"<code>{escape(request.command)}</code></p></footer>"
    )


def _version() -> str:
    try:
        return version("skflowmix")
    except PackageNotFoundError:  # run from its source
        return "(not installed)"


# Elements.


def _section(title: str, parts: Iterable[str]) -> list[str]:
    return [f"<h2>{escape(title)}</h2>", *parts]


def _paragraphs(texts: Iterable[str]) -> list[str]:
    return [f"<p>{escape(text)}</p>" for text in texts]


def _lines(text: str) -> list[str]:
    return _paragraphs(text.splitlines())


def _table(lines: Sequence[Sequence[str]], right: Sequence[int]) -> str:
    header, *rows = lines
    body = "\n".join(_row(row, "td", right) for row in rows)
    return (
        f'<div class="scroll"><table>\n<thead>{_row(header, "th", right)}</thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(cells: Sequence[str], tag: str, right: Sequence[int]) -> str:
    marked = (
        f"<{tag}{' class=right' if j in right else ''}>{escape(cell)}</{tag}>"
        for j, cell in enumerate(cells)
    )
    return f"<tr>{''.join(marked)}</tr>"


def _definitions(meanings: Mapping[str, str]) -> str:
    items = (f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in meanings.items())
    return f"<dl>{''.join(items)}</dl>"


def _picture(name: str, pictures: Mapping[str, str]) -> str:
    if name not in pictures:
        return ""
    caption = escape(CAPTIONS[name])
    return (
        f'<figure><img src="{pictures[name]}" alt="{caption}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
