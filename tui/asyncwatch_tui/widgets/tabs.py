"""The second row: the screens there are, and whether the picture moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncwatch_tui.heading import Tab, tabs_line
from asyncwatch_tui.ink import Ink
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.widgets.lines import Lines


class Tabs(Lines):
    """The tab row."""

    def draw(
        self, situation: Situation, tabs: Sequence[Tab], badges: Mapping[str, Ink], current: str, width: int
    ) -> None:
        """Show a moment."""
        self.show([tabs_line(situation, tabs, badges, current, width)])
