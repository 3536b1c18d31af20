"""Every row of the table is right, by exact arithmetic: a new row is tested here with no further line."""

from __future__ import annotations

import inspect
import pickle
import random

import pytest
from mpmath import mp, mpf

from microgradx.primitives import ATOMS, TABLE, Arithmetic, Primitive, row

from .checks import ROW_CHECKS, check_forward, check_partials, check_second, check_value, samples, shapes
from .oracle import JETS, agreed, derivative, exact, flat, same

ROWS = pytest.mark.parametrize("p", TABLE, ids=lambda p: p.name)
SMOOTH = pytest.mark.parametrize("p", [p for p in TABLE if p.name != "detach"], ids=lambda p: p.name)


@SMOOTH
@pytest.mark.parametrize("check", ROW_CHECKS, ids=lambda check: check.__name__)
def test_row_is_right_on_its_domain(p: Primitive, check) -> None:
    """Value, partials, second derivatives and forward mode of a row agree with mathematics on its domain."""
    for operands in samples(p, 16):
        check(p, operands)


@ROWS
@pytest.mark.parametrize("reach", [20.0, 40.0, 700.0])
def test_row_is_right_in_saturation(p: Primitive, reach: float) -> None:
    """Value and partials keep their last digits far out, where a careless formula has none left."""
    for operands in samples(p, 12, reach):
        check_value(p, operands)
        check_partials(p, operands)
        check_forward(p, operands)


@pytest.mark.parametrize("p", [p for p in TABLE if p.blocks], ids=lambda p: p.name)
def test_block_row_is_right_with_ties(p: Primitive) -> None:
    """Equal entries in a block share what belongs to them equally."""
    rng = random.Random(0)
    for shape in shapes(p):
        for _ in range(4):
            operands = [tuple(rng.choice((-1.5, 0.25, 2.0)) for _ in range(n)) for n in shape]
            check_value(p, operands)
            check_partials(p, operands)
            check_forward(p, operands)


@pytest.mark.parametrize("p", [p for p in TABLE if p.blocks], ids=lambda p: p.name)
def test_block_row_takes_every_length(p: Primitive) -> None:
    """A row over blocks takes blocks of any length from 1 on, or of one length only."""
    firsts = [shape[-1] for shape in shapes(p)]
    assert firsts == [1, 2, 3, 5] or len(firsts) == 1


@ROWS
def test_row_describes_itself(p: Primitive) -> None:
    """A row has a symbol, LaTeX with balanced braces that names each operand, and a domain for each operand."""
    operands = len(inspect.signature(p.value).parameters) - 1
    assert len(p.partials) == len(p.domain) == operands
    assert p.name
    assert p.symbol
    tex = p.tex.format("alpha", "beta")
    assert all(name in tex for name in ("alpha", "beta")[:operands])
    assert tex.count("{") == tex.count("}")
    assert all(low < high for low, high in p.domain)
    assert row(p.name) is p
    assert pickle.loads(pickle.dumps(p)) is p


def test_names_are_unique() -> None:
    """No two rows share a name, and a name that is not there is answered with those that are."""
    assert len({p.name for p in TABLE}) == len(TABLE)
    with pytest.raises(KeyError, match="no primitive named 'tan'; the rows are add, sub"):
        row("tan")
    with pytest.raises(AttributeError, match="tan"):
        _ = JETS.tan


@pytest.mark.parametrize("atom", sorted(ATOMS))
def test_arithmetic_without_an_atom_is_refused(atom: str) -> None:
    """An arithmetic that lacks an atom is not built, and the error names the atom."""
    with pytest.raises(TypeError, match=f"missing: {atom}$"):
        Arithmetic({name: getattr(JETS, name) for name in ATOMS - {atom}})


@SMOOTH
def test_oracle_agrees_with_differences_at_high_precision(p: Primitive) -> None:
    """The oracle's own derivatives are those of `mpmath.diff`, which knows no rule at all."""
    for operands in samples(p, 6, seed=1):
        count = len(flat(p, operands))
        for i, slope in enumerate(exact(p, operands)[1:]):
            assert same(slope, derivative(p, operands, [int(j == i) for j in range(count)])), (p.name, operands, i)


def test_oracle_doubles_its_precision_until_it_knows() -> None:
    """A cancellation that eats 300 bits does not deceive the oracle, and one that never ends is an error."""
    tiny = mpf(2) ** -300
    assert agreed(lambda: [(1 + tiny) - 1]) == [tiny]
    with pytest.raises(ArithmeticError, match="no two precisions agree"):
        agreed(lambda: [mpf(mp.prec)])


def test_derivative_of_tanh_is_not_what_the_usual_formula_says() -> None:
    """At x = 20 the checks accept 1/cosh² and would refuse 1 − tanh², which is off by all its digits."""
    usual = Primitive("tanh", "tanh", r"\tanh {0}", ((-4.0, 4.0),), row("tanh").value, (lambda m, z, x: 1.0 - z * z,))
    check_partials(row("tanh"), (20.0,))
    check_second(row("tanh"), (20.0,))
    with pytest.raises(AssertionError):
        check_partials(usual, (20.0,))
