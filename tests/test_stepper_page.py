"""The stepper in a real browser: the engine's numbers by key and by slider, in frames, with hostile labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx.draw.metrics import number
from microgradx.notation import Notation, bar
from microgradx.stepper.steps import called
from microgradx.sweep import nodes

from .browser import Browser, Visit
from .stepped import GRAPHS, hostile, least_squares

SHOWN = """(() => {
  const all = [...document.querySelectorAll("[data-box]")];
  const boxes = all.filter((box) => box.querySelectorAll(".box text").length > 2);
  const name = (box) => box.querySelector("title").textContent.split("\\n")[0];
  const read = (box) => [box.dataset.value, box.dataset.signal, box.querySelectorAll(".box text")[2].textContent];
  const those = (mark) => [...document.querySelectorAll(mark)].filter((box) => boxes.includes(box)).map(name);
  return {
    position: document.querySelector("output").textContent,
    slider: document.querySelector("input[type=range]").value,
    spoken: document.querySelector("input[type=range]").getAttribute("aria-valuetext"),
    live: document.querySelector("[aria-live=polite]").innerText,
    boxes: Object.fromEntries(boxes.map((box) => [name(box), read(box)])),
    complete: those(".complete"),
    work: those(".at-work"),
    lines: [...document.querySelectorAll("li.lit")].map((line) => line.textContent),
    overflow: document.documentElement.scrollWidth - innerWidth,
  };
})()"""


def saved(tmp_path: Path, graph: Any) -> tuple[mx.Value, dict[str, mx.Value], Path]:
    """Return a graph, its nodes by the names on the page, and its page, saved."""
    output, names = graph()
    path = tmp_path / "step.html"
    mx.stepper(output, names=names).save(path)
    notation = Notation(output, names)
    return output, {notation.name(v): v for v in notation.order}, path


def agreed(output: mx.Value, named: dict[str, mx.Value], seen: Visit) -> None:
    """Assert that at each position of a walk from the first to the last the page shows what the engine computes."""
    output.backward()
    order = nodes(output)
    name_of = {id(v): name for name, v in named.items()}
    computed = [v for v in order if v._primitive is not None]
    leaves = {name_of[id(v)] for v in order if v._primitive is None}
    steps = list(mx.backward_steps(output))
    assert len(seen.found) == 1 + len(computed) + len(steps)
    running: dict[str, float] = {}
    for k, shown in enumerate(seen.found):
        assert shown["position"] == f"{k + 1} of {len(seen.found)}"
        assert shown["slider"] == str(k)
        forward = leaves | {name_of[id(v)] for v in computed[:k]}
        for name, (value, _, _) in shown["boxes"].items():
            assert value == (repr(named[name].data) if name in forward else "")
        past = steps[: max(k - len(computed), 0)]
        if past:
            step = past[-1]
            running |= {name_of[id(step.node)]: step.signal}
            running |= {name_of[id(c.operand)]: c.after for c in step.contributions}
        assert shown["complete"] == [name_of[id(v)] for v in order if any(s.node is v for s in past)]
        for name, (_, exact, text) in shown["boxes"].items():
            assert exact == (repr(running[name]) if name in running else "")
            assert text == (f"{bar(called(name))} = {number(running[name])}" if name in running else "")
            if name in shown["complete"]:
                assert float(exact) == named[name].grad
    assert running.keys() == named.keys()


def sound(seen: Visit) -> None:
    """Assert that the console is silent, that nothing else is loaded, and that the page is never wider than it may."""
    assert seen.complaints == []
    assert len(seen.requests) == 1
    assert [shown["overflow"] for shown in seen.found if shown["overflow"] > 0] == []


@pytest.mark.parametrize("name", [name for name in GRAPHS if name != "hostile"])
def test_by_key_the_page_shows_the_engines_numbers(name: str, browser: Browser, tmp_path: Path) -> None:
    """At every step the error signals in the page are the engine's, in full and as printed; 400 pixels are enough."""
    output, named, path = saved(tmp_path, GRAPHS[name])
    count = sum(v._primitive is not None for v in nodes(output)) + len(named)
    seen = browser.visit(path, SHOWN, [("press", "ArrowRight")] * count, width=400)
    agreed(output, named, seen)
    sound(seen)


def test_by_slider_the_page_shows_the_same(browser: Browser, tmp_path: Path) -> None:
    """The slider goes to each position, and back, as the keys do."""
    output, named, path = saved(tmp_path, least_squares)
    count = sum(v._primitive is not None for v in nodes(output)) + len(named)
    places = [*range(1, count + 1), *range(count - 1, -1, -1)]
    seen = browser.visit(path, SHOWN, [("fill", "input[type=range]", str(k)) for k in places])
    sound(seen)
    assert seen.found[count + 1 :] == seen.found[:count][::-1]
    agreed(output, named, Visit(seen.found[: count + 1], [], []))


