"""A widget that shows finished lines and repaints only those that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from asyncwatch_tui.ascii_signs import in_ascii
from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.themes import Palette


class Look(Protocol):
    """What turns roles and signs into styles and glyphs; the application has it."""

    palette: Palette
    ascii_signs: bool


def strip_of(line: Line, look: Look) -> Strip:
    """Give a line the colours of the theme and, where asked for, plain signs."""
    style = look.palette.style
    write = in_ascii if look.ascii_signs else _as_is
    segments = [Segment(write(ink.text), style(ink.role, ink.bold, ink.on, ink.underline)) for ink in line if ink.text]
    return Strip(segments)


def _as_is(text: str) -> str:
    return text


class Lines(Widget):
    """Finished lines, one strip each; a line that stays the same keeps its strip and is not painted again."""

    DEFAULT_CSS = """
    Lines { width: 100%; height: 1; }
    """
    can_focus = False

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002 - the name Textual gives it
        super().__init__(id=id)
        self._look = look
        self._lines: list[Line] = []
        self._strips: list[Strip | None] = []
        self.painted = 0
        """Lines given to the terminal so far; tests look at it."""

    @property
    def lines(self) -> Sequence[Line]:
        """Give what is shown."""
        return self._lines

    def show(self, lines: list[Line]) -> None:
        """Show lines instead of those before."""
        before = self._lines
        count = max(len(before), len(lines))
        changed = [y for y in range(count) if y >= len(before) or y >= len(lines) or before[y] != lines[y]]
        if not changed:
            return
        strips = self._strips
        self._lines = lines
        self._strips = [
            None if y >= len(strips) or y >= len(before) or before[y] != line else strips[y]
            for y, line in enumerate(lines)
        ]
        width = self.size.width
        self.refresh(*(Region(0, y, width, 1) for y in changed))

    def repaint(self) -> None:
        """Paint everything again: theme or signs have changed."""
        self._strips = [None] * len(self._lines)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Give Textual one line."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self._look.palette.style("fg", False, None))
        strip = self._strips[y]
        if strip is None:
            self.painted += 1
            strip = self._strips[y] = strip_of(self._lines[y], self._look)
        return strip

    def ink_at(self, x: int, y: int) -> Ink | None:
        """Give the run of cells at a place."""
        if 0 <= y < len(self._lines):
            for ink in self._lines[y]:
                x -= cell_len(ink.text)
                if x < 0:
                    return ink
        return None

    async def on_click(self, event: events.Click) -> None:
        """Do what the cells under the mouse do."""
        ink = self.ink_at(event.x, event.y)
        if ink is not None and ink.does is not None:
            event.stop()
            await self.run_action(ink.does)
