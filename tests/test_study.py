"""Repeated runs: equal to serial ones over any executor, in order, with nothing lost."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

import microgradx as mx
from microgradx.study import study

X, Y = mx.datasets.moons(60, noise=0.1, seed=1)


def train(seed: int) -> mx.History:
    """Train a small network, compiled."""
    model = mx.nn.MLP(2, [5, 1], seed=seed)
    return mx.fit(model, X, Y, optimizer=mx.optim.Adam(lr=0.05), epochs=8, batch_size=4, seed=seed)


class LastFirst(Executor):
    """An executor that ends the runs in the reverse of their order."""

    def __init__(self) -> None:
        self.calls: list[tuple[Future[Any], Any, Any]] = []

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Keep the call; the third one runs all of them, the last one first."""
        future: Future[Any] = Future()
        self.calls.append((future, function, args))
        if len(self.calls) == 3:
            for found, f, x in reversed(self.calls):
                found.set_result(f(*x))
        return future


def test_compiled_training_in_threads_is_that_of_one_thread() -> None:
    """Runs in threads at once give every bit that runs one after the other give, and were compiled."""
    serial = {seed: train(seed) for seed in range(12)}
    with ThreadPoolExecutor(8) as threads:
        together = study(train, range(12), threads)
    assert together.results == serial == study(train, range(12)).results
    assert {history.by for history in together.results.values()} == {"llvm"}
    assert len({tuple(history.loss) for history in serial.values()}) == 12, (
        "seeds make no difference, so nor would a mix"
    )


def test_runs_share_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an executor runs take place at once on several cores: each of two waits until the other has begun."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    meeting = threading.Barrier(2)
    found = study(lambda seed: meeting.wait(timeout=30) * 0.0 + seed, [0, 1])
    assert found.numbers() == [0.0, 1.0]


def test_processes_take_functions_of_modules() -> None:
    """A ProcessPoolExecutor runs a function of a module, and stays open after the study."""
    with ProcessPoolExecutor(2, mp_context=__import__("multiprocessing").get_context("spawn")) as processes:
        found = study(math.sqrt, [1, 4, 9], processes)
        assert found.results == {1: 1.0, 4: 2.0, 9: 3.0}
        assert processes.submit(math.sqrt, 16).result() == 4.0


def test_dask_trains_in_other_processes() -> None:
    """Over Dask's `client.get_executor()` a function of this session trains in other processes, with equal results."""
    distributed = pytest.importorskip("distributed", reason="needs the package distributed")
    import os

    data = X, Y

    def elsewhere(seed: int) -> dict[str, Any]:
        import microgradx as mx

        model = mx.nn.MLP(2, [5, 1], seed=seed)
        adam = mx.optim.Adam(lr=0.05)
        history = mx.fit(model, *data, optimizer=adam, epochs=8, batch_size=4, seed=seed)
        return {"loss": history.loss, "process": os.getpid()}

    here = {seed: train(seed).loss for seed in range(6)}
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = study(elsewhere, range(6), client.get_executor())
    assert {seed: result["loss"] for seed, result in found.results.items()} == here
    assert os.getpid() not in found.numbers("process")


def test_results_come_in_the_order_of_the_seeds() -> None:
    """However the runs end, results, series and numbers are in the order in which the seeds were given."""
    found = study(lambda seed: seed * 2, [3, 1, 2], LastFirst())
    assert list(found.results.items()) == [(3, 6), (1, 2), (2, 4)]
    assert found.numbers() == [6.0, 2.0, 4.0]


