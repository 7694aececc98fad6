"""The headline numbers."""

from __future__ import annotations

from asyncwatch_tui.ink import Ink
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.tiles import tile_lines
from asyncwatch_tui.widgets.lines import Lines


class Tiles(Lines):
    """Two lines of tiles, with a blank line above and below where there is room."""

    def draw(self, situation: Situation, width: int, *, airy: bool) -> None:
        """Show a moment."""
        lines = tile_lines(situation, width)
        blank = [[Ink(" " * width)]] if airy else []
        self.show([*blank, *lines, *blank])
