"""The Overview: which channel needs me now?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from textual.widget import Widget

from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import Snapshot
from asyncwatch_tui.actions import key_text
from asyncwatch_tui.channel_list import ChannelList, key_of
from asyncwatch_tui.columns import WIDE_FROM, plan_columns
from asyncwatch_tui.commands import Goal
from asyncwatch_tui.copying import channel_json, channel_text, finding_json, finding_text
from asyncwatch_tui.export import Export
from asyncwatch_tui.fitting import neutralise
from asyncwatch_tui.footing import Hint
from asyncwatch_tui.host import Host
from asyncwatch_tui.ink import Line
from asyncwatch_tui.notes import border_note
from asyncwatch_tui.screens.frame import AIRY_FROM, set_height
from asyncwatch_tui.screens.listing import Listed, ListScreen
from asyncwatch_tui.screens.overview_hints import hints_for
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.sorting import SORTABLE, RowKey, Sorting, first_direction
from asyncwatch_tui.spreadsheets import export_channels
from asyncwatch_tui.stream import newest_first, newest_line
from asyncwatch_tui.waiting import offers, waiting_lines
from asyncwatch_tui.widgets import filter_bar
from asyncwatch_tui.widgets.channel_table import ChannelTable, closed, with_newest
from asyncwatch_tui.widgets.findings_stream import FindingsStream

_FINDINGS_HEIGHT: Final = 7


class OverviewScreen(ListScreen):
    """Channels, worst first, and the newest findings."""

    tab_key = "1"
    main_pane = "channels"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.channels = ChannelList()
        self.findings: list[FindingRow] = []
        self.chosen_finding: str | None = None
        self.offer = 0
        self._table = ChannelTable(host)
        self._stream = FindingsStream(host)
        self._taken: tuple[object, ...] = ()
        self._drawn_from: Snapshot | None = None

    def body(self) -> Iterable[Widget]:
        """Give table, filter and stream."""
        return (self._table, self._bar, self._stream)

    @property
    def listed(self) -> Listed:
        """Give the channels."""
        return self.channels

    @property
    def can_filter(self) -> bool:
        """Tell whether there are channels."""
        return bool(self.channels.rows)

    def order_columns(self) -> Sequence[str]:
        """Give the columns of the table that can order it."""
        return [column.id for column in plan_columns(self.app.size.width) if column.id in SORTABLE]

    def first_direction(self, column: str) -> Sorting:
        """Give the order a column starts with."""
        return first_direction(column)

    def step(self, lines: int) -> None:
        """Move the cursor of the table."""
        self._choose(self.channels.cursor + lines)

    def reveal(self, key: RowKey) -> None:
        """Choose a channel."""
        if not any(key_of(self.channels.rows[entry.row]) == key for entry in self.channels.entries):
            self.narrow_to("")
        self.channels.chosen = (key, None)
        self.doing, self.pane = "looking", "channels"
        self._table.keep_visible(self.channels.cursor)
        self.draw()

    def exported(self, situation: Situation) -> Export | None:
        """Give the channels that show."""
        return None if situation.shown is None else export_channels(self.channels, situation.shown)

    @property
    def has_stream(self) -> bool:
        """Tell whether the findings have a panel of their own."""
        return self._stream.display

    # Drawing

    def draw_body(self, situation: Situation, width: int, height: int) -> None:
        """Draw the panels of the moment."""
        self._take(situation)
        airy = self.app.size.height >= AIRY_FROM
        shown = situation.shown
        body: list[Line] | None = None
        waiting = situation.waiting and not self.findings
        has_stream = airy and width >= WIDE_FROM and not waiting
        if not has_stream:
            self.pane = "channels"
        typing = self.doing == "filtering" and not waiting
        stream_height = _FINDINGS_HEIGHT if has_stream else 0
        table_height = height - stream_height - (filter_bar.HEIGHT if typing else 0)
        focused = self.pane == "channels"
        note = border_note(situation, key_text(self.host.actions, "pause"))
        if waiting:
            body = waiting_lines(
                situation, self.offer, width, table_height - 2, focused=focused, motion=self.host.motion
            )  # fmt: skip
        table_note = None if has_stream else note
        foot: list[Line] = []
        if not typing:
            newest = None if has_stream or waiting else newest_line(self._newest(), width, edge="line")
            foot = (
                closed(width, focused=focused, note=table_note)
                if newest is None
                else with_newest(newest, width, focused=focused, note=table_note)
            )
        self._table.draw(
            self.channels, situation.shown_ns, self.host.steady_s(), width=width, height=table_height, focused=focused,
            alarmed=bool(situation.away or situation.loss), choosing=self.doing == "sorting", body=body, foot=foot,
        )  # fmt: skip
        if typing:
            passing = len(self.channels.rows) - self.channels.hidden
            self._bar.draw(self._editor, self.channels.filter, passing, "channel", width, table_note)
        if has_stream:
            total = 0 if shown is None else max(shown.view.groups, len(shown.findings))
            self._stream.draw(
                self.findings, total, situation.shown_ns, chosen=self._finding_line(), width=width,
                height=stream_height, focused=not focused, filtered=bool(self.channels.filter), note=note,
            )  # fmt: skip
        for widget, lines in (
            (self._table, table_height),
            (self._bar, filter_bar.HEIGHT),
            (self._stream, stream_height),
        ):
            set_height(widget, max(lines, 1))
        self._table.display, self._bar.display, self._stream.display = True, typing, has_stream

    def hints(self, situation: Situation) -> Sequence[Hint]:
        """Give the keys of the moment."""
        return hints_for(self, situation)

    def _take(self, situation: Situation) -> None:
        shown = situation.shown
        sunk = frozenset(server.server for server in situation.away)
        all_stale = situation.loss is not None
        now_s = self.host.steady_s()
        if shown is None:
            return
        was_visible = 0 <= self.channels.cursor - self._table.top < self._table.page
        taken = (sunk, all_stale, self.channels.filter)
        if shown is not self._drawn_from or taken != self._taken or self.channels.is_unsettled(now_s):
            self.channels.take(shown, now_s, all_stale=all_stale, sunk=sunk)
            self._taken, self._drawn_from = taken, shown
            self.findings = [row for row in newest_first(shown.findings) if self._finding_passes(row)]
        if was_visible:
            self._table.keep_visible(self.channels.cursor)

    def _finding_passes(self, row: FindingRow) -> bool:
        filter_ = self.channels.filter
        if not filter_:
            return True
        return filter_.rules_pass(row.rule) and self.channels.passes(row.server, row.channel, row.address)

    def _newest(self) -> FindingRow | None:
        return self.findings[0] if self.findings else None

    def _finding_line(self) -> int:
        for line, row in enumerate(self.findings):
            if row.fingerprint == self.chosen_finding:
                return line
        return 0

    # What keys do

    def action_move(self, lines: int) -> None:
        """Move the cursor of the focused pane."""
        situation = self.host.situation()
        if situation.waiting and situation.shown is not None and not self.findings:
            self.offer = min(max(self.offer + lines, 0), len(offers(situation.shown)) - 1)
        elif self.pane == "findings":
            self._choose_finding(self._finding_line() + lines)
        else:
            self._choose(self.channels.cursor + lines)
        self.draw()

    def action_page(self, pages: int) -> None:
        """Move by what is visible."""
        self.action_move(pages * (self._table.page if self.pane == "channels" else _FINDINGS_HEIGHT - 2))

    def action_turn(self) -> None:
        """Unfold or fold the chosen channel, or open the chosen finding; while sorting, keep the order."""
        if self.doing == "sorting":
            self.doing = "looking"
        elif self.pane == "findings" and self.findings:
            self.app.call_later(self.host.pursue, Goal("open", "2", self.findings[self._finding_line()].fingerprint))
            return
        elif self.pane == "channels":
            self.channels.unfold(None, self.host.steady_s())
            self._table.keep_visible(self.channels.cursor)
        self.draw()

    def action_unfold(self, open_: bool) -> None:
        """Unfold or fold; while sorting, go to the next or previous column."""
        if self.doing == "sorting":
            self.next_column(1 if open_ else -1)
        elif self.pane == "channels":
            self.channels.unfold(open_, self.host.steady_s())
            self._table.keep_visible(self.channels.cursor)
        self.draw()

    def action_trouble(self, step: int) -> None:
        """Go to the next or previous troubled channel."""
        if self.channels.next_trouble(step, self.host.steady_s()):
            self.pane = "channels"
            self._table.keep_visible(self.channels.cursor)
        else:
            self.host.say("no channel is in trouble")
        self.draw()

    def action_pane(self, step: int) -> None:
        """Focus the other pane, where there is one."""
        if self._stream.display and step:
            self.pane = "findings" if self.pane == "channels" else "channels"
            self.doing = "looking"
        self.draw()

    def action_copy(self, as_json: bool) -> None:
        """Copy the chosen thing."""
        situation = self.host.situation()
        if situation.shown is None:
            return
        entry = self.channels.chosen_entry()
        if situation.waiting and not self.findings:
            self.copy_text(neutralise(offers(situation.shown)[self.offer].command), "line")
        elif self.pane == "findings":
            if self.findings:
                row = self.findings[self._finding_line()]
                self.copy_text(finding_json(row) if as_json else finding_text(row), "finding")
        elif entry is not None:
            facts = self.channels.facts(entry.row)
            text = channel_text(facts, entry.message, situation.shown)
            what = "channel" if entry.message is None else "message"
            self.copy_text(channel_json(facts, entry.message) if as_json else text, what)

    def action_choose_offer(self, index: int) -> None:
        """Choose a line to copy."""
        self.offer = index
        self.draw()

    def on_channel_table_chosen(self, event: ChannelTable.Chosen) -> None:
        """Choose the clicked row; a double click unfolds it."""
        self.pane = "channels"
        if 0 <= event.line < len(self.channels.entries):
            self._choose(event.line)
            if event.twice:
                self.channels.unfold(None, self.host.steady_s())
        self.draw()

    def on_channel_table_scrolled(self, event: ChannelTable.Scrolled) -> None:
        """Scroll without moving the cursor."""
        self._table.top = max(self._table.top + event.lines, 0)
        self.draw()

    def on_findings_stream_chosen(self, event: FindingsStream.Chosen) -> None:
        """Choose the clicked group."""
        self.pane = "findings"
        if 0 <= event.line < len(self.findings):
            self._choose_finding(event.line)
        self.draw()

    def _choose(self, line: int) -> None:
        self.channels.choose(line, self.host.steady_s())
        self._table.keep_visible(self.channels.cursor)

    def _choose_finding(self, line: int) -> None:
        if self.findings:
            self.chosen_finding = self.findings[min(max(line, 0), len(self.findings) - 1)].fingerprint
