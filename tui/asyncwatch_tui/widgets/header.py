"""The first row: mark, document, servers, outlets, clock."""

from __future__ import annotations

from asyncwatch_tui.heading import header_line
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.widgets.lines import Lines


class Header(Lines):
    """Who is watched, and how it is connected; goes on while paused."""

    def draw(self, situation: Situation, width: int) -> None:
        """Show a moment."""
        self.show([[ink._replace(on="raised") for ink in header_line(situation, width)]])
