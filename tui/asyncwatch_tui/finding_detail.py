"""One finding in full, in the order in which people ask: what, how often, who sends it, where, which line, a sample."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import Final

from rich.cells import cell_len

from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import Excerpt, FindingDetail, FindingView, SampleField, SenderShare
from asyncwatch_tui.details import Known
from asyncwatch_tui.durations import clock_of_text, format_age, seconds_between
from asyncwatch_tui.finding_lines import muted_words, what_of
from asyncwatch_tui.fitting import cut_end, cut_middle, neutralise, pad_left, pad_right
from asyncwatch_tui.ink import Ink, Line, cut_line, fill, width_of
from asyncwatch_tui.numbers import UNKNOWN, format_count, format_rate, format_share, in_full
from asyncwatch_tui.present import fill_on, spark_inks
from asyncwatch_tui.sparkline import condense, sparkline
from asyncwatch_tui.stream import name_of, sign_of

_LEAD: Final = 13
_SENDERS: Final = 5
_FIELDS: Final = 40
_EXCERPT: Final = 40
_SAYS: Final = 4
_FILE: Final = 32
_MARK: Final = 2
"""Cells of the mark before the note of a line."""
_TRACE_DIGITS: Final = 12
_KEY_DIGITS: Final = 6
_DOTS: Final = 8
_TREND: Final = 40
_SIZED: Final = re.compile(r"\w+\((\d{1,6})\)")
_NO_DETAIL: Final = "this sidecar does not tell more about a finding"


def detail_lines(
    row: FindingRow, view: FindingView | None, known: Known, now_ns: int, width: int, *, muted_s: float
) -> list[Line]:
    """Draw a finding.

    Shape: every line is `width` cells wide; no more of them than the bounds of this file allow.
    """
    detail = known.detail
    lines: list[Line] = [
        [Ink(" "), Ink(text, "bright", bold=True)] for text in wrap(neutralise(row.summary), max(width - 2, 10))[:3]
    ]
    lines += [_about(row, detail, width), []]
    lines += _comparison(row, detail, width)
    lines += _seen(row, view, now_ns, width, muted_s)
    lines += _senders(detail, width)
    lines.append(_place(row, detail, width))
    if detail is None:
        text = "the details are being fetched …" if known.asking else known.fault or known.waits or _NO_DETAIL
        role = "warn" if known.fault and not known.asking else "dim"
        lines += [[], [Ink(" "), Ink(cut_end(neutralise(text), width - 2), role)]]
    else:
        if known.fault is not None:
            text = f"these details are old: {neutralise(known.fault)}"
            lines += [[], [Ink(" "), Ink(cut_end(text, width - 2), "warn")]]
        lines += _contract(detail.excerpt, row, width) or _says(detail.schema, width)
        lines += _sample(detail.sample, width)
    return [fill_on(cut_line(line, width), width, line[0].on if line else None) for line in lines]


def where_of(view: FindingView | None, detail: FindingDetail | None) -> tuple[str, int | None] | None:
    """Give the document's file and line that a finding breaks; None where no line says it."""
    excerpt = None if detail is None else detail.excerpt
    if excerpt is not None:
        return excerpt.file, excerpt.failing or excerpt.first_line
    if view is not None and view.file:
        return view.file, view.line
    return None


def detail_title(row: FindingRow) -> Line:
    """Draw severity and fingerprint at the right of the panel's title."""
    sign, role = sign_of(row)
    return [
        Ink(f"{sign} {cut_end(neutralise(row.severity), 8)}", role, bold=True), Ink(" · ", "faint"),
        Ink(neutralise(row.fingerprint)[:_KEY_DIGITS], "dim"),
    ]  # fmt: skip


