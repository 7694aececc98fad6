"""Services that take messages from a Kafka, each in a group of its own kind."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence

import confluent_kafka
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.commit import OffsetCommitRequest, OffsetFetchRequest


class Taker:
    """A member of a classic group: takes messages when it is told to, and commits what it took."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def take(self, count: int) -> None:
        """Take so many messages more, and commit."""
        for _ in range(count):
            await asyncio.wait_for(self._consumer.getone(), 10)
        await self._consumer.commit()

    async def commit(self, topic: str, partition: int, offset: int) -> None:
        await self._consumer.commit({TopicPartition(topic, partition): offset})

    async def leave(self) -> None:
        await self._consumer.stop()


@contextlib.asynccontextmanager
async def member(
    bootstrap: str, group: str, *topics: str, client: str = "taker", **options: object
) -> AsyncIterator[Taker]:
    """Join a classic group that reads from the beginning."""
    consumer = AIOKafkaConsumer(
        *topics, bootstrap_servers=bootstrap, group_id=group, client_id=client, auto_offset_reset="earliest",
        enable_auto_commit=False, **options,
    )  # fmt: skip
    await consumer.start()
    try:
        yield Taker(consumer)
    finally:
        await consumer.stop()


class NewerTaker:
    """A member of a group of the newer protocol (KIP-848)."""

    def __init__(self, bootstrap: str, group: str, topics: Sequence[str]) -> None:
        self._consumer = confluent_kafka.Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "client.id": "newer-taker",
                "group.protocol": "consumer",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
            }
        )
        self._consumer.subscribe(list(topics))

    async def take(self, count: int) -> None:
        """Take so many messages more, and commit."""
        await asyncio.to_thread(self._take, count)

    def _take(self, count: int) -> None:
        end_s = time.monotonic() + 20
        while count:
            message = self._consumer.poll(0.2)
            if message is not None and message.error() is None:
                count -= 1
            assert time.monotonic() < end_s, "the messages did not come"
        self._consumer.commit(asynchronous=False)

    def close(self) -> None:
        self._consumer.close()


@contextlib.asynccontextmanager
async def newer_member(bootstrap: str, group: str, *topics: str) -> AsyncIterator[NewerTaker]:
    """Join a group of the newer protocol that reads from the beginning."""
    taker = NewerTaker(bootstrap, group, topics)
    try:
        yield taker
    finally:
        await asyncio.to_thread(taker.close)


async def commit_for(bootstrap: str, groups: Sequence[str], topic: str, offset: int) -> None:
    """Commit an offset of partition 0 (on a cluster of one broker) for groups that nobody has joined, as readers that choose partitions do."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap, client_id="service")
    await client.bootstrap()
    try:
        node = await _coordinator(client, groups[0])
        for start in range(0, len(groups), 200):
            requests = [
                client.send(node, OffsetCommitRequest(group, -1, "", -1, [(topic, [(0, offset, "")])]))
                for group in groups[start : start + 200]
            ]
            for answer in await asyncio.gather(*requests):
                assert answer.topics[0][1][0][1] == 0, answer
    finally:
        await client.close()


async def _coordinator(client: AIOKafkaClient, group: str) -> int:
    """Find a group's coordinator; the first to ask makes the topic of offsets, and has to wait for it."""
    end_s = time.monotonic() + 15
    while True:
        with contextlib.suppress(KafkaError):
            node = await client.coordinator_lookup(0, group)
            answer = await client.send(node, OffsetFetchRequest(group, []))
            if answer.error_code == 0:
                return node
        assert time.monotonic() < end_s, "no coordinator"
        await asyncio.sleep(0.1)
