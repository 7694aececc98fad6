"""What `y` and `Y` put on the clipboard: the chosen thing as text, or as the JSON of the report."""

from __future__ import annotations

import msgspec

from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import FindingDetail, Snapshot
from asyncwatch_tui.durations import format_duration
from asyncwatch_tui.fitting import neutralise
from asyncwatch_tui.group_lines import caught_up, change_text
from asyncwatch_tui.group_list import Group, Partition
from asyncwatch_tui.numbers import (
    UNKNOWN,
    format_bytes,
    format_count,
    format_rate,
    format_share,
    in_full,
)
from asyncwatch_tui.signs import GROUP_SIGNS, SIGNS
from asyncwatch_tui.sorting import Facts, tracked

_MOST_FINDINGS = 20
_MOST_PARTITIONS = 64


def channel_text(facts: Facts, message: str | None, snapshot: Snapshot) -> str:
    """Write a channel, or one of its messages, for a ticket."""
    row, view = facts.row, facts.view
    counts = row.messages if message is None else row.per_message.get(message, row.messages)
    rate = row.rate if message is None else view.message_rates.get(message)
    name = neutralise(row.address) if message is None else f"{neutralise(row.address)} {neutralise(message)}"
    document = "not in the document" if row.channel is None else f"channel {neutralise(row.channel)}"
    lines = [
        f"{name} ({document}, server {neutralise(row.server)})",
        f"state       {SIGNS[facts.state].word}: {SIGNS[facts.state].meaning}",
        f"messages    {format_count(counts.total)}, {format_rate(rate)}/s in the last minute",
        f"valid       {_percent(counts.valid_share)} of those checked",
        f"counted as  {_states(counts)}",
    ]
    if message is None:
        if row.strength is not None:
            lines.append(f"contract    constrains {int(row.strength * 100)} % of its documented fields")
        lines.append(f"size        {format_bytes(row.bytes)}")
        if (ordering := tracked(row)) is not None:
            lines.append(
                f"ordering    {ordering.missing} missing, {ordering.lost} lost, {ordering.duplicates} duplicates, "
                f"{ordering.conflicts} conflicts, {ordering.out_of_order} out of order"
            )
    findings = [
        finding
        for finding in snapshot.findings
        if finding.server == row.server
        and (finding.channel == row.channel if row.channel is not None else finding.address == row.address)
        and (message is None or finding.message == message)
    ]
    lines += [f"finding     {_finding_words(finding)}" for finding in findings[:_MOST_FINDINGS]]
    if len(findings) > _MOST_FINDINGS:
        lines.append(f"            and {len(findings) - _MOST_FINDINGS} more groups")
    lines.append(f"seen        {neutralise(snapshot.started)} to {neutralise(snapshot.view.now)}")
    return "\n".join(lines) + "\n"


def channel_json(facts: Facts, message: str | None) -> str:
    """Write a channel as the report and the view have it, or the counts of one of its messages."""
    whole = {"channel": facts.row, "view": facts.view}
    if message is None:
        return _json(whole)
    return _json(
        {
            "server": facts.row.server, "channel": facts.row.channel, "address": facts.row.address, "message": message,
            "messages": facts.row.per_message.get(message), "rate": facts.view.message_rates.get(message),
        }
    )  # fmt: skip


def finding_text(row: FindingRow) -> str:
    """Write a group of findings for a ticket."""
    lines = [
        _finding_words(row),
        f"server      {neutralise(row.server)}",
        f"channel     {neutralise(row.channel or UNKNOWN)} ({neutralise(row.address or UNKNOWN)})",
        f"message     {neutralise(row.message or UNKNOWN)}",
        f"expected    {neutralise(row.expected or UNKNOWN)}",
        f"actual      {neutralise(row.actual or UNKNOWN)}",
        f"first       {_place(row, first=True)}",
        f"last        {_place(row, first=False)}",
        f"fingerprint {neutralise(row.fingerprint)}",
    ]
    return "\n".join(lines) + "\n"


def finding_json(row: FindingRow) -> str:
    """Write a group of findings as the report has it."""
    return _json(row)


def detail_text(row: FindingRow, detail: FindingDetail | None) -> str:
    """Write a group of findings with what is known beyond its row, for a ticket."""
    text = finding_text(row)
    if detail is None:
        return text
    lines = []
    for sender in detail.senders[:_MOST_FINDINGS]:
        of = "" if sender.messages is None else f" of {format_count(sender.messages)}"
        name = neutralise(f"{sender.sender} {sender.version or ''}".strip())
        lines.append(f"sender      {name}: {format_count(sender.bad)}{of} invalid")
    excerpt = detail.excerpt
    if excerpt is not None:
        where = "" if excerpt.failing is None else f":{excerpt.failing}"
        lines.append(f"contract    {neutralise(excerpt.file)}{where}")
        for number, line in enumerate(excerpt.lines, excerpt.first_line):
            mark = ">" if number == excerpt.failing else " "
            lines.append(f"  {mark} {number:>5}  {neutralise(line.expandtabs(2))}".rstrip())
    return text + "".join(line + "\n" for line in lines)


def detail_json(row: FindingRow, detail: FindingDetail | None) -> str:
    """Write a group of findings with everything that is known about it."""
    return _json(row if detail is None else detail)


def group_text(group: Group, parts: list[Partition]) -> str:
    """Write a consumer group on an address for a ticket."""
    row, view = group.row, group.view
    lines = [
        f"{neutralise(row.group)} on {neutralise(row.address)} (server {neutralise(row.server)})",
        f"status      {GROUP_SIGNS[group.state].word}: {GROUP_SIGNS[group.state].meaning}",
        f"behind      {format_duration(row.seconds)}, {format_count(row.messages)} messages at {neutralise(row.as_of)}",
        f"change      {change_text(row.velocity)}, caught up: {caught_up(group)}",
        f"members     {format_count(row.members)}",
    ]
    if view is not None and view.reading:
        lines.append(f"reading     {neutralise(view.reading)}")
    for part in parts[:_MOST_PARTITIONS]:
        one = part.view
        known = (None, None) if one is None else (one.committed, one.end)
        committed, end = (UNKNOWN if number is None else in_full(number) for number in known)
        lines.append(
            f"partition {UNKNOWN if part.row.partition is None else part.row.partition}: "
            f"{format_duration(part.row.seconds)} behind, committed {committed}, end {end}"
        )
    if len(parts) > _MOST_PARTITIONS:
        lines.append(f"and {len(parts) - _MOST_PARTITIONS} more partitions")
    return "\n".join(lines) + "\n"


def group_json(group: Group, parts: list[Partition]) -> str:
    """Write a consumer group and its partitions as report and view have them."""
    return _json(
        {
            "lag": group.row, "view": group.view,
            "partitions": [{"lag": part.row, "view": part.view} for part in parts],
        }
    )  # fmt: skip


def _finding_words(row: FindingRow) -> str:
    return f"{neutralise(row.severity)} {neutralise(row.rule)}: {neutralise(row.summary)} (×{format_count(row.count)})"


def _place(row: FindingRow, *, first: bool) -> str:
    place = row.first if first else row.last
    text = neutralise(place.time)
    if place.partition is not None:
        text += f", partition {place.partition}"
    return text if place.offset is None else f"{text}, offset {place.offset}"


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{format_share(share)} %"


def _states(counts: msgspec.Struct) -> str:
    known = [(name, getattr(counts, name)) for name in counts.__struct_fields__ if name != "total"]
    return ", ".join(f"{format_count(number)} {name}" for name, number in known if number) or "nothing"


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
