"""A line of the screen before it meets a terminal: texts with roles, never colours."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from rich.cells import cell_len


class Ink(NamedTuple):
    """A run of cells of one look. Its text is already neutralised (fitting.py)."""

    text: str
    role: str = "fg"
    bold: bool = False
    on: str | None = None
    """The role of the ground, None = the ground of the widget."""
    does: str | None = None
    """What a click here does: an action as Textual runs it."""
    underline: bool = False


Line: TypeAlias = list[Ink]


def width_of(line: Line) -> int:
    """Give the width of a line in cells."""
    return sum(cell_len(ink.text) for ink in line)


def spread(left: Line, right: Line, width: int) -> Line:
    """Put one part at the left edge and one at the right edge; what does not fit falls off the right part's left end."""
    room = width - width_of(left) - width_of(right)
    if room >= 0:
        return [*left, Ink(" " * room), *right]
    return cut_line([*left, Ink(" "), *right], width)


def fill(line: Line, width: int) -> Line:
    """Give a line exactly a width: padded with blanks, or cut."""
    room = width - width_of(line)
    if room < 0:
        return cut_line(line, width)
    return [*line, Ink(" " * room)] if room else line


def cut_line(line: Line, width: int) -> Line:
    """Keep the cells of a line that fit; a wide glyph at the edge becomes a blank."""
    kept: Line = []
    left = width
    for ink in line:
        size = cell_len(ink.text)
        if size <= left:
            kept.append(ink)
            left -= size
            continue
        text = ""
        for glyph in ink.text:
            size = cell_len(glyph)
            if size > left:
                break
            text += glyph
            left -= size
        kept.append(ink._replace(text=text + " " * left))
        break
    return kept


def fit_first(choices: list[Line], width: int) -> Line:
    """Give the first line that fits, else the last one cut."""
    for line in choices:
        if width_of(line) <= width:
            return line
    return cut_line(choices[-1], width) if choices else []
