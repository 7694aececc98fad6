"""Panels: round corners, a title at the left, counts at the right, a note on the lower border."""

from __future__ import annotations

from asyncwatch_tui.ink import Ink, Line, cut_line, fill, width_of


def top_border(title: str, right: Line, width: int, *, focused: bool) -> Line:
    """Draw a panel's upper border."""
    edge = "focus" if focused else "line"
    left = [Ink("╭─ ", edge), Ink(title, "bright" if focused else "fg", bold=True), Ink(" ", edge)]
    end = [Ink(" ", edge), *right, Ink(" ─╮", edge)] if right else [Ink("─╮", edge)]
    room = width - width_of(left) - width_of(end)
    if room < 1:
        right = cut_line(right, max(width_of(right) + room - 1, 0))
        end = [Ink(" ", edge), *right, Ink(" ─╮", edge)]
        room = max(width - width_of(left) - width_of(end), 0)
    return [*left, Ink("─" * room, edge), *end]


def bottom_border(width: int, *, focused: bool, note: Line | None = None) -> Line:
    """Draw a panel's lower border, with a note in its middle where there is one."""
    edge = "focus" if focused else "line"
    if not note:
        return [Ink("╰" + "─" * (width - 2) + "╯", edge)]
    note = cut_line(note, width - 4)
    room = width - 2 - width_of(note)
    return [Ink("╰" + "─" * (room // 2), edge), *note, Ink("─" * (room - room // 2) + "╯", edge)]


def inside(line: Line, width: int, *, focused: bool) -> Line:
    """Put a panel's sides around a line; the line starts at the screen's column 1."""
    edge = "focus" if focused else "line"
    return [Ink("│", edge), *fill(line, width - 2), Ink("│", edge)]


def centred(lines: list[Line], width: int, height: int) -> list[Line]:
    """Put a few lines into the middle of a panel.

    Shape: `height` lines, `width` cells each.
    """
    lines = lines[:height]
    above = max((height - len(lines)) // 2 - 1, 0)
    left = Ink(" " * max((width - max(map(width_of, lines), default=0)) // 2, 1))
    body = [fill([left, *line], width) for line in lines]
    empty: Line = [Ink(" " * width)]
    return [*[empty] * above, *body, *[empty] * (height - above - len(body))]


def note_across(border: Line, note: Line | None, width: int) -> Line:
    """Put a note into the middle of the lower borders of panels that stand side by side."""
    if not note:
        return border
    note = cut_line(note, width - 4)
    before = (width - width_of(note)) // 2
    after = width - width_of(note) - before
    cells = [ink._replace(text=glyph) for ink in border for glyph in ink.text]
    return [*cells[:before], *note, *cells[len(cells) - after :]]
