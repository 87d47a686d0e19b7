"""The documentation site: it builds without a warning, and everything in it is to be found."""

import importlib
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from benchmarks.site import elsewhere, formulas
from benchmarks.site.building import SITE
from benchmarks.site.looking import pages_of

ROOT = SITE.parents[1]
MODULES = [
    "skflowmix",
    "skflowmix.callbacks",
    "skflowmix.dask",
    "skflowmix.datasets",
    "skflowmix.distributed",
    "skflowmix.impute",
    "skflowmix.model_selection",
    "skflowmix.plotting",
    "skflowmix.semi_supervised",
]
EXAMPLES = sorted(path.stem for path in SITE.with_name("examples").glob("plot_*.py"))


class Links(HTMLParser):
    """What a page refers to, and the anchors that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Keep addresses of links, pictures, styles and scripts."""
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.targets.add(value)
            if name == "srcset":
                self.targets.update(part.split()[0] for part in value.split(","))
            if name in ("id", "name"):
                self.anchors.add(value)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site, built in a process of its own: examples change what they import."""
    out = tmp_path_factory.mktemp("documentation") / "site"
    command = [sys.executable, "-m", "benchmarks.site", "--quick", "--out", str(out)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "MPLBACKEND": "agg"}
    )
    return out, done


@pytest.fixture(scope="module")
def pages(built):
    return {page.resolve(): Links(page) for page in pages_of(built[0])}


def public_names(module):
    """What a module offers: its ``__all__``, or else what it defines."""
    found = importlib.import_module(module)
    own = [name for name, value in vars(found).items() if _is_defined_in(value, module)]
    return [f"{module}.{name}" for name in getattr(found, "__all__", own)]


def _is_defined_in(value, module):
    return getattr(value, "__module__", None) == module and not value.__name__.startswith("_")


def test_it_builds_without_a_warning(built):
    assert built[1].returncode == 0, built[1].stderr[-3000:]


def test_every_address_within_the_site_leads_somewhere(pages):
    broken = [
        f"{page.name}: {target}"
        for page, links in pages.items()
        for target in links.targets
        if not _leads_somewhere(target, page, pages)
    ]
    assert not broken


def _leads_somewhere(target, page, pages):
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return parts.scheme in ("https", "mailto", "data")
    file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not file.is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or file not in pages or anchor in pages[file].anchors


def test_pages_fetch_nothing_from_elsewhere(built):
    for page in pages_of(built[0]):
        for tag in ("<script src=", "<img src=", '<link rel="stylesheet" href='):
            assert f'{tag}"http' not in page.read_text(encoding="utf-8"), page


@pytest.mark.parametrize("name", [name for module in MODULES for name in public_names(module)])
def test_every_public_name_has_a_page_that_describes_it(name, built, pages):
    page = built[0].resolve() / "generated" / f"{name}.html"
    assert page in pages, f"enter {name} in benchmarks/site/api.rst"
    assert name in pages[page].anchors


@pytest.mark.parametrize("name", ["fit", "predict", "set_params", "get_params"])
def test_methods_are_described_once_and_inherited_ones_too(name, built):
    text = (built[0] / "generated" / "skflowmix.FlowGMM.html").read_text(encoding="utf-8")
    assert text.count(f'id="skflowmix.FlowGMM.{name}"') == 1


def test_what_a_class_says_of_an_attribute_is_on_its_page(built):
    text = (built[0] / "generated" / "skflowmix.FlowGMM.html").read_text(encoding="utf-8")
    assert text.count("<strong>trained_</strong>") == 1
    assert "On small tables the start is often as good" in " ".join(text.split())


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run_and_draw(example, built):
    page = (built[0] / "examples" / f"{example}.html").read_text(encoding="utf-8")
    assert f"sphx_glr_{example}_001.png" in page


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("sklearn.mixture.GaussianMixture", "scikit-learn.org/stable/modules/generated"),
        ("metadata_routing", "scikit-learn.org/stable/metadata_routing.html"),
        ("numpy.memmap", "numpy.org"),
        ("skflowmix.FlowGMM", None),
        ("numpy", None),
        ("", None),
    ],
)
def test_other_libraries_are_linked_and_nothing_else(target, address):
    found = elsewhere.address_of(target)
    assert (found is None) if address is None else address in found


@pytest.mark.parametrize("size", ["", r"\big", r"\Big", r"\bigl", r"\Biggr"])
def test_brackets_need_no_sizes(size):
    assert formulas.SIZES.sub("", rf"{size}[ x \bigcup y") == r"[ x \bigcup y"
