"""The headline numbers."""

from __future__ import annotations

from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.widgets.lines import Lines


class Tiles(Lines):
    """Lines of headline numbers, with a blank line above and below where there is room."""

    def draw(self, lines: list[Line], width: int, *, airy: bool) -> None:
        """Show the lines."""
        blank = [[Ink(" " * width)]] if airy else []
        self.show([*blank, *lines, *blank])
