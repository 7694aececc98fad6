"""The tap as a member of a group that the user named: partitions divided, handed over, taken over, and nobody else's touched."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import EndOfStream, Misconfigured
from asyncwatch.taps.base import Start, Tap
from asyncwatch.taps.kafka import SPEC
from asyncwatch.taps.kafka.group_tap import GroupTap
from conformance.harness import belongings, exactly, payloads
from conftest import require
from fault.proxy import REQUESTS, RecordingProxy
from servers.install import missing_for_kafka
from servers.kafka import KafkaServer
from servers.kafka_admin import Sent, add_partitions, create_topic, inventory, send
from servers.process import free_ports

pytestmark = pytest.mark.kafka

JOINING = {1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 17, 18, 36}
"""Reading, and a member's own group: OffsetCommit, OffsetFetch, FindCoordinator, JoinGroup, Heartbeat, LeaveGroup, SyncGroup."""

EARLIEST = Start("earliest")


def options(group: str) -> dict[str, object]:
    return {"refresh_s": 0.4, "away_after_s": 0.5, "session_timeout_s": 6.0, "group": group}


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    return request.node.name.removeprefix("test_")[:200]


class Member:
    """A tap that reads in the background and keeps what it got."""

    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        self.batches: list[Batch] = []
        self.ended = False
        self._task: asyncio.Task[None] | None = None

    async def start(self, topic: str, start: Start) -> None:
        await self.tap.connect()
        await self.tap.follow([exactly(topic)], start)
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        with contextlib.suppress(EndOfStream):
            while True:
                self.batches += await self.tap.read()
        self.ended = True

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self.tap.close()

    def numbers(self) -> list[int]:
        return sorted(int(payload or b"") for payload in payloads(self.batches))

    def partitions(self) -> set[int | None]:
        return {batch.partition for batch in self.batches}


@contextlib.asynccontextmanager
async def member(kafka: KafkaServer | str, topic: str, group: str, start: Start = EARLIEST) -> AsyncIterator[Member]:
    address = kafka if isinstance(kafka, str) else kafka.bootstrap
    opened = Member(SPEC.open("production", ServerSettings(address, connect_timeout_s=3.0), options(group)))
    try:
        await opened.start(topic, start)
        yield opened
    finally:
        await opened.stop()


async def until(ready: Callable[[], bool], what: Callable[[], object], timeout_s: float = 20.0) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            while not ready():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"not in {timeout_s:g} s: {what()}")


def numbered(count: int, first: int = 0, partitions: int = 4) -> list[Sent]:
    return [Sent(b"%d" % number, partition=number % partitions) for number in range(first, first + count)]


def gaps(batches: Sequence[Batch]) -> list[tuple[int, int, int | None, bool]]:
    return [(one.gap.start, one.gap.end, one.gap.count, one.gap.elsewhere) for one in batches if one.gap is not None]


async def test_two_members_see_every_message_once_together(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic, 4)
    await send(kafka.bootstrap, topic, numbered(40))
    async with member(kafka, topic, topic) as one, member(kafka, topic, topic) as other:
        await send(kafka.bootstrap, topic, numbered(40, 40))
        await until(
            lambda: len(one.numbers()) + len(other.numbers()) >= 80, lambda: (one.numbers(), other.numbers())
        )  # fmt: skip
        assert sorted(one.numbers() + other.numbers()) == list(range(80))
        late = [batch for batch in other.batches if int(batch.payloads[0] or b"") >= 40]
        assert {batch.partition for batch in late}
        assert all(count is None and elsewhere for _, _, count, elsewhere in gaps([*one.batches, *other.batches]))


async def test_a_group_goes_on_where_it_was_and_since_counts_the_first_time_only(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic, 2)
    await send(kafka.bootstrap, topic, numbered(10, partitions=2))
    async with member(kafka, topic, topic, Start()) as first:
        await send(kafka.bootstrap, topic, numbered(10, 10, partitions=2))
        await until(lambda: len(first.numbers()) >= 10, first.numbers)
        assert first.numbers() == list(range(10, 20))
    await send(kafka.bootstrap, topic, numbered(10, 20, partitions=2))
    async with member(kafka, topic, topic, EARLIEST) as second:
        await until(lambda: len(second.numbers()) >= 10, second.numbers)
        assert second.numbers() == list(range(20, 30))
        assert not gaps(second.batches)


async def test_until_the_end_a_member_stops_at_the_ends_it_saw(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic, 2)
    await send(kafka.bootstrap, topic, numbered(10, partitions=2))
    for expected in (list(range(10)), []):
        async with member(kafka, topic, topic, Start("earliest", until_end=True)) as one:
            await until(lambda one=one: one.ended, one.numbers)
            assert one.numbers() == expected


async def test_a_partition_that_comes_later_is_read_from_its_beginning(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic, 1)
    async with member(kafka, topic, topic, Start()) as one:
        await send(kafka.bootstrap, topic, [Sent(b"0", partition=0)])
        await until(lambda: one.numbers() == [0], one.numbers)
        await add_partitions(kafka.bootstrap, topic, 2)
        await send(kafka.bootstrap, topic, [Sent(b"1", partition=1)])
        await until(lambda: one.numbers() == [0, 1], one.numbers)


