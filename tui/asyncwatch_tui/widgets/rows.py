"""Lines that can be chosen with the mouse and scrolled with its wheel."""

from __future__ import annotations

from textual import events
from textual.message import Message

from asyncwatch_tui.widgets.lines import Lines

_WHEEL_LINES = 3


class Rows(Lines):
    """One or two panels of rows; what a place means is the screen's business."""

    class Clicked(Message):
        """A place was clicked. `twice`: it was a double click."""

        def __init__(self, x: int, y: int, *, twice: bool) -> None:
            super().__init__()
            self.x, self.y = x, y
            self.twice = twice

    class Scrolled(Message):
        """The wheel was turned over a place."""

        def __init__(self, x: int, y: int, lines: int) -> None:
            super().__init__()
            self.x, self.y = x, y
            self.lines = lines

    async def on_click(self, event: events.Click) -> None:
        """Choose what is under the mouse; words that do something do it."""
        self.post_message(self.Clicked(event.x, event.y, twice=event.chain > 1))
        await super().on_click(event)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards the end."""
        event.stop()
        self.post_message(self.Scrolled(event.x, event.y, _WHEEL_LINES))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll towards the beginning."""
        event.stop()
        self.post_message(self.Scrolled(event.x, event.y, -_WHEEL_LINES))
