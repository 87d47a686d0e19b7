"""The report: one page without anything outside of it, in which names are text."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from skflowmix.command_line import main
from tests.command_line.files import blobs_frame, fit_quickly, write

EVIL = "<script>alert('x & \"y\"')</script>"
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """The elements, the text and the links of a page."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text, self.links = [], [], "", []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module", params=["groups", "outliers"])
def report(request, tmp_path_factory):
    """A report of a table of names that look like HTML, as text and as it is read."""
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("report")
    frame, groups = blobs_frame(30, 3)
    frame = frame.rename(columns={"x0": EVIL, "x1": "$x^", "x2": "_"})
    frame["kind"] = [f"<b>{group}</b>" for group in groups]
    path = write(folder / "<i>table.csv", frame)
    options = ["--labels", "kind"] if request.param == "groups" else ["--estimator", "outliers"]
    with pytest.MonkeyPatch.context() as patch:
        fit_quickly(patch)
        main([path, *options, "--index", "kind", "--report", str(folder / "r.html"), "--quiet"])
    html = Path(folder / "r.html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(html)
    return html, reader


def test_every_element_ends(report):
    _, reader = report
    assert reader.open == []
    assert {"h1", "h2", "table", "img", "footer"} <= set(reader.seen)


def test_names_are_text(report):
    html, reader = report
    assert EVIL not in html
    assert not {"script", "b", "i"} & set(reader.seen)
    assert EVIL in reader.text
    assert "<i>table.csv" in reader.text


def test_nothing_lies_outside_of_the_page(report):
    html, reader = report
    assert reader.links
    assert all(link.startswith("data:image/png;base64,") for link in reader.links)
    assert "url(" not in html
    assert "@import" not in html
    assert "//" not in "".join(reader.text.split())


def test_it_fits_phones_and_prints(report):
    html, _ = report
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert "@media print" in html


def test_it_says_what_was_read_what_is_meant_and_how_it_was_made(report):
    _, reader = report
    for said in ("30 rows, 4 columns", "The method and its limits", "skflowmix", "--report"):
        assert said in reader.text