def test_an_error_names_its_seed_and_loses_nothing() -> None:
    """A run that fails is warned of by its seed; the other results are there, and so is its error with its line."""

    def fragile(seed: int) -> float:
        if seed % 5 == 3:
            raise OSError(f"no data for <b>{seed}</b>")
        return float(seed)

    with pytest.warns(UserWarning, match=r"of 10 runs, seed 3 failed: OSError: no data .*; so did 1 more"):
        found = study(fragile, range(10))
    assert list(found.results) == [0, 1, 2, 4, 5, 6, 7, 9]
    assert list(found.failures) == [3, 8]
    assert found.failures[8].__notes__ == ["this is the run train(8)"]
    assert found.failures[8].__traceback__ is not None
    assert str(found).splitlines()[0] == "Study of 10 runs, 2 of them failed"
    assert "seed 8 failed: OSError: no data for <b>8</b>" in str(found)
    assert "no data for &lt;b&gt;8" in found._repr_html_()


def test_if_every_run_fails_the_first_error_is_raised() -> None:
    """A mistake that every run makes is raised as it is, with the seed as a note."""
    with pytest.raises(ZeroDivisionError) as caught:
        study(lambda seed: 1 / 0, range(3))
    assert caught.value.__notes__ == ["this is the run train(0)"]


BAD_RESULTS = [None, "0.5", object(), {}, {"loss": None}, {"loss": []}, [[0.5]], 1j, True, 10**400, mx.History()]


@pytest.mark.parametrize("result", BAD_RESULTS, ids=range(len(BAD_RESULTS)))
def test_a_result_that_is_no_number_is_a_failure(result: Any) -> None:
    """What a run returns must hold numbers; if it does not, the error says what it may be, or what is too large."""
    with pytest.raises((TypeError, ValueError, OverflowError), match=r"returns a number, .* a History, or|beyond"):
        study(lambda seed: result, range(2))


def test_wrong_arguments_are_told() -> None:
    """A count in place of seeds, no seeds, a seed that comes twice, and a result in place of a function are errors."""
    with pytest.raises(TypeError, match=r"write range\(20\)"):
        study(float, 20)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="there are no seeds"):
        study(float, [])
    with pytest.raises(ValueError, match="the seed 2 comes twice"):
        study(float, [1, 2, 2])
    with pytest.raises(TypeError, match=r"train is a function of a seed, not 1\.0"):
        study(1.0, range(3))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"an Executor of concurrent.futures is needed, not 4; .*get_executor"):
        study(float, range(3), 4)  # type: ignore[arg-type]


INTERRUPTED = """
import _thread, threading, time
import microgradx as mx
from concurrent.futures import ThreadPoolExecutor
begun = []
def train(seed):
    begun.append(seed)
    if seed == 2:
        time.sleep(0.2)  # the others have been counted by then
        _thread.interrupt_main()
        time.sleep(1.0)
    return seed
found = mx.study(train, range(1000), POOL)
assert list(found.results) == [0, 1] and len(begun) < 5, (found.results, begun)
assert found.stopped == "interrupted after 2 of 1000 runs", found.stopped
print(found)
"""


@pytest.mark.parametrize("pool", ["ThreadPoolExecutor(1)", "None"])
def test_an_interrupt_gives_back_the_runs_that_have_ended(pool: str) -> None:
    """Ctrl-C cancels the runs that have not begun, and the study of those that have ended comes back."""
    program = INTERRUPTED.replace("POOL", pool).replace("import mic", "import os; os.cpu_count = lambda: 1\nimport mic")
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.rstrip().endswith("interrupted after 2 of 1000 runs")


def test_the_bar_counts_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """With `progress` a bar counts the runs to the last; without a terminal none is shown."""
    study(float, range(7), progress=True)
    assert "7/7" in capsys.readouterr().err
    study(float, range(7))
    assert capsys.readouterr() == ("", "")


def test_where_there_are_no_threads_runs_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a browser, which cannot start threads, a study runs one after the other, with the same failures."""
    monkeypatch.setattr("sys.platform", "emscripten")
    monkeypatch.setattr("threading.Thread.start", lambda thread: pytest.fail("a thread was started"))
    with pytest.warns(UserWarning, match="seed 0 failed: ZeroDivisionError"):
        assert study(lambda seed: 1 / seed, [0, 1, 2]).numbers() == [1.0, 0.5]
