"""Records of one partition → batches: the tap's own share of the hot path."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

from asyncwatch.model.batch import Batch, ObservationGap, TimeSource

_LOG_APPEND_TIME: Final = 1


def batches_of(
    records: Sequence[Any],
    *,
    server: str,
    filter_id: str,
    topic: str,
    wildcard: bool,
    partition: int,
    live_from: int,
    observed_ns: int,
    gap: ObservationGap | None,
) -> list[Batch]:
    """Turn the records of one partition into columns; messages before offset `live_from` are not live.

    Shape: one batch; more where liveness or the kind of timestamp changes within the records.
    Cost: bench tap[kafka].
    """
    n = len(records)
    kind = records[0].timestamp_type
    if records[-1].timestamp_type != kind:
        cut = next(row for row, record in enumerate(records) if record.timestamp_type != kind)
    else:
        cut = bisect_left(records, live_from, key=_offset)
    if 0 < cut < n:
        parts = (records[:cut], gap), (records[cut:], None)
        return [
            batch
            for part, part_gap in parts
            for batch in batches_of(
                part,
                server=server,
                filter_id=filter_id,
                topic=topic,
                wildcard=wildcard,
                partition=partition,
                live_from=live_from,
                observed_ns=observed_ns,
                gap=part_gap,
            )
        ]
    time_source: TimeSource = "broker" if kind == _LOG_APPEND_TIME else "producer"
    return [
        Batch(
            server=server,
            filter=filter_id,
            partition=partition,
            addresses=[topic] * n if wildcard else None,
            payloads=[record.value for record in records],
            headers=[record.headers for record in records],
            keys=[record.key for record in records],
            positions=[record.offset for record in records],
            # -1 = the producer gave no time (message format 0 has none at all).
            sent_ns=[
                timestamp * 1_000_000 if (timestamp := record.timestamp) is not None and timestamp >= 0 else None
                for record in records
            ],
            time_source=time_source,
            observed_ns=[observed_ns] * n,
            live=records[0].offset >= live_from,
            gap=gap,
        )
    ]


def _offset(record: Any) -> int:
    offset: int = record.offset
    return offset
