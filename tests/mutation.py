"""Mutants of our own source: one operator or one branch changed at a time."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any


class Mutation(ast.NodeTransformer):
    """Change the n-th place of a syntax tree that can be changed: `=` for `+=`, − for +, ÷ for ×, ≠ for =."""

    def __init__(self, n: int) -> None:
        self.left = n
        self.what = ""

    def _change(self, node: Any, new: Any, what: str) -> Any:
        self.left -= 1
        if self.left:
            return node
        self.what = f"line {node.lineno}: {what}"
        return ast.copy_location(new, node)

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        accumulates = ast.unparse(node.test).endswith("is None") and isinstance(node.orelse, ast.BinOp | ast.Call)
        return self._change(node, node.body, "= for +=") if accumulates else node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        self.generic_visit(node)
        other = {ast.Add: ast.Sub(), ast.Mult: ast.Div()}.get(type(node.op))
        return self._change(node, ast.BinOp(node.left, other, node.right), "operator") if other else node

    def visit_Name(self, node: ast.Name) -> Any:
        other = {"add": "mul", "mul": "add"}.get(node.id)
        return self._change(node, ast.Name(other, node.ctx), "function") if other else node

    def visit_Compare(self, node: ast.Compare) -> Any:
        self.generic_visit(node)
        if not isinstance(node.ops[0], ast.Eq):
            return node
        return self._change(node, ast.Compare(node.left, [ast.NotEq()], node.comparators), "!= for ==")


def mutants_of(module: ModuleType, name: str) -> Iterator[tuple[str, ModuleType]]:
    """Yield each mutant of a module of ours, changed inside the top-level functions and classes of this name."""
    for n in range(1, 100):
        tree = ast.parse(inspect.getsource(module))
        mutation = Mutation(n)
        tree.body = [mutation.visit(node) if getattr(node, "name", "").startswith(name) else node for node in tree.body]
        if not mutation.what:
            return
        mutant = ModuleType(module.__name__)
        mutant.__package__ = module.__package__
        exec(compile(ast.fix_missing_locations(tree), module.__file__ or "", "exec"), vars(mutant))
        yield mutation.what, mutant
