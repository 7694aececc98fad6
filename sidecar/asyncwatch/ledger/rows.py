"""The counts that the checks of a route keep, as rows of the report."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import structs

from asyncwatch.checks.context import ContextCheck
from asyncwatch.checks.coverage import CoverageCheck
from asyncwatch.checks.freshness import FreshnessCheck
from asyncwatch.checks.sequence import SequenceCheck
from asyncwatch.checks.volume import VolumeCheck, VolumeStatistics
from asyncwatch.model.histogram import SCALE, Histogram
from asyncwatch.model.report import Buckets, ChannelRow, ContextRow, Counts, Latency, OrderingRow
from asyncwatch.model.route import Route
from asyncwatch.model.strength import added as added_strength


@dataclass(frozen=True, slots=True)
class RouteChecks:
    """The checks of a route whose counts stand in the report."""

    volume: VolumeCheck
    context: ContextCheck
    sequence: SequenceCheck
    freshness: FreshnessCheck
    coverage: CoverageCheck


def checks_of(route: Route) -> RouteChecks:
    """Find the counting checks of a route."""
    found = {type(check): check for check in route.checks}
    volume, context, sequence = found[VolumeCheck], found[ContextCheck], found[SequenceCheck]
    freshness, coverage = found[FreshnessCheck], found[CoverageCheck]
    assert isinstance(volume, VolumeCheck)
    assert isinstance(context, ContextCheck)
    assert isinstance(sequence, SequenceCheck)
    assert isinstance(freshness, FreshnessCheck)
    assert isinstance(coverage, CoverageCheck)
    return RouteChecks(volume, context, sequence, freshness, coverage)


def counts(by_state: list[int]) -> Counts:
    """Name counts that are indexed by state code."""
    return Counts(sum(by_state), *by_state)


def added(one: Counts, other: Counts) -> Counts:
    """Add two rows of counts."""
    return Counts(*(a + b for a, b in zip(structs.astuple(one), structs.astuple(other), strict=True)))


def channel_rows(route: Route, rate: float | None, checks: RouteChecks) -> list[ChannelRow]:
    """Write a route's rows: one a channel; what belongs to the address as a whole stands in the first."""
    volume = checks.volume.statistics()
    rows = [_empty_row(route, *one) for one in zip(route.channels, route.sources, strict=True)]
    rows = rows or [_empty_row(route, None, None)]
    by_channel = {row.channel: row for row in rows}
    for index, by_state in volume.states.items():
        found = counts(by_state)
        row = rows[0]
        if index >= 0:
            candidate = route.candidates[index]
            row = by_channel.get(candidate.channel, row)
            known = row.per_message.get(candidate.message)
            row.per_message[candidate.message] = added(known, found) if known is not None and known.total else found
        row.messages = added(row.messages, found) if row.messages.total else found
    first = rows[0]
    first.unchecked_reasons = dict(sorted(volume.reasons.items()))
    first.bytes = volume.bytes
    first.rate = rate
    first.positions = {
        where: [(start, end) for start, end in ranges] for where, ranges in sorted(volume.positions.items())
    } or None
    first.latency = latency(volume)
    first.ordering = ordering(checks)
    first.context = context(checks)
    return rows


def _empty_row(route: Route, channel: str | None, document: str | None) -> ChannelRow:
    names = [
        candidate.message for candidate in route.candidates if channel is not None and candidate.channel == channel
    ]
    return ChannelRow(
        document=document, server=route.server, channel=channel, address=route.address,
        protocol=route.protocol, messages=Counts(), per_message={name: Counts() for name in names},
        unchecked_reasons={}, bytes=0, rate=None, positions=None, latency=None, ordering=None, context=None,
        strength=added_strength([one.strength for one in route.candidates if one.channel == channel]).share if names else None,
    )  # fmt: skip


def ordering(checks: RouteChecks) -> OrderingRow:
    """Give the sequence counts, with the late messages that freshness counts."""
    row = checks.sequence.statistics()
    return structs.replace(row, late=checks.freshness.statistics().late)


def context(checks: RouteChecks) -> ContextRow:
    return checks.context.statistics()


def latency(volume: VolumeStatistics) -> Latency | None:
    """Give the latencies of live messages; None where there were none, or the messages carry no time."""
    histogram: Histogram = volume.latency
    if histogram.total == 0:
        return None
    return Latency(
        source=volume.time_source, p50=histogram.quantile(0.5), p95=histogram.quantile(0.95),
        p99=histogram.quantile(0.99), max=histogram.largest,
        buckets=buckets(histogram),
    )  # fmt: skip


def buckets(histogram: Histogram) -> Buckets:
    """Write a histogram out, so that it can be added to others."""
    offset, dense = histogram.dense()
    return Buckets(scale=SCALE, zero=histogram.zero, offset=offset, counts=dense)
