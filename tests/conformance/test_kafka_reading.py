"""What only Kafka has: topics that come and go, partitions, transactions, retention, compaction, odd records."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record._crc32c import crc as crc32c
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import Batch
from asyncwatch.taps.base import LIVE_DISTANCE, Filter, Start, Tap
from asyncwatch.taps.kafka import SPEC
from conformance.harness import by_partition, exactly, payloads, read_count, read_to_end
from servers.kafka import KafkaServer
from servers.kafka_admin import (
    Sent,
    add_partitions,
    admin,
    create_topic,
    delete_before,
    delete_topic,
    inventory,
    producer,
    send,
    send_one,
)

pytestmark = pytest.mark.kafka

QUICK = {"refresh_s": 0.3, "away_after_s": 0.5}


@pytest.fixture
async def tap(kafka: KafkaServer) -> AsyncIterator[Tap]:
    """A connected tap with quick timers."""
    tap = SPEC.open("production", ServerSettings(kafka.bootstrap), QUICK)
    await tap.connect()
    yield tap
    await tap.close()


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    return request.node.name.removeprefix("test_")[:200]


def numbered(count: int, first: int = 0, partition: int | None = None) -> list[Sent]:
    return [Sent(b"%d" % number, partition=partition) for number in range(first, first + count)]


def numbers(batches: Sequence[Batch]) -> list[int]:
    return sorted(int(payload or b"") for payload in payloads(batches))


async def test_a_watched_name_that_does_not_exist_is_never_created(kafka: KafkaServer, tap: Tap, topic: str):
    before = await inventory(kafka.bootstrap)
    await tap.follow([exactly(topic)], Start())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tap.read(), 1.5)
    assert tap.statistics().addresses[topic].exists is False
    assert await inventory(kafka.bootstrap) == before


async def test_a_topic_deleted_during_the_run_stays_deleted(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await tap.follow([exactly(topic)], Start())
    await send(kafka.bootstrap, topic, numbered(3))
    await read_count(tap, 3)
    await delete_topic(kafka.bootstrap, topic)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tap.read(), 2)
    assert topic not in (await inventory(kafka.bootstrap)).topics
    assert tap.statistics().addresses[topic].exists is False


async def test_a_topic_made_anew_is_read_from_its_beginning(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await tap.follow([exactly(topic)], Start())
    await send(kafka.bootstrap, topic, numbered(5))
    await read_count(tap, 5)
    await delete_topic(kafka.bootstrap, topic)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tap.read(), 1)
    await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, topic, numbered(3, first=100))
    batches = await read_count(tap, 3)
    assert numbers(batches) == [100, 101, 102]
    assert batches[0].positions[0] == 0
    assert batches[0].gap is not None


async def test_a_topic_that_appears_is_read_from_its_first_message(kafka: KafkaServer, tap: Tap, topic: str):
    await tap.follow([Filter("new", None, re.compile(re.escape(topic) + r"\..*")), exactly(f"{topic}-exact")], Start())
    reading = asyncio.create_task(read_count(tap, 8))
    await create_topic(kafka.bootstrap, f"{topic}.a", 2)
    await send(kafka.bootstrap, f"{topic}.a", numbered(5))
    await create_topic(kafka.bootstrap, f"{topic}-exact")
    await send(kafka.bootstrap, f"{topic}-exact", numbered(3, first=5))
    batches = await reading
    assert numbers(batches) == list(range(8))
    assert {batch.filter: batch.addresses for batch in batches if len(batch) == 1 or batch.filter != "new"}.get(
        f"{topic}-exact"
    ) is None
    assert all(set(batch.addresses or ()) == {f"{topic}.a"} for batch in batches if batch.filter == "new")


async def test_new_partitions_are_read_from_their_first_message(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, topic, numbered(5, first=1_000))
    await tap.follow([exactly(topic)], Start())
    await add_partitions(kafka.bootstrap, topic, 3)
    await send(kafka.bootstrap, topic, [one for part in range(3) for one in numbered(10, 10 * part, part)])
    batches = await read_count(tap, 30)
    assert numbers(batches) == list(range(30))
    assert by_partition(batches)[2] == list(range(10))
    assert tap.statistics().addresses[topic].partitions == 3


async def test_internal_topics_do_not_fall_under_patterns(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic)
    async with producer(kafka.bootstrap, transactional_id=topic) as client, client.transaction():
        await client.send(topic, b"1")
    assert "__transaction_state" in (await inventory(kafka.bootstrap)).topics
    await tap.follow([Filter("all", None, re.compile(r".*"))], Start("earliest", until_end=True))
    found = await read_to_end(tap)
    assert not any("__" in address for batch in found for address in batch.addresses or ())


@pytest.mark.parametrize("read_committed", [False, True])
async def test_aborted_transactions_are_read_unless_committed_is_asked(
    kafka: KafkaServer, topic: str, *, read_committed: bool
):
    name = re.sub(r"\W", "-", topic)
    await create_topic(kafka.bootstrap, name)
    async with producer(kafka.bootstrap, transactional_id=name) as client:
        async with client.transaction():
            await client.send(name, b"1")
        await client.begin_transaction()
        await client.send_and_wait(name, b"2")
        await client.abort_transaction()
        async with client.transaction():
            await client.send(name, b"3")
    tap = SPEC.open("production", ServerSettings(kafka.bootstrap, read_committed=read_committed), QUICK)
    await tap.connect()
    await tap.follow([exactly(name)], Start("earliest", until_end=True))
    found = await read_to_end(tap)
    await tap.close()
    assert numbers(found) == ([1, 3] if read_committed else [1, 2, 3])


async def test_committed_reading_ends_before_an_open_transaction(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, topic, numbered(3))
    async with producer(kafka.bootstrap, transactional_id=topic) as client:
        await client.begin_transaction()
        await client.send_and_wait(topic, b"3")
        tap = SPEC.open("production", ServerSettings(kafka.bootstrap, read_committed=True), QUICK)
        await tap.connect()
        await tap.follow([exactly(topic)], Start("earliest", until_end=True))
        found = await read_to_end(tap)
        assert tap.statistics().behind_messages == 0
        await tap.close()
        await client.abort_transaction()
    assert numbers(found) == [0, 1, 2]


async def test_a_deleted_resume_position_is_told_as_our_gap(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await tap.follow([exactly(topic)], Start())
    await send(kafka.bootstrap, topic, numbered(10))
    await read_count(tap, 10)
    await tap.close()
    await send(kafka.bootstrap, topic, numbered(20, first=10))
    await delete_before(kafka.bootstrap, topic, 0, 25)
    await tap.connect()
    await tap.follow([exactly(topic)], Start())
    [batch] = await read_count(tap, 5)
    assert list(batch.positions) == list(range(25, 30))
    assert batch.gap is not None
    assert (batch.gap.start, batch.gap.end, batch.gap.count) == (10, 25, None)
    assert not batch.live


async def test_positions_deleted_while_reading_are_told_as_our_gap(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, topic, numbered(10))
    await tap.follow([exactly(topic)], Start("earliest"))
    await delete_before(kafka.bootstrap, topic, 0, 8)
    batches = await read_count(tap, 2)
    assert numbers(batches) == [8, 9]
    assert batches[0].gap is not None
    assert (batches[0].gap.start, batches[0].gap.end) == (0, 8)


async def test_compaction_leaves_holes_and_no_gap(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(
        kafka.bootstrap,
        topic,
        cleanup_policy="compact",
        segment_ms="100",
        min_cleanable_dirty_ratio="0.01",
        max_compaction_lag_ms="200",
        delete_retention_ms="100",
    )
    sent = 0
    end = time.monotonic() + 20
    while time.monotonic() < end:
        await send(kafka.bootstrap, topic, [Sent(b"%d" % (sent + one), key=b"k%d" % (one % 3)) for one in range(30)])
        sent += 30
        await asyncio.sleep(0.3)
        await tap.follow([exactly(topic)], Start("earliest", until_end=True))
        batches = await read_to_end(tap)
        await tap.close()
        await tap.connect()
        tap._progress.clear()
        positions = [position for batch in batches for position in batch.positions]
        assert positions == sorted(set(positions))
        assert all(batch.gap is None for batch in batches)
        assert positions[-1] == sent - 1
        if len(positions) < sent:
            return
    pytest.fail("the broker did not compact")


async def test_log_append_time_is_the_brokers_clock(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic, message_timestamp_type="LogAppendTime")
    await create_topic(kafka.bootstrap, f"{topic}-create")
    old = Sent(b"1", timestamp_ms=1_600_000_000_123)
    await send(kafka.bootstrap, topic, [old])
    await send(kafka.bootstrap, f"{topic}-create", [old])
    await tap.follow([exactly(topic), exactly(f"{topic}-create")], Start("earliest", until_end=True))
    found = {batch.filter: batch for batch in await read_to_end(tap)}
    assert found[topic].time_source == "broker"
    assert abs((found[topic].sent_ns[0] or 0) - time.time_ns()) < 60e9
    assert found[f"{topic}-create"].time_source == "producer"
    assert list(found[f"{topic}-create"].sent_ns) == [1_600_000_000_123_000_000]


async def test_far_behind_the_end_is_not_live(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await tap.follow([exactly(topic)], Start())
    count = LIVE_DISTANCE + 1_500
    await send(kafka.bootstrap, topic, numbered(count))
    batches = await read_count(tap, count)
    assert numbers(batches) == list(range(count))
    assert not batches[0].live
    assert batches[-1].live
    assert tap.statistics().behind_messages == 0


async def test_statistics_name_cluster_partitions_and_newest_message(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic, 2)
    await tap.follow([exactly(topic)], Start())
    assert tap.statistics().addresses[topic].last_on_broker_ns is None
    await send(kafka.bootstrap, topic, [Sent(b"1", timestamp_ms=1_700_000_000_000)])
    await read_count(tap, 1)
    statistics = tap.statistics()
    assert statistics.cluster == "YXN5bmN3YXRjaC10ZXN0LQ"
    assert statistics.addresses[topic].partitions == 2
    assert statistics.addresses[topic].last_on_broker_ns == 1_700_000_000_000_000_000
    assert statistics.behind_messages == 0
    assert statistics.rights_missing == []


def odd_batch(header: bytes) -> bytes:
    """Give three records whose second has a header of that name, with a right checksum."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for number in range(3):
        headers = [("XX", b"v")] if number == 1 else []
        builder.append(number, int(time.time() * 1000), b"k", b"%d" % (number + 500), headers)
    data = bytearray(builder.build().replace(b"XX", header))
    data[17:21] = crc32c(bytes(data[21:])).to_bytes(4, "big")
    return bytes(data)


