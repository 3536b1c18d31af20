"""What is installed and what is handed on is whole: the wheel has the package's data, the source archive everything."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENDINGS = {".py", ".csv", ".js", ".css", ".typed", ".ipynb", ".md", ".svg", ".c", ".toml"}


def files(*folders: str) -> set[str]:
    """Return the files below some folders, by their paths from the root, but for what tools leave there."""
    found = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    kept = (path for path in found if not any(part.startswith(".") for part in path.parts[1:]))
    return {path.as_posix() for path in kept if path.suffix in ENDINGS or path.parts[0] == ".ci"}


def missing(wanted: Iterable[str], archive: Iterable[str]) -> list[str]:
    """Return what an archive lacks."""
    return sorted(set(wanted) - set(archive))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both archives by the build backend, and return their folder."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_the_wheel_has_the_package_and_its_data(built: Path) -> None:
    """Every module, data set, style sheet and script is installed, and nothing but the package is."""
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    wanted = files("microgradx")
    assert {"microgradx/data/mcycle.csv", "microgradx/stepper/script.js", "microgradx/py.typed"} <= wanted
    assert missing(wanted, names) == []
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"microgradx"}


def test_the_source_archive_has_all_that_the_checks_need(built: Path) -> None:
    """Tests, notebooks, the README's pictures and the checks themselves are in it."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = [name.partition("/")[2] for name in opened.getnames()]
    wanted = files("microgradx", "tests", "notebooks", ".github", ".ci")
    assert {".ci/run", ".ci/pythons", ".github/pictures/network.svg", "notebooks/01_neuron.ipynb"} <= wanted
    assert missing([*wanted, "README.md", "LICENSE", "pyproject.toml"], names) == []


def test_a_file_that_is_left_out_is_noticed() -> None:
    """The tests above can fail."""
    assert missing(["a.py", "b.csv"], ["a.py"]) == ["b.csv"]
