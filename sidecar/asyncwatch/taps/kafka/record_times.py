"""The time of the one record at a position: a single small fetch, outside the reading of the tap."""

from __future__ import annotations

from typing import Any, Final

from aiokafka.errors import KafkaError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from asyncwatch.taps.kafka.client import Listing, PassiveClient

_BYTES: Final = 65_536
"""A broker gives the first record batch whole, however large; this bounds what comes beside it."""
_TRIES: Final = 4
"""Fetches for one position: batches may be empty (compaction) or hold markers only."""


async def record_time_ns(client: PassiveClient, listing: Listing, place: TopicPartition, offset: int) -> int | None:
    """Give the timestamp of the first record at or after an offset; None where there is none, or it may not be read."""
    node = listing.metadata.leader_for_partition(place)
    if node is None or node == -1:
        return None
    for _ in range(_TRIES):
        request = FetchRequest(0, 0, _BYTES, 0, [(place.topic, [(place.partition, offset, _BYTES)])])
        try:
            answer: Any = await client.ask(node, request)
        except (KafkaError, NotImplementedError):
            return None
        # (partition, error code, …, records)
        found = [one for _, partitions in answer.topics for one in partitions]
        if len(found) != 1 or found[0][1] != 0 or not found[0][-1]:
            return None
        try:
            timestamp, behind = _first_at(MemoryRecords(found[0][-1]), offset)
        except Exception:  # noqa: BLE001  # bytes of strangers: whatever the decoder raises
            return None
        if timestamp is not None:
            return timestamp * 1_000_000 if timestamp >= 0 else None
        if behind <= offset:
            return None
        offset = behind
    return None


def _first_at(records: Any, offset: int) -> tuple[int | None, int]:
    """Give the timestamp of the first record from an offset on, and the offset behind everything that was looked at."""
    behind = offset
    while records.has_next():
        batch = records.next_batch()
        behind = max(behind, batch.next_offset)
        if batch.is_control_batch or batch.next_offset <= offset:
            continue
        for record in batch:
            if record.offset >= offset:
                return (-1 if record.timestamp is None else record.timestamp), behind
    return None, behind
