"""What services and operators do to a Kafka: make topics, send messages, look at everything it holds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest


@dataclass
class Sent:
    """A message to send. `value` None = tombstone."""

    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int | None = None
    timestamp_ms: int | None = None


@dataclass
class Inventory:
    """Everything that a careless reader could leave behind."""

    topics: dict[str, dict[str, str]] = field(default_factory=dict)
    """Topic -> its configuration and number of partitions."""
    groups: list[str] = field(default_factory=list)
    offsets: dict[str, dict[str, int]] = field(default_factory=dict)


@contextlib.asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="operator")
    await client.start()
    try:
        yield client
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def producer(bootstrap: str, **options: object) -> AsyncIterator[AIOKafkaProducer]:
    client = AIOKafkaProducer(bootstrap_servers=bootstrap, client_id="service", **options)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def create_topic(bootstrap: str, name: str, partitions: int = 1, replicas: int = 1, **config: str) -> None:
    """Make a topic and wait until each partition has a leader; `_` in option names stands for a dot."""
    settings = {option.replace("_", "."): value for option, value in config.items()}
    async with admin(bootstrap) as client:
        await client.create_topics([NewTopic(name, partitions, replicas, topic_configs=settings)])
        await wait_for_leaders(client, name, partitions)


async def wait_for_leaders(client: AIOKafkaAdminClient, name: str, partitions: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        # Only topics that are listed are described: to ask for one by name may create it.
        if name in await client.list_topics():
            [topic] = await client.describe_topics([name])
            leaders = [one["leader"] for one in topic["partitions"]]
            if len(leaders) == partitions and -1 not in leaders:
                return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"no leaders for '{name}'")


async def delete_topic(bootstrap: str, name: str) -> None:
    async with admin(bootstrap) as client:
        await client.delete_topics([name])


async def add_partitions(bootstrap: str, name: str, total: int) -> None:
    async with admin(bootstrap) as client:
        await client.create_partitions({name: NewPartitions(total_count=total)})
        await wait_for_leaders(client, name, total)


async def delete_before(bootstrap: str, name: str, partition: int, offset: int) -> None:
    """Do what retention does: everything before an offset is gone."""
    async with admin(bootstrap) as client:
        await client.delete_records({TopicPartition(name, partition): RecordsToDelete(offset)})


RIGHTS = {"READ": 3, "DESCRIBE": 8, "DESCRIBE_CONFIGS": 10}
KINDS = {"topic": 2, "group": 3, "cluster": 4}


async def allow(bootstrap: str, user: str, right: str, name: str, kind: str = "topic") -> None:
    """Give a user one right on one thing; `bootstrap` is a super user's listener."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        request = CreateAclsRequest(KINDS[kind], name, 3, f"User:{user}", "*", RIGHTS[right], 3)
        answer = await client.send(client.get_random_node(), request)
        assert answer.creation_responses[0][0] == 0
    finally:
        await client.close()


async def send(bootstrap: str, topic: str, messages: Iterable[Sent], **options: object) -> None:
    """Send messages and wait until each is acknowledged."""
    async with producer(bootstrap, **options) as client:
        for future in [await send_one(client, topic, message) for message in messages]:
            await future


async def send_one(client: AIOKafkaProducer, topic: str, message: Sent) -> asyncio.Future[object]:
    return await client.send(
        topic,
        message.value,
        key=message.key,
        headers=list(message.headers),
        partition=message.partition,
        timestamp_ms=message.timestamp_ms,
    )


async def inventory(bootstrap: str) -> Inventory:
    """Look at topics with their settings, groups and their offsets; looking creates nothing."""
    found = Inventory()
    async with admin(bootstrap) as client:
        names = sorted(await client.list_topics())
        answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
        for answer in answers:
            for _, _, _, name, entries in answer.resources:
                found.topics[name] = {entry[0]: str(entry[1]) for entry in entries}
        for topic in await client.describe_topics(names) if names else []:
            found.topics[topic["topic"]]["partitions"] = str(len(topic["partitions"]))
        found.groups = sorted(group for group, *_ in await client.list_consumer_groups())
        for group in found.groups:
            with contextlib.suppress(KafkaError):
                offsets: Mapping[TopicPartition, object] = await client.list_consumer_group_offsets(group)
                found.offsets[group] = {
                    f"{place.topic}/{place.partition}": value.offset  # type: ignore[attr-defined]
                    for place, value in offsets.items()
                }
    return found