async def test_a_killed_member_is_taken_over_and_what_is_read_twice_is_told(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic, 2)
    async with member(kafka, topic, topic) as one:
        killed = await reading_process(kafka, topic)
        try:
            await until(lambda: len(one.tap.places()) == 1, one.tap.places)
            await send(kafka.bootstrap, topic, numbered(10, partitions=2))
            await until(lambda: len(one.numbers()) >= 5, one.numbers)
            assert await asyncio.wait_for(killed.stdout.readline(), 20) == b"read\n"
        finally:
            killed.send_signal(signal.SIGKILL)
            await killed.wait()
        await send(kafka.bootstrap, topic, numbered(10, 10, partitions=2))
        await until(lambda: set(one.numbers()) >= set(range(10, 20)), one.numbers)
        told = [batch.gap for batch in one.batches if batch.gap is not None and not batch.gap.elsewhere]
        assert len(told) == 1
        assert "ended without handing over" in told[0].reason
        assert told[0].since_ns is not None
        assert one.partitions() == {0, 1}


async def reading_process(kafka: KafkaServer, topic: str) -> asyncio.subprocess.Process:
    """Start another member in a process of its own, which is a member when this returns."""
    program = f"""
import asyncio
from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.kafka import SPEC
async def main():
    tap = SPEC.open("production", ServerSettings({kafka.bootstrap!r}), {options(topic)!r})
    await tap.connect()
    await tap.follow([Filter({topic!r}, {topic!r})], Start("earliest"))
    print("following", flush=True)
    while True:
        await tap.read()
        print("read", flush=True)
asyncio.run(main())
"""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, env=dict(os.environ)
    )
    assert await asyncio.wait_for(started.stdout.readline(), 20) == b"following\n"
    return started


async def test_a_partition_that_comes_back_has_a_gap_nobody_was_blind_for(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic, 2)
    async with member(kafka, topic, topic) as one:
        await send(kafka.bootstrap, topic, numbered(10, partitions=2))
        await until(lambda: len(one.numbers()) >= 10, one.numbers)
        async with member(kafka, topic, topic) as other:
            await send(kafka.bootstrap, topic, numbered(10, 10, partitions=2))
            await until(lambda: len(other.numbers()) >= 5, other.numbers)
        await send(kafka.bootstrap, topic, numbered(10, 20, partitions=2))
        await until(lambda: len(one.numbers()) >= 25, one.numbers)
        assert gaps(one.batches) == [(5, 10, None, True)]
        assert sorted(one.numbers() + other.numbers()) == list(range(30))


async def test_a_group_of_a_service_is_never_joined(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic, 2)
    service = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, group_id=topic, auto_offset_reset="earliest")
    await service.start()
    try:
        before = set(service.assignment())
        with pytest.raises(Misconfigured, match=r"group '.*' has members that are no asyncwatch"):
            async with member(kafka, topic, topic):
                pass
        await send(kafka.bootstrap, topic, numbered(4, partitions=2))
        for _ in range(4):
            await asyncio.wait_for(service.getone(), 10)
        assert set(service.assignment()) == before
    finally:
        await service.stop()
    with pytest.raises(Misconfigured, match="positions that asyncwatch did not commit"):
        async with member(kafka, topic, topic):
            pass


async def test_the_group_and_its_positions_are_all_that_is_left(kafka: KafkaServer, topic: str):
    await create_topic(kafka.bootstrap, topic, 2)
    await send(kafka.bootstrap, topic, numbered(4, partitions=2))
    before, own = await inventory(kafka.bootstrap), belongings()
    async with member(kafka, topic, topic) as one:
        await until(lambda: len(one.numbers()) >= 4, one.numbers)
    after = await inventory(kafka.bootstrap)
    assert belongings() == own
    assert {name for name in after.topics if name not in before.topics} <= {"__consumer_offsets"}
    assert set(after.groups) - set(before.groups) == {topic}
    assert after.offsets[topic] == {f"{topic}/0": 2, f"{topic}/1": 2}


@pytest.fixture(scope="module")
def proxied(servers_folder: Path) -> Iterator[KafkaServer]:
    """A broker whose advertised address is a proxy's, with automatic topic creation on."""
    require("kafka", missing_for_kafka())
    server = KafkaServer(servers_folder / "kafka-group-proxied", auto_create=True, advertised_port=free_ports(1)[0])
    try:
        server.start()
        yield server
    finally:
        server.stop()


async def test_only_reading_and_the_own_group_leave_us(proxied: KafkaServer, topic: str):
    async with RecordingProxy(proxied.advertised_port, proxied.port) as proxy:
        address = f"127.0.0.1:{proxy.port}"
        await create_topic(address, topic, 2)
        await send(address, topic, numbered(4, partitions=2))
        async with member(address, topic, topic) as one, member(address, topic, topic) as other:
            await until(lambda: len(one.numbers() + other.numbers()) >= 4, one.numbers)
        sent = proxy.keys_of("asyncwatch-")
        assert {8, 9, 10, 11, 12, 13, 14} <= sent
        assert sent <= JOINING, {REQUESTS.get(key, key) for key in sent - JOINING}


def test_a_group_tap_is_opened_only_where_a_group_is_named():
    assert isinstance(SPEC.open("production", ServerSettings("127.0.0.1:9"), {"group": "mine"}), GroupTap)
    assert not isinstance(SPEC.open("production", ServerSettings("127.0.0.1:9"), {}), GroupTap)
