"""Rows of a program by the paths that they take, and what the engine makes of them, row by row."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import microgradx as mx
from microgradx import Value
from microgradx.compile.nests.nests import Plan
from microgradx.compile.paths.path import Call, Path
from microgradx.compile.paths.paths import Paths
from microgradx.compile.paths.stages import Kind
from microgradx.compile.program import Program as Compiled
from microgradx.compile.tape.tape import Floats, Ints

from .examples import Program
from .rounding import rounding

WEIGHT = 1.0 / 3.0
"""The weight of each row in a gradient."""


@dataclass(frozen=True)
class Way:
    """Some rows of a program that take one path: their inputs, and what the engine makes of them.

    inputs       (n, inputs) of the tape
    directions   (n, inputs) along which tangents are taken
    members      (n,) which rows of the call they are
    """

    path: Path
    paths: Paths
    call: Call
    strict: bool
    members: Ints
    inputs: Floats
    directions: Floats
    _dense: Floats = field(repr=False)

    @property
    def parameters(self) -> Floats:
        """The numbers of all leaves: parameters, then captured ones."""
        return self.path.read(None)

    def plan(self, kind: Kind) -> Plan:
        """Return the plan for a kind of work."""
        return self.path.stages.made(kind).rolled.plan

    def given(self, kind: Kind) -> Floats:
        """Return the inputs of the plan for a kind of work."""
        return np.ascontiguousarray(np.hstack([self.inputs, self.directions]) if kind is Kind.TANGENTS else self.inputs)

    def expected(self, kind: Kind) -> Floats:
        """Return what the engine gives in each row, (n, size); of a training step the values alone."""
        eager, rows = self.paths.eager, self.call.rows
        of: dict[Kind, Any] = {
            Kind.VALUES: lambda i: eager.values(rows, self.members[i]),
            Kind.JACOBIAN: lambda i: eager.jacobian(rows, self.members[i]),
            Kind.HESSIAN: lambda i: eager.hessian(rows, self.members[i]),
            Kind.TANGENTS: lambda i: eager.tangent(rows, self.members[i], self._dense[i].tolist()),
        }
        one = of.get(kind, of[Kind.VALUES])
        return np.array([np.ravel(one(i)) for i in range(len(self.members))])

    def result(self, kind: Kind, outputs: dict[str, Floats]) -> Floats:
        """Return what a kernel gave in each row, by the numbers of a row instead of by the tape's inputs."""
        dense, width = self.path.packer.dense, self.inputs.shape[1]
        if kind is Kind.JACOBIAN:
            n = len(outputs[kind])
            block = outputs[kind].reshape(n, self.paths.outputs, width).swapaxes(1, 2)
            found: Floats = dense(block).swapaxes(1, 2)
            return found.reshape(n, found.shape[1] * found.shape[2])
        if kind is Kind.HESSIAN:
            n = len(outputs[kind])
            found = dense(dense(outputs[kind].reshape(n, width, width)).swapaxes(1, 2)).swapaxes(1, 2)
            return found.reshape(n, found.shape[1] * found.shape[2])
        return outputs.get(kind, outputs["values"])

    @cached_property
    def gradients(self) -> Floats:
        """∂(weight · value)/∂parameter in each row, as `backward` leaves it in the parameters: (n, p)."""
        return np.array([self._backward(i) for i in range(len(self.members))]).reshape(len(self.members), -1)

    def _backward(self, i: int) -> list[float]:
        (y,), _ = self._eager(i)
        before = [v.grad for v in self.paths.parameters]
        for v in self.paths.parameters:
            v.grad = 0.0
        if isinstance(y, Value):
            y.backward(WEIGHT)
        found = [v.grad for v in self.paths.parameters]
        for v, g in zip(self.paths.parameters, before, strict=True):
            v.grad = g
        return found

    def sizes(self, kind: Kind) -> Floats:
        """Return by how much one rounding of all numbers changes what `expected` gives, in units of 2⁻⁵³."""
        found = []
        for i in range(len(self.members)):
            ys, xs = self._eager(i)
            found.append([rounding(z) for z in self._results(kind, i, ys, xs)])
        return np.array(found).reshape(len(found), -1)

    def _results(self, kind: Kind, i: int, ys: list[Any], xs: list[Value]) -> list[Any]:
        """Return the numbers that a kind of work computes, as graphs of Values."""
        if kind not in (Kind.JACOBIAN, Kind.TANGENTS, Kind.HESSIAN):
            return ys
        slopes = [_slopes(y, xs) for y in ys]
        if kind is Kind.TANGENTS:
            return [mx.dot(self._dense[i].tolist(), g) if g else 0.0 for g in slopes]
        if kind is Kind.HESSIAN:
            slopes = [_slopes(g, xs) for g in slopes[0]]
        return [z for row in slopes for z in row]

    @cached_property
    def along(self) -> Floats:
        """Directions (d, p) along which gradients are compared: signs drawn at random, and single parameters."""
        rng, p = np.random.default_rng(4), len(self.paths.parameters)
        single = np.eye(p)[rng.integers(0, p, min(p, 3))] if p else np.zeros((0, 0))
        return np.vstack([rng.choice([-1.0, 1.0], (1, p)), single])

    @cached_property
    def gradient_sizes(self) -> Floats:
        """The same as `sizes` of weight · gradient along each direction: (n, d)."""
        found = []
        for i in range(len(self.members)):
            g = _slopes(self._eager(i)[0][0], list(self.paths.parameters))
            found.append([WEIGHT * rounding(mx.dot(s.tolist(), g)) if g else 0.0 for s in self.along])
        return np.array(found)

    def _eager(self, i: int) -> tuple[list[Any], list[Value]]:
        return self.paths.eager.outputs(self.call.rows, int(self.members[i]))


def _slopes(y: Any, xs: list[Value]) -> list[Any]:
    """Return ∂y/∂x for each x as graphs."""
    return mx.grad(y, xs, create_graph=True) if isinstance(y, Value) and xs else [0.0] * len(xs)


def ways(program: Program, strict: bool, count: int = 5, seed: int = 3) -> list[Way]:
    """Return some rows of a program, sorted by the paths that they take."""
    compiled = Compiled(program.f, program.parameters, program.indices, strict, "numpy")
    paths, call = compiled.called(program.rows(count, seed))
    by_path: dict[Path, list[int]] = {}
    for row in range(count):
        by_path.setdefault(paths.traced(call, row), []).append(row)
    return [_way(path, paths, call, strict, np.array(members)) for path, members in by_path.items()]


def _way(path: Path, paths: Paths, call: Call, strict: bool, members: Ints) -> Way:
    matrix = path.packer.matrix(call.rows)[members]
    numbered = paths.eager.indices
    width = sum(math.prod(s) for a, s in enumerate(call.rows.shapes) if a not in numbered)
    along = np.random.default_rng(9).normal(size=(len(members), width))
    return Way(path, paths, call, strict, members, matrix, path.packer.spread(along), along)
