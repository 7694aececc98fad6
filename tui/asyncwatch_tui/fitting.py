"""Text from outside made harmless and fitted into cells.

Rule 1: every text that comes out of a document, a broker or an error passes `neutralise` before it is drawn.
Rule 2: widths are counted in cells, never in characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

LONGEST = 2048
"""Characters of a foreign text that are looked at; nothing on a screen is longer."""
_ELLIPSIS = "…"
_MARKS_IN_A_ROW = 2
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""They change a glyph's width in some terminals only, so that no count would be right everywhere."""


@lru_cache(maxsize=16_384)
def neutralise(text: str) -> str:
    """Replace whatever could steer a terminal or break a line: controls, escapes, direction marks, private glyphs.

    Raises: nothing; each such character becomes �, other white space a blank.
    """
    text = text[:LONGEST]
    if text.isascii() and text.isprintable():
        return text
    text = _VARIATION_SELECTORS.sub("", text)
    kept: list[str] = []
    marks = 0
    for char in text:
        if cell_len(char) == 0 and char.isprintable():
            marks += 1
            if marks > _MARKS_IN_A_ROW or not kept:
                continue
        else:
            marks = 0
        if char.isprintable():
            kept.append(char)
        else:
            kept.append(" " if unicodedata.category(char) == "Zs" else "�")
    return "".join(kept)


def cut_end(text: str, width: int) -> str:
    """Shorten a text to a width at its end."""
    if cell_len(text) <= width:
        return text
    return _head(text, width - 1) + _ELLIPSIS if width > 0 else ""


def cut_middle(text: str, width: int) -> str:
    """Shorten a text to a width in its middle: names differ at both ends."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return _ELLIPSIS[:width]
    head = _head(text, width // 2)
    return head + _ELLIPSIS + _tail(text, width - 1 - cell_len(head))


def pad_right(text: str, width: int) -> str:
    """Fill a text with blanks behind it."""
    return text + " " * (width - cell_len(text))


def pad_left(text: str, width: int) -> str:
    """Fill a text with blanks before it, as numbers are written."""
    return " " * (width - cell_len(text)) + text


def _head(text: str, width: int) -> str:
    kept = ""
    for char in text:
        width -= cell_len(char)
        if width < 0:
            break
        kept += char
    return kept


def _tail(text: str, width: int) -> str:
    start = len(text)
    while start:
        width -= cell_len(text[start - 1])
        if width < 0:
            break
        start -= 1
    return text[start:]
