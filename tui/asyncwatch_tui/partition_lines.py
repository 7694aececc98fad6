"""The partitions of one consumer group as lines, and the sentence that says what they prove."""

from __future__ import annotations

from textwrap import wrap
from typing import Final

from asyncwatch.model.clock import parse_time
from asyncwatch_tui.columns import WIDE_FROM, Column
from asyncwatch_tui.durations import clock_of, fit_duration, format_age, format_duration
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise, pad_left, pad_right
from asyncwatch_tui.group_lines import change_text
from asyncwatch_tui.group_list import Group, Partition
from asyncwatch_tui.ink import Ink, Line, fill
from asyncwatch_tui.numbers import UNKNOWN, fit_count, format_count, format_rate, in_full
from asyncwatch_tui.signs import GROUP_SIGNS

_TABLE: Final = (
    ("part", "part", 5, 0), ("behind", "behind", 9, 1), ("messages", "messages", 8, 1), ("share", "share of the lag", 20, 2),
    ("committed", "committed", 14, 1), ("end", "end", 14, 1), ("change", "change", 9, 1), ("commit", "last commit", 11, 1),
    ("member", "member", 0, 2),
)  # fmt: skip
_DROPPED_FIRST: Final = ("share", "messages", "change")
_LEAST_MEMBER: Final = 12
_LEFT: Final = frozenset({"share", "member"})
_READING_LINES: Final = 3
_SOURCES: Final = {
    "read": "from records read", "probe": "from the record at the commit", "estimated": "estimated",
}  # fmt: skip


def plan_partitions(width: int) -> list[Column]:
    """Lay out the columns for a screen's width; the member takes what the others leave."""
    table = list(_TABLE)
    for name in _DROPPED_FIRST:
        if width - 4 - sum(size + gap for _, _, size, gap in table) >= _LEAST_MEMBER:
            break
        table = [column for column in table if column[0] != name]
    left = max(width - 4 - sum(size + gap for _, _, size, gap in table), 1)
    columns = []
    at = 2
    for id_, title, size, gap in table:
        at += gap
        columns.append(Column(id_, title, at, size or left))
        at += size or left
    return columns


def partitions_heading(width: int) -> Line:
    """Draw the titles of the columns.

    Shape: from the screen's column 1 to the last but one.
    """
    line: Line = []
    at = 1
    for column in plan_partitions(width):
        title = cut_end(column.title, column.width)
        start = column.start if column.id in _LEFT else column.end - len(title)
        line += [Ink(" " * (start - at)), Ink(title, "dim")]
        at = start + len(title)
    return fill(line, width - 2)


def partition_line(group: Group, part: Partition, most: int, width: int) -> Line:
    """Draw a partition; `most` is the largest number of messages that any partition of the group is behind.

    Shape: from the screen's column 1 to the last but one.
    """
    line: Line = [Ink(" ")]
    at = 2
    for column in plan_partitions(width):
        gap = " " * (column.start - at)
        at = column.end
        if column.id == "share":
            line += [Ink(gap), *_bar(group, part, most, column.width)]
            continue
        text, role, bold = _cell(column.id, group, part, column.width)
        if text == UNKNOWN:
            role, bold = "faint", False
        if column.id == "member":
            line.append(Ink(gap + pad_right(cut_middle(text, column.width), column.width), role))
        else:
            line.append(Ink(gap + pad_left(cut_end(text, column.width), column.width), role, bold))
    return fill(line, width - 2)


def _cell(id_: str, group: Group, part: Partition, width: int) -> tuple[str, str, bool]:
    row, view = part
    sign = GROUP_SIGNS[group.state]
    alarm = sign.troubled and row.status not in {"ok", "idle"}
    match id_:
        case "part":
            return ("all" if row.partition is None else str(row.partition)), "dim", False
        case "behind":
            text = UNKNOWN if row.seconds is None else fit_duration(format_duration(row.seconds), width)
            return text, "warn" if alarm else "fg", alarm
        case "messages":
            return fit_count(row.messages, width), "dim", False
        case "change":
            if row.velocity is None:
                return UNKNOWN, "faint", False
            return change_text(row.velocity), "warn" if alarm and row.velocity > 0 else "dim", False
    if view is None:
        return UNKNOWN, "faint", False
    match id_:
        case "committed" | "end":
            position = view.committed if id_ == "committed" else view.end
            if position is None:
                return UNKNOWN, "faint", False
            text = in_full(position)
            return (text if len(text) <= width else fit_count(position, width)), "dim", False
        case "commit":
            age_s = view.commit_age_seconds
            return (UNKNOWN if age_s is None else fit_duration(format_age(age_s), width)), "dim", False
    return neutralise(view.member or UNKNOWN), "fg", False


def _bar(group: Group, part: Partition, most: int, width: int) -> Line:
    behind = part.row.messages
    if behind is None or most <= 0:
        return [Ink(" " * width)]
    full = min(max(round(width * behind / most), 1 if behind else 0), width)
    sign = GROUP_SIGNS[group.state]
    role = sign.role if sign.troubled or group.state == "rewound" else "spark"
    return [Ink("━" * full, role), Ink("━" * (width - full), "line")]


def partitions_title(group: Group, parts: list[Partition], width: int) -> Line:
    """Draw address, number of partitions and members, where seconds come from, and when it was asked."""
    dot = Ink(" · ", "faint")
    row, view = group.row, group.view
    line: Line = [Ink(cut_middle(neutralise(row.address), max(width // 4, 12)), "fg")]
    if parts and parts[0].row.partition is not None:
        line += [dot, Ink("1 partition" if len(parts) == 1 else f"{format_count(len(parts))} partitions", "dim")]
    if row.members is not None:
        line += [dot, Ink("1 member" if row.members == 1 else f"{format_count(row.members)} members", "dim")]
    if view is not None and view.unknown:
        line += [dot, Ink(f"{format_count(view.unknown)} not known", "warn")]
    if width >= WIDE_FROM and view is not None and view.source is not None:
        line += [dot, Ink(f"seconds {_SOURCES.get(view.source, cut_end(neutralise(view.source), 20))}", "dim")]
    as_of_ns = parse_time(row.as_of)
    return line if as_of_ns is None else [*line, dot, Ink(f"at {clock_of(as_of_ns)}", "dim")]


def reading_lines(group: Group, width: int) -> list[Line]:
    """Draw what the numbers prove, and how fast messages come and go.

    Shape: from the screen's column 1 to the last but one; no lines where nothing is proven.
    """
    view = group.view
    if view is None:
        return []
    rates = ""
    if view.rate_in is not None or view.rate_out is not None:
        rates = f"In {_a_second(view.rate_in)}, out {_a_second(view.rate_out)}. "
    if view.records is not None and view.records != group.row.messages:
        rates += f"{format_count(group.row.messages)} positions hold {format_count(view.records)} messages."
    rates = rates.rstrip()
    lead = " Reading  "
    rows = wrap(neutralise(view.reading or ""), max(width - 4 - len(lead), 10))[: _READING_LINES - 1]
    rows += [rates] if rates else []
    if not rows:
        return []
    lines: list[Line] = [[Ink(" "), Ink("┄" * (width - 4), "faint")]]
    for number, part in enumerate(rows):
        first = number == 0
        text_role = "fg" if part is not rates else "bright"
        lines.append([Ink(" " * len(lead) if not first else lead, "bright", bold=first), Ink(part, text_role)])
    return [fill(line, width - 2) for line in lines]


def _a_second(rate: float | None) -> str:
    return UNKNOWN if rate is None else f"{format_rate(rate)}/s"
