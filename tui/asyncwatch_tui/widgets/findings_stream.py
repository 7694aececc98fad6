"""The panel of newest findings."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from asyncwatch.model.report import FindingRow
from asyncwatch_tui.durations import seconds_between
from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.panel import bottom_border, inside, top_border
from asyncwatch_tui.stream import finding_line, findings_title
from asyncwatch_tui.widgets.lines import Lines

_NEWEST_S = 5.0


class FindingsStream(Lines):
    """Groups of findings, the one counted last on top."""

    class Chosen(Message):
        """A line was clicked."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    top = 0

    def draw(
        self,
        findings: Sequence[FindingRow],
        total: int,
        now_ns: int,
        *,
        chosen: int,
        width: int,
        height: int,
        focused: bool,
        filtered: bool,
        note: Line | None,
    ) -> None:
        """Show the groups that pass the filter."""
        room = max(height - 2, 0)
        self.top = max(min(self.top, chosen, len(findings) - room), chosen - room + 1, 0)
        title = top_border(
            "Newest findings", findings_title(len(findings), total, filtered=filtered), width, focused=focused
        )
        lines = [title]
        for at in range(self.top, min(self.top + room, len(findings))):
            row = findings[at]
            age_s = seconds_between(row.last.time, now_ns)
            newest = age_s is not None and age_s < _NEWEST_S
            line = finding_line(row, width, newest=newest, chosen=at == chosen, focused=focused)
            lines.append(inside(line, width, focused=focused))
        if not findings and room:
            text = "no group passes the filter" if filtered else "nothing was found so far"
            lines.append(inside([Ink(" " + text, "dim")], width, focused=focused))
        lines += [inside([Ink("")], width, focused=focused)] * (room + 1 - len(lines))
        self.show([*lines, bottom_border(width, focused=focused, note=note)])

    async def on_click(self, event: events.Click) -> None:
        """Choose the group under the mouse."""
        self.post_message(self.Chosen(self.top + event.y - 1))
        await super().on_click(event)
