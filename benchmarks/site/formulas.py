"""Formulas as MathML, which browsers draw by themselves: without scripts from elsewhere."""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

SIZES = re.compile(r"\\[bB]igg?[lr]?(?![a-zA-Z])")
"""Sizes of brackets by hand: these of MathML grow by themselves."""


def visit_inline(writer: Any, node: nodes.Element) -> None:
    """Write a formula within a line."""
    writer.body.append(tex2mathml(SIZES.sub("", node.astext())))
    raise nodes.SkipNode


def visit_block(writer: Any, node: nodes.Element) -> None:
    """Write a formula on lines of its own, which scrolls where a screen is narrow."""
    formula = tex2mathml(SIZES.sub("", node.astext()), as_block=True)
    writer.body.append(f'<div class="formula">{formula}</div>')
    raise nodes.SkipNode
