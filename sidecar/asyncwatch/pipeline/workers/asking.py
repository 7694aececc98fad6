"""What all workers together know of one finding group, and of traces."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from asyncwatch.model.adding import known_total, total
from asyncwatch.model.answers import TraceRow
from asyncwatch.model.view import FindingDetail, SenderShare


def add_details(parts: Sequence[FindingDetail]) -> FindingDetail | None:
    """Add up the details of one group; the sample is one part's, the share of messages is told where one part has all."""
    if not parts:
        return None
    senders: dict[tuple[str, str | None, str], SenderShare] = {}
    for part in parts:
        for one in part.senders:
            identity = (one.sender, one.version, one.source)
            known = senders.get(identity)
            senders[identity] = one if known is None else structs.replace(
                one, bad=known.bad + one.bad, messages=total([known.messages, one.messages])
            )  # fmt: skip
    shown = min(parts, key=lambda part: (part.sample is None, part.excerpt is None))
    windows = zip(*(part.view.window for part in parts), strict=False)
    return structs.replace(
        shown,
        finding=structs.replace(
            shown.finding, count=sum(part.finding.count for part in parts),
            first=min((part.finding.first for part in parts), key=lambda place: place.time),
            last=max((part.finding.last for part in parts), key=lambda place: place.time),
        ),
        view=structs.replace(
            shown.view, rate=sum(part.view.rate for part in parts), window=[known_total(column) for column in windows]
        ),
        share=shown.share if len(parts) == 1 else None,
        senders=sorted(senders.values(), key=lambda one: -one.bad),
    )  # fmt: skip


def add_traces(parts: Sequence[Sequence[TraceRow]], channel: str | None) -> list[TraceRow]:
    """Put the messages of each trace together, the latest trace first; `channel`: those that touched it."""
    found: dict[str, TraceRow] = {}
    for part in parts:
        for row in part:
            known = found.get(row.trace_id)
            found[row.trace_id] = row if known is None else TraceRow(row.trace_id, [*known.spans, *row.spans])
    rows = [TraceRow(row.trace_id, sorted(row.spans, key=lambda span: span.observed)) for row in found.values()]
    rows.sort(key=lambda row: row.spans[-1].observed, reverse=True)
    return [
        row for row in rows if channel is None or any(channel in {span.channel, span.address} for span in row.spans)
    ]  # fmt: skip
