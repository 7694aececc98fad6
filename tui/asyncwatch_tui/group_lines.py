"""Consumer groups as lines: tiles, heading, one line a group, what is folded, and why there may be none."""

from __future__ import annotations

from functools import lru_cache
from math import isfinite
from typing import Final

from asyncwatch.model.view import Snapshot
from asyncwatch_tui.columns import WIDE_FROM, Column
from asyncwatch_tui.durations import fit_duration, format_duration, format_whole
from asyncwatch_tui.filtering import Filter
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise, pad_left, pad_right
from asyncwatch_tui.group_list import SORTABLE, Group, GroupList
from asyncwatch_tui.ink import Ink, Line, cut_line, fill
from asyncwatch_tui.numbers import UNKNOWN, fit_count, format_change, format_count
from asyncwatch_tui.present import NOT_KNOWN, Cell, fill_on, spark_inks
from asyncwatch_tui.signs import GROUP_SIGNS
from asyncwatch_tui.sparkline import condense, sparkline

_TABLE: Final = (
    ("status", "status", 11, 0), ("group", "group", 0, 1), ("channel", "channel", 0, 2), ("behind", "behind", 8, 1),
    ("messages", "messages", 8, 1), ("trend", "5 min", 10, 2), ("change", "change", 9, 1), ("caught", "caught up", 10, 1),
    ("expires", "expires", 9, 1),
)  # fmt: skip
_DROPPED_FIRST: Final = ("trend", "expires", "change", "caught")
_LEAST_NAMES: Final = 32
_LEFT: Final = frozenset({"status", "group", "channel", "trend"})
_EDGE: Final = 2
_STEADY: Final = 0.05
"""Messages a second; in a minute that is three."""


