"""What a function reads by way of helpers, decorators, defaults, imports and built-in names is watched as well."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import ModuleType
from typing import Any

import pytest

from .seen import is_refused

SHARED = ContextVar("SHARED", default=1.0)
IMPORTED = ModuleType("imported_when_called")
IMPORTED.__file__ = __file__
named = 1.0


def by_default(x: Any, factor: float = 1.0) -> Any:
    return factor * x


def memoised(f: Callable[..., Any]) -> Any:
    """Return a function that keeps its results, with one to compute them in its __wrapped__."""
    return functools.lru_cache(f)


Case = tuple[Callable[[Any], Any], Callable[[], Any]]


def cases() -> dict[str, Case]:
    """Return functions of a list of two numbers, and what changes their results."""
    keyword, factors = functools.partial(by_default, factor=1.0), [2.0]
    cached = memoised(lambda n: n * factors[0])

    def with_attribute(x: Any) -> Any:
        return with_attribute.rate * x[0]  # type: ignore[attr-defined]

    with_attribute.rate = 1.0  # type: ignore[attr-defined]

    def of_import(x: Any) -> Any:
        from imported_when_called import rate  # type: ignore[import-not-found]

        return rate * x[0]

    def inner(x: Any, by: float = 1.0) -> Any:
        return by * x

    return {
        "argument of a partial": (lambda x: keyword(x[0]), lambda: keyword.keywords.update(factor=5.0)),
        "cache": (lambda x: cached(3) * x[0], lambda: (factors.__setitem__(0, 5.0), cached.cache_clear())),
        "attribute of a function": (with_attribute, functools.partial(setattr, with_attribute, "rate", 5.0)),
        "default": (lambda x: inner(x[0]), lambda: setattr(inner, "__defaults__", (5.0,))),
        "import": (of_import, lambda: setattr(IMPORTED, "rate", 5.0)),
        "globals()": (lambda x: globals()["named"] * x[0], lambda: globals().update(named=5.0)),
        "name of a builtin": (lambda x: abs(-2.0) * x[0], lambda: globals().update(abs=lambda x: 5.0)),
        "code": (
            lambda x: by_default(x[0]),
            lambda: setattr(by_default, "__code__", (lambda x, factor=1.0: 5.0 * x).__code__),
        ),
        "context": (lambda x: SHARED.get() * x[0], lambda: SHARED.set(5.0)),
    }


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    IMPORTED.rate = 1.0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, IMPORTED.__name__, IMPORTED)
    code, token = by_default.__code__, SHARED.set(1.0)
    yield
    globals().pop("abs", None)
    globals().update(named=1.0)
    by_default.__code__ = code
    SHARED.reset(token)


@pytest.mark.parametrize("name", cases())
def test_the_first_call_after_a_change_is_an_error(name: str) -> None:
    """Whichever way a function reaches something, the next call after it has changed is a TraceError."""
    is_refused(*cases()[name])
