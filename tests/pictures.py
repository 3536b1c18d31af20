"""The pictures of the README: `python -m tests.pictures` writes them, a test compares them with the code's own."""

from __future__ import annotations

from pathlib import Path

import microgradx as mx

FOLDER = Path(__file__).parent.parent / ".github" / "pictures"


def pictures() -> dict[str, str]:
    """Return file name → SVG, by the built-in renderer, which needs no other program."""
    w, x, b, t = mx.Value(0.5, "w"), mx.Value(2.0, "x"), mx.Value(-1.5, "b"), mx.Value(1.0, "t")
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2
    L.backward()
    s = mx.Value(0.5, "t")
    u, v = mx.cos(s), s**2
    f = mx.exp(u * v) + v
    f.backward()
    model = mx.nn.MLP(2, [4, 3, 1], activation="tanh", seed=3)
    return {
        "logistic-least-squares.svg": mx.draw(L, names={"z": z, "y": y, "L": L}).svg("builtin"),
        "chain-rule.svg": mx.draw(f, names={"x": u, "y": v, "f": f}, partials=True).svg("builtin"),
        "network.svg": mx.draw_network(model, [1.0, -0.5]).svg(),
    }


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, svg in pictures().items():
        (FOLDER / name).write_text(svg, encoding="utf-8")
        print("wrote", FOLDER / name)


if __name__ == "__main__":
    main()
