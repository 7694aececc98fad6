"""The report for people: what was seen, channel by channel, then what is wrong, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.cli.fail_on import FailOn
from asyncwatch.cli.formats.lag_text import lag_text
from asyncwatch.cli.ink import Ink
from asyncwatch.contract.document_finding import DocumentFinding
from asyncwatch.contract.locate import DocumentLines
from asyncwatch.model.report import (
    ChannelCoverage,
    ChannelRow,
    FindingRow,
    MessageCoverage,
    Report,
    Share,
    UndocumentedRow,
)
from asyncwatch.model.severity import SEVERITIES
from asyncwatch.telemetry.log import printable

_HOLLOW_SHOWN: Final = 5
_UNSEEN_SHOWN: Final = 8


def as_text(
    report: Report,
    document: Sequence[DocumentFinding],
    fail_on: FailOn,
    color: bool,
    lines_of: DocumentLines,
) -> str:
    """Write the report."""
    ink = Ink(color=color)
    parts = [
        _head(report),
        _channels(report, ink),
        lag_text(report.lag, ink),
        _document(document, ink),
        _findings(report.findings, lines_of, ink),
    ]
    parts.append(_coverage(report, ink))
    parts.append(_worth(report, ink))
    parts.append(_verdict(report, fail_on.found(report.findings, document), ink))
    return "\n".join(part for part in parts if part)


def _head(report: Report) -> str:
    lines = [
        f"{printable(one.title or 'untitled')} {printable(one.version or '')} ({printable(one.source)})".replace(
            "  ", " "
        )
        for one in report.documents
    ]
    lines.append(f"observed {report.started[:19]}Z to {report.ended[:19]}Z")
    for server in report.servers:
        line = f"server {printable(server.server)} ({server.protocol}): {server.state}"
        if server.breaks:
            line += ", connection lost once" if server.breaks == 1 else f", connection lost {server.breaks} times"
        if server.missed:
            line += f", {server.missed} messages missed"
        if server.error:
            line += f": {printable(server.error)}"
        lines.append(line)
    return "".join(line + "\n" for line in lines)


def _channels(report: Report, ink: Ink) -> str:
    """Write a table; a dash is not known, which is not zero."""
    rows: list[tuple[str, ...]] = [
        (
            "channel",
            "messages",
            "valid %",
            "contract",
            "invalid",
            "other",
            "gaps",
            "lost",
            "dup",
            "conflict",
            "order",
            "late",
        )
    ]
    rows += [_cells(row) for row in report.channels]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        line = "  ".join(cells).rstrip()
        lines.append(ink("dim", line) if number == 0 else line)
    return "".join(line + "\n" for line in lines)


def _cells(row: ChannelRow) -> tuple[str, ...]:
    counts, ordering = row.messages, row.ordering
    share = counts.valid_share
    other = counts.undecodable + counts.tombstone + counts.unchecked + counts.unknown
    name = printable(row.address)
    if row.channel is None:
        name += " (not in document)"
    numbers: tuple[int | None, ...] = (None,) * 6
    if ordering is not None and ordering.source is not None:
        numbers = (
            ordering.gaps, ordering.lost, ordering.duplicates, ordering.conflicts, ordering.out_of_order, ordering.late,
        )  # fmt: skip
    return (
        name, str(counts.total), "-" if share is None else percent(share), _strength(row.strength), str(counts.invalid), str(other),
        *("-" if number is None else str(number) for number in numbers),
    )  # fmt: skip


def _strength(strength: float | None) -> str:
    """Say how much the contract says: what is hollow must look hollow beside 100 per cent valid."""
    if strength is None:
        return "-"
    return "hollow" if strength == 0.0 else f"{int(strength * 100)} %"


def percent(share: float) -> str:
    """Write a share with two decimals, cut and not rounded: `100` only when nothing was wrong."""
    if share >= 1.0:
        return "100"
    return f"{int(share * 10_000) / 100:.2f}"


def _document(document: Sequence[DocumentFinding], ink: Ink) -> str:
    told = [one for one in document if one.severity in {"error", "warning"}]
    return "".join(
        f"{ink(one.severity, f'{one.severity:7}')}  {one.rule}  {printable(one.summary)}  {printable(str(one.position))}\n"
        for one in told
    )


def _findings(findings: Sequence[FindingRow], lines_of: DocumentLines, ink: Ink) -> str:
    ordered = sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), -one.count))
    lines: list[str] = []
    for one in ordered:
        place = printable(one.channel or one.address or "")
        message = f" {printable(one.message)}" if one.message and one.message != place else ""
        lines.append(f"{ink(one.severity, f'{one.severity:7}')}  {one.rule}  {place}{message}  x{one.count}")
        lines.append(f"         {ink('bold', printable(one.summary))}")
        position, says = lines_of.locate(one), lines_of.says(one)
        if says is not None:
            where = f"{printable(str(position))}  " if position is not None else ""
            lines.append(f"         {ink('dim', f'contract {where}{says}')}")
        first, last = one.first, one.last
        where = f"first {_place(first.time, first.partition, first.offset)}"
        if one.count > 1:
            where += f", last {_place(last.time, last.partition, last.offset)}"
        lines.append(f"         {ink('dim', where)}")
    return "".join(line + "\n" for line in lines)


def _place(time: str, partition: int | None, offset: int | None) -> str:
    if offset is None:
        return f"{time[:23]}Z"
    where = f"partition {partition} " if partition is not None else ""
    return f"{time[:23]}Z at {where}offset {offset}"


def _coverage(report: Report, ink: Ink) -> str:
    """Say what of the documents the traffic has shown, and what it has not."""
    shown = report.coverage
    if not report.messages.total:
        return ""
    counts: list[tuple[str, ChannelCoverage | MessageCoverage | Share | None]] = [
        ("channels", shown.channels), ("messages", shown.messages), ("fields", shown.fields), ("values", shown.enum_values),
    ]  # fmt: skip
    told = [f"{one.seen} of {one.documented} {what}" for what, one in counts if one is not None and one.documented]
    if not told:
        return ""
    lines = [f"coverage: {', '.join(told)}"]
    unseen = [printable(name) for name in shown.messages.unseen]
    unseen += [
        f"{printable(one.message)} {printable(name)}"
        for one in shown.by_message
        if (one.fields.seen or one.enum_values.seen)  # of a message that never came nothing else has to be said
        for name in (*one.unseen_fields, *one.unseen_values)
    ]
    if unseen:
        more = f" and {len(unseen) - _UNSEEN_SHOWN} more" if len(unseen) > _UNSEEN_SHOWN else ""
        lines.append(f"  not seen: {', '.join(unseen[:_UNSEEN_SHOWN])}{more}")
    beside = [f"{printable(one.message)} {_beside(one)} x{one.messages}" for one in shown.undocumented]
    if beside:
        more = f" and {len(beside) - _UNSEEN_SHOWN} more" if len(beside) > _UNSEEN_SHOWN else ""
        lines.append(f"  not documented: {', '.join(beside[:_UNSEEN_SHOWN])}{more}")
    return "".join(ink("dim", line) + "\n" for line in lines)


def _beside(row: UndocumentedRow) -> str:
    """Write where a name came that is not documented there; the name only where it was asked for."""
    place = "header " if row.part == "headers" else "/"
    above = printable(row.path.removeprefix("/").removesuffix("*"))
    return ", ".join(f"{place}{above}{printable(name)}" for name in row.names or ["*"])


def _worth(report: Report, ink: Ink) -> str:
    """Say what `valid` is worth where the documents say little."""
    strength = report.coverage.strength
    if strength is None or not strength.leaves or strength.constrained == strength.leaves:
        return ""
    share = int(100 * strength.constrained / strength.leaves)
    line = f"contract strength {share} %: a rule constrains {strength.constrained:,} of {strength.leaves:,} documented leaves"
    if strength.hollow:
        shown = ", ".join(printable(name) for name in strength.hollow[:_HOLLOW_SHOWN])
        more = f" and {len(strength.hollow) - _HOLLOW_SHOWN} more" if len(strength.hollow) > _HOLLOW_SHOWN else ""
        line += f"; 'valid' says nothing about {shown}{more}"
    return ink("warning", line) + "\n"


def _verdict(report: Report, failing: int, ink: Ink) -> str:
    groups, messages = len(report.findings), report.messages.total
    if failing:
        return ink("error", f"FAILED: {failing} of {groups} kinds of findings count against this run") + (
            f" ({messages} messages)\n"
        )
    if messages == 0:
        return "nothing was seen: no statement about the contract can be made\n"
    return ink("ok", "passed") + f" ({messages} messages, {groups} kinds of findings)\n"
