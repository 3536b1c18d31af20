"""What the conformance kit says: each bug once, with advice, in a terminal and on a page."""

from __future__ import annotations

import html
from pathlib import Path

from microgradx.conformance import conformance
from microgradx.conformance.experiments import CORNERS
from microgradx.conformance.judge_corners import BUGS
from tests.mutant_engines import CLOSURES

from .test_conformance import engine


def test_two_bugs_are_both_named(tmp_path: Path) -> None:
    """Bugs that do not hide each other are all named, each with its own advice."""
    source = CLOSURES.replace("(1 - t**2)", "(1 - self.data**2)").replace("def __rsub__", "def rsub")
    report = conformance(engine(tmp_path / "engine.py", source))
    assert [bug.kind for bug in report.bugs] == ["missing operation", "wrong partial derivative"]
    assert "define __rsub__(self, other) as other + (-self)" in str(report)


def test_advice_is_given_for_each_place(tmp_path: Path) -> None:
    """One bug in several places has the advice for each."""
    source = CLOSURES.replace("def __rsub__", "def rsub").replace("def __radd__", "def radd")
    (bug,) = conformance(engine(tmp_path / "engine.py", source)).bugs
    assert "define __radd__" in bug.advice
    assert "define __rsub__" in bug.advice
    assert len(bug.evidence) == 2


def test_gradients_that_start_anew_are_told_and_pass(tmp_path: Path) -> None:
    """An engine whose backward sets all gradients to 0 first differs from PyTorch, which is said, and is no bug."""
    source = CLOSURES.replace("            if v._prev:\n                v.grad = 0.0", "            v.grad = 0.0")
    report = conformance(engine(tmp_path / "engine.py", source))
    assert report.ok
    assert {check.verdict for check in report.checks} == {"ok", "differs", "missing"}
    assert "differs, which is no bug" in str(report)


def test_what_a_bug_explains_is_not_told_as_a_difference(tmp_path: Path) -> None:
    """Where = stands for +=, nothing is said of gradients that a second pass would start at 0 again."""
    source = CLOSURES.replace("(1 - t**2)", "(1 - t)")
    for operand in ("self", "other"):
        times = {"self": "other.data", "other": "self.data"}[operand]
        source = source.replace(f"{operand}.grad += {times} * out.grad", f"{operand}.grad = {times} * out.grad")
    report = conformance(engine(tmp_path / "engine.py", source))
    assert [bug.kind for bug in report.bugs] == ["= in place of +=", "wrong partial derivative"]
    assert "differs" not in str(report)
    withheld = [check for check in report.checks if check.name == "backward twice on one output"]
    assert [(check.verdict, check.detail) for check in withheld] == [("not judged", "it needs: x * y used twice")]


def test_the_page_says_what_the_text_says(tmp_path: Path) -> None:
    """In HTML too stand the operations that may be missing, what differs from PyTorch, and what was not judged."""
    broken = CLOSURES.replace("self.grad += other.data * out.grad", "self.grad = other.data * out.grad")
    lines = 0
    for name, source in (("right.py", CLOSURES), ("broken.py", broken)):
        report = conformance(engine(tmp_path / name, source))
        page = html.unescape(report._repr_html_())
        for start in ("not there, which is no bug: ", "differs, which is no bug: "):
            lines += start in page
            assert (start in page) == (start in str(report))
        lines += (unjudged := "checks need what is wrong above; run this again when it is mended") in page
        assert (unjudged in page) == (unjudged in str(report))
    assert lines >= 3


def test_the_page_is_inert(tmp_path: Path) -> None:
    """What an engine says of itself is text in the HTML, whatever it holds."""
    source = CLOSURES.replace(
        "def __neg__(self):\n        ", "def __neg__(self):\n        raise KeyError('<script>\\x1b[31m')\n        "
    )
    report = conformance(engine(tmp_path / "engine.py", source))
    page = report._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in str(report)


def test_every_corner_has_a_name() -> None:
    """Each special number that is tried has the name of a bug."""
    assert set(BUGS) == set(CORNERS)
