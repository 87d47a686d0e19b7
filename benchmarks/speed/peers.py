"""The libraries that are compared, imported when used: not everyone has every one of them."""

from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec

from benchmarks.speed.training import Step

OURS, PRODUCTS = "skflowmix", "matrix products alone"
LIBRARIES = {
    OURS: ("skflowmix", "skflowmix_steps", "stacked"),
    "zuko, stack": ("zuko", "zuko_steps", "stacked"),
    "zuko, loop": ("zuko", "zuko_steps", "looped"),
    "nflows, loop": ("nflows", "nflows_steps", "looped"),
    PRODUCTS: ("torch", "products", "products"),
}
"""The package that each needs, and its module and function here."""


def maker(name: str) -> Callable[[int, int, int, str], Step]:
    """The function ``(K, d, seed, device) -> Step`` of a library."""
    _, module, function = LIBRARIES[name]
    return getattr(import_module(f"benchmarks.speed.{module}"), function)


def installed() -> list[str]:
    """Those that are there; of the others a line says how to get them."""
    missing = without(package for package, *_ in LIBRARIES.values())
    return [name for name, (package, *_) in LIBRARIES.items() if package not in missing]


def without(packages: Iterable[str]) -> set[str]:
    """Packages that are missing, each with a line that says so."""
    missing = {package for package in packages if find_spec(package) is None}
    for package in sorted(missing):
        print(f"Without {package}, which is not installed: pip install {package}")
    return missing
