"""Finding groups as lines: the chips on top, two lines a group, what is folded."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import FindingView
from asyncwatch_tui.durations import format_whole
from asyncwatch_tui.filtering import Filter
from asyncwatch_tui.finding_list import SORTABLE, FindingList, family_of
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise, pad_left, pad_right
from asyncwatch_tui.ink import Ink, Line, cut_line, fill, spread, width_of
from asyncwatch_tui.numbers import UNKNOWN, fit_count, format_count, format_rate
from asyncwatch_tui.present import fill_on, spark_inks
from asyncwatch_tui.situation import Situation
from asyncwatch_tui.sparkline import condense, sparkline
from asyncwatch_tui.stream import name_of, sign_of

_CHIPS: Final = (("error", "✗", "error"), ("warning", "▲", "warn"), ("info", "i", "info"))
_SPARK: Final = 7
_RATE: Final = 8
_COUNT: Final = 7
_AFTER_RULE: Final = 1 + _SPARK + _RATE + _COUNT + 1
_KEY_DIGITS: Final = 6


def chips_line(findings: FindingList, width: int) -> Line:
    """Draw how many groups there are of each severity and family; a click shows only those."""
    total = sum(findings.severities.values())
    line: Line = [Ink("  "), _chip(f" all {format_count(total)} ", findings.severity is None, "screen.severity('')")]
    for severity, sign, role in _CHIPS:
        count = findings.severities[severity]
        does = f"screen.severity('{severity}')"
        if findings.severity == severity:
            line += [Ink(" "), _chip(f" {sign} {severity} {format_count(count)} ", True, does)]
        else:
            quiet = not count
            line += [
                Ink("  "), Ink(f"{sign} ", "faint" if quiet else role, not quiet, does=does),
                Ink(f"{severity} {format_count(count)}", "dim" if quiet else "fg", does=does),
            ]  # fmt: skip
    families: Line = [Ink("    family", "dim")] if findings.families else []
    for number, (family, count) in enumerate(findings.families.items()):
        does = f"screen.family_at({number})"
        name = cut_end(neutralise(family), 16)
        chosen = family == findings.family
        text = f"{name} {format_count(count)}"
        part: Line = [Ink(" "), _chip(f" {text} ", True, does)] if chosen else [Ink(f"  {text}", "dim", does=does)]
        if width_of(line) + width_of(families) + width_of(part) > width - 3:
            families.append(Ink(" …", "faint"))
            break
        families += part
    return fill([*line, *families], width)


def _chip(text: str, chosen: bool, does: str | None) -> Ink:
    return Ink(text, "bg", True, "accent", does) if chosen else Ink(text, "dim", does=does)


def findings_title(findings: FindingList, total: int) -> Line:
    """Draw the counts and the order at the right of the panel's title."""
    arrow = Ink(" ▾" if findings.sorting.descending else " ▴", "accent")
    word = SORTABLE[findings.sorting.column]
    by = "by severity" if word == "severity" else f"by severity, {word}"
    order = [Ink(by, "dim", does="screen.sort"), arrow]
    count = len(findings.rows)
    if findings.hidden:
        text = f"{count - findings.hidden} of {format_count(count)} shown"
        filter_ = findings.filter.text or findings.family or findings.severity or ""
        return [Ink(text, "warn", bold=True), Ink(" · ", "faint"), Ink(cut_end(neutralise(filter_), 14), "warn")]
    if not count:
        return []
    left_out = f" of {format_count(total)}" if total > count else ""
    return [Ink(f"{format_count(count)}{left_out} group{'' if count == 1 and not left_out else 's'} ", "dim"), *order]


def order_line(findings: FindingList, width: int) -> Line:
    """Draw what can order the groups, while an order is being chosen."""
    line: Line = [Ink(" ")]
    for column in SORTABLE:
        lit = column == findings.sorting.column
        does = f"screen.sort_by('{column}')"
        line += [Ink(column, "bg" if lit else "dim", lit, "accent" if lit else None, does), Ink(" ")]
    return fill(cut_line(line, width), width)


