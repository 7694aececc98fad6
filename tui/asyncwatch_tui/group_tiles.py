"""The headline numbers of the Lag screen; they count all groups, whatever the filter hides."""

from __future__ import annotations

from asyncwatch_tui.columns import WIDE_FROM
from asyncwatch_tui.durations import format_duration, format_whole
from asyncwatch_tui.fitting import cut_end, neutralise
from asyncwatch_tui.group_lines import caught_up
from asyncwatch_tui.group_list import Group, GroupList
from asyncwatch_tui.ink import Ink, Line
from asyncwatch_tui.numbers import UNKNOWN, format_count
from asyncwatch_tui.signs import GROUP_SIGNS
from asyncwatch_tui.tiles import lay_tiles

_LIVE = frozenset({"ok", "warning", "stalled", "stopped"})


def group_tiles(groups: GroupList, width: int, *, known: bool) -> list[Line]:
    """Draw the tiles; `known` False = groups could not be asked."""
    wide = width >= WIDE_FROM
    labels = ["groups", "worst", "stopped", "stalled", "catching up", "retention risk"]
    if not known:
        choices: list[list[Line]] = [[[Ink(UNKNOWN, "faint")]] for _ in labels]
    else:
        choices = [
            _count(groups), _worst(groups), _of_state(groups, "stopped"), _of_state(groups, "stalled"),
            _catching_up(groups), _risk(groups),
        ]  # fmt: skip
    if not wide:
        labels[4:], choices[4:] = labels[5:], choices[5:]
    return lay_tiles(labels, choices, width)


def _count(groups: GroupList) -> list[Line]:
    names = len({(group.row.server, group.row.group) for group in groups.groups})
    channels = len({(group.row.server, group.row.address) for group in groups.groups})
    value = Ink(format_count(names), "bright" if names else "dim", bold=bool(names))
    note = f" on {format_count(channels)} channel{'' if channels == 1 else 's'}"
    return [[value, Ink(note, "dim")], [value]] if names else [[value]]


def _worst(groups: GroupList) -> list[Line]:
    live = [group for group in groups.groups if group.state in _LIVE and group.row.seconds is not None]
    if not live:
        return [[Ink(UNKNOWN, "faint")]]
    worst = max(live, key=lambda group: group.row.seconds or 0.0)
    text = format_duration(worst.row.seconds)
    sign = GROUP_SIGNS[worst.state]
    if not sign.troubled:
        return [[Ink(text, "fg")]]
    value = Ink(f"{sign.glyph} {text}", sign.role, bold=True)
    growing = worst.row.velocity is not None and worst.row.velocity > 0
    return [[value, Ink(" growing", "warn")], [value]] if growing else [[value]]


def _of_state(groups: GroupList, state: str) -> list[Line]:
    count = groups.states[state]
    if not count:
        return [[Ink("0", "dim")]]
    first = next(group for group in groups.groups if group.state == state)
    sign = GROUP_SIGNS[state]
    value = Ink(f"{sign.glyph} {format_count(count)}", sign.role, bold=True)
    return [[value, Ink(" " + cut_end(neutralise(first.row.group), 14), "dim")], [value]]


def _catching_up(groups: GroupList) -> list[Line]:
    found = [group for group in groups.groups if group.state == "rewound"]
    if not found:
        return [[Ink("0", "dim")]]
    sign = GROUP_SIGNS["rewound"]
    value = Ink(f"{sign.glyph} {format_count(len(found))}", sign.role, bold=True)
    slowest = max(found, key=lambda group: group.row.catch_up_seconds or 0.0)
    left = caught_up(slowest)
    return [[value, Ink(f" {left} left", "dim")], [value]] if left not in {UNKNOWN, "never"} else [[value]]


def _risk(groups: GroupList) -> list[Line]:
    found = [group for group in groups.groups if _is_at_risk(group)]
    if not found:
        known = any(group.view is not None for group in groups.groups)
        return [[Ink("0", "dim")]] if known or not groups.groups else [[Ink(UNKNOWN, "faint")]]
    value = Ink(f"▲ {format_count(len(found))}", "warn", bold=True)
    times = [group.row.retention_seconds for group in found if group.row.retention_seconds is not None]
    return [[value, Ink(f" in {format_whole(min(times))}", "dim")], [value]] if times else [[value]]


def _is_at_risk(group: Group) -> bool:
    return group.view is not None and group.view.risk is not None and group.state != "abandoned"
