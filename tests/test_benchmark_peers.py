"""What compile is measured beside: the peers compute the same as eager Values, to the last digits."""

import importlib.util
import shutil

import pytest

import microgradx as mx
from tests.benchmarks import compiled, tasks
from tests.benchmarks import eager as on_values
from tests.benchmarks.kinds import Contender
from tests.benchmarks.measure import Worker
from tests.compile.examples import eager

ROWS = 37

PACKAGES = {"in_jax": "jax", "in_torch": "torch", "in_autograd": "autograd", "in_casadi": "casadi", "in_xad": "xad"}
THERE = {peer for peer, package in PACKAGES.items() if importlib.util.find_spec(package)}
THERE |= {"in_c"} if shutil.which("cc") else set()


def those(*functions):
    """Return the functions of those peers that are installed, as parameters of a test."""
    return pytest.mark.parametrize("peer", [name for name in functions if name.partition(":")[0] in THERE])


@pytest.fixture(scope="module")
def slopes():
    """The mean loss and its gradient over some rows, by the name of the task."""

    def of(name):
        example = compiled.net(tasks.TASKS[name])
        found = eager(example, example.rows(ROWS, 0))
        columns = [found.values, *zip(*found.by_parameters, strict=True)]
        return [sum(column) / ROWS for column in columns]

    return {name: of(name) for name in ("small", "tanh")}


@pytest.fixture(scope="module")
def trained():
    """The parameters after one epoch, by the name of the task and the size of a batch."""
    of = [("small", 1), ("digits", 32), ("huber", 1), ("huber", 32)]
    return {(name, batch): on_values.train(name, batch, 1)[0]() for name, batch in of}


@pytest.fixture(scope="module")
def transformer():
    """The transformer's loss and its gradient."""
    return on_values.transformer(tasks.LENGTH)[0]()


def first(function, *arguments):
    """Return what a first step gives, from a process of its own."""
    with Worker(Contender(function, function, arguments=arguments)) as worker:
        return worker.ready["first"]


def close(found, expected):
    """Return whether two lists agree to a part in 10¹² of the largest number."""
    scale = max(map(abs, expected))
    return all(abs(x - y) <= 1e-12 * scale for x, y in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", ["small", "tanh"])
@those("in_c", "in_jax", "in_torch", "in_autograd", "in_casadi", "in_xad")
def test_gradients(peer, name, slopes):
    """A peer's mean loss and its gradient are those of Values, also for rows that fill no vector."""
    assert close(first(f"peers.{peer}:gradient", name, ROWS), slopes[name])


@those("in_c:limit")
def test_gradient_of_the_limit(peer, slopes):
    """So are those of the C with vectors by hand."""
    assert close(first(f"peers.{peer}", "small", ROWS), slopes["small"])


@pytest.mark.parametrize(("name", "batch"), [("small", 1), ("digits", 32)])
@those("in_c:train", "in_jax:scan", "in_torch:train")
def test_training(peer, name, batch, trained):
    """A peer's parameters after an epoch are those of Values, row by row in the same order."""
    assert close(first(f"peers.{peer}", name, batch, 1), trained[name, batch])


@pytest.mark.parametrize("batch", [1, 32])
@those("in_c:train", "in_jax:scan")
def test_training_with_an_if(peer, batch, trained):
    """So are those of a loss that has an if, of whose branches both are taken; without it they are others."""
    assert close(first(f"peers.{peer}", "huber", batch, 1), trained["huber", batch])
    assert not close(first(f"peers.{peer}", "small", batch, 1), trained["huber", batch])


@those("in_c:train", "in_jax:scan", "in_torch:train")
def test_training_one_row_at_a_time(peer):
    """Rows of a net for classes, one at a time, train as the compiled program trains them."""
    assert close(first(f"peers.{peer}", "digits", 1, 1), first("compiled:train", "digits", 1, 1))


@those("in_c", "in_jax", "in_torch", "in_autograd")
def test_transformer(peer, transformer):
    """A peer's transformer has the loss and the gradient of the one on Values."""
    assert close(first(f"peers.{peer}:transformer", tasks.LENGTH), transformer)


def test_closeness_can_fail():
    """Lists that differ by a part in 10¹¹ are told apart."""
    assert not close([1.0, 1e-11], [1.0, 0.0])


def test_order_is_that_of_fit():
    """Peers take the rows in the order in which training takes them."""
    settings = mx.train.settings.Settings(2, 32, 0.0, 0, None, None, None, None)
    batches = [batch for epoch in range(2) for batch in settings.batches(epoch, tasks.ROWS)]
    assert tasks.order(32, 2).tolist() == batches
