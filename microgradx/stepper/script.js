"use strict";
{
  const page = document.querySelector(".stepper");
  const { frames, start } = JSON.parse(page.querySelector("script[type='application/json']").textContent);
  const marked = (name) => new Map([...page.querySelectorAll(`[data-${name}]`)].map((e) => [+e.dataset[name], e]));
  const [boxes, wires, lines] = ["box", "wire", "line"].map(marked);
  const [figure, slider, title, told, terms] = ["figure", "input[type='range']", "h2", ".told", "tbody"].map((part) =>
    page.querySelector(part),
  );
  const nodes = new Set(frames.flatMap((frame) => frame.values.map(([box]) => box)));
  // The rows of a node's box: its title, its value, its error signal.
  const rows = new Map([...nodes].map((box) => [box, boxes.get(box).querySelectorAll(".box text")]));
  // Where the arrows of a box arrive, each followed by its partial; none of a box from which no signal flows.
  const ends = new Map([...nodes].map((box) => [box, boxes.get(box).querySelectorAll(".partials > .edge")]));
  let at = start;

  function write(box, row, name, [text, exact] = ["", ""]) {
    const { dataset } = boxes.get(box);
    if (dataset[name] === exact) return;
    rows.get(box)[row].textContent = text;
    dataset[name] = exact;
  }

  function light(elements, name, chosen) {
    for (const [i, { classList }] of elements)
      if (classList.contains(name) !== chosen.has(i)) classList.toggle(name);
  }

  function tabulate(found) {
    terms.closest("table").hidden = !found.length;
    terms.replaceChildren(
      ...found.map((cells) => {
        const row = document.createElement("tr");
        row.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
        return row;
      }),
    );
  }

  // Bring the lines and the node at work into sight, with its operands: all where there is room, else the first.
  function follow(frame) {
    const lit = frame.lines.map((i) => lines.get(i));
    const top = Math.min(...lit.map((line) => line.offsetTop));
    const end = Math.max(...lit.map((line) => line.offsetTop + line.offsetHeight));
    const list = page.querySelector(".listing");
    if (lit.length) list.scrollTop = Math.min(top, (top + end - list.clientHeight) / 2);
    if (frame.box === null) return figure.scrollTo(0, 0);
    const [own, ...others] = [frame.box, ...frame.touched].map((i) => boxes.get(i).getBoundingClientRect());
    const view = figure.getBoundingClientRect();
    const off = (low, high) => {
      const from = Math.min(own[low], ...others.map((r) => r[low]));
      const to = Math.max(own[high], ...others.map((r) => r[high]));
      const middle = to - from < view[high] - view[low] ? from + to : own[low] + own[high];
      return (middle - view[low] - view[high]) / 2;
    };
    figure.scrollBy(off("left", "right"), off("top", "bottom"));
  }

  function show(k) {
    for (const end of ends.get(frames[at].box) ?? []) end.classList.remove("lit");
    at = Math.max(0, Math.min(frames.length - 1, k));
    const frame = frames[at];
    const past = frames.slice(0, at + 1);
    const changed = (what) => new Map(past.flatMap((f) => f[what].map(([box, ...shown]) => [box, shown])));
    const [values, signals] = [changed("values"), changed("signals")];
    for (const box of nodes) {
      write(box, 1, "value", values.get(box));
      write(box, 2, "signal", signals.get(box));
    }
    light(boxes, "ahead", new Set([...nodes].filter((box) => !values.has(box))));
    light(boxes, "running", signals);
    light(boxes, "complete", new Set(past.filter((f) => f.phase === "backward").map((f) => f.box)));
    light(boxes, "at-work", new Set([frame.box]));
    light(boxes, "touched", new Set(frame.touched));
    light(wires, "lit", new Set(frame.wires));
    for (const i of frame.wires) wires.get(i).parentNode.append(wires.get(i)); // over the others
    for (const port of frame.ports) ends.get(frame.box)[port]?.classList.add("lit");
    light(lines, "lit", new Set(frame.lines));
    // A sum of which a part is still to come is no result: its line is pale, but for the steps that add to it.
    const open = new Set(frames.slice(at + 1).flatMap((f) => (f.terms.length ? f.lines : [])));
    light(lines, "reached", new Set(past.flatMap((f) => f.lines.filter((i) => !open.has(i) || f === frame))));
    title.textContent = frame.title;
    told.textContent = frame.told;
    tabulate(frame.terms);
    slider.value = at;
    slider.setAttribute("aria-valuetext", frame.title);
    page.querySelector("output").textContent = `${at + 1} of ${frames.length}`;
    follow(frame);
  }

  const moves = { Home: -Infinity, ArrowLeft: -1, ArrowRight: 1, End: Infinity };
  document.addEventListener("keydown", (event) => {
    if (!(event.key in moves) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(at + moves[event.key]);
  });
  for (const button of page.querySelectorAll("button"))
    button.addEventListener("click", () => show(at + moves[button.value]));
  slider.addEventListener("input", () => show(+slider.value));
  for (const [i, line] of lines)
    line.addEventListener("click", () => show(frames.findLastIndex((f) => f.lines.includes(i))));
  page.querySelector("input[type='checkbox']").addEventListener("change", (event) => {
    figure.classList.toggle("whole", event.target.checked);
    follow(frames[at]);
  });
  // A picture that is a little too wide shrinks to the page; one that is much wider scrolls, so that it can be read.
  new ResizeObserver(() => {
    const natural = figure.querySelector("svg").width.baseVal.value;
    figure.classList.toggle("close", figure.clientWidth > 0.7 * natural);
    follow(frames[at]);
  }).observe(figure);
  show(at);
}
