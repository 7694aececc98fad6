"""Many messages into Kafka quickly: whole batches built ahead, nothing awaited per message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

Headers = list[tuple[str, bytes | None]]
Flood = tuple[int, bytes | None, bytes | None, Headers, int | None]
"""(partition, key, value, headers, timestamp in ms or None)"""

_BATCH_BYTES = 256 << 10


async def flood(bootstrap: str, topic: str, messages: Iterable[Flood]) -> int:
    """Send messages, each partition in the given order; give how many."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, client_id="service", max_batch_size=_BATCH_BYTES, max_request_size=4 << 20, acks=1
    )
    await producer.start()
    sent = 0
    open_batches: dict[int, object] = {}
    waiting: list[asyncio.Future[object]] = []
    try:
        for partition, key, value, headers, timestamp in messages:
            while True:
                batch = open_batches.get(partition)
                if batch is None:
                    batch = open_batches[partition] = producer.create_batch()
                if batch.append(key=key, value=value, timestamp=timestamp, headers=headers) is not None:
                    sent += 1
                    break
                del open_batches[partition]
                batch.close()
                waiting.append(await producer.send_batch(batch, topic, partition=partition))
                if len(waiting) > 64:
                    await asyncio.gather(*waiting)
                    waiting.clear()
        for partition, batch in open_batches.items():
            batch.close()
            waiting.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    return sent
