"""Two brokers: a leader that dies, and a partition without one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Start, Tap
from asyncwatch.taps.kafka import SPEC
from asyncwatch.taps.kafka.probe import KafkaProbe
from conformance.harness import by_partition, exactly, payloads, read_count, read_to_end
from conftest import require
from servers.install import missing_for_kafka
from servers.kafka import KafkaServer
from servers.kafka_admin import Sent, admin, create_topic, send
from servers.kafka_consumers import member

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

QUICK = {"refresh_s": 0.3, "away_after_s": 2.0}


@pytest.fixture(scope="module")
def brokers(servers_folder: Path) -> Iterator[tuple[KafkaServer, KafkaServer]]:
    require("kafka", missing_for_kafka())
    first = KafkaServer(servers_folder / "kafka-first")
    second = KafkaServer(servers_folder / "kafka-second", first=first)
    try:
        first.start()
        second.start()
        yield first, second
    finally:
        second.stop()
        first.stop()


async def wait_for_leaders(bootstrap: str, topic: str, wanted: set[int]) -> dict[int, int]:
    """Wait until exactly these brokers (-1 = none) lead partitions of a topic; give partition -> leader."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(KafkaError):
                # The operator's client may still ask the broker that is away.
                async with admin(bootstrap) as client:
                    [found] = await client.describe_topics([topic])
                    leaders = {one["partition"]: one["leader"] for one in found["partitions"]}
                    if set(leaders.values()) == wanted:
                        return leaders
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def reading(bootstrap: str) -> AsyncIterator[Tap]:
    tap = SPEC.open("production", ServerSettings(bootstrap), QUICK)
    await tap.connect()
    try:
        yield tap
    finally:
        await tap.close()


async def test_a_change_of_leaders_costs_nothing(brokers: tuple[KafkaServer, KafkaServer]):
    first, second = brokers
    await create_topic(first.bootstrap, "led", 4, replicas=2)
    await wait_for_leaders(first.bootstrap, "led", {1, 2})
    async with reading(f"{first.bootstrap},{second.bootstrap}") as tap:
        await tap.follow([exactly("led")], Start())
        await send(first.bootstrap, "led", [Sent(b"%d" % number) for number in range(2_000)], acks="all")
        batches = list(await tap.read())
        await asyncio.to_thread(second.kill)
        try:
            await wait_for_leaders(first.bootstrap, "led", {1})
            await send(first.bootstrap, "led", [Sent(b"%d" % number) for number in range(2_000, 3_000)], acks="all")
            batches += await read_count(tap, 3_000 - sum(map(len, batches)))
        finally:
            await asyncio.to_thread(second.start)
    assert sorted(int(payload or b"") for payload in payloads(batches)) == list(range(3_000))
    assert all(positions == list(range(len(positions))) for positions in by_partition(batches).values())


async def test_a_partition_without_a_leader_does_not_hold_up_the_others(brokers: tuple[KafkaServer, KafkaServer]):
    first, second = brokers
    await create_topic(first.bootstrap, "alone", 4)
    homes = await wait_for_leaders(first.bootstrap, "alone", {1, 2})
    await send(first.bootstrap, "alone", [Sent(b"%d" % part, partition=part) for part in homes])
    await asyncio.to_thread(second.kill)
    here = {part for part, leader in homes.items() if leader == 1}
    async with contextlib.AsyncExitStack() as held:
        try:
            await wait_for_leaders(first.bootstrap, "alone", {1, -1})
            tap = await held.enter_async_context(reading(first.bootstrap))
            await tap.follow([exactly("alone")], Start("earliest", until_end=True))
            batches = await read_count(tap, len(here))
            assert {batch.partition for batch in batches} == here
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(tap.read(), 1.0)
        finally:
            await asyncio.to_thread(second.start)
        batches += await read_to_end(tap)
    assert sorted(int(payload or b"") for payload in payloads(batches)) == sorted(homes)


async def test_a_broker_that_is_away_makes_its_partitions_unknown_and_the_others_go_on(
    brokers: tuple[KafkaServer, KafkaServer],
):
    first, second = brokers
    await create_topic(first.bootstrap, "probed", 4)
    homes = await wait_for_leaders(first.bootstrap, "probed", {1, 2})
    await send(first.bootstrap, "probed", [Sent(b"%d" % part, partition=part) for part in homes for _ in range(3)])
    async with member(first.bootstrap, "billing", "probed") as billing:
        for part in homes:
            await billing.commit("probed", part, 1)
    probe = KafkaProbe("production", ServerSettings(f"{first.bootstrap},{second.bootstrap}", connect_timeout_s=4.0))

    async def rows() -> dict[int | None, tuple[int | None, int | None]]:
        progress = await probe.poll([exactly("probed")])
        return {one.partition: (one.committed, one.end) for one in progress.groups or ()}

    whole = dict.fromkeys(homes, (1, 3))
    try:
        async with asyncio.timeout(30):
            while await rows() != whole:
                await asyncio.sleep(0.1)
        await asyncio.to_thread(second.kill)
        try:
            await wait_for_leaders(first.bootstrap, "probed", {1, -1})
            for _ in range(4):
                found = await rows()
                assert set(found) == set(homes)  # the group is still there, whoever coordinates it
                for part, leader in homes.items():
                    committed, end = found[part]
                    assert (committed, end) in {(1, 3), (None, 3)} if leader == 1 else end is None
        finally:
            await asyncio.to_thread(second.start)
        async with asyncio.timeout(40):
            while await rows() != whole:
                await asyncio.sleep(0.2)
    finally:
        await probe.close()
