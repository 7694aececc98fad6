"""Plain signs: one table that turns every glyph of ours into one ASCII character on the way to the terminal."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from asyncwatch_tui.signs import DOWN, GROUP_SIGNS, SIGNS, UP

_FRAME: Final = {
    "╭": "+", "╮": "+", "╰": "+", "╯": "+", "─": "-", "│": "|", "├": "+", "└": "+", "┤": "+", "▌": ">", "▏": "|",
    "▸": ">", "▾": "v", "▴": "^", "▶": ">", "▮": "|", "→": ">", "←": "<", "↑": "^", "↓": "v",
    "◉": "@", "–": "-", "−": "-", "±": "~", "×": "x", "·": ".", "…": "~", "�": "?",
    "┄": "-", "━": "=", "◄": "<", "•": "*", "›": ">", "▁": "_", "▂": ",", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
}  # fmt: skip
PLAIN: Final[dict[int, str]] = str.maketrans(
    {**{sign.glyph: sign.plain for sign in (*SIGNS.values(), *GROUP_SIGNS.values(), UP, DOWN)}, **_FRAME}
)


@lru_cache(maxsize=8_192)
def in_ascii(text: str) -> str:
    """Write a text with ASCII characters only, as many cells wide as before; a glyph without a plain form is `?`."""
    if text.isascii():
        return text
    text = text.translate(PLAIN)
    return text if text.isascii() else "".join(char if char.isascii() else "?" * cell_len(char) for char in text)
