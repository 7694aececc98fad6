"""Channels as lines: the heading, a channel's cells, the cells of one of its messages.

Rule 1: only the number that is wrong is coloured; zeros and unknowns recede.
Rule 2: every line is exactly as wide as the column plan says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from asyncwatch_tui.channel_list import ChannelList, Entry
from asyncwatch_tui.columns import WIDE_FROM, Column, plan_columns
from asyncwatch_tui.durations import fit_duration, format_age, format_duration, format_latency, seconds_between
from asyncwatch_tui.filtering import Filter
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise, pad_left, pad_right
from asyncwatch_tui.ink import Ink, Line, cut_line, fill
from asyncwatch_tui.numbers import UNKNOWN, fit_count, format_rate, format_share, format_whole_share
from asyncwatch_tui.signs import SIGNS
from asyncwatch_tui.sorting import SORTABLE, Facts, Sorting, tracked
from asyncwatch_tui.sparkline import sparkline


class Cell(NamedTuple):
    """What stands in one column of one row."""

    text: str
    role: str = "dim"
    bold: bool = False


NOT_KNOWN: Final = Cell(UNKNOWN, "faint")
LITTLE_SAID: Final = 0.5
"""Below this share of constrained fields, `100 % valid` says little and must look so."""


def heading_line(width: int, sorting: Sorting, *, choosing: bool) -> Line:
    """Draw the titles of the columns; while a sorting is being chosen, its column is lit.

    Shape: from the screen's column 1 to the last but one.
    """
    line: Line = []
    at = 1
    for column in plan_columns(width):
        left = column.id in {"state", "name", "window"}
        start = column.start if left else column.end - len(column.title)
        line.append(Ink(" " * (start - at)))
        lit = choosing and column.id == sorting.column
        does = f"screen.sort_by('{column.id}')" if column.id in SORTABLE else None
        line.append(Ink(column.title, "bg" if lit else "dim", lit, "accent" if lit else None, does))
        at = start + len(column.title)
        if lit:
            line.append(Ink("▾" if sorting.descending else "▴", "accent", bold=True))
            at += 1
    return fill(line, width - 2)


def entry_line(
    channels: ChannelList, entry: Entry, width: int, now_ns: int, now_s: float, *, chosen: bool, focused: bool
) -> Line:
    """Draw one line of the table.

    Shape: from the screen's column 1 to the last but one.
    """
    on = "selection" if chosen else None
    facts = channels.facts(entry.row)
    columns = plan_columns(width)
    mark = Ink("▌" if chosen and focused else " ", "focus", on=on)
    if entry.message is None:
        worse = channels.just_got_worse(entry.row, now_s)
        fold = None
        if facts.row.per_message:
            fold = "▾" if channels.is_unfolded(entry.row) else "▸"
        line = _channel_line(
            facts, columns, now_ns, channels.filter, on, worse=worse, fold=fold, wide=width >= WIDE_FROM
        )
    else:
        line = _message_line(facts, entry, columns, on)
    return fill_on([mark, *line], width - 2, on)


def fill_on(line: Line, width: int, on: str | None) -> Line:
    """Give a line a width, its padding on the same ground."""
    filled = fill(line, width)
    if on is not None and filled[-1].on != on:
        filled[-1] = filled[-1]._replace(on=on)
    return filled


def _channel_line(
    facts: Facts, columns: tuple[Column, ...], now_ns: int, filter_: Filter, on: str | None,
    *, worse: bool, fold: str | None, wide: bool,
) -> Line:  # fmt: skip
    sign = SIGNS[facts.state]
    line: Line = []
    at = 2
    for column in columns:
        gap = column.start - at
        at = column.end
        if column.id == "state":
            line.append(Ink(sign.glyph, sign.role, sign.troubled, on))
            line.append(Ink(" " + pad_right(sign.word, column.width - 2), sign.word_role, on=on))
        elif column.id == "name":
            before = pad_left(fold if fold and wide else "", gap)
            line.append(Ink(before, "dim", on=on, does="screen.turn" if fold and wide else None))
            line += _name(facts, column.width, filter_, on)
        elif column.id == "window":
            role = "stale" if facts.state == "stale" else "spark"
            line.append(Ink(" " * gap, on=on))
            line += spark_inks(sparkline(facts.view.window, column.width), role, on)
        else:
            cell = _CELLS[column.id](facts, column, now_ns)
            bold = cell.bold or (worse and cell.role in {"error", "warn"})
            line.append(_number(cell._replace(bold=bold), column, gap, on))
    return line


def _number(cell: Cell, column: Column, gap: int, on: str | None) -> Ink:
    role = "faint" if cell.text in {UNKNOWN, "0"} else cell.role
    return Ink(pad_left(cut_end(cell.text, column.width), gap + column.width), role, cell.bold, on)


def spark_inks(text: str, role: str, on: str | None = None) -> Line:
    """Give a sparkline its role; holes recede."""
    line: Line = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or (text[end] == "·") != (text[start] == "·"):
            line.append(Ink(text[start:end], "faint" if text[start] == "·" else role, on=on))
            start = end
    return line


def _name(facts: Facts, width: int, filter_: Filter, on: str | None) -> Line:
    sign = SIGNS[facts.state]
    full = neutralise(facts.row.address)
    text = cut_middle(full, width)
    role = "bright" if sign.troubled else "dim" if facts.state in {"stale", "waiting"} else "fg"
    line: Line = []
    at = 0
    for start, end in filter_.spans(text) if filter_ else ():
        line.append(Ink(text[at:start], role, sign.troubled, on))
        line.append(Ink(text[start:end], "bg", bold=True, on="warn"))
        at = end
    line.append(Ink(text[at:], role, sign.troubled, on))
    return fill_on(line, width, on)


def _message_line(facts: Facts, entry: Entry, columns: tuple[Column, ...], on: str | None) -> Line:
    name = entry.message or ""
    counts = facts.row.per_message.get(name)
    stale = facts.state == "stale"
    line: Line = []
    at = 2
    for column in columns:
        gap = column.start - at
        at = column.end
        if column.id == "name":
            branch = "└ " if entry.last else "├ "
            text = cut_middle(neutralise(name), column.width - 2)
            line.append(Ink(" " * gap + branch, "faint", on=on))
            line.append(Ink(pad_right(text, column.width - 2), "dim", on=on))
            continue
        cell = Cell("")
        if column.id == "rate":
            cell = Cell(format_rate(None if stale else facts.view.message_rates.get(name)))
        elif column.id == "valid" and counts is not None:
            share = counts.valid_share
            cell = Cell(format_share(share), "error" if share is not None and share < 1 and not stale else "dim")
        elif column.id == "violations" and counts is not None:
            wrong = counts.invalid + counts.undecodable
            cell = Cell(fit_count(wrong, column.width), "error" if wrong and not stale else "dim")
            if not wrong and counts.valid_share is None:
                cell = NOT_KNOWN
        line.append(_number(cell, column, gap, on))
    return line


# The cells of a channel: facts, column, moment → what stands there.


def _rate(facts: Facts, column: Column, now_ns: int) -> Cell:
    return NOT_KNOWN if facts.state == "stale" else Cell(format_rate(facts.row.rate), "fg")


def _valid(facts: Facts, column: Column, now_ns: int) -> Cell:
    share = facts.row.messages.valid_share
    if share is None:
        nothing_to_check = facts.state in {"no-rule", "opaque"} and column.width >= 6
        return Cell("~ none") if nothing_to_check else NOT_KNOWN
    strength = facts.row.strength
    if share >= 1 and strength is not None and strength < LITTLE_SAID:
        return Cell("~" + format_share(share))
    if share >= 1 or facts.state == "stale":
        return Cell(format_share(share))
    return Cell(format_share(share), "error", bold=facts.state == "invalid")


def _violations(facts: Facts, column: Column, now_ns: int) -> Cell:
    count = facts.view.violations
    if not count and (facts.state in {"undocumented", "waiting", "missing"} or facts.row.messages.valid_share is None):
        return NOT_KNOWN
    role = "dim" if not count or facts.state == "stale" else "error" if facts.state == "invalid" else "warn"
    return Cell(fit_count(count, column.width), role, bold=role == "error")


def _gaps(facts: Facts, column: Column, now_ns: int) -> Cell:
    ordering = tracked(facts.row)
    if ordering is None:
        return NOT_KNOWN
    open_, lost = ordering.missing, ordering.lost
    if not open_ and not lost:
        return Cell("0")
    text = f"{open_}+{lost}" if lost else str(open_)
    if len(text) > column.width:
        text = fit_count(open_ + lost, column.width)
    if facts.state == "stale":
        return Cell(text)
    return Cell(text, "error" if lost and not open_ else "warn", bold=True)


def _late(facts: Facts, column: Column, now_ns: int) -> Cell:
    late = facts.view.late if facts.row.messages.total else None
    return Cell(fit_count(late, column.width), "warn" if late and facts.state != "stale" else "dim")


def _dup(facts: Facts, column: Column, now_ns: int) -> Cell:
    ordering = facts.row.ordering
    if ordering is None or not facts.row.messages.total:
        return NOT_KNOWN
    count = ordering.duplicates + ordering.conflicts
    if not count and tracked(facts.row) is None:
        return NOT_KNOWN
    return Cell(fit_count(count, column.width), "warn" if count and facts.state != "stale" else "dim")


def _lag(facts: Facts, column: Column, now_ns: int) -> Cell:
    reader = facts.reader
    if reader is None or reader.seconds is None or facts.state == "stale":
        return NOT_KNOWN
    troubled = reader.state != "ok"
    return Cell(fit_duration(format_duration(reader.seconds), column.width), "warn" if troubled else "dim", troubled)


def _p50(facts: Facts, column: Column, now_ns: int) -> Cell:
    return Cell(fit_duration(format_latency(facts.view.p50), column.width))


def _p99(facts: Facts, column: Column, now_ns: int) -> Cell:
    return Cell(fit_duration(format_latency(facts.view.p99), column.width))


def _trace(facts: Facts, column: Column, now_ns: int) -> Cell:
    return Cell(format_whole_share(facts.view.context_share))


def _seen(facts: Facts, column: Column, now_ns: int) -> Cell:
    if facts.view.last_seen is None:
        return Cell("never", "faint") if not facts.row.messages.total and facts.state != "stale" else NOT_KNOWN
    age_s = seconds_between(facts.view.last_seen, now_ns)
    return Cell(fit_duration(format_age(age_s), column.width), "warn" if facts.state == "stale" else "dim")


_CELLS: Final[dict[str, Callable[[Facts, Column, int], Cell]]] = {
    "rate": _rate, "valid": _valid, "violations": _violations, "gaps": _gaps, "late": _late, "dup": _dup, "lag": _lag,
    "p50": _p50, "p99": _p99, "trace": _trace, "seen": _seen,
}  # fmt: skip


def channels_title(channels: ChannelList, width: int, *, alarmed: bool, waiting: bool = False) -> Line:
    """Draw the counts and the order at the right of the panel's title.

    `alarmed`: a banner speaks of a lost connection, so that stale and live are counted. `waiting`: nothing is sorted.
    """
    wide = width >= WIDE_FROM
    dot = Ink(" · ", "faint")
    sorting = channels.sorting
    arrow = Ink(" ▾" if sorting.descending else " ▴", "accent")
    order = [Ink(f"{'sorted ' if wide else ''}by {SORTABLE[sorting.column]}", "dim", does="screen.sort"), arrow]
    total = len(channels.rows)
    if waiting:
        return [Ink(f"{total} documented", "dim")] if total else []
    if channels.filter.text:
        shown = total - channels.hidden
        text = cut_end(neutralise(channels.filter.text), 32 if wide else 16)
        count = Ink(f"{shown} of {total} shown", "warn", bold=True)
        return [count, dot, Ink("filter ", "dim"), Ink(text, "warn"), *([dot, *order] if wide else [])]
    if alarmed:
        stale = channels.states.count("stale")
        return [Ink(f"{stale} stale", "fg", bold=True), dot, Ink(f"{total - stale} live", "dim"), dot, *order]
    undocumented = sum(1 for row in channels.rows if row.channel is None)
    line = [Ink(f"{total - undocumented} documented" if wide else f"{total - undocumented}", "dim")]
    if undocumented:
        line += (
            [dot, Ink(f"{undocumented} not in document", "info")] if wide else [Ink(f" +{undocumented} undoc.", "info")]
        )
    return [*line, dot if wide else Ink(" "), *order]


def hidden_line(channels: ChannelList, width: int) -> Line | None:
    """Say what the filter hides; None when it hides nothing."""
    if not channels.hidden:
        return None
    name = next(column for column in plan_columns(width) if column.id == "name")
    what = "1 channel" if channels.hidden == 1 else f"{channels.hidden} channels"
    verb = "is" if channels.hidden == 1 else "are"
    if channels.hidden_undocumented:
        what += f", {channels.hidden_undocumented} of them undocumented,"
    indent = Ink(" " * (name.start - 1))
    text = f"{what} {verb} hidden by the filter"
    full = f"{text}; the headline numbers count all"
    fits = len(full) <= width - name.start - 2
    return cut_line([indent, Ink(full if fits else text, "dim")], width - 2)
