"""Private names of scikit-learn: imported in one module, which says what it needs."""

import ast
import re
import tomllib
from pathlib import Path
from runpy import run_path

import pytest

import skflowmix
from skflowmix.scikit_learn_private import SUPPORTED

PACKAGE = Path(skflowmix.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]


def private_imports(path):
    """Private names and modules of scikit-learn that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name for name in names if re.match(r"sklearn\..*\b_", name))


def test_one_module_imports_private_names():
    found = {path.name for path in PACKAGE.rglob("*.py") if list(private_imports(path))}
    assert found == {"scikit_learn_private.py"}


def test_supported_versions_are_those_that_are_installed():
    assert f"scikit-learn{SUPPORTED}" in PROJECT["dependencies"]


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn.base", "_fit_context"),
        ("sklearn.callback", "CallbackSupportMixin"),
        ("sklearn.utils.validation", "_get_feature_names"),
    ],
)
def test_a_release_without_a_name_is_refused_in_words(module, name, monkeypatch):
    monkeypatch.delattr(f"{module}.{name}")
    with pytest.raises(ImportError, match=f"{name}.*: pip install 'scikit-learn{SUPPORTED}'"):
        run_path(str(PACKAGE / "scikit_learn_private.py"))
