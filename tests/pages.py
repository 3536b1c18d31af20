"""The API pages of all public names, by pdoc: `python -m tests.pages FOLDER` writes them."""

from __future__ import annotations

import re
import sys
import types
import typing
from pathlib import Path

import microgradx as mx

from .notebooks import public

ROOMS = {
    f"microgradx.{name}": x for name, x in vars(mx).items() if name in public(mx) and isinstance(x, types.ModuleType)
}
MODULES = {"microgradx": mx, **ROOMS}
"""The package and the modules whose names are public, as mx.nn.MLP."""


def write(folder: Path) -> None:
    """Write one page for each public module, with all names that a user sees there, and a page to search them all."""
    import pdoc.render

    for module in MODULES.values():
        names = public(module)
        module.__all__ = [name for name in vars(module) if name in names]  # type: ignore[attr-defined]
        for name in names:
            name_types(getattr(module, name))
    pdoc.render.configure(footer_text=f"microgradx {mx.__version__}", search=True, show_source=True)
    pdoc.render.env.filters["to_markdown"] = markdown
    only_these = (f"!(?!({'|'.join(map(re.escape, MODULES))})$)",)
    pdoc.pdoc("microgradx", *only_these, output_directory=folder)


def name_types(x: object) -> None:
    """Give the constructor of a NamedTuple its types, which pdoc looks for in a module that does not exist."""
    if isinstance(x, type) and hasattr(x, "_fields"):
        x.__new__.__annotations__ = typing.get_type_hints(x)


def markdown(docstring: str) -> str:
    """Return a docstring as Markdown, with a paragraph in two columns as a list."""
    return "\n\n".join(map(as_list, docstring.split("\n\n")))


def as_list(paragraph: str) -> str:
    """Return a paragraph as it is, or as a list if each of its lines has two columns, or goes on in the second one."""
    items: list[str] = []
    for line in paragraph.splitlines():
        if columns := re.fullmatch(r"(\w+(?:, \w+)*) {2,}(\S.*)", line):
            items.append("* `{}`: {}".format(*columns.groups()))
        elif items and line.startswith("    "):
            items[-1] += f" {line.strip()}"
        else:
            return paragraph
    return "\n".join(items)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.pages FOLDER")
    write(Path(sys.argv[1]))
