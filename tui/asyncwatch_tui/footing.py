"""The last row: what the keys do here, the least needed dropped first; help and quit stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from asyncwatch_tui.ink import Ink, Line, spread, width_of


class Hint(NamedTuple):
    """A key and what it does here. Low `rank` stays longest."""

    key: str
    word: str
    does: str | None = None
    rank: int = 0


def footer_line(hints: Sequence[Hint], always: Sequence[Hint], width: int) -> Line:
    """Draw the footer on its raised ground."""
    right = _joined(always)
    kept = list(hints)
    while kept:
        left = _joined(kept)
        if width_of(left) + width_of(right) + 3 <= width:
            break
        kept.remove(max(kept, key=lambda hint: hint.rank))
    line = spread([Ink(" "), *_joined(kept)], [*right, Ink(" ")], width)
    return [ink._replace(on="raised") for ink in line]


def _joined(hints: Sequence[Hint]) -> Line:
    line: Line = []
    for hint in hints:
        if line:
            line.append(Ink("   "))
        line += [Ink(f"{hint.key} ", "accent", bold=True, does=hint.does), Ink(hint.word, "dim", does=hint.does)]
    return line