async def produce_bytes(bootstrap: str, topic: str, data: bytes) -> None:
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    await client.set_topics([topic])
    leader = client.get_random_node()
    answer = await client.send(leader, ProduceRequest(None, -1, 10_000, [(topic, [(0, data)])]))
    assert answer.topics[0][1][0][1] == 0
    await client.close()


async def test_a_record_batch_that_does_not_decode_is_our_gap_and_nothing_else(
    kafka: KafkaServer, tap: Tap, topic: str
):
    await create_topic(kafka.bootstrap, topic, 2)
    await tap.follow([exactly(topic)], Start())
    await send(kafka.bootstrap, topic, [*numbered(5, 0, 0), *numbered(5, 100, 1)])
    await produce_bytes(kafka.bootstrap, topic, odd_batch(b"\xff\xfe"))
    await send(kafka.bootstrap, topic, [*numbered(5, 5, 0), *numbered(5, 105, 1)])
    batches = await read_count(tap, 21)
    assert numbers(batches) == [*range(10), *range(100, 110), 500]
    gaps = [(batch.partition, batch.gap.start, batch.gap.end) for batch in batches if batch.gap is not None]
    assert gaps == [(0, 6, 8)]
    after = next(batch for batch in batches if batch.gap is not None)
    assert after.positions[0] == 8


