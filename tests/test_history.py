"""History and progress: what a run shows and keeps."""

import io
import math
import sys

import pytest

from microgradx.errors import LoadError
from microgradx.train import fit
from microgradx.train.history import History
from microgradx.train.progress import Line, bar
from tests.training import X, Y, network


def test_history_prints_plots_and_saves(tmp_path):
    """The history has a short summary, a plot, and a CSV file that loads to the same series."""
    from matplotlib.figure import Figure

    history = History([1.0, 0.5, 0.1 + 0.2], [2.0, 1.5, 1.75], {"accuracy": [0.0, 0.5, math.inf]})
    assert repr(history).splitlines() == [
        "History of 3 epochs",
        "  loss             1 → 0.3",
        "  validation loss  2 → 1.75, lowest 1.5 in epoch 2",
        "  accuracy         0 → inf",
    ]
    assert repr(History()) == "History of 0 epochs"
    ax = history.plot(ax=Figure().subplots())
    assert [line.get_label() for line in ax.lines] == ["training", "validation", "best"]
    history.save(tmp_path / "history.csv")
    assert History.load(tmp_path / "history.csv") == history


@pytest.mark.parametrize(
    "text", ["", "loss\n1\n", "epoch,loss\n2,0.5\n", "epoch,loss\n1,a\n", "epoch,loss\n1\n", "epoch,loss\n1,2,3\n"]
)
def test_damaged_histories_are_refused(text, tmp_path):
    """A CSV file that is not a history's is a LoadError that names it."""
    path = tmp_path / "history.csv"
    path.write_text(text)
    with pytest.raises(LoadError, match=r"history\.csv"):
        History.load(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"epoch,loss\n1,0.5\xff\n", "utf-8"),
        (b"epoch,loss\n1," + b"5" * 200_000 + b"\n", "field larger than"),
        (b"epoch,loss,loss\n1,0.5,0.25\n", "two columns have one name"),
        (b"epoch,loss\n" + b"1,0.5\n" * 200_000, "larger than 1000000 bytes"),
    ],
    ids=["bytes", "field", "columns", "size"],
)
def test_hostile_histories_are_refused(data, message, tmp_path, monkeypatch):
    """Bytes that are no text, huge fields, repeated columns and huge files are each a LoadError."""
    monkeypatch.setattr("microgradx.train.history.LARGEST", 1_000_000)
    path = tmp_path / "history.csv"
    path.write_bytes(data)
    with pytest.raises(LoadError, match=message):
        History.load(path)


def test_progress_is_silent_but_on_terminals(capsys, monkeypatch):
    """Nothing is printed where there is no terminal, or if it is switched off."""
    fit(network(), X, Y, epochs=2)
    assert capsys.readouterr() == ("", "")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for installed in (True, False):
        if not installed:
            monkeypatch.setitem(sys.modules, "tqdm", None)
        screen = Terminal()
        monkeypatch.setattr("sys.stderr", screen)
        fit(network(), X, Y, epochs=2, progress=False)
        assert screen.getvalue() == ""
        fit(network(), X, Y, epochs=2)
        assert "2/2" in screen.getvalue()
        assert "loss" in screen.getvalue()


def test_line_rewrites_itself():
    """Without tqdm one line is written over and over, with blanks over what a longer one left behind."""
    screen = io.StringIO()
    line = Line(100, 97, screen)
    line.set_postfix_str("loss 0.125")
    line.update()
    line.set_postfix_str("")
    line.update()
    line.update()
    line.close()
    assert (
        screen.getvalue()
        == "\repoch 98/100  loss 0.125" + "\repoch 100/100".ljust(len("\repoch 98/100  loss 0.125")) + "\n"
    )
    assert repr(bar(1, 0, show=False)) == "<silent bar>"


def test_a_loss_that_has_grown_is_told() -> None:
    """A history whose last loss is far above the first says so and what to do; one that merely wavers does not."""
    assert "the loss has grown: try a smaller learning rate" in repr(History(loss=[1.0, 30.0, 11.0]))
    assert "has grown" not in repr(History(loss=[1.0, 30.0, 9.0]))
