"""The panel of finding groups and the panel of one finding, side by side or one of them alone."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch_tui.actions import Action, key_text
from asyncwatch_tui.details import Known
from asyncwatch_tui.finding_detail import detail_keys, detail_lines, detail_title, where_of
from asyncwatch_tui.finding_lines import (
    findings_title,
    folded_line,
    group_lines,
    nothing_lines,
    order_line,
    separator_line,
)
from asyncwatch_tui.finding_list import FindingList
from asyncwatch_tui.fitting import cut_end, neutralise
from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.panel import bottom_border, centred, inside, top_border
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.widgets.rows import Rows

_ROW = 2
"""Lines of a group."""


class FindingPanels(Rows):
    """What is scrolled where, and the lines of both panels. Units: `top`, `scrolled` and `most` in lines."""

    top = 0
    page = 1
    """Groups that are visible at once."""
    scrolled = 0
    """Lines of the finding above its panel."""
    most = 0
    list_width = 0
    """Cells of the list, 0 when it is not shown."""

    def groups_panel(
        self, findings: FindingList, situation: Situation, actions: Sequence[Action], width: int, height: int,
        note: Line | None, *, focused: bool, sorting: bool, open_below: bool,
    ) -> list[Line]:  # fmt: skip
        """Draw the groups; `open_below`: another widget closes the panel."""
        inner = width - 2
        total = 0 if situation.shown is None else situation.shown.view.groups
        lines = [top_border("Findings", findings_title(findings, total), width, focused=focused)]
        body = [order_line(findings, inner)] if sorting else []
        foot = folded_line(findings, key_text(actions, "quiet"), inner)
        told = [] if foot is None else [foot]
        room = max(height - 1 - (0 if open_below else 1) - len(body) - len(told), 0)
        body += [*self._groups(findings, situation, inner, room, focused=focused), *told]
        lines += [inside(line, width, focused=focused) for line in body]
        return lines if open_below else [*lines, bottom_border(width, focused=focused, note=note)]

    def finding_panel(
        self, findings: FindingList, index: int, known: Known, situation: Situation, actions: Sequence[Action],
        width: int, height: int, note: Line | None, *, focused: bool, muted_s: float,
    ) -> list[Line]:  # fmt: skip
        """Draw the group at an index of the report in full, as far as it is scrolled."""
        inner, room = width - 2, max(height - 3, 0)
        row, view = findings.rows[index], findings.view(index)
        body = detail_lines(row, view, known, situation.shown_ns, inner, muted_s=muted_s)
        self.most = max(len(body) - room, 0)
        self.scroll(0)
        body = body[self.scrolled : self.scrolled + room]
        body += [[Ink("")]] * (room - len(body))
        keys = {id_: key_text(actions, id_) for id_ in ("copy", "copy-json", "editor")}
        body.append(detail_keys(keys, where_of(view, known.detail), inner))
        title = cut_end(neutralise(row.rule), max(width - 26, 4))
        lines = [top_border(title, detail_title(row), width, focused=focused)]
        lines += [inside(line, width, focused=focused) for line in body]
        if note is None and self.most:
            note = [Ink(" ↑↓ more ", "dim")] if focused else [Ink(" → more ", "dim")]
        return [*lines, bottom_border(width, focused=focused, note=note)]

    def scroll(self, lines: int) -> None:
        """Scroll the finding."""
        self.scrolled = min(max(self.scrolled + lines, 0), self.most)

    def is_visible(self, findings: FindingList) -> bool:
        """Tell whether the chosen group can be seen."""
        return 0 <= _line_of_cursor(findings) - self.top < self.page * _ROW

    def keep_visible(self, findings: FindingList) -> None:
        """Scroll the groups as little as needed to show the chosen one."""
        line = _line_of_cursor(findings)
        self.top = min(self.top, line)
        self.top = max(self.top, line + _ROW - self.page * _ROW, 0)

    def _groups(
        self, findings: FindingList, situation: Situation, width: int, room: int, *, focused: bool
    ) -> list[Line]:
        self.page = max(room // _ROW, 1)
        if not findings.rows:
            return centred(nothing_lines(situation), width, room)
        lines: list[Line] = []
        if not findings.entries:
            folded = findings.silenced or findings.quiet
            lines.append([Ink(" all groups are folded" if folded else " no group passes the filter", "dim")])
        cursor = findings.cursor
        self.top = max(min(self.top, findings.lines - room), 0)
        at = self.top
        while len(lines) < room and at < findings.lines:
            entry = findings.entry_at(at)
            if entry is None:
                lines.append(separator_line(width))
                at += 1
                continue
            both = group_lines(findings, entry, width, chosen=entry == cursor, focused=focused)
            skip = at - findings.starts[entry]
            lines += both[skip:]
            at += _ROW - skip
        lines = lines[:room]
        return lines + [[Ink("")]] * (room - len(lines))


def _line_of_cursor(findings: FindingList) -> int:
    return findings.starts[findings.cursor] if findings.starts else 0