async def test_a_quick_cluster_restart_is_survived_without_a_break(kafka: KafkaServer, tap: Tap, topic: str):
    patient = SPEC.open("production", ServerSettings(kafka.bootstrap), {"refresh_s": 0.3, "away_after_s": 60.0})
    await create_topic(kafka.bootstrap, topic, 3)
    await patient.connect()
    await patient.follow([exactly(topic)], Start())
    sent = 0
    batches: list[Batch] = []

    async def take() -> None:
        while True:
            batches.extend(await patient.read())

    reading = asyncio.create_task(take())
    try:
        async with producer(kafka.bootstrap) as client:
            for _ in range(2_000):
                await send_one(client, topic, Sent(b"%d" % sent))
                sent += 1
            await client.flush()
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await send(kafka.bootstrap, topic, numbered(500, first=sent))
        sent += 500
        end = time.monotonic() + 20
        while sum(map(len, batches)) < sent and not reading.done() and time.monotonic() < end:
            await asyncio.sleep(0.05)
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        await patient.close()
        if not kafka.alive():
            await asyncio.to_thread(kafka.start)
    assert numbers(batches) == list(range(sent))
    assert all(positions == list(range(len(positions))) for positions in by_partition(batches).values())


async def test_an_operator_sees_no_new_group(kafka: KafkaServer, tap: Tap, topic: str):
    await create_topic(kafka.bootstrap, topic)
    async with admin(kafka.bootstrap) as client:
        before = {group for group, *_ in await client.list_consumer_groups()}
        await tap.follow([exactly(topic)], Start())
        await send(kafka.bootstrap, topic, [Sent(b"{}")])
        await tap.read()
        after = {group for group, *_ in await client.list_consumer_groups()}
    assert after <= before, "groups of other tests may go, none may come"
