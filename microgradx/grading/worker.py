"""The process that runs a student's notebook in a kernel: it tells what came of each cell, one line of JSON each.

It ends at the first cell that hangs, ends its kernel, floods its output or overwrites the checker; who started it
starts another one without that cell. It judges nothing.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import time
from typing import Any, NamedTuple

from .plain import LARGEST, unpacked
from .processes import end, tree

ORDERS = "orders.json"
"""The file that tells a worker what to run."""
MOST_OUTPUT = 10_000_000
"""The most characters that a cell may print."""
_START = 60.0
_STEP = 0.1


class Limits(NamedTuple):
    """What a cell may take."""

    seconds: float
    output: int = MOST_OUTPUT


class Fatal(Exception):
    """A cell after which the kernel cannot be used: its message says why."""


class Late(Fatal):
    """A cell that runs too long."""


def main() -> None:
    """Run the cells of the orders in this folder, and write to standard output what came of each."""
    with open(ORDERS, encoding="utf-8") as file:
        orders = json.load(file)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what anything else here prints is no answer

    def tell(**found: Any) -> None:
        print(json.dumps(found), file=answers, flush=True)

    own, kernel = os.getcwd(), None  # an empty folder, which who started this removes
    try:
        kernel, client = _start(own)
        limits = Limits(orders["timeout"])
        _run(client, kernel, "", None, Limits(_START))  # else the library is not there, whatever a student does
        tell(started=True)
        for i, (source, variable) in enumerate(orders["cells"]):
            if i in orders["skip"]:
                continue
            tell(begin=i)
            try:
                tell(end=i, **_run(client, kernel, source, variable, limits))
            except Fatal as reason:
                tell(failed=i, reason=str(reason))
                return
        tell(done=True)
    except Fatal as reason:
        tell(broken=str(reason))
    finally:
        if kernel is not None:
            end(tree(kernel.provisioner.pid))
        os._exit(0)  # threads of sockets may wait for ever


def _start(own: str) -> tuple[Any, Any]:
    """Return a kernel of this interpreter, whatever kernels the user has installed, and its client."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    folder = os.path.join(own, "work")
    os.mkdir(folder)
    kernel = KernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=os.path.join(own, "kernel.json"),
        transport="tcp" if sys.platform == "win32" else "ipc",
    )
    silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    kernel.start_kernel(cwd=folder, env=os.environ | {"IPYTHONDIR": os.path.join(own, "ipython")}, **silent)
    client = kernel.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=_START)
    except RuntimeError as problem:
        raise Fatal(f"no kernel starts: {problem}") from None
    return kernel, client


def _run(client: Any, kernel: Any, source: str, variable: str | None, limits: Limits) -> dict[str, str]:
    """Return what came of a cell: an error or what it answers; Fatal for what ends the kernel's use.

    The report is asked for by a request of its own, so that a cell after which nothing works is found out before the
    next one is run.
    """
    if variable is not None:
        _execute(client, kernel, f"globals().pop({variable!r}, None)", {}, limits, silent=True)
    reply = _execute(client, kernel, source, {}, limits)
    if any(part.get("source") == "ask_exit" for part in reply.get("payload", [])):
        raise Fatal("the cell asks to end the notebook")
    asked = f"__import__('microgradx.grading.plain', fromlist=['report']).report({variable!r}, globals())"
    try:
        found = _report(_execute(client, kernel, "", {"report": asked}, limits, silent=True))
    except Late:
        raise Fatal("after the cell the notebook's process does not answer any more") from None
    if reply.get("status") != "ok":
        return {"error": f"{reply.get('ename', 'error')}: {reply.get('evalue', '')}"[:300]}
    return {"report": found}


def _report(reply: dict[str, Any]) -> str:
    """Return the digits of a report; Fatal if there is none, or if the checker has been overwritten."""
    found = reply.get("user_expressions", {}).get("report", {})
    digits = str(found.get("data", {}).get("text/plain", "")).strip("'")
    if found.get("status") != "ok":
        error = f"{found.get('ename', 'no report')}: {str(found.get('evalue', ''))[:200]}"
        raise Fatal(f"after the cell the library cannot be used: {error}")
    if len(digits) > LARGEST:
        raise Fatal(f"the answer has more than {LARGEST} characters")
    try:
        untouched, _, _ = unpacked(digits)
    except ValueError as problem:
        if not digits or set(digits) - set("0123456789abcdef"):
            raise Fatal("the cell overwrites what reads the answer") from problem
        return digits
    if not untouched:
        raise Fatal("the cell overwrites the checker")
    return digits


def _execute(
    client: Any, kernel: Any, source: str, asked: dict[str, str], limits: Limits, *, silent: bool = False
) -> dict[str, Any]:
    """Return the kernel's reply to a cell, once all that the cell prints is there; Fatal if that is too much or late.

    What an earlier cell prints late, from a thread, is dropped and not counted.
    """
    request = client.execute(
        source, silent=silent, store_history=not silent, user_expressions=asked, allow_stdin=False, stop_on_error=False
    )
    deadline, printed, content, idle = time.monotonic() + limits.seconds, 0, None, False
    while content is None or not idle:
        size, ended = _drain(client, request)
        printed, idle = printed + size, idle or ended
        if printed > limits.output:
            raise Fatal(f"the cell prints more than {limits.output // 1_000_000} MB")
        if time.monotonic() > deadline:
            raise Late(f"the cell runs longer than {limits.seconds:g} s")
        try:
            reply = client.get_shell_msg(timeout=_STEP if content is None else 0.0)
            if reply["parent_header"].get("msg_id") == request:
                content = reply["content"]
        except queue.Empty:
            if content is None and not kernel.is_alive():
                raise Fatal("the cell ends the notebook's process") from None
    found: dict[str, Any] = content
    return found


def _drain(client: Any, request: str) -> tuple[int, bool]:
    """Drop what the kernel has printed and shown; return how many characters are the cell's, and if it is over."""
    size, idle, patience = 0, False, 0.01
    for _ in range(1000):
        try:
            message = client.get_iopub_msg(timeout=patience)
        except queue.Empty:
            break
        patience, content = 0.0, message["content"]
        if message["parent_header"].get("msg_id") == request:
            size += len(str(content.get("text", ""))) + sum(len(str(x)) for x in content.get("data", {}).values())
            idle = idle or content.get("execution_state") == "idle"
    return size, idle


if __name__ == "__main__":
    main()
