"""Run a notebook in a kernel of its own."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).parents[1]
LIMIT = 120.0  # s for a notebook: each takes below 30 on a machine with nothing else to do, and tests run beside it
MAY_RAISE = "raises-exception"  # the tag by which Jupyter goes on after a cell that fails
STRICT = """
import warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="ipykernel")  # its own shutdown warns, and would fail
del warnings
"""


def failures(notebook: NotebookNode, folder: Path, limit: float = LIMIT) -> list[str]:
    """Run a notebook in `folder`, warnings being errors, for at most `limit` seconds, and return what went wrong.

    The kernel is the interpreter of this test, whatever kernels the user has installed, and without the user's
    IPython profile. It is reached over sockets of files: ports may be taken by a test beside this one.
    """
    notebook.cells.insert(0, new_code_cell(STRICT))
    with tempfile.TemporaryDirectory() as own:
        kernel = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=os.path.join(own, "kernel.json"),
            transport="tcp" if sys.platform == "win32" else "ipc",
        )
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"IPYTHONDIR": own, "PYTHONPATH": os.pathsep.join(paths)}
        end = time.monotonic() + limit
        client = NotebookClient(
            notebook,
            km=kernel,
            timeout=None,
            timeout_func=lambda cell: max(end - time.monotonic(), 1.0),
            resources={"metadata": {"path": str(folder)}},
        )
        try:
            client.execute(env=environment, cleanup_kc=True)
        except CellExecutionError as error:
            return [f"{error.ename}: {error.evalue}"]
        except CellTimeoutError:
            return [f"not done within {limit:g} s"]
    return [
        f"{cell.id}: is to raise an error, and raises {raised or 'none'}"
        for cell in notebook.cells
        if MAY_RAISE in cell.metadata.get("tags", [])
        for raised in [", ".join(output.ename for output in cell.outputs if output.output_type == "error")]
        if not raised or raised.endswith("Warning")
    ]
