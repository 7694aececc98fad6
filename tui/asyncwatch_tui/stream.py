"""Newest findings: one line a group; a repeat moves its group up and counts."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.model.report import FindingRow
from asyncwatch_tui.durations import clock_of_text
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise, pad_left, pad_right
from asyncwatch_tui.ink import Ink, Line, fill, width_of
from asyncwatch_tui.numbers import format_count
from asyncwatch_tui.present import fill_on

_TIME = 13
"""Cells up to the rule: edge, mark, time, sign."""
_RULE = 22
_NAME = 25
_COUNT = 7
_OPENS = "app.show_screen('2')"


def newest_first(findings: Sequence[FindingRow]) -> list[FindingRow]:
    """Order groups by their last occurrence; equal times keep the report's order."""
    return sorted(findings, key=lambda row: row.last.time, reverse=True)


def sign_of(row: FindingRow) -> tuple[str, str]:
    """Give sign and role of a finding."""
    if row.rule == "channel.undocumented":
        return "?", "info"
    if row.severity == "error":
        return "✗", "error"
    return ("▲", "warn") if row.severity == "warning" else ("i", "info")


def finding_line(row: FindingRow, width: int, *, newest: bool, chosen: bool, focused: bool) -> Line:
    """Draw a group: time, sign, rule, channel, sentence, count.

    Shape: from the screen's column 1 to the last but one.
    """
    on = "selection" if chosen and focused else None
    sign, role = sign_of(row)
    text_role = "fg" if newest else "dim"
    count = f"×{format_count(row.count)}" if row.count > 1 else ""
    start = _TIME + _RULE + _NAME + 2
    room = width - 2 - start - (_COUNT + 1 if count else 0)
    line = [
        Ink("▌" if chosen and focused else " ", "focus", on=on),
        Ink(clock_of_text(row.last.time) + " ", "faint", on=on),
        Ink(sign + " ", role, role != "info", on=on),
        Ink(pad_right(cut_end(neutralise(row.rule), _RULE - 1), _RULE), "fg", on=on),
        Ink(pad_right(cut_middle(name_of(row), _NAME), _NAME + 2), "dim", on=on),
        Ink(pad_right(cut_end(neutralise(row.summary), room), room), text_role, on=on),
        Ink(pad_left(count, _COUNT + 1) if count else "", "bright" if newest else "dim", newest, on=on),
    ]
    return fill_on(line, width - 2, on)


def newest_line(row: FindingRow | None, width: int, *, edge: str) -> Line:
    """Draw the newest group as one line within the channel panel, for small screens.

    Shape: from the screen's column 1 to the last but one.
    """
    if row is None:
        return [Ink("─" * (width - 2), edge)]
    sign, role = sign_of(row)
    count = f" ×{format_count(row.count)}" if row.count > 1 else ""
    room = width - 2 - 1 - 3 - width_of([Ink(count)]) - 2
    rule = neutralise(row.rule)
    name = cut_middle(name_of(row), 25)
    rest = room - len(rule) - 1
    text = (
        name
        if len(name) + 10 > rest
        else f"{name} {cut_end(neutralise(row.summary), rest - width_of([Ink(name)]) - 1)}"
    )
    line = [
        Ink("─", edge), Ink(f" {sign} ", role, bold=True), Ink(rule, "fg"), Ink(f" {cut_end(text, rest)}", "dim"),
        Ink(count, "bright", bold=True), Ink(" "),
    ]  # fmt: skip
    return fill([*line, Ink("─" * max(width - 2 - width_of(line), 0), edge)], width - 2)


def name_of(row: FindingRow) -> str:
    """Give what a finding is about: the address, else the channel, else the server."""
    return neutralise(row.address or row.channel or row.server)


def findings_title(shown: int, total: int, *, filtered: bool) -> Line:
    """Draw the number of groups."""
    if filtered:
        return [Ink(f"{shown} of {format_count(total)} groups pass the filter", "warn")]
    count = Ink("1 group" if total == 1 else f"{format_count(total)} groups", "dim")
    opens: Line = [Ink(" · ", "faint"), Ink("2", "accent", does=_OPENS), Ink(" opens all", "dim", does=_OPENS)]
    return [count, *opens] if total else [count]
