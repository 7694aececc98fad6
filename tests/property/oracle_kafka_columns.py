"""The slow, obvious twin of the Kafka tap's columns: one message at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def rows_of(records: Sequence[Any], live_from: int) -> list[dict[str, Any]]:
    """Say of each record what its row must say."""
    return [
        {
            "position": record.offset,
            "payload": record.value,
            "key": record.key,
            "headers": list(record.headers),
            "sent_ns": None if record.timestamp is None or record.timestamp < 0 else record.timestamp * 1_000_000,
            "time_source": "broker" if record.timestamp_type == 1 else "producer",
            "live": record.offset >= live_from,
        }
        for record in records
    ]
