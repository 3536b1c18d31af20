"""The command line: python -m microgradx tour | info | draw | check | conformance | grade."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from .draw import Graph, draw
from .engine import Value
from .errors import FormulaError
from .expression import parse
from .files import write_atomically
from .grammar import FUNCTIONS
from .info import info, version
from .names import normal

MINUS_FIRST = 'an expression that begins with a minus stands behind --, as in draw -- "-x" x=2'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0, or 1 where a check failed or the input was wrong.

    >>> main(["draw", "x*y", "x=2", "y=3"])
    *  6  grad 1
    |-- x  2  grad 3
    `-- y  3  grad 2
    0
    """
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        hint = f"; {MINUS_FIRST}" if getattr(options, "run", None) is _draw else ""
        parser.error(f"no such option: {' '.join(unknown)}{hint}")
    if "run" not in options:
        parser.print_help()
        return 1
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has had enough, as in `… | head`; nothing is left to say, not at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, ImportError, OSError, RuntimeError) as error:
        print(f"microgradx: {error}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m microgradx", description="Scalar autodiff that shows its work.")
    parser.add_argument("--version", action="version", version=f"microgradx {version('microgradx')}")
    commands = parser.add_subparsers(metavar="command")

    def command(name: str, what: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")

    tour = command("tour", "run the main job and write a page with pictures")
    tour.add_argument(
        "-o", "--output", type=Path, default=Path("tour"), metavar="FOLDER", help="where to write it (default: tour/)"
    )
    tour.set_defaults(run=_tour)

    about = command("info", "print versions, renderers and back ends found, processor")
    about.set_defaults(run=_info)

    picture = command("draw", "draw an expression with its values and error signals")
    picture.add_argument("expression", nargs="?", help=f'such as "x*y + exp(x)"; {MINUS_FIRST}')
    picture.add_argument("values", nargs="*", metavar="name=number", help="a value for each name, such as x=2")
    picture.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write, .svg, .dot, or .png and .pdf with Graphviz"
    )
    picture.set_defaults(run=_draw)

    check = command("check", "check every derivative of the table of primitives")
    check.set_defaults(run=_check)

    engine = command("conformance", "name the bugs of somebody's own Value class")
    engine.add_argument("engine", help="path/to/engine.py:Value or package.module:Value; its code is run")
    engine.add_argument("--seconds", type=float, default=5.0, metavar="S", help="time for one experiment (default: 5)")
    engine.set_defaults(run=_conformance)

    _add_options(command("grade", "run a student's notebook and mark its exercises"))
    return parser


def _add_options(marks: argparse.ArgumentParser) -> None:
    """Add what `grade` takes."""
    marks.add_argument("notebook", type=Path, help="the student's notebook; its code is run, with your rights")
    marks.add_argument(
        "--assignment", type=Path, metavar="FILE", help="the notebook that was handed out, with the tasks and marks"
    )
    marks.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="JSON file to write the marks and the feedback to"
    )
    marks.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for one cell (default: 60)")
    marks.add_argument("--total", type=float, default=600.0, metavar="S", help="seconds for all of it (default: 600)")
    marks.set_defaults(run=_grade)


def _tour(options: argparse.Namespace) -> int:
    from .tour import tour

    tour(options.output)
    return 0


def _info(options: argparse.Namespace) -> int:
    print(info())
    return 0


def _draw(options: argparse.Namespace) -> int:
    if options.expression is None:
        raise FormulaError('draw takes an expression, such as "x*y + exp(x)", and a value for each name, such as x=2')
    values = dict(_assignment(text) for text in options.values)
    expression = parse(options.expression)
    if unused := [name for name in values if normal(name) not in {piece.name for piece in expression.pieces}]:
        raise FormulaError(f"{options.expression!r} does not name {', '.join(unused)}")
    given = {normal(name) for name in values}
    if missing := [name for name in expression.names if name not in given and name not in FUNCTIONS]:
        raise FormulaError(f"{options.expression!r} needs a number for each name: give {'=… '.join(missing)}=… too")
    result = expression.evaluate({name: Value(x, name) for name, x in values.items()})
    if not isinstance(result, Value):
        raise FormulaError(f"{options.expression!r} has no names, so there is no graph to draw; it is {result!r}")
    result.backward()
    picture = draw(result)
    if options.output is None:
        print(picture.text())
        return 0
    write_atomically(options.output, _file(picture, options.output))
    print(f"wrote {options.output}")
    return 0


def _file(picture: Graph, path: Path) -> bytes:
    """Return the picture in the format that the suffix names."""
    suffix = path.suffix.lower()
    if suffix in (".dot", ".gv"):
        return str(picture.source).encode()
    if suffix not in (".svg", ".png", ".pdf"):
        raise ValueError(f"cannot tell the format of {str(path)!r}; let it end in .svg, .png, .pdf, .dot or .gv")
    drawn: bytes = picture.pipe(suffix[1:])
    return drawn


def _assignment(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    try:
        return name.strip(), float(number)
    except ValueError:
        what = f"{number!r} is not a number" if equals else "the '=' is missing"
        raise FormulaError(f"{text!r} gives no value: {what}; write it as x=2 or x=-1.5e3") from None


def _check(options: argparse.Namespace) -> int:
    from .check import check_table

    report = check_table()
    print(report)
    return 0 if report.ok else 1


def _conformance(options: argparse.Namespace) -> int:
    from .conformance import conformance

    report = conformance(options.engine, seconds=options.seconds)
    print(report)
    return 0 if report.ok else 1


def _grade(options: argparse.Namespace) -> int:
    from .grading import grade

    if options.output is not None:  # before the notebook takes its time
        options.output.parent.mkdir(parents=True, exist_ok=True)
    marks = grade(options.notebook, options.assignment, timeout=options.timeout, total=options.total)
    print(marks)
    if options.output is not None:
        marks.save(options.output)
        print(f"wrote {options.output}")
    return 0


def _print_anything() -> None:
    """Let what prints write \\u2202 where the other end of a pipe has no ∂, as often on Windows, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    _print_anything()
    sys.exit(main())
