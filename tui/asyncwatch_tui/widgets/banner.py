"""What is not reachable, and what that means."""

from __future__ import annotations

from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.widgets.lines import Lines


class Banner(Lines):
    """The banner; no line high when everything is reachable."""

    def draw(self, lines: list[Line], width: int, *, airy: bool) -> None:
        """Show the banner's lines, with a blank line below where there is room."""
        self.show([*lines, [Ink(" " * width)]] if lines and airy else lines)
