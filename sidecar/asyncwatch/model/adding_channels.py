"""Rows of channels added up: counters add, position ranges unite, latencies merge bucket by bucket."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec import UNSET, structs

from asyncwatch.model.report import Buckets, ChannelRow, ContextRow, Counts, Latency, OrderingRow, Report

Ranges = list[tuple[int, int]]
_TEXTS = ("source", "scope")


def channel_identity(row: ChannelRow) -> tuple[str, str | None, str]:
    """Name what a channel row is about."""
    return row.server, row.channel, row.address


def add_channels(parts: Sequence[tuple[Report, float]], whole_s: float | None) -> list[ChannelRow]:
    """Add the rows of reports, each with the seconds it covers.

    `whole_s`: the seconds of all together, for rates over a whole run; None = rates are those of the last minute and add.
    """
    found: dict[tuple[str, str | None, str], list[tuple[ChannelRow, float]]] = {}
    for report, covered_s in parts:
        for row in report.channels:
            found.setdefault(channel_identity(row), []).append((row, covered_s))
    return [_add_rows(same, whole_s) for same in found.values()]


def add_channel_rows(rows: Sequence[ChannelRow]) -> ChannelRow:
    """Add rows about the same channel, at least one; rates are those of the last minute and add."""
    return _add_rows([(row, 0.0) for row in rows], None)


def _add_rows(same: Sequence[tuple[ChannelRow, float]], whole_s: float | None) -> ChannelRow:
    rows = [row for row, _ in same]
    first = rows[0]
    reasons: dict[str, int] = {}
    per_message: dict[str, Counts] = {}
    for row in rows:
        for reason, count in row.unchecked_reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
        for name, counts in row.per_message.items():
            known = per_message.get(name)
            per_message[name] = counts if known is None else add_two(known, counts)
    messages = Counts()
    for row in rows:
        messages = add_two(messages, row.messages)
    return ChannelRow(
        document=min((row.document for row in rows if row.document is not None), default=None),
        server=first.server, channel=first.channel, address=first.address, protocol=first.protocol,
        messages=messages, per_message=per_message, unchecked_reasons=dict(sorted(reasons.items())),
        bytes=sum(row.bytes for row in rows), rate=_rate(same, whole_s),
        positions=unite([row.positions for row in rows]), latency=add_latencies([row.latency for row in rows]),
        ordering=_add_orderings([row.ordering for row in rows if row.ordering is not None]),
        context=_add_contexts([row.context for row in rows if row.context is not None]),
        strength=min((row.strength for row in rows if row.strength is not None), default=None),
    )  # fmt: skip


def add_two(one: Counts, other: Counts) -> Counts:
    """Add two rows of counts."""
    return Counts(*(a + b for a, b in zip(structs.astuple(one), structs.astuple(other), strict=True)))


def _rate(same: Sequence[tuple[ChannelRow, float]], whole_s: float | None) -> float | None:
    """Add rates; over a whole run each part counts with the messages it stands for.

    A part without a rate was too short for one: its messages count. Only an address as a whole has a rate, and that row
    alone has a context.
    """
    if whole_s is None:
        rates = [row.rate for row, _ in same]
        return None if None in rates else sum(rate for rate in rates if rate is not None)
    if all(row.rate is None and row.context is None for row, _ in same):
        return None
    messages = sum(row.messages.total if row.rate is None else row.rate * covered_s for row, covered_s in same)
    return messages / whole_s if whole_s else None


def unite(parts: Iterable[Mapping[str, Sequence[tuple[int, int]]] | None]) -> dict[str, Ranges] | None:
    """Unite ranges of positions by partition, overlaps once; None = no part has positions."""
    gathered: dict[str, Ranges] = {}
    for part in parts:
        for partition, ranges in (part or {}).items():
            gathered.setdefault(partition, []).extend((low, high) for low, high in ranges)
    return {partition: _united(ranges) for partition, ranges in sorted(gathered.items())} or None


def _united(ranges: Ranges) -> Ranges:
    united: Ranges = []
    for low, high in sorted(ranges):
        if united and low <= united[-1][1] + 1:
            united[-1] = (united[-1][0], max(united[-1][1], high))
        else:
            united.append((low, high))
    return united


def add_latencies(parts: Sequence[Latency | None]) -> Latency | None:
    """Merge latencies; None = there were none. Percentiles come from the merged buckets."""
    rows = [row for row in parts if row is not None]
    if len(rows) <= 1:
        return rows[0] if rows else None
    buckets = add_buckets([row.buckets for row in rows])
    largest = max((row.max for row in rows if row.max is not None), default=None)
    return Latency(
        source=", ".join(sorted({word for row in rows for word in row.source.split(", ")})),
        p50=quantile(buckets, 0.5, largest), p95=quantile(buckets, 0.95, largest),
        p99=quantile(buckets, 0.99, largest), max=largest, buckets=buckets,
    )  # fmt: skip


def add_buckets(parts: Sequence[Buckets]) -> Buckets:
    """Merge exponential histograms; the coarsest scale wins, a finer bucket lies whole in one of the coarser."""
    scale = min(one.scale for one in parts)
    counts: dict[int, int] = {}
    for one in parts:
        for index, count in enumerate(one.counts, one.offset):
            if count:
                coarse = index >> (one.scale - scale)
                counts[coarse] = counts.get(coarse, 0) + count
    zero = sum(one.zero for one in parts)
    if not counts:
        return Buckets(scale=scale, zero=zero, offset=0, counts=[])
    low, high = min(counts), max(counts)
    return Buckets(
        scale=scale, zero=zero, offset=low, counts=[counts.get(index, 0) for index in range(low, high + 1)]
    )  # fmt: skip


def quantile(buckets: Buckets, share: float, largest: float | None) -> float | None:
    """Give the duration below which a share of all lies; None when nothing was counted.

    Units: seconds, the middle of the bucket it falls into, never above `largest`.
    """
    total = buckets.zero + sum(buckets.counts)
    if not total or largest is None:
        return None
    rank = max(1, math.ceil(share * total))
    seen = buckets.zero
    if rank <= seen:
        return 0.0
    for index, count in enumerate(buckets.counts, buckets.offset):
        seen += count
        if seen >= rank:
            middle: float = 2.0 ** ((index + 0.5) / 2.0**buckets.scale)
            return min(middle, largest)
    return largest


def _add_orderings(rows: Sequence[OrderingRow]) -> OrderingRow | None:
    """Add sequence counts; None = a row that has none. Parts that found different sources or scopes are told all."""
    if len(rows) <= 1:
        return rows[0] if rows else None
    names = OrderingRow.__struct_fields__
    added: dict[str, object] = {
        name: sum(getattr(row, name) for row in rows) for name in names if name not in _TEXTS
    }  # fmt: skip
    for name in _TEXTS:
        words = {word for row in rows if (text := getattr(row, name)) is not None for word in text.split(", ")}
        added[name] = ", ".join(sorted(words)) or None
    return OrderingRow(**added)  # type: ignore[arg-type] # each field by its own name


def _add_contexts(rows: Sequence[ContextRow]) -> ContextRow | None:
    if len(rows) <= 1:
        return rows[0] if rows else None
    names = ContextRow.__struct_fields__
    counts = {name: [one for row in rows if (one := getattr(row, name)) is not UNSET] for name in names}
    return ContextRow(**{name: sum(found) for name, found in counts.items() if found})
