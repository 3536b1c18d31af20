"""A real browser: Debian's Chromium, driven by the npm package playwright-core, which `NODE_PATH` leads to."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).with_name("browser.js")

Action = tuple[str, ...]


def missing() -> str:
    """Return why there is no browser to drive, nothing if there is one."""
    for program in ("chromium", "node"):
        if shutil.which(program) is None:
            return f"needs the program {program}"
    found = subprocess.run(["node", "-e", "require.resolve('playwright-core')"], capture_output=True)
    return "needs playwright-core: npm install it, and set NODE_PATH to its node_modules" if found.returncode else ""


@dataclass(frozen=True)
class Visit:
    """What a probe found after loading and after each action, what the console said, and which addresses were asked."""

    found: list[Any]
    complaints: list[str]
    requests: list[str]


class Browser:
    """One Chromium for many visits; `close` ends it."""

    def __init__(self) -> None:
        command = ["node", str(DRIVER), str(shutil.which("chromium"))]
        pipe = subprocess.PIPE
        self._driver = subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8")

    def visit(
        self,
        page: Path,
        probe: str,
        actions: Sequence[Action] = (),
        *,
        width: int = 1000,
        height: int = 800,
        dark: bool = False,
        frame: int | None = None,
    ) -> Visit:
        """Open a page, evaluate the probe, an expression, and again after each action, in it or in one of its frames.

        Actions are ("press", key), ("fill", selector, text) and ("click", selector).
        """
        asked = {"page": page.as_uri(), "width": width, "height": height, "dark": dark, "frame": frame}
        asked |= {"probe": probe, "actions": list(actions)}
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps(asked) + "\n")
        self._driver.stdin.flush()
        answer = json.loads(self._driver.stdout.readline() or '{"failed": "the driver has ended"}')
        assert "failed" not in answer, answer["failed"]
        return Visit(**answer)

    def close(self) -> None:
        """End the browser."""
        self._driver.communicate(timeout=30)