def _about(row: FindingRow, detail: FindingDetail | None, width: int) -> Line:
    line: Line = [Ink(" "), Ink(cut_middle(name_of(row), max(width // 2, 8)), "fg")]
    protocol = None if detail is None else detail.protocol
    what = what_of(row) if row.group or not row.path else None
    for text in (row.message, what, protocol or row.server):
        if text and text != name_of(row):
            line += [Ink(" · ", "faint"), Ink(cut_middle(neutralise(text), 30), "dim")]
    return line


def _labelled(label: str, line: Line) -> Line:
    return [Ink(" "), Ink(pad_right(label, _LEAD), "dim"), *line]


def _comparison(row: FindingRow, detail: FindingDetail | None, width: int) -> list[Line]:
    room = width - _LEAD - 2
    lines = []
    if row.expected:
        lines.append(_labelled("expected", [Ink(cut_end(neutralise(row.expected), room), "ok", bold=True)]))
    share = None if detail is None else detail.share
    if row.actual or share is not None:
        actual = cut_end(neutralise(row.actual or ""), room)
        line = [Ink(actual, "error" if row.severity == "error" else "warn", bold=True)]
        if share is not None:
            of = f" of {neutralise(row.message)}" if row.message else ""
            line.append(Ink(f"{'  ' if actual else ''}in {format_share(share)} %{of}", "fg"))
        lines.append(_labelled("actual", line))
    return lines


def _seen(row: FindingRow, view: FindingView | None, now_ns: int, width: int, muted_s: float) -> list[Line]:
    dot = Ink(" · ", "faint")
    age = format_age(seconds_between(row.last.time, now_ns))
    line: Line = [
        Ink(format_count(row.count), "bright", bold=True), Ink(" ×", "dim"), dot, Ink("first ", "dim"),
        Ink(clock_of_text(row.first.time), "fg"), dot, Ink("last ", "dim"),
        Ink(age if age in {"now", UNKNOWN} else f"{age} ago", "fg"),
    ]  # fmt: skip
    if view is not None:
        line += [dot, Ink(f"{format_rate(view.rate)}/s", "fg")]
    lines = [_labelled("seen", line)]
    if view is not None:
        size = min(_TREND, width - _LEAD - 8)
        spread_out = [value for value in view.window for _ in range(2)] if size > len(view.window) else view.window
        text = sparkline(condense(spread_out, size), min(size, len(spread_out)))
        role = "error" if row.severity == "error" and view.rate > 0 else "spark"
        lines.append(_labelled("", [*spark_inks(text, role), Ink(" 5 min", "dim")]))
    if muted_s:
        lines.append(_labelled("", [Ink(muted_words(muted_s), "info")]))
    return lines


def _senders(detail: FindingDetail | None, width: int) -> list[Line]:
    if detail is None:
        return []
    if not detail.senders:
        return [_labelled("who sends it", [Ink("unknown sender", "dim")])]
    lines = []
    room = width - _LEAD - 2
    shown = detail.senders[:_SENDERS]
    for number, sender in enumerate(shown):
        line = _sender(sender, room)
        source = Ink(cut_end(_source(sender.source), room), "dim")
        last = number == len(shown) - 1 or shown[number + 1].source != sender.source
        fits = width_of(line) + 3 + cell_len(source.text) <= room
        lines.append(
            _labelled("" if number else "who sends it", [*line, Ink("   "), source] if last and fits else line)
        )
        if last and not fits:
            lines.append(_labelled("", [source]))
    if len(detail.senders) > _SENDERS:
        lines.append(_labelled("", [Ink(f"and {len(detail.senders) - _SENDERS} more", "dim")]))
    return lines


def _sender(sender: SenderShare, room: int) -> Line:
    name = neutralise(f"{sender.sender} {sender.version or ''}".strip())
    of = "" if sender.messages is None else f" of {format_count(sender.messages)}"
    share = f"{format_count(sender.bad)}{of} invalid"
    left = max(room - len(share) - 4, 8)
    return [
        Ink(cut_middle(name, min(left, 28)), "bright" if sender.bad else "dim", bool(sender.bad)),
        Ink(f"  {share}", "error" if sender.bad else "dim"),
    ]


def _source(source: str) -> str:
    """Say where the name of a sender comes from."""
    known = {"document": "by document", "cloudevents": "from CloudEvents", "unknown": "", "several": ""}
    return known.get(source, f"from header {neutralise(source)}")


def _place(row: FindingRow, detail: FindingDetail | None, width: int) -> Line:
    place = row.last
    line: Line = []
    if place.trace_id:
        trace = neutralise(place.trace_id)[:_TRACE_DIGITS]
        line += [Ink(trace, "accent", underline=True), Ink("  ")]
    if place.partition is not None:
        line.append(Ink(f"partition {place.partition} ", "dim"))
    if place.offset is not None:
        word = "sequence" if detail is not None and detail.protocol == "nats" else "offset"
        line.append(Ink(f"{word} {in_full(place.offset)}", "dim"))
    if place.key_hash and not what_of(row).startswith("key "):
        line.append(Ink(f"  key #{neutralise(place.key_hash)[:_KEY_DIGITS]}", "dim"))
    return _labelled("trace" if place.trace_id else "last at", line or [Ink(UNKNOWN, "faint")])


def heading(title: str, right: Line, width: int) -> Line:
    """Draw the line that opens a part of a panel."""
    left = [Ink("── ", "line"), Ink(title, "fg", bold=True), Ink(" ", "line")]
    end: Line = [Ink(" ", "line"), *right, Ink(" ──", "line")] if right else []
    return [*left, Ink("─" * max(width - width_of(left) - width_of(end), 0), "line"), *end]


def _contract(excerpt: Excerpt | None, row: FindingRow, width: int) -> list[Line]:
    if excerpt is None or not excerpt.lines:
        return []
    name = neutralise(excerpt.file)
    if cell_len(name) > _FILE:
        name = cut_middle(name.replace("\\", "/").rpartition("/")[2], max(min(width - 24, _FILE), 8))
    where = name if excerpt.failing is None else f"{name}:{excerpt.failing}"
    lines: list[Line] = [[], heading("Contract", [Ink(where, "dim")], width)]
    texts = [text[:2048].expandtabs(2).rstrip() for text in excerpt.lines[:_EXCERPT]]
    margin = min((len(text) - len(text.lstrip(" ")) for text in texts if text.strip()), default=0)
    note = f"◄ {', '.join(neutralise(part) for part in (row.keyword, row.actual) if part)}"
    for number, text in enumerate(texts, excerpt.first_line):
        failing = number == excerpt.failing
        on = "raised" if failing else None
        shown = cut_end(neutralise(text[margin:]), max(width - 11, 4))
        line = [
            Ink("▌" if failing else " ", "error", on=on), Ink(pad_left(str(number), 5), "error" if failing else "faint", on=on),
            Ink("   " + shown, "bright" if failing else "dim", failing, on),
        ]  # fmt: skip
        fits = width_of(line) + cell_len(note) + 3 <= width
        if failing and fits and len(note) > _MARK:
            line.append(Ink("   " + note, "error", on=on))
        lines.append(fill_on(line, width, on))
        if failing and not fits and len(note) > _MARK:
            below = [Ink("▌", "error", on=on), Ink(" " * 8, on=on), Ink(cut_end(note, width - 10), "error", on=on)]
            lines.append(fill_on(below, width, on))
    return lines


def _says(schema: str | None, width: int) -> list[Line]:
    """Draw what the schema says where the lines of its document are not known."""
    if schema is None:
        return []
    texts = wrap(neutralise(schema), max(width - 4, 10))[:_SAYS]
    return [[], heading("Contract", [], width), *([Ink("  " + text, "bright")] for text in texts)]


def _sample(sample: list[SampleField] | None, width: int) -> list[Line]:
    if sample is None:
        return []
    shown = sample[:_FIELDS]
    hidden = all(field.value is None for field in shown)
    lines: list[Line] = [[], heading("Sample", [Ink("values hidden" if hidden else "values shown", "dim")], width)]
    size = min(max((cell_len(neutralise(field.path)) for field in shown), default=0) + 2, max(width // 2, 10), 32)
    for field in shown:
        failing = field.failing
        kind = cut_end(neutralise(field.kind), 18)
        value = _dots(field.kind) if field.value is None else neutralise(field.value)
        lines.append(
            [
                Ink("  ✗ " if failing else "    ", "error", bold=True),
                Ink(pad_right(cut_middle(neutralise(field.path), size - 2), size), "error" if failing else "fg", failing),
                Ink(pad_right(kind, 20), "error" if failing else "dim"),
                Ink(cut_end(value, max(width - size - 25, 0)), "faint" if field.value is None else "fg"),
            ]
        )  # fmt: skip
    if len(sample) > _FIELDS:
        lines.append([Ink(f"    and {len(sample) - _FIELDS} more", "dim")])
    return lines


def _dots(kind: str) -> str:
    """Stand for a value that is not shown; the number of dots says nothing but the kind."""
    if kind == "absent":
        return ""
    sized = _SIZED.match(kind)
    return "•" * (min(int(sized[1]), _DOTS) if sized is not None else _DOTS // 2)


def detail_keys(keys: dict[str, str], where: tuple[str, int | None] | None, width: int) -> Line:
    """Draw what can be done with the finding, as the panel's last line."""
    items = [(keys["copy"], "copy as text", "screen.copy(False)"), (keys["copy-json"], "as JSON", "screen.copy(True)")]
    if where is not None:
        name = cut_middle(neutralise(where[0].replace("\\", "/").rpartition("/")[2]), 24)
        items.append((keys["editor"], name if where[1] is None else f"{name}:{where[1]}", "screen.editor"))
    line: Line = [Ink(" ")]
    for key, word, does in items:
        line += [Ink(f"{key} ", "accent", bold=True, does=does), Ink(f"{word}   ", "dim", does=does)]
    return fill(cut_line(line, width), width)
