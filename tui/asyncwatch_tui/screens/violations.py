"""Violations: what breaks the contract, since when, and who sends it?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from typing import Final

from textual.app import SuspendNotSupported
from textual.widget import Widget

from asyncwatch_tui.actions import key_text
from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.copying import detail_json, detail_text
from asyncwatch_tui.details import Known
from asyncwatch_tui.editor import NoEditor, editor_command
from asyncwatch_tui.export import Export
from asyncwatch_tui.finding_detail import where_of
from asyncwatch_tui.finding_lines import chips_line
from asyncwatch_tui.finding_list import SORTABLE, FindingList, first_direction
from asyncwatch_tui.fitting import neutralise
from asyncwatch_tui.footing import Hint
from asyncwatch_tui.host import Host
from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.notes import border_note
from asyncwatch_tui.panel import bottom_border, inside, note_across, top_border
from asyncwatch_tui.screens.frame import set_height
from asyncwatch_tui.screens.listing import Listed, ListScreen
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.sorting import Sorting
from asyncwatch_tui.spreadsheets import export_findings
from asyncwatch_tui.widgets import filter_bar
from asyncwatch_tui.widgets.finding_panels import FindingPanels
from asyncwatch_tui.widgets.rows import Rows

_LEAST_LIST: Final = 47
_MOST_LIST: Final = 64
_GAP: Final = 2


class ViolationsScreen(ListScreen):
    """Finding groups, worst first, and one of them in full."""

    tab_key = "2"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.findings = FindingList()
        self.full = False
        """The chosen finding has the whole screen."""
        self._panels = FindingPanels(host)
        self._taken: tuple[object, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Give the panels and the filter."""
        return (self._panels, self._bar)

    @property
    def listed(self) -> Listed:
        """Give the groups."""
        return self.findings

    @property
    def can_filter(self) -> bool:
        """Tell whether there are groups."""
        return bool(self.findings.rows)

    def order_columns(self) -> Sequence[str]:
        """Give what can order the groups."""
        return list(SORTABLE)

    def first_direction(self, column: str) -> Sorting:
        """Give the order a column starts with."""
        return first_direction(column)

    def exported(self, situation: Situation) -> Export | None:
        """Give the groups that show."""
        return None if situation.shown is None else export_findings(self.findings, situation.shown)

    # Drawing

    def headline(self, situation: Situation, width: int) -> list[Line]:
        """Draw the chips instead of tiles."""
        self._take(situation)
        return [chips_line(self.findings, width)]

    def draw_body(self, situation: Situation, width: int, height: int) -> None:
        """Draw the panels of the moment."""
        typing = self.doing == "filtering"
        self.full = self.full and bool(self.findings.entries)
        bar = filter_bar.HEIGHT if typing else 0
        note = border_note(situation, key_text(self.host.actions, "pause"))
        two = width >= WIDE_FROM and not self.full and bool(self.findings.rows)
        panels = self._panels
        panels.list_width = 0
        if two:
            panels.list_width = min(max(width * 43 // 100, _LEAST_LIST), _MOST_LIST)
            left = self._list(situation, panels.list_width, height - bar, None, open_below=False)
            right = self._detail(situation, width - panels.list_width - _GAP, height - bar, None)
            lines = [[*one, Ink(" " * _GAP), *other] for one, other in zip(left, right, strict=True)]
            lines[-1] = note_across(lines[-1], None if typing else note, width)
        elif self.full:
            lines = self._detail(situation, width, height - bar, note)
        else:
            panels.list_width = width
            self.pane = "list"
            lines = self._list(situation, width, height - bar, note, open_below=typing)
        panels.show(lines)
        set_height(panels, max(len(lines), 1))
        set_height(self._bar, filter_bar.HEIGHT)
        if typing:
            shown = len(self.findings.rows) - self.findings.hidden
            self._bar.draw(self._editor, self.findings.filter, shown, "group", width, note, numbers="rate>1", apart=two)
        panels.display, self._bar.display = True, typing

    def _list(
        self, situation: Situation, width: int, height: int, note: Line | None, *, open_below: bool
    ) -> list[Line]:
        return self._panels.groups_panel(
            self.findings, situation, self.host.actions, width, height, note, focused=self.pane == "list",
            sorting=self.doing == "sorting", open_below=open_below,
        )  # fmt: skip

    def _detail(self, situation: Situation, width: int, height: int, note: Line | None) -> list[Line]:
        index = self.findings.chosen_row()
        focused = self.full or self.pane == "detail"
        if index is None:
            lines = [top_border("Finding", [], width, focused=focused)]
            lines += [inside([Ink("")], width, focused=focused)] * max(height - 2, 0)
            return [*lines, bottom_border(width, focused=focused, note=note)]
        muted_s = self.host.mutes.left_s(self.findings.rows[index].fingerprint, self.host.steady_s())
        return self._panels.finding_panel(
            self.findings, index, self.known(), situation, self.host.actions, width, height, note, focused=focused,
            muted_s=muted_s,
        )  # fmt: skip

    def known(self) -> Known:
        """Give what is known about the chosen finding beyond its row."""
        index = self.findings.chosen_row()
        if index is None:
            return Known(None, None, asking=False)
        situation = self.host.situation()
        may_ask = self.app.screen is self and situation.loss is None and not situation.paused
        known = self.host.details.look(self.findings.rows[index], may_ask=may_ask)
        until = (
            "the sidecar answers" if situation.loss is not None else "the picture goes on" if situation.paused else ""
        )
        return known if may_ask or not until else known._replace(waits=f"details are fetched once {until}")

    def hints(self, situation: Situation) -> Sequence[Hint]:
        """Give the keys of the moment."""
        typing = self.typing_hints()
        if typing is not None:
            return typing
        pause = self.hint("pause", "resume" if situation.paused else "pause")
        if not self.findings.entries:
            return [self.hint("filter"), pause] if self.findings.rows else [pause]
        rest = [
            self.hint("copy", rank=4), self.hint("export", rank=5), self.hint("mute", self._mute_word(), 6),
            self.hint("editor", rank=9),
        ]  # fmt: skip
        if self.full:
            return [Hint("esc", "back", "screen.out"), self.hint("next-trouble", "next", 3), *rest, pause]
        pane = [self.hint("next-pane", rank=3)] if self.app.size.width >= WIDE_FROM else []
        return [
            self.hint("open"), *pane, self.hint("family"), self.hint("filter", rank=2), self.hint("sort", rank=7), *rest,
            pause._replace(rank=8),
        ]  # fmt: skip

    def _mute_word(self) -> str:
        index = self.findings.chosen_row()
        muted = index is not None and self.findings.rows[index].fingerprint in self.findings.muted
        return "unmute" if muted else "mute"

    def _take(self, situation: Situation) -> None:
        shown = situation.shown
        if shown is None:
            return
        now_s = self.host.steady_s()
        muted = self.host.mutes.now(now_s)
        taken = (id(shown), muted, situation.shown_ns // 60_000_000_000)
        if taken != self._taken or shown.findings is not self.findings.rows or self.findings.is_unsettled(now_s):
            was_visible = self._panels.is_visible(self.findings)
            self.findings.take(shown, now_s, situation.shown_ns, muted)
            self._taken = taken
            if was_visible:
                self._panels.keep_visible(self.findings)

    # What keys do

    def step(self, lines: int) -> None:
        """Move the cursor of the list."""
        before = self.findings.chosen_row()
        self.findings.choose(self.findings.cursor + lines, self.host.steady_s())
        self._panels.keep_visible(self.findings)
        if self.findings.chosen_row() != before:
            self._panels.scrolled = 0

    def reveal(self, fingerprint: str, *, full: bool = False) -> None:
        """Choose a group, and show it on the whole screen if asked to."""
        self._take(self.host.situation())
        if self.findings.reveal(fingerprint, self.host.steady_s()):
            if not self.findings.filter:
                self._editor.clear()
            self.full, self.doing, self.pane, self._panels.scrolled = full, "looking", "list", 0
            self._panels.keep_visible(self.findings)
        self.draw()

    def action_move(self, lines: int) -> None:
        """Move the cursor, or the text of the finding."""
        if self.full or self.pane == "detail":
            self._panels.scroll(lines)
        else:
            self.step(lines)
        self.draw()

    def action_page(self, pages: int) -> None:
        """Move by what is visible."""
        self.action_move(pages * self._panels.page * (2 if self.full or self.pane == "detail" else 1))

    def action_open(self) -> None:
        """Show the finding on the whole screen; while choosing an order, keep it."""
        if self.doing == "sorting":
            self.doing = "looking"
        elif self.findings.entries:
            self.full = True
        self.draw()

    def action_unfold(self, open_: bool) -> None:
        """Go to the detail or back; while choosing an order, go to the next or previous one."""
        if self.doing == "sorting":
            self.next_column(1 if open_ else -1)
        elif not open_:
            self.full, self.pane = False, "list"
        elif self.app.size.width >= WIDE_FROM:
            self.pane = "detail"
        else:
            self.full = bool(self.findings.entries)
        self.draw()

    def action_out(self) -> None:
        """Close the finding, else what every list closes, else show all again."""
        if self.full:
            self.full = False
        elif self.pane == "detail":
            self.pane = "list"
        elif (
            self.doing != "sorting"
            and not self.findings.filter.text
            and (self.findings.severity or self.findings.family)
        ):
            self.findings.only()
        else:
            super().action_out()
            return
        self.draw()

    def action_pane(self, step: int) -> None:
        """Focus the other pane, where there is one."""
        if self.app.size.width >= WIDE_FROM and not self.full and step:
            self.pane = "detail" if self.pane == "list" else "list"
            self.doing = "looking"
        self.draw()

    def action_trouble(self, step: int) -> None:
        """Go to the next or previous error, else warning."""
        if self.findings.next_trouble(step, self.host.steady_s()):
            self._panels.scrolled = 0
            self._panels.keep_visible(self.findings)
        else:
            self.host.say("no finding is an error or a warning")
        self.draw()

    def action_family(self) -> None:
        """Show the next family that has findings."""
        family = self.findings.next_family()
        self._panels.top = 0
        self.host.say("all families" if family is None else f"family {neutralise(family)}")

    def action_family_at(self, place: int) -> None:
        """Show a family by its place among the chips, or all."""
        self.findings.family_at(place)
        self._panels.top = 0
        self.draw()

    def action_severity(self, severity: str) -> None:
        """Show one severity, or all."""
        self.findings.only(severity=severity or None, family=self.findings.family)
        self._panels.top = 0
        self.draw()

    def action_quiet(self) -> None:
        """Unfold or fold what is quiet or muted."""
        self.findings.fold(open_=not self.findings.unfolded)
        self._panels.keep_visible(self.findings)
        self.draw()

    def action_mute(self) -> None:
        """Mute the chosen group for an hour, or unmute it."""
        index = self.findings.chosen_row()
        if index is None:
            return
        row = self.findings.rows[index]
        muted = self.host.mutes.toggle(row.fingerprint, self.host.steady_s())
        self.host.say(f"muted for 1 h: {neutralise(row.rule)}" if muted else f"unmuted: {neutralise(row.rule)}")

    def action_copy(self, as_json: bool) -> None:
        """Copy the chosen group with what is known of it."""
        index = self.findings.chosen_row()
        if index is not None:
            row, detail = self.findings.rows[index], self.known().detail
            self.copy_text(detail_json(row, detail) if as_json else detail_text(row, detail), "finding")

    def action_editor(self) -> None:
        """Open the document at the line that the finding breaks; the dashboard waits meanwhile."""
        index = self.findings.chosen_row()
        where = None if index is None else where_of(self.findings.view(index), self.known().detail)
        if where is None:
            self.host.say("no line of a document says this rule")
            return
        try:
            command = editor_command(*where)
            with self.app.suspend():
                ended = subprocess.run(command, check=False).returncode  # noqa: S603 - the user's own editor
        except NoEditor as why:
            self.host.say(str(why), error=True)
        except SuspendNotSupported:
            self.host.say("this terminal cannot be lent to an editor", error=True)
        except OSError as fault:
            self.host.say(f"the editor did not start: {fault.strerror}", error=True)
        else:
            if ended:
                self.host.say(f"the editor ended with {ended}", error=True)

    def on_rows_clicked(self, event: Rows.Clicked) -> None:
        """Choose the clicked group; a double click opens it."""
        if self.full:
            return
        if event.x >= self._panels.list_width:
            self.pane = "detail"
        else:
            self.pane = "list"
            entry = self.findings.entry_at(self._panels.top + event.y - 1 - (self.doing == "sorting"))
            if event.y >= 1 and entry is not None and entry < len(self.findings.entries):
                self.step(entry - self.findings.cursor)
                self.full = event.twice
        self.draw()

    def on_rows_scrolled(self, event: Rows.Scrolled) -> None:
        """Scroll the panel under the mouse without moving the cursor."""
        if self.full or event.x >= self._panels.list_width:
            self._panels.scroll(event.lines)
        else:
            self._panels.top = max(self._panels.top + event.lines, 0)
        self.draw()
