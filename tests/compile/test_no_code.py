"""Where the system lets no memory be machine code, NumPy runs programs, and says so once."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator

import pytest

import microgradx as mx
from microgradx.compile.backends import backends
from microgradx.compile.backends.llvm import images
from microgradx.compile.program import Program
from microgradx.info import info

pytest.importorskip("llvmlite")

TOLD = "the system lets no memory be machine code: NumPy runs compiled programs"


def forget() -> None:
    """Let the system be asked anew."""
    images.is_allowed.cache_clear()
    backends._warn.cache_clear()


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no memory become code."""
    with monkeypatch.context() as system:
        system.setattr(images, "_protect", lambda: lambda *_: -1)
        forget()
        yield
    forget()


def program(target: str = "auto") -> Program:
    """Return (w·x)², compiled."""
    w = mx.Value(3.0)
    return mx.compile(lambda x: (w * x) ** 2, [w], target=target, cache=False)


def test_numpy_serves_and_one_warning_says_why(refused: None) -> None:
    """Program and info say what is true, results are there, and who asks for NumPy is not told."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert program("numpy").target == "numpy"
    with pytest.warns(UserWarning, match=TOLD) as told:
        found = program(), program()
    assert [each.target for each in found] == ["numpy", "numpy"]
    assert (len(told), told[0].filename) == (1, __file__)
    value, gradient = found[0].value_and_grad([1.0, 2.0])
    assert (value, gradient.tolist()) == (22.5, [15.0])
    assert "compile numpy (the system lets no memory be machine code)" in " ".join(info().split())


def test_a_loss_is_fitted(refused: None) -> None:
    """What compiles by itself is told of it too, and trains."""
    with pytest.warns(UserWarning, match=TOLD):
        history = mx.fit(mx.nn.Neuron(1), [[1.0], [2.0]], [1.0, 2.0], epochs=2, compile=True)
    assert "numpy" in history.by


def test_who_asks_for_machine_code_gets_the_error(refused: None) -> None:
    """The target "llvm" is not replaced by another."""
    with pytest.raises(OSError, match='target="numpy" does without'):
        program("llvm")([1.0])


def test_where_it_is_allowed_nothing_is_said() -> None:
    """Here memory may be code, and the question leaves no trace."""
    forget()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert program().target == "llvm"
    assert images.is_allowed()
    assert "llvm, " in info()


REFUSING = """
import ctypes, sys, warnings

PR_SET_MDWE, REFUSE_EXEC_GAIN = 65, 1
warnings.simplefilter("ignore")
import microgradx as mx

if ctypes.CDLL(None).prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0):
    sys.exit("this system cannot refuse")
w = mx.Value(3.0)
program = mx.compile(lambda x: (w * x) ** 2, [w], cache=False)
print(program.target, program.value_and_grad([1.0, 2.0]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be asked to refuse")
def test_a_system_that_refuses() -> None:
    """Linux itself, told to let no memory become code, has programs run by NumPy."""
    done = subprocess.run([sys.executable, "-c", REFUSING], capture_output=True, text=True, timeout=100, check=False)
    if "this system cannot refuse" in done.stderr:
        pytest.skip("this Linux is older than 6.3")
    assert done.stdout == "numpy (22.5, array([15.]))\n", done.stderr
