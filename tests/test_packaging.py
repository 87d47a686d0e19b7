"""What is built holds all that it needs, and works where there is no checkout."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import skflowmix

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "skflowmix"
PICTURES = re.compile(r"^\s*\.\. (?:image|figure):: *(\S+)$", re.MULTILINE)
"""Names of files in reStructuredText."""
IN_WHEEL = ("py.typed", "LICENSE", "selection/rule.json", "experts/prior.json")
IN_SDIST = (
    "README.rst",
    "pyproject.toml",
    "skflowmix/LICENSE",
    ".github/CITATION.cff",
    "benchmarks/site/changes.rst",
    "benchmarks/site/contributing.rst",
    "benchmarks/origin.py",
    "tests/conftest.py",
    "tests/golden/flow_gmm.npz",
)
QUICK_START = """
import sys
sys.path[:0] = [{site!r}]
import numpy as np, skflowmix
assert skflowmix.__file__.startswith({site!r}), skflowmix.__file__
from skflowmix import FlowGMM
from skflowmix.datasets import make_pinwheel
X, y = make_pinwheel(100, random_state=0)
model = FlowGMM("auto", max_components=3, max_iter=1, random_state=0).fit(X)  # reads rule.json
assert model.predict(X).shape == (100,)
few = np.where(np.arange(100) % 4, -1, y)
assert FlowGMM(max_iter=1, random_state=0).fit(X, few).predict(X).shape == (100,)  # prior.json
print(skflowmix.__version__)
"""


def ran(*command, **options):
    """Run a command away from the checkout; its output belongs to the message if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """Folder with the installed wheel and nothing else."""
    site = tmp_path_factory.mktemp("site")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    ran(*pip, "--disable-pip-version-check", "--target", str(site), str(built[1]))
    return site


@pytest.fixture(scope="module")
def metadata(built):
    """Of the wheel; its body is the long description."""
    with zipfile.ZipFile(built[1]) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        return HeaderParser().parsestr(wheel.read(name).decode())


def test_the_index_takes_what_is_built(built):
    ran(sys.executable, "-m", "twine", "check", "--strict", *map(str, built))


def test_the_wheel_holds_every_file_of_the_package_and_no_other(built):
    with zipfile.ZipFile(built[1]) as wheel:
        files = {name for name in wheel.namelist() if ".dist-info/" not in name}
    tracked = {str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*.py")}
    assert files == tracked | {f"skflowmix/{name}" for name in IN_WHEEL}


def test_the_sdist_holds_tests_pages_and_benchmarks(built):
    with tarfile.open(built[0]) as sdist:
        files = {name.split("/", 1)[1] for name in sdist.getnames()}
    assert not set(IN_SDIST) - files
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.py")} <= files
    assert not [name for name in files if "__pycache__" in name or name.endswith(".pyc")]


def test_the_licence_is_told_and_there(metadata, installed):
    assert metadata["License-Expression"] == "BSD-3-Clause"
    (licence,) = installed.glob(f"*.dist-info/licenses/{metadata['License-File']}")
    assert "The skflowmix developers" in licence.read_text()


def test_pictures_of_the_long_description_have_absolute_addresses(metadata):
    pictures = PICTURES.findall(metadata.get_payload())
    assert pictures
    assert [name for name in pictures if not name.startswith("https://")] == []


def test_pictures_of_the_readme_are_in_the_repository():
    pictures = PICTURES.findall((ROOT / "README.rst").read_text())
    missing = [name for name in pictures if "://" not in name and not (ROOT / name).exists()]
    assert missing == []


def test_versions_agree(metadata):
    assert metadata["Version"] == skflowmix.__version__
    assert f"\nversion: {skflowmix.__version__}\n" in (ROOT / ".github/CITATION.cff").read_text()
    assert f"\n{skflowmix.__version__} " in (ROOT / "benchmarks/site/changes.rst").read_text()


def test_this_python_is_among_those_that_are_named(metadata):
    major, minor = sys.version_info[:2]
    assert f"Programming Language :: Python :: {major}.{minor}" in metadata.get_all("Classifier")


def test_quick_start_from_the_installed_wheel(installed, tmp_path):
    script = QUICK_START.format(site=str(installed))
    found = ran(sys.executable, "-I", "-c", script, cwd=tmp_path)
    assert found.strip() == skflowmix.__version__
