"""What the machine code itself is like: its loops and its size, the instructions it keeps to, and its bytes."""

import re
import threading

import pytest

from microgradx.compile.backends.llvm.groups import groups
from microgradx.compile.backends.llvm.jit import from_object
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.target import AVX2, AVX512, BASELINE, Target, host
from microgradx.compile.nests.nests import Segment
from microgradx.compile.tape.tape import SUM

from .kernels import assembly, compile_kernel
from .random_nests import Drawn
from .sketches import ROW, Sketch, at, mlp
from .test_llvm import agree, data


def test_nests_over_the_same_points_run_together():
    """relu's step and selection need no loop of their own, and the sum before it is never written to memory."""
    found = groups(mlp((2, 16, 16, 1)))
    assert [len(g.nests) for g in found[:2]] == [3, 3]
    assert found[0].stored == (False, True, True)


def test_a_reader_of_other_points_gets_a_loop_of_its_own():
    """A nest that reads at one point what was written at another waits until all of it is written."""
    s = Sketch(4)
    first, second = s.block(4), s.block(4)
    s.nest(SUM, (4,), at(ROW, first, 1), Segment(1, at(ROW, 0, 1), at(ROW, 0, 1)))
    s.nest(SUM, (4,), at(ROW, second, 1), Segment(1, at(ROW, first + 3, -1)))
    s.output("values", ROW, second, 4)
    plan = s.plan()
    assert len(groups(plan)) == 2
    for lanes in (1, 8):
        assert agree(compile_kernel(plan, lanes=lanes, strict=True), plan, *data(plan, 9))


def test_strict_code_never_fuses():
    """A product is rounded before it is added; in default mode it need not be, where the processor can."""
    plan = mlp((2, 16, 16, 1))
    strict, default = (assembly(plan, AVX2, strict=s) for s in (True, False))
    assert "vfmadd" not in strict
    assert "vfmadd" in default


def test_code_keeps_to_its_processor():
    """Older processors are given no registers that they do not have, newer ones use theirs."""
    plan = mlp((2, 16, 16, 1))
    baseline, avx2, avx512 = (assembly(plan, t, strict=False) for t in (BASELINE, AVX2, AVX512))
    assert not re.search("%[yz]mm", baseline)
    assert "%ymm" in avx2
    assert "%zmm" not in avx2
    assert "%zmm" in avx512


def test_code_size_does_not_depend_on_width():
    """A network a hundred times as wide is the same loops, run more often."""
    small, large = (len(emit(mlp(s), host(), lanes=32, strict=False).ir) for s in ((64, 32, 10), (784, 512, 10)))
    assert large < 2 * small


def test_many_nests():
    """A plan of more nests than one function holds is cut into several, and computes the same."""
    plan = Drawn(7, 150).plan()
    for lanes in (1, 8):
        kernel = compile_kernel(plan, lanes=lanes, strict=True)
        assert len(kernel.modules) > 2
        assert agree(kernel, plan, *data(plan, 5))


def test_other_processors():
    """Nothing in the code belongs to one kind of processor: it compiles for ARM as it does for x86."""
    import llvmlite.binding as llvm

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        llvm.Target.from_triple("aarch64-unknown-linux-gnu")
    except RuntimeError:
        pytest.skip("this llvmlite has no ARM")
    arm = Target("generic", "", 2, 32, True, False, False, "aarch64-unknown-linux-gnu")
    modules = emit(mlp((2, 16, 1)), arm, lanes=8, strict=False).modules
    machine = llvm.Target.from_triple(arm.triple).create_target_machine(cpu=arm.cpu, opt=1)
    assembly = [machine.emit_assembly(llvm.parse_assembly(ir, llvm.create_context())) for ir in modules]
    assert re.search(r"fmla\s+v\d+\.2d", "".join(assembly))


def test_machine_code_as_bytes():
    """A kernel is rebuilt from its bytes alone and computes the same."""
    for plan in (mlp((2, 16, 1)), Drawn(7, 150).plan()):  # of one module, and of several
        kernel = compile_kernel(plan, lanes=8, strict=True)
        again = from_object(kernel.to_object(), lanes=8, scratch=kernel.scratch)
        assert agree(again, plan, *data(plan, 20))


def test_threads_share_a_kernel():
    """Calls at one time, each with its own scratch, give what they give one after the other."""
    plan = mlp((2, 16, 16, 1))
    kernel = compile_kernel(plan, lanes=8, strict=True)
    X, P, G = data(plan, 200)
    right = []

    def call():
        right.append(all(agree(kernel, plan, X[i:], P, G) for i in range(4)))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 4


def test_the_same_plan_gives_the_same_code():
    """Nothing that decides rounding depends on time, hashing or memory."""
    plan = mlp((4, 9, 3))
    assert emit(plan, host(), lanes=16, strict=False) == emit(plan, host(), lanes=16, strict=False)


def test_lanes_that_are_no_vectors():
    """A block is one row or whole vectors."""
    with pytest.raises(ValueError, match="lanes = 12: 1, or a multiple of 8"):
        emit(mlp((2, 1)), AVX512, lanes=12, strict=False)
