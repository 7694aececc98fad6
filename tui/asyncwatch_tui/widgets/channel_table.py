"""The channel table on the line API: only the visible lines are made, and of them only changed ones painted."""

from __future__ import annotations

from textual import events
from textual.message import Message

from asyncwatch_tui.channel_list import ChannelList
from asyncwatch_tui.ink import Ink, Line, fill
from asyncwatch_tui.panel import bottom_border, inside, top_border
from asyncwatch_tui.present import channels_title, entry_line, heading_line, hidden_line
from asyncwatch_tui.widgets.lines import Lines

_ABOVE = 2
"""Lines above the first row: border and heading."""


class ChannelTable(Lines):
    """The panel of channels. Scrolls by whole lines; the chosen line is always visible after a key."""

    class Chosen(Message):
        """A line was clicked. `twice`: it was a double click."""

        def __init__(self, line: int, *, twice: bool) -> None:
            super().__init__()
            self.line = line
            self.twice = twice

    class Scrolled(Message):
        """The wheel was turned."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    top = 0
    """The first visible entry."""
    page = 1
    """Visible entries."""

    def draw(
        self,
        channels: ChannelList,
        now_ns: int,
        now_s: float,
        *,
        width: int,
        height: int,
        focused: bool,
        alarmed: bool,
        choosing: bool,
        body: list[Line] | None,
        foot: list[Line],
    ) -> None:
        """Show the table, or a body instead of it; `foot` are the panel's last lines, without the border's sides."""
        room = max(height - len(foot) - (1 if body is not None else _ABOVE), 0)
        counts = channels_title(channels, width, alarmed=alarmed, waiting=body is not None)
        title = top_border("Channels", counts, width, focused=focused)
        if body is not None:
            lines = [title, *(inside(line, width, focused=focused) for line in body[:room])]
        else:
            lines = [title, inside(heading_line(width, channels.sorting, choosing=choosing), width, focused=focused)]
            lines += self._rows(channels, now_ns, now_s, width, room, focused=focused)
        self.show([*lines, *foot])

    def keep_visible(self, line: int) -> None:
        """Scroll as little as needed to show an entry."""
        self.top = min(self.top, line)
        self.top = max(self.top, line - self.page + 1, 0)

    def _rows(
        self, channels: ChannelList, now_ns: int, now_s: float, width: int, room: int, *, focused: bool
    ) -> list[Line]:
        count = len(channels.entries)
        self.page = max(room, 1)
        self.top = max(min(self.top, count - room), 0)
        cursor = channels.cursor
        lines = [
            inside(
                entry_line(channels, channels.entries[at], width, now_ns, now_s, chosen=at == cursor, focused=focused),
                width,
                focused=focused,
            )
            for at in range(self.top, min(self.top + room, count))
        ]
        hidden = hidden_line(channels, width)
        if hidden is not None and room - len(lines) >= 1:
            if lines and room - len(lines) >= 2:
                lines.append(inside([], width, focused=focused))
            lines.append(inside(hidden, width, focused=focused))
        lines += [inside([Ink("")], width, focused=focused)] * (room - len(lines))
        return lines

    async def on_click(self, event: events.Click) -> None:
        """Choose the row under the mouse; headings and fold signs do what they do."""
        row = event.y - _ABOVE
        if row >= 0:
            self.post_message(self.Chosen(self.top + row, twice=event.chain > 1))
        await super().on_click(event)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll towards the end."""
        event.stop()
        self.post_message(self.Scrolled(3))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll towards the beginning."""
        event.stop()
        self.post_message(self.Scrolled(-3))


def closed(width: int, *, focused: bool, note: Line | None) -> list[Line]:
    """Give the lower border."""
    return [bottom_border(width, focused=focused, note=note)]


def with_newest(line: Line, width: int, *, focused: bool, note: Line | None) -> list[Line]:
    """Give the newest finding as a line, and the lower border."""
    return [inside(fill(line, width - 2), width, focused=focused), *closed(width, focused=focused, note=note)]
