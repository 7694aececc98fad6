"""Lag: who is behind, by how many seconds, and will it catch up before messages expire?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from textual.widget import Widget

from asyncwatch_tui.actions import key_text
from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.copying import group_json, group_text
from asyncwatch_tui.export import Export
from asyncwatch_tui.fitting import cut_end, neutralise
from asyncwatch_tui.footing import Hint
from asyncwatch_tui.group_lines import (
    folded_lines,
    group_line,
    groups_heading,
    groups_title,
    nothing_lines,
    plan_groups,
)
from asyncwatch_tui.group_list import SORTABLE, GroupKey, GroupList, first_direction
from asyncwatch_tui.group_tiles import group_tiles
from asyncwatch_tui.host import Host
from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.notes import border_note
from asyncwatch_tui.panel import bottom_border, centred, inside, top_border
from asyncwatch_tui.partition_lines import partition_line, partitions_heading, partitions_title, reading_lines
from asyncwatch_tui.screens.frame import AIRY_FROM, set_height
from asyncwatch_tui.screens.listing import Listed, ListScreen
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.sorting import Sorting
from asyncwatch_tui.spreadsheets import export_groups
from asyncwatch_tui.states import condition_of
from asyncwatch_tui.widgets import filter_bar
from asyncwatch_tui.widgets.rows import Rows

_ABOVE: Final = 2
"""Lines above the first row: border and heading."""
_LEAST_LOWER: Final = 6


class LagScreen(ListScreen):
    """Consumer groups, worst first, and the partitions of one of them."""

    tab_key = "4"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.groups = GroupList()
        self.full = False
        """The partitions have the whole screen."""
        self._rows = Rows(host)
        self._top = 0
        self._page = 1
        self._upper = 0
        self._scrolled = 0
        self._most = 0
        self._taken: tuple[object, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Give the panels and the filter."""
        return (self._rows, self._bar)

    @property
    def listed(self) -> Listed:
        """Give the groups."""
        return self.groups

    @property
    def can_filter(self) -> bool:
        """Tell whether there are groups."""
        return bool(self.groups.groups)

    def order_columns(self) -> Sequence[str]:
        """Give the columns of the table that can order it."""
        return [column.id for column in plan_groups(self.app.size.width) if column.id in SORTABLE]

    def first_direction(self, column: str) -> Sorting:
        """Give the order a column starts with."""
        return first_direction(column)

    def exported(self, situation: Situation) -> Export | None:
        """Give the groups that show."""
        return None if situation.shown is None else export_groups(self.groups, situation.shown)

    # Drawing

    def headline(self, situation: Situation, width: int) -> list[Line]:
        """Draw the tiles of the groups."""
        self._take(situation)
        known = situation.shown is not None and situation.shown.lag is not None and situation.loss is None
        return group_tiles(self.groups, width, known=known)

    def draw_body(self, situation: Situation, width: int, height: int) -> None:
        """Draw the panels of the moment."""
        typing = self.doing == "filtering"
        bar = filter_bar.HEIGHT if typing else 0
        chosen = self.groups.chosen_group()
        two = self._has_two(width) and chosen is not None
        self.full = self.full and chosen is not None and not self._has_two(width)
        if not two:
            self.pane = "list"
        note = border_note(situation, key_text(self.host.actions, "pause"))
        lower = self._lower_height(height) if two and not typing else 0
        lines: list[Line] = []
        self._upper = 0
        if not self.full:
            self._upper = height - bar - lower
            lines = self._table(situation, width, self._upper, None if lower else note, typing=typing)
        if (lower or self.full) and chosen is not None:
            size = lower or height
            lines += self._partitions(chosen, width, size, note, focused=self.full or self.pane == "partitions")
        self._rows.show(lines)
        set_height(self._rows, max(len(lines), 1))
        set_height(self._bar, filter_bar.HEIGHT)
        if typing:
            shown = len(self.groups.groups) - self.groups.hidden
            self._bar.draw(self._editor, self.groups.filter, shown, "group", width, note, numbers="lag>10s")
        self._rows.display, self._bar.display = True, typing

    def _has_two(self, width: int) -> bool:
        return width >= WIDE_FROM and self.app.size.height >= AIRY_FROM

    def _lower_height(self, height: int) -> int:
        chosen = self.groups.chosen_group()
        if chosen is None:
            return 0
        group = self.groups.groups[chosen]
        wanted = 3 + len(self.groups.partitions(chosen)) + len(reading_lines(group, self.app.size.width))
        return max(min(wanted, height * 9 // 20), _LEAST_LOWER)

    def _table(self, situation: Situation, width: int, height: int, note: Line | None, *, typing: bool) -> list[Line]:
        groups = self.groups
        focused = self.pane == "list"
        title = top_border("Consumer groups", groups_title(groups, width), width, focused=focused)
        room = max(height - (0 if typing else 1) - 1, 0)
        if not groups.groups:
            body = self._nothing(situation, width, room)
        else:
            heading = groups_heading(width, groups, choosing=self.doing == "sorting")
            keys = {id_: key_text(self.host.actions, id_) for id_ in ("quiet", "abandoned")}
            told = folded_lines(groups, keys, width)
            room -= 1
            body = [heading, *self._entries(width, max(room - len(told), 1), told, room, focused=focused)]
        lines = [title, *(inside(line, width, focused=focused) for line in body)]
        return lines if typing else [*lines, bottom_border(width, focused=focused, note=note)]

    def _entries(self, width: int, page: int, told: list[Line], room: int, *, focused: bool) -> list[Line]:
        groups = self.groups
        count, cursor = len(groups.entries), groups.cursor
        self._page = page
        self._top = max(min(self._top, count - page), 0)
        lines = [
            group_line(groups, at, width, chosen=at == cursor, focused=focused)
            for at in range(self._top, min(self._top + page, count))
        ]
        if not count and groups.filter:
            lines.append([Ink(" no group passes the filter", "dim")])
        lines = (lines + told)[:room]
        return lines + [[Ink("")]] * (room - len(lines))

    def _nothing(self, situation: Situation, width: int, room: int) -> list[Line]:
        return centred(nothing_lines(situation.shown, lost=situation.loss is not None), width - 2, room)

    def _partitions(self, chosen: int, width: int, height: int, note: Line | None, *, focused: bool) -> list[Line]:
        group = self.groups.groups[chosen]
        parts = self.groups.partitions(chosen)
        name = cut_end(neutralise(group.row.group), max(width // 3, 8))
        title = top_border(name, partitions_title(group, parts, width), width, focused=focused)
        reading = reading_lines(group, width)
        room = max(height - 3 - len(reading), 0)
        self._most = max(len(parts) - room, 0)
        self._scrolled = min(max(self._scrolled, 0), self._most)
        most = max((part.row.messages or 0 for part in parts), default=0)
        body = [partition_line(group, part, most, width) for part in parts[self._scrolled : self._scrolled + room]]
        body += [[Ink("")]] * (room - len(body))
        body = [partitions_heading(width), *body, *reading][: max(height - 2, 0)]
        if note is None and self._most:
            note = [Ink(" ↑↓ more ", "dim")] if focused else [Ink(" enter: more ", "dim")]
        lines = [title, *(inside(line, width, focused=focused) for line in body)]
        return [*lines, bottom_border(width, focused=focused, note=note)]

    def hints(self, situation: Situation) -> Sequence[Hint]:
        """Give the keys of the moment."""
        typing = self.typing_hints()
        if typing is not None:
            return typing
        pause = self.hint("pause", "resume" if situation.paused else "pause")
        if not self.groups.groups:
            return [pause] if situation.shown is not None else []
        rest = [self.hint("copy"), self.hint("export"), pause]
        if self.full or self.pane == "partitions":
            return [Hint("esc", "back", "screen.out"), self.hint("next-trouble", "next", 3), *rest]
        hints = [self.hint("partitions"), self.hint("sort"), self.hint("filter")]
        if self.groups.states["abandoned"]:
            hints.append(self.hint("abandoned", "hide abandoned" if self.groups.with_abandoned else "show abandoned"))
        return [*hints, *rest]

    def _take(self, situation: Situation) -> None:
        shown = situation.shown
        if shown is None:
            return
        now_s = self.host.steady_s()
        away = frozenset(
            server.server for server in shown.view.servers if condition_of(server, situation.now_ns) != "up"
        )
        stale = None if situation.loss is not None else away
        taken = (id(shown), stale)
        if taken != self._taken or self.groups.is_unsettled(now_s):
            was_visible = 0 <= self.groups.cursor - self._top < self._page
            self.groups.take(shown, now_s, stale)
            self._taken = taken
            if was_visible:
                self._keep_visible()

    def _keep_visible(self) -> None:
        cursor = self.groups.cursor
        self._top = min(self._top, cursor)
        self._top = max(self._top, cursor - self._page + 1, 0)

    # What keys do

    def step(self, lines: int) -> None:
        """Move the cursor of the table."""
        before = self.groups.chosen_group()
        self.groups.choose(self.groups.cursor + lines, self.host.steady_s())
        self._keep_visible()
        if self.groups.chosen_group() != before:
            self._scrolled = 0

    def reveal(self, key: GroupKey, *, full: bool = False) -> None:
        """Choose a group, and go to its partitions if asked to."""
        self._take(self.host.situation())
        if self.groups.reveal(key, self.host.steady_s()):
            if not self.groups.filter:
                self._editor.clear()
            self.doing, self.pane, self._scrolled, self.full = "looking", "list", 0, False
            self._keep_visible()
            if full:
                self.action_open()
        self.draw()

    def action_move(self, lines: int) -> None:
        """Move the cursor, or the partitions."""
        if self.full or self.pane == "partitions":
            self._scrolled = min(max(self._scrolled + lines, 0), self._most)
        else:
            self.step(lines)
        self.draw()

    def action_page(self, pages: int) -> None:
        """Move by what is visible."""
        self.action_move(pages * self._page)

    def action_open(self) -> None:
        """Go to the partitions; while choosing an order, keep it."""
        if self.doing == "sorting":
            self.doing = "looking"
        elif self.groups.entries:
            self.pane, self.full = "partitions", not self._has_two(self.app.size.width)
        self.draw()

    def action_unfold(self, open_: bool) -> None:
        """Go to the partitions or back; while choosing an order, go to the next or previous column."""
        if self.doing == "sorting":
            self.next_column(1 if open_ else -1)
        elif open_:
            self.action_open()
        else:
            self.pane, self.full = "list", False
        self.draw()

    def action_out(self) -> None:
        """Go back to the groups, else close what every list closes."""
        if self.full or self.pane == "partitions":
            self.pane, self.full = "list", False
            self.draw()
        else:
            super().action_out()

    def action_pane(self, step: int) -> None:
        """Focus the other pane, where there is one."""
        if self._has_two(self.app.size.width) and self.groups.entries and step:
            self.pane = "partitions" if self.pane == "list" else "list"
            self.doing = "looking"
        self.draw()

    def action_trouble(self, step: int) -> None:
        """Go to the next or previous group in trouble."""
        if self.groups.next_trouble(step, self.host.steady_s()):
            self._scrolled = 0
            self._keep_visible()
        else:
            self.host.say("no group is in trouble")
        self.draw()

    def action_quiet(self) -> None:
        """Unfold or fold the groups without trouble."""
        self.groups.fold(open_=not self.groups.unfolded)
        self._keep_visible()
        self.draw()

    def action_abandoned(self) -> None:
        """Show or hide abandoned groups."""
        self.groups.show_abandoned(shown=not self.groups.with_abandoned)
        self._keep_visible()
        self.draw()

    def action_copy(self, as_json: bool) -> None:
        """Copy the chosen group with its partitions."""
        chosen = self.groups.chosen_group()
        if chosen is not None:
            group, parts = self.groups.groups[chosen], self.groups.partitions(chosen)
            self.copy_text(group_json(group, parts) if as_json else group_text(group, parts), "group")

    def on_rows_clicked(self, event: Rows.Clicked) -> None:
        """Choose the clicked group; a double click goes to its partitions."""
        if self.full:
            return
        if event.y >= self._upper:
            self.pane = "partitions"
        else:
            self.pane = "list"
            entry = self._top + event.y - _ABOVE
            if event.y >= _ABOVE and entry < len(self.groups.entries):
                self.step(entry - self.groups.cursor)
                if event.twice:
                    self.action_open()
        self.draw()

    def on_rows_scrolled(self, event: Rows.Scrolled) -> None:
        """Scroll the panel under the mouse without moving the cursor."""
        if self.full or event.y >= self._upper:
            self._scrolled = min(max(self._scrolled + event.lines, 0), self._most)
        else:
            self._top = max(self._top + event.lines, 0)
        self.draw()
