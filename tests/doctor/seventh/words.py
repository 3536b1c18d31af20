"""Words by which a report may say what is wrong: parts of regular expressions."""

from __future__ import annotations

LOST = r"dropp|missing|forg[eo]t|lack|without|left out|omit|not? count|only|lost|absent"
EXTRA = r"extra|too m(uch|any)|superfluous|additional|adds?\b|added|should not|does not (belong|depend)|once more|twice"
PATH = r"path|contribution|skip|residual|shortcut|term|fan-?out|child|reach|through|part\b|share|summand|via|branch"
INSTEAD = r"instead|in place|rather than|where|for\b|wrong|swap|exchang|mistaken|confus|belongs"


def nm(name: str, *index: int) -> str:
    """Return a pattern for an entry of a list, however it is printed."""
    a = "".join(rf"\[{i}\]" for i in index)
    b = r"\[" + r",\s*".join(map(str, index)) + r"\]"
    low = "".join("₀₁₂₃₄₅₆₇₈₉"[i] for i in index)
    return rf"\b{name}(?:{a}|{b}|{low}|_?{''.join(map(str, index))}\b)"
