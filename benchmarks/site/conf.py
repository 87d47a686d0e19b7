"""Configuration of the site, as Sphinx reads it."""

import os
import re
import sys
from importlib.metadata import version as version_of
from pathlib import Path

from numpydoc.docscrape_sphinx import SphinxDocString

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))  # this checkout's package and benchmarks

from benchmarks.site import elsewhere, formulas  # noqa: E402
from benchmarks.site.building import QUICK  # noqa: E402

project = "skflowmix"
author = "The skflowmix developers"
project_copyright = author
release = version = version_of("skflowmix")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
]
templates_path = [str(HERE / "templates")]  # autosummary would look beside the pages
exclude_patterns = ["examples/**.ipynb", "examples/**.py"]
default_role = "py:obj"  # so that `fit` in a docstring is a link
nitpick_ignore_regex = [
    ("py:obj", r"(?!skflowmix\b).*"),  # what is no name of this package stays a word
    ("py:class", r"skflowmix\.flows\.base\.Chain"),  # a default, by where it is defined
]
extlinks = {"arxiv": ("https://arxiv.org/abs/%s", "arXiv:%s")}

autosummary_generate = True
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # docstrings say more
numpydoc_show_class_members = False  # the template of a class does, with all they say
numpydoc_xref_param_type = False

html_theme = "pydata_sphinx_theme"
html_math_renderer = "mathml"
html_title = "skflowmix"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_use_index = html_domain_indices = False  # there is a search
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "skflowmix"},
    "navbar_end": ["theme-switcher"],
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
}
pygments_style = "a11y-high-contrast-light"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": [str(HERE.parent / "examples")],
    "gallery_dirs": ["examples"],
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skflowmix",),
    "reference_url": {"skflowmix": None},
    "within_subsection_order": "FileNameSortKey",
    "reset_modules": ("matplotlib",),
    "image_srcset": ["2x"],
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 1e9,  # seconds of another machine say little
}
if os.environ.get(QUICK) == "1":
    sphinx_gallery_conf["reset_modules"] += ("benchmarks.site.quick.train_little",)


def setup(app) -> None:
    """Connect what this site adds to Sphinx."""
    app.connect("missing-reference", elsewhere.resolve)
    app.add_html_math_renderer(
        "mathml",
        inline_renderers=(formulas.visit_inline, None),
        block_renderers=(formulas.visit_block, None),
    )
    app.connect("autodoc-process-docstring", escape_shapes, priority=400)  # before numpydoc


def escape_shapes(app, what, name, obj, options, lines) -> None:
    """Keep an attribute's name that is the size of a shape from being a link: `(n_iter_,)`."""
    lines[:] = [re.sub(r"(of shape \([^)]*?)_(?=[,)])", r"\1\\_", line) for line in lines]


def _as_it_is_described(process):
    """Keep what a class says of an attribute; numpydoc would take its property's first line."""
    return lambda self, name, text, fake_autosummary: process(self, name, text, False)


SphinxDocString._process_param = _as_it_is_described(SphinxDocString._process_param)
