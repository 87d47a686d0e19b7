"""Addresses of what other libraries document, made without asking them.

Docstrings name classes and functions of other libraries, and those that are inherited from
scikit-learn refer to pages of its guide. Sphinx would fetch lists of these over the internet; the
addresses follow patterns that do not change.
"""

from typing import Any

from docutils import nodes

ADDRESSES = {
    "sklearn": "https://scikit-learn.org/stable/modules/generated/{}.html",
    "numpy": "https://numpy.org/doc/stable/reference/generated/{}.html",
    "matplotlib": "https://matplotlib.org/stable/api/_as_gen/{}.html",
}
"""Where a library documents a name, by the library."""
GUIDE = {
    "metadata_routing": "metadata_routing.html",
    "df_output_transform": "modules/df_output_transform.html",
    "sphx_glr_auto_examples_miscellaneous_plot_set_output.py": "auto_examples/miscellaneous/"
    "plot_set_output.html",
    "meta-estimator": "glossary.html#term-meta-estimator",
}
"""Pages of scikit-learn's guide that inherited docstrings refer to, by labels and terms."""
GUIDE_ADDRESS = "https://scikit-learn.org/stable/{}"


def address_of(target: str) -> str | None:
    """Return where something is documented, or None if that is not known."""
    if target in GUIDE:
        return GUIDE_ADDRESS.format(GUIDE[target])
    pattern = ADDRESSES.get(target.split(".")[0])
    return pattern.format(target) if pattern and "." in target else None


def resolve(app: Any, env: Any, node: Any, content: Any) -> nodes.reference | None:
    """Link to another library what Sphinx does not find here."""
    address = address_of(node.get("reftarget", ""))
    if address is None:
        return None
    return nodes.reference("", "", content, internal=False, refuri=address)