def test_keys_buttons_and_lines_move_it(browser: Browser, tmp_path: Path) -> None:
    """Home, End, the arrows, the buttons and a click on a line of the derivation; the ends are not overstepped."""
    output, _, path = saved(tmp_path, least_squares)
    moves = [
        (("press", "ArrowLeft"), 1), (("press", "End"), 17), (("press", "ArrowRight"), 17),
        (("press", "ArrowLeft"), 16), (("press", "Home"), 1), (("press", "Control+ArrowRight"), 1),
        (("click", "button[value=ArrowRight]"), 2), (("press", "ArrowRight"), 3), (("click", "button[value=End]"), 17),
        (("click", "button[value=ArrowLeft]"), 16), (("click", "button[value=Home]"), 1), (("click", "li >> nth=3"), 4),
        (("press", "Tab"), 4), (("click", "input[type=checkbox]"), 4), (("press", "ArrowRight"), 5),
    ]  # fmt: skip
    seen = browser.visit(path, SHOWN, [action for action, _ in moves])
    assert [shown["position"] for shown in seen.found[1:]] == [f"{k} of 17" for _, k in moves]
    sound(seen)
    assert output.grad == 0.0


def test_a_sum_is_pale_until_all_of_its_parts_have_come(browser: Browser, tmp_path: Path) -> None:
    """The line of w̄, which has two users, is plain while each of them adds to it and from then on; b̄ from its one."""
    output, named, path = saved(tmp_path, GRAPHS["regularised"])
    count = sum(v._primitive is not None for v in nodes(output)) + len(named)
    probe = "[...document.querySelectorAll('li')].map((e) => [e.textContent.trim()[0], getComputedStyle(e).opacity])"
    seen = browser.visit(path, probe, [("press", "ArrowRight")] * count)
    steps = list(mx.backward_steps(output))
    for name in ("w", "b"):
        adding = [k for k, step in enumerate(steps) if any(c.operand is named[name] for c in step.contributions)]
        plain = [k in adding or k >= adding[-1] for k in range(len(steps))]
        lines = [[found for letter, found in shown if letter == name][-1] for shown in seen.found[-len(steps) :]]
        assert [line == "1" for line in lines] == plain


@pytest.mark.parametrize("dark", [False, True])
def test_a_hostile_label_is_inert(dark: bool, browser: Browser, tmp_path: Path) -> None:
    """Markup, script and LaTeX in labels are text at every step, and break neither the page nor its width."""
    output, named, path = saved(tmp_path, hostile)
    probe = SHOWN.replace("return {", "return { title: document.title, images: document.images.length,")
    seen = browser.visit(path, probe, [("press", "ArrowRight")] * 6, width=400, dark=dark)
    agreed_names = [name.replace("\n", "\\n") for name in named]
    assert sorted(seen.found[-1]["boxes"]) == sorted(agreed_names)
    output.backward()
    for name, v in zip(agreed_names, named.values(), strict=True):
        assert float(seen.found[-1]["boxes"][name][1]) == v.grad
    assert {(shown["title"], shown["images"]) for shown in seen.found} == {
        ("Backpropagation through L, step by step", 0)
    }
    sound(seen)


def test_several_in_one_notebook_do_not_clash(browser: Browser, tmp_path: Path) -> None:
    """Frames of one page are stepped through apart, without an origin, and the page around them sees no script."""
    parts = [mx.stepper(GRAPHS[name]()[0])._repr_html_() for name in ("least squares", "network")]
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><title>notebook</title>{''.join(parts)}", encoding="utf-8")
    actions = [("click", "button[value=ArrowRight]"), ("press", "ArrowRight")]
    other = "[document.querySelector('output').textContent, self.origin]"
    for frame, count in ((0, 17), (1, 28)):
        seen = browser.visit(path, other, actions, frame=frame)
        assert seen.found == [[f"{k} of {count}", "null"] for k in (1, 2, 3)]
        assert seen.complaints == []


def test_what_a_browser_finds_wrong_is_noticed(browser: Browser, tmp_path: Path) -> None:
    """The walk can fail: on a number one unit off, on an error in the console, and on a page that is too wide."""
    output, named, path = saved(tmp_path, least_squares)
    page = path.read_text(encoding="utf-8")
    walk = [("press", "ArrowRight")] * 16
    output.backward()
    exact = repr(named["w"].grad)
    path.write_text(page.replace(exact, exact[:-1] + str((int(exact[-1]) + 1) % 10)), encoding="utf-8")
    with pytest.raises(AssertionError):
        agreed(output, named, browser.visit(path, SHOWN, walk))
    path.write_text(page.replace("<h1>", "<script>0</script><h1>"), encoding="utf-8")
    with pytest.raises(AssertionError):
        sound(browser.visit(path, SHOWN))
    path.write_text(page.replace("<h1>", '<h1 style="width:1200px">'), encoding="utf-8")
    with pytest.raises(AssertionError):
        sound(browser.visit(path, SHOWN))