@lru_cache(maxsize=64)
def plan_groups(width: int) -> tuple[Column, ...]:
    """Lay out the columns for a screen's width; group and channel share what the others leave."""
    table = list(_TABLE)

    def left_for_names() -> int:
        return width - 2 * _EDGE - sum(size + gap for _, _, size, gap in table)

    for name in _DROPPED_FIRST:
        if left_for_names() >= _LEAST_NAMES:
            break
        table = [column for column in table if column[0] != name]
    left = max(left_for_names(), 2)
    sizes = {"group": min(left * 2 // 5, 36)}
    sizes["channel"] = min(left - sizes["group"], 60)
    columns = []
    at = _EDGE
    for id_, title, size, gap in table:
        at += gap
        wide = sizes.get(id_, size)
        columns.append(Column(id_, title, at, wide))
        at += wide
    return tuple(columns)


def groups_heading(width: int, groups: GroupList, *, choosing: bool) -> Line:
    """Draw the titles of the columns; while an order is being chosen, its column is lit.

    Shape: from the screen's column 1 to the last but one.
    """
    line: Line = []
    at = 1
    for column in plan_groups(width):
        start = column.start if column.id in _LEFT else column.end - len(column.title)
        line.append(Ink(" " * (start - at)))
        lit = choosing and column.id == groups.sorting.column
        does = f"screen.sort_by('{column.id}')" if column.id in SORTABLE else None
        line.append(Ink(column.title, "bg" if lit else "dim", lit, "accent" if lit else None, does))
        at = start + len(column.title)
        if lit:
            line.append(Ink("▾" if groups.sorting.descending else "▴", "accent", bold=True))
            at += 1
    return fill(line, width - 2)


def group_line(groups: GroupList, entry: int, width: int, *, chosen: bool, focused: bool) -> Line:
    """Draw a group.

    Shape: from the screen's column 1 to the last but one.
    """
    group = groups.groups[groups.entries[entry]]
    sign = GROUP_SIGNS[group.state]
    on = "selection" if chosen else None
    line: Line = [Ink("▌" if chosen and focused else " ", "focus", on=on)]
    at = _EDGE
    for column in plan_groups(width):
        gap = " " * (column.start - at)
        at = column.end
        match column.id:
            case "status":
                line += [
                    Ink(sign.glyph, sign.role, sign.troubled, on),
                    Ink(" " + pad_right(sign.word, column.width - 2), sign.word_role, on=on),
                ]
            case "group" | "channel":
                text = group.row.group if column.id == "group" else group.row.address
                line += [Ink(gap, on=on), *_name(group, text, column, groups.filter, on)]
            case "trend":
                line += [Ink(gap, on=on), *_trend(group, column.width, on)]
            case _:
                cell = _CELLS[column.id](group, column.width)
                role = "faint" if cell.text in {UNKNOWN, "0"} else cell.role
                line.append(Ink(gap + pad_left(cut_end(cell.text, column.width), column.width), role, cell.bold, on))
    return fill_on(line, width - 2, on)


def _name(group: Group, text: str, column: Column, filter_: Filter, on: str | None) -> Line:
    sign = GROUP_SIGNS[group.state]
    main = column.id == "group"
    recedes = group.state in {"idle", "abandoned", "stale"} or not main
    role = "dim" if recedes else "bright" if sign.troubled else "fg"
    name = cut_middle(neutralise(text), column.width)
    line: Line = []
    at = 0
    for start, end in filter_.spans(name) if filter_ else ():
        line += [Ink(name[at:start], role, on=on), Ink(name[start:end], "bg", bold=True, on="warn")]
        at = end
    line.append(Ink(name[at:], role, main and sign.troubled, on))
    return fill_on(line, column.width, on)


def _trend(group: Group, width: int, on: str | None) -> Line:
    if group.view is None or group.state == "abandoned":
        return [Ink("·" * width, "faint", on=on)]
    text = sparkline(condense(group.view.window, width), width)
    sign = GROUP_SIGNS[group.state]
    role = sign.role if sign.troubled or group.state in {"rewound", "stale"} else "spark"
    return spark_inks(text, role, on)


def _alarm(group: Group) -> str | None:
    """Give the role of the number that is wrong; None where nothing is."""
    sign = GROUP_SIGNS[group.state]
    return sign.role if sign.troubled or group.state == "rewound" else None


def _behind(group: Group, width: int) -> Cell:
    seconds = group.row.seconds
    if seconds is None:
        return NOT_KNOWN
    role = _alarm(group)
    text = fit_duration(format_duration(seconds), width)
    return Cell(
        text, role or ("dim" if group.state in {"stale", "abandoned"} or not seconds else "fg"), role is not None
    )


def _messages(group: Group, width: int) -> Cell:
    role = "fg" if GROUP_SIGNS[group.state].troubled else "dim"
    return Cell(fit_count(group.row.messages, width), role)


def _change(group: Group, width: int) -> Cell:
    velocity = group.row.velocity
    if velocity is None or group.state in {"abandoned", "stale"}:
        return NOT_KNOWN
    text = change_text(velocity)
    steady = text == change_text(0.0)
    role = "dim" if steady else "ok" if velocity < 0 else "warn" if GROUP_SIGNS[group.state].troubled else "dim"
    return Cell(text, role)


def change_text(velocity: float | None) -> str:
    """Write a change of the messages behind; what is too small to be seen in a minute is steady."""
    return format_change(0.0 if velocity is not None and abs(velocity) < _STEADY else velocity)


def caught_up(group: Group) -> str:
    """Say when the group will have caught up: a time, `never` while it grows, `–` where that means nothing."""
    row = group.row
    if group.state in {"abandoned", "stale", "idle", "unknown"} or not row.messages:
        return UNKNOWN
    if row.catch_up_seconds is not None and isfinite(row.catch_up_seconds):
        return format_whole(row.catch_up_seconds) if row.catch_up_seconds else UNKNOWN
    growing = row.velocity is not None and row.velocity > 0
    return "never" if GROUP_SIGNS[group.state].troubled and (growing or row.velocity == 0) else UNKNOWN


def _caught(group: Group, width: int) -> Cell:
    text = caught_up(group)
    return Cell(fit_duration(text, width) if text != "never" else text, "warn" if text == "never" else "fg")


def _expires(group: Group, width: int) -> Cell:
    seconds = group.row.retention_seconds
    risk = group.view is not None and group.view.risk is not None and group.state != "stale"
    if seconds is None:
        return Cell("▲ risk", "warn", bold=True) if risk else NOT_KNOWN
    if seconds <= 0:
        return Cell("gone", "dim")
    text = format_whole(seconds).split(" ")
    short = " ".join(text[:2])
    return Cell(f"▲ {short}", "warn", bold=True) if risk else Cell(short)


_CELLS: Final = {
    "behind": _behind, "messages": _messages, "change": _change, "caught": _caught, "expires": _expires,
}  # fmt: skip


def groups_title(groups: GroupList, width: int) -> Line:
    """Draw the counts and the order at the right of the panel's title."""
    total = len(groups.groups)
    arrow = Ink(" ▾" if groups.sorting.descending else " ▴", "accent")
    order = [Ink(f"by {SORTABLE[groups.sorting.column]}", "dim", does="screen.sort"), arrow]
    dot = Ink(" · ", "faint")
    if groups.filter.text:
        text = cut_end(neutralise(groups.filter.text), 32 if width >= WIDE_FROM else 16)
        return [Ink(f"{total - groups.hidden} of {total} shown", "warn", bold=True), dot, Ink("filter ", "dim"),
                Ink(text, "warn")]  # fmt: skip
    if not total:
        return []
    words = "1 group" if total == 1 else f"{format_count(total)} groups"
    return [Ink(words, "dim"), dot, *order]


def folded_lines(groups: GroupList, keys: dict[str, str], width: int) -> list[Line]:
    """Say which groups are folded, and how to see them."""
    lines: list[Line] = []
    if groups.folded:
        slowest = max((groups.groups[at].row.seconds or 0.0 for at in groups.folded), default=0.0)
        word = "fold" if groups.unfolded else "unfold"
        more = f"{format_count(len(groups.folded))} {'shown' if groups.unfolded else 'more'}, none over {format_duration(slowest)}"
        unknown = any(groups.groups[at].row.seconds is None for at in groups.folded)
        lines.append(
            _folded("ok", more if not unknown else more.partition(",")[0], keys["quiet"], word, "screen.quiet")
        )
    if groups.abandoned or (groups.with_abandoned and groups.states["abandoned"]):
        count = groups.abandoned or groups.states["abandoned"]
        word = "show" if groups.abandoned else "hide"
        text = f"{format_count(count)} without members for long"
        lines.append(_folded("abandoned", text, keys["abandoned"], word, "screen.abandoned"))
    if groups.hidden:
        text = "1 group is" if groups.hidden == 1 else f"{format_count(groups.hidden)} groups are"
        lines.append([Ink(f" {text} hidden by the filter; the headline numbers count all", "dim")])
    return [fill(cut_line(line, width - 2), width - 2) for line in lines]


def _folded(state: str, text: str, key: str, word: str, does: str) -> Line:
    sign = GROUP_SIGNS[state]
    return [
        Ink(f" {sign.glyph} ", sign.role), Ink(pad_right(sign.word, 10), sign.word_role), Ink(f"{text}   ", "dim"),
        Ink(f"{key} ", "accent", bold=True, does=does), Ink(word, "dim", does=does),
    ]  # fmt: skip


def nothing_lines(snapshot: Snapshot | None, *, lost: bool) -> list[Line]:
    """Say why there are no groups: nobody asked, nobody may, or there are none."""
    if snapshot is None:
        text = "waiting for the sidecar …" if lost else "connecting to the sidecar …"
        return [[Ink(text, "bright", bold=True)]]
    if snapshot.lag is not None:
        return [
            [Ink("✓ ", "ok"), Ink("No consumer group reads these channels.", "bright", bold=True)],
            [],
            [Ink("The brokers were asked, and there is none. One that comes is shown here by itself.", "dim")],
        ]
    rights = [(row.server, right) for row in snapshot.servers for right in row.rights_missing]
    lines: list[Line] = [
        [Ink("– ", "faint"), Ink("Consumer groups are not measured.", "bright", bold=True)],
        [],
    ]
    if not rights:
        return [*lines, [Ink("No server was asked, or none could answer: lag is not known, which is not zero.", "dim")]]
    lines.append([Ink("A right is missing:", "dim")])
    for server, right in rights[:5]:
        lines.append([Ink(f"  {cut_end(neutralise(right), 60)} ", "warn"), Ink(cut_end(neutralise(server), 30), "dim")])
    return [*lines, [], [Ink("Lag is not known, which is not zero.", "dim")]]