def group_lines(findings: FindingList, entry: int, width: int, *, chosen: bool, focused: bool) -> list[Line]:
    """Draw the two lines of a group.

    Shape: two lines, `width` cells each.
    """
    index = findings.entries[entry]
    row, view = findings.rows[index], findings.view(index)
    on = "selection" if chosen else None
    recedes = row.fingerprint in findings.muted or findings.is_quiet(index)
    mark = Ink("▌" if chosen and focused else " ", "focus", on=on)
    sign, role = sign_of(row)
    name = max(width - 3 - _AFTER_RULE, 8)
    text_role = "dim" if recedes else "bright" if row.severity == "error" else "fg"
    count_role = "dim" if recedes else "error" if row.severity == "error" else "bright"
    upper = [
        mark, Ink(f"{sign} ", "dim" if recedes else role, not recedes, on),
        Ink(pad_right(cut_end(neutralise(row.rule), name), name + 1), text_role, not recedes, on),
        *_trend(row, view, recedes=recedes, on=on),
        Ink(pad_left(_rate(view), _RATE), "faint" if view is None or not view.rate else "dim", on=on),
        Ink(pad_left(fit_count(row.count, _COUNT - 2), _COUNT), count_role, not recedes, on), Ink(" ", on=on),
    ]  # fmt: skip
    lower = [mark, Ink("  ", on=on), *_subject(row, findings.filter, width - 4, on)]
    return [fill_on(cut_line(upper, width), width, on), fill_on(cut_line(lower, width), width, on)]


def _trend(row: FindingRow, view: FindingView | None, *, recedes: bool, on: str | None) -> Line:
    if view is None:
        return [Ink(" " * _SPARK, on=on)]
    text = sparkline(condense(view.window, _SPARK), _SPARK)
    hot = row.severity == "error" and view.rate > 0 and not recedes
    return spark_inks(text, "faint" if recedes else "error" if hot else "spark", on)


def _rate(view: FindingView | None) -> str:
    if view is None:
        return UNKNOWN
    text = format_rate(view.rate)
    return text if text in {UNKNOWN, "0"} else f"{text}/s"


def _subject(row: FindingRow, filter_: Filter, room: int, on: str | None) -> Line:
    what = what_of(row)
    name = cut_middle(name_of(row), max(room - cell_len(what) - 1, room // 2))
    line: Line = []
    at = 0
    for start, end in filter_.spans(name) if filter_ else ():
        line += [Ink(name[at:start], "dim", on=on), Ink(name[start:end], "bg", bold=True, on="warn")]
        at = end
    line.append(Ink(name[at:], "dim", on=on))
    rest = room - cell_len(name) - 1
    return [*line, Ink(" " + cut_middle(what, rest), "fg", on=on)] if what and rest > 1 else line


def what_of(row: FindingRow) -> str:
    """Give what of the channel a finding is about: path, group, key or message."""
    if row.path:
        return neutralise(row.path)
    if row.group:
        return f"group {neutralise(row.group)}"
    if family_of(row.rule) == "sequence" and row.last.key_hash:
        return f"key #{neutralise(row.last.key_hash)[:_KEY_DIGITS]}"
    return neutralise(row.message or "")


def separator_line(width: int) -> Line:
    """Draw the line that parts severities."""
    return [Ink(" "), Ink("┄" * (width - 2), "faint"), Ink(" ")]


def folded_line(findings: FindingList, key: str, width: int) -> Line | None:
    """Say what is folded and what a filter hides; None when everything is shown."""
    parts = []
    if findings.silenced:
        parts.append(f"{format_count(findings.silenced)} muted")
    if findings.quiet:
        parts.append(f"quiet 24 h: {_groups(findings.quiet)}")
    if not parts:
        if not findings.hidden:
            return None
        text = f" {_groups(findings.hidden)} hidden; the tabs count all"
        return fill([Ink(cut_end(text, width - 1), "dim")], width)
    word = "fold" if findings.unfolded else "unfold"
    right = [Ink(f"{key} ", "accent", bold=True, does="screen.quiet"), Ink(f"{word} ", "dim", does="screen.quiet")]
    return spread([Ink(" " + " · ".join(parts), "dim")], right, width)


def _groups(count: int) -> str:
    return "1 group" if count == 1 else f"{format_count(count)} groups"


def nothing_lines(situation: Situation) -> list[Line]:
    """Say that nothing was found, and how much of it was looked at."""
    shown = situation.shown
    if shown is None:
        text = "connecting to the sidecar …" if situation.loss is None else "waiting for the sidecar …"
        return [[Ink(text, "bright", bold=True)]]
    if situation.waiting:
        told = "No message was seen yet: whether anything is wrong is not known."
        return [[Ink("◌ ", "faint"), Ink("Nothing was found so far.", "bright", bold=True)], [], [Ink(told, "dim")]]
    counts = shown.messages
    unchecked = counts.unchecked + counts.unknown + counts.tombstone
    told = f"{format_count(counts.total - unchecked)} messages were checked, {format_count(unchecked)} were not."
    return [[Ink("✓ ", "ok"), Ink("Nothing was found so far.", "bright", bold=True)], [], [Ink(told, "dim")]]


def muted_words(left_s: float) -> str:
    """Say for how long a group is still muted."""
    return f"muted for {format_whole(left_s)}" if left_s else ""
