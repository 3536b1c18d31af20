"""The API pages: every public name is on them, and building them brings no warning."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .notebooks import public
from .pages import MODULES, as_list, markdown

pytest.importorskip("pdoc", reason="needs the package pdoc")


def test_pages_are_built_without_a_warning_and_hold_every_public_name(tmp_path: Path) -> None:
    """pdoc documents what a user can name, page by page, in a process in which warnings are errors."""
    command = [sys.executable, "-W", "error", "-m", "tests.pages", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    written = {path.relative_to(tmp_path).with_suffix("").as_posix() for path in tmp_path.rglob("*.html")}
    assert written == {"index"} | {name.replace(".", "/") for name in MODULES}
    for name, module in MODULES.items():
        page = (tmp_path / f"{name.replace('.', '/')}.html").read_text(encoding="utf-8")
        missing = [
            entry for entry in public(module) - {m.rpartition(".")[2] for m in MODULES} if f'id="{entry}"' not in page
        ]
        assert not missing


def test_a_warning_is_noticed(tmp_path: Path) -> None:
    """The test above can fail: pdoc warns of a type that it cannot find, and that ends the program."""
    module = "from __future__ import annotations\ndef f(x: Nowhere) -> None: ...\n"
    (tmp_path / "lost.py").write_text(module, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "pdoc", "lost", "-o", str(tmp_path / "pages")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode != 0
    assert "Nowhere" in done.stderr


def test_paragraphs_in_columns_become_lists() -> None:
    """Two columns are a list, and a line may go on in the second; all else, examples too, stays as it is."""
    assert (
        markdown("First.\n\nx     a number\ny, z  a list,\n      or two")
        == "First.\n\n* `x`: a number\n* `y, z`: a list, or two"
    )
    for same in ("A sentence.  Two blanks.", ">>> f(1)\n1", "x  a number\nand a line", ">>> table\na    b\n1    2"):
        assert as_list(same) == same
