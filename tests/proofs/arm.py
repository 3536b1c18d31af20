"""The tests of machine code on an ARM processor that is imitated: Debian's Python and PyPI's wheels for it, under QEMU.

python -m tests.proofs.arm FOLDER                   the files in FILES, which takes an hour or two
python -m tests.proofs.arm FOLDER TEST …            these tests, with any options of pytest

On Debian, with `apt-get install qemu-user` and `apt-get update` done; FOLDER keeps what was fetched for the next time.
QEMU computes as the processor does, to the last bit. It does not reorder memory as much as one may, for which see
tests/compile/test_orders.py, and its speed tells nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

FILES = (
    *(
        "llvm",
        "llvm_rows",
        "strict",
        "backends",
        "backends_default",
        "mathematics",
        "squaring",
        "powers_of_e",
        "coefficients",
        "bytecode",
    ),
    *("recall", "squares", "columns", "mean", "strict_mean", "training_native", "common", "alignment", "standing"),
    *("sharing", "turns", "workers", "forks", "memory", "cache", "warm", "slots", "untouched_objects", "targets"),
)
"""The files in tests/compile whose tests run machine code, without test_ and .py."""

PACKAGES = ("python3", "libstdc++6")
WHEELS = ("numpy", "llvmlite>=0.45", "graphviz", "pytest", "pytest-xdist", "hypothesis", "mpmath", "micrograd")
GLIBC = ("2014", "_2_27", "_2_28")  # of manylinux, by which wheels are named


class Arm:
    """A system for ARM in a folder: `root` holds Debian's packages, `wheels` those of PyPI."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._root, self._wheels = self._folder / "root", self._folder / "wheels"

    def fetch(self) -> None:
        """Fetch what is not there yet."""
        if not (self._root / "usr/bin/python3").exists():
            self._unpack()
        if not (self._wheels / "numpy").exists():
            version = self.python("-c", "import sys; print(*sys.version_info[:2], sep='')", answers=True)
            platforms = [f"--platform=manylinux{glibc}_aarch64" for glibc in GLIBC]
            abis = [f"--abi={abi}" for abi in (f"cp{version}", "abi3", "none")]
            which = ["--only-binary=:all:", f"--python-version={version}", "--implementation=cp", *abis, *platforms]
            _run(sys.executable, "-m", "pip", "install", "--quiet", f"--target={self._wheels}", *which, *WHEELS)

    def _unpack(self) -> None:
        """Unpack Debian's packages, and what they need, beside those of this system, which stay as they are."""
        own = self._folder / "apt"
        for made in ("state/lists/partial", "cache/archives/partial"):
            (own / made).mkdir(parents=True, exist_ok=True)
        (own / "installed").touch()
        settings = {
            "APT::Architecture": "arm64",
            "APT::Architectures": "arm64",
            "APT::Install-Recommends": "false",
            "Dir::State": own / "state",
            "Dir::State::status": own / "installed",
            "Dir::Cache": own / "cache",
        }
        options = [f"-o{name}={value}" for name, value in settings.items()]
        _run("apt-get", *options, "--quiet", "update")
        _run("apt-get", *options, "--quiet", "--yes", "--download-only", "install", *PACKAGES)
        for package in sorted((own / "cache/archives").glob("*.deb")):
            _run("dpkg", "--extract", str(package), str(self._root))

    def python(self, *arguments: str, answers: bool = False) -> str:
        """Run Python for ARM in the repository, and return what it prints if it `answers`."""
        path = os.pathsep.join([str(REPOSITORY), str(self._wheels)])
        emulated = ["qemu-aarch64", "-L", str(self._root), str(self._root / "usr/bin/python3")]
        environment = os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        out = subprocess.PIPE if answers else None
        command = [*emulated, *arguments]
        found = subprocess.run(command, cwd=REPOSITORY, env=environment, text=True, check=answers, stdout=out)
        return (found.stdout or "").strip() if answers else str(found.returncode)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run tests on ARM; what pytest returns."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.arm", description="Run tests on an imitated ARM.")
    parser.add_argument("folder", type=Path, help="where to keep a Python for ARM: 0.6 GB")
    options, tests = parser.parse_known_args(arguments)
    arm = Arm(options.folder)
    arm.fetch()
    print(arm.python("-c", "from microgradx.compile.backends.llvm.target import host; print(host())", answers=True))
    wanted = tests or [f"tests/compile/test_{name}.py" for name in FILES]
    return int(arm.python("-m", "pytest", "-n0", "-p", "no:cacheprovider", *wanted))


if __name__ == "__main__":
    raise SystemExit(main())
