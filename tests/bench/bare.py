"""A road to compare with: aiokafka `getmany(5000)` on assigned partitions, nothing done with the messages."""

from __future__ import annotations

import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from measure import told


async def read(bootstrap: str, topic: str, count: int) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition(topic, number) for number in range(4)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    seen = 0
    began_s, wall_s = time.process_time(), time.monotonic()
    while seen < count:
        found = await consumer.getmany(timeout_ms=1000, max_records=5000)
        seen += sum(map(len, found.values()))
    told(seen, time.process_time() - began_s, time.monotonic() - wall_s)
    await consumer.stop()


asyncio.run(read(sys.argv[1], sys.argv[2], int(sys.argv[3])))
