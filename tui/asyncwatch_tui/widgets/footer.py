"""The last row: keys."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch_tui.footing import Hint, footer_line
from asyncwatch_tui.widgets.lines import Lines


class Footer(Lines):
    """What the keys do here."""

    def draw(self, hints: Sequence[Hint], always: Sequence[Hint], width: int) -> None:
        """Show the keys of the moment."""
        self.show([footer_line(hints, always, width)])
