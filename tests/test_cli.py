"""The command line does what its help says, and explains what it cannot do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import graphviz
import pytest

import microgradx
from microgradx.__main__ import main


def test_draw_writes_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`draw` evaluates the expression, differentiates it and writes the SVG it names."""
    path = tmp_path / "g.svg"
    assert main(["draw", "x*y + exp(x)", "x=2", "y=3", "-o", str(path)]) == 0
    assert "13.39" in path.read_text(encoding="utf-8")
    assert str(path) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["draw", "x*y", "x=2"], "'x*y' needs a number for each name: give y=… too"),
        (["draw", "x*y + z*pi", "x=2"], "give y=… z=… too"),
        (["draw", "x*exp", "x=2"], "the function is written exp(…)"),
        (["draw", "x*", "x=2"], "x*"),
        (["draw", "x", "x=two"], "not a number"),
        (["draw", "x", "x"], "'=' is missing"),
        (["draw", "1 + 2"], "no names"),
        (["draw", "log(x)", "x=-1"], "needs x > 0"),
        (["draw", "x*x", "x=2", "-o", "no-such-folder/g.svg"], "no-such-folder"),
        (["draw", "__import__('os')", "x=2"], "__import__"),
        (["draw", "x*y", "x=2", "y=3", "-o", "g.txt"], "g.txt"),
        (["draw", "x*y", "x=2", "y=3", "-o", "g"], "cannot tell the format"),
        (["draw", "x*y", "x=2", "y=3", "z=4"], "does not name z"),
        (["draw"], "draw takes an expression"),
    ],
)
def test_wrong_input_is_explained(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake gives exit status 1 and one message on standard error, never a traceback."""
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert reason in error
    assert "Traceback" not in error


@pytest.mark.parametrize("arguments", [["-x", "x=2"], ["x=2", "-x"], ["-x"]], ids=str)
def test_an_expression_may_begin_with_a_minus(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Where `draw` takes one for an option the error says to write -- before it, and that draws it."""
    with pytest.raises(SystemExit) as caught:
        main(["draw", *arguments])
    assert caught.value.code == 2
    assert "no such option: -x" in (told := capsys.readouterr().err)
    assert 'draw -- "-x" x=2' in told
    assert main(["draw", "--", "-x", "x=2"]) == 0
    assert "neg  -2" in capsys.readouterr().out


def test_an_unknown_option_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Other commands take no expression, and say no more than that."""
    with pytest.raises(SystemExit):
        main(["info", "--all"])
    assert capsys.readouterr().err.endswith("error: no such option: --all\n")


def test_info_names_renderer_and_versions(capsys: pytest.CaptureFixture[str]) -> None:
    """`info` prints the versions, the renderer and the processor."""
    assert main(["info"]) == 0
    printed = capsys.readouterr().out
    for name in ("microgradx", "Python", "processor", "renderer", "numpy"):
        assert name in printed


def test_check_passes_for_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """`check` prints every row of the table and exits with 0."""
    assert main(["check"]) == 0
    printed = capsys.readouterr().out
    for name in ("add", "tanh", "logsumexp", "affine"):
        assert name in printed


def test_tour_writes_a_page_offline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tour prints its results and writes one page whose pictures are all inside it."""
    assert main(["tour", "--output", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    for heading in (
        "Logistic least squares",
        "What is wrong with a derivation",
        "Second derivatives",
        "Motorcycle",
        "Iris",
        "XOR",
        "What a training step costs",
    ):
        assert heading in page
        assert heading in printed
    assert "you dropped the factor x = 2" in " ".join(printed.split())
    assert 'href="steps.html"' in page
    assert "step by step" in (tmp_path / "out" / "steps.html").read_text(encoding="utf-8")
    assert float(re.findall(r"squared error \S+ → (\S+),", printed)[0]) < 0.25
    assert int(re.findall(r"(\d+) of 45 test flowers", printed)[0]) >= 42
    assert "4 tanh units: [0, 1, 1, 0]" in printed
    assert page.count("<svg") >= 5
    assert re.search(r"<p>The whole tour took \d+ s.</p>\s*</body>", page)
    assert "src=" not in page
    assert "<script" not in page


def test_tour_of_the_core_alone(tmp_path: Path) -> None:
    """Without the optional packages the tour says first which are missing, and shows all that needs none of them."""
    (tmp_path / "graphviz").symlink_to(Path(graphviz.__file__).parent, target_is_directory=True)
    done = subprocess.run(
        [sys.executable, "-S", "-m", "microgradx", "tour", "--output", tmp_path / "out"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(microgradx.__file__).parents[1])])},
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stdout.startswith("Not installed: matplotlib, scikit-learn, numpy.")
    assert 'pip install "microgradx[all]"' in done.stdout
    assert "== Iris: three classes\nLeft out, for it needs matplotlib and scikit-learn.\n" in done.stdout
    assert "4 tanh units: [0, 1, 1, 0]" in done.stdout
    assert done.stderr == ""
    assert "Left out" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "σ"), ("cp1252", "\\u03c3"), ("ascii", "\\u03c3")])
def test_a_pipe_without_greek(encoding: str, shown: str) -> None:
    """What cannot be written as a pipe wants it, which on Windows is seldom UTF-8, is written by its number."""
    command = [sys.executable, "-m", "microgradx", "draw", "2*σ", "σ=3"]
    done = subprocess.run(command, env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True, check=True)
    assert f"{shown}  3  grad 2" in done.stdout.decode(encoding)


@pytest.mark.skipif(os.name == "nt", reason="Windows tells a closed pipe in another way")
def test_a_reader_who_has_had_enough_sees_no_error() -> None:
    """A pipe that is closed early, as by `head`, ends a command without a message."""
    command = [sys.executable, "-m", "microgradx", "info"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
