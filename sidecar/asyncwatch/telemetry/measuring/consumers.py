"""How far consumer groups are behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final

from asyncwatch.model.report import LagRow
from asyncwatch.model.view import LagView
from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.measuring.places import Places
from asyncwatch.telemetry.points import Attributes, NumberPoint, Point, label
from asyncwatch.tracing import attributes as keys

STATUSES: Final = ("ok", "idle", "abandoned", "unknown", "rewound", "warning", "stalled", "stopped")
"""Mildest first (interfaces.md §3)."""
_CLOCK: Final = "available"
"""Seconds count from when a record became readable."""
_KAFKA: Final = "kafka"


def lag_points(
    rows: Sequence[LagRow],
    views: Sequence[LagView],
    places: Places,
    protocols: Mapping[str, str],
    *,
    by_partition: bool,
) -> Iterable[Point]:
    """Read the lag of groups on addresses; `by_partition` also that on each partition of a Kafka topic."""
    members: dict[Attributes, int] = {}
    for row, view in zip_longest(rows, views):
        is_kafka = protocols.get(row.server) == _KAFKA
        named = ((keys.KAFKA_GROUP, label(row.group)), (keys.KAFKA_TOPIC, label(row.address)))
        server = (keys.SERVER, label(row.server))
        if row.partition is None:
            yield from _group_points(row, view, places)
            if is_kafka and row.messages is not None:
                yield NumberPoint(metrics.KAFKA_LAG_SUM, (*named, server), row.messages)
            if is_kafka and row.members is not None:
                members[named[0], server] = row.members
        elif is_kafka and by_partition:
            place = (*named, (keys.KAFKA_PARTITION, str(row.partition)), server)
            if row.messages is not None:
                yield NumberPoint(metrics.KAFKA_LAG, place, row.messages)
            if view is not None and view.committed is not None:
                yield NumberPoint(metrics.KAFKA_OFFSET, place, view.committed)
    for group, count in members.items():
        yield NumberPoint(metrics.KAFKA_MEMBERS, group, count)


def _group_points(row: LagRow, view: LagView | None, places: Places) -> Iterable[Point]:
    place = (*places.find(row.server, row.address), (keys.CONSUMER_GROUP, label(row.group)))
    for status in STATUSES:
        yield NumberPoint(metrics.LAG_STATUS, (*place, (keys.LAG_STATUS, status)), float(row.status == status))
    if row.seconds is not None:
        source = view.source if view is not None and view.source is not None else "unknown"
        timed = (*place, (keys.LAG_CLOCK, _CLOCK), (keys.LAG_SOURCE, source))
        yield NumberPoint(metrics.LAG_DURATION, timed, row.seconds)
    share = None if view is None else view.retention_share
    for metric, value in (
        (metrics.LAG_MESSAGES, row.messages), (metrics.LAG_VELOCITY, row.velocity),
        (metrics.LAG_CATCH_UP, row.catch_up_seconds), (metrics.LAG_RETENTION_SHARE, share),
    ):  # fmt: skip
        if value is not None:
            yield NumberPoint(metric, place, value)
