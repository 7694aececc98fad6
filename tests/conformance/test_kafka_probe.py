"""What the probe tells of a real cluster's groups, and what it does when the cluster is away or says no."""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import CredentialSettings, ServerSettings
from asyncwatch.model.errors import Disconnected, Refused, Unreachable
from asyncwatch.model.progress import GroupProgress, Position, Progress
from asyncwatch.taps.base import Filter
from asyncwatch.taps.kafka.members import assigned_partitions
from asyncwatch.taps.kafka.probe import KafkaProbe
from conformance.harness import exactly
from servers.kafka import KafkaServer
from servers.kafka_admin import Sent, create_topic, delete_before, delete_topic, producer, send
from servers.kafka_consumers import commit_for, member, newer_member
from servers.process import free_ports

pytestmark = pytest.mark.kafka


@pytest.fixture
async def probe(kafka: KafkaServer) -> AsyncIterator[KafkaProbe]:
    probe = KafkaProbe("production", ServerSettings(kafka.bootstrap, connect_timeout_s=2.0))
    yield probe
    await probe.close()


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    return "probe." + request.node.name.removeprefix("test_")[:40]


def rows(progress: Progress, *groups: str) -> dict[tuple[str, int | None], GroupProgress]:
    assert progress.groups is not None
    return {(one.group, one.partition): one for one in progress.groups if one.group in groups}


async def test_groups_of_every_kind_with_members_ends_and_expiry(kafka: KafkaServer, probe: KafkaProbe, topic: str):
    await create_topic(kafka.bootstrap, topic, 2, retention_ms="3600000")
    await send(kafka.bootstrap, topic, [Sent(b"%d" % number, partition=0) for number in range(10)])
    await delete_before(kafka.bootstrap, topic, 0, 2)
    async with (
        newer_member(kafka.bootstrap, "kinds.newer", topic) as newer,
        member(kafka.bootstrap, "kinds.classic", topic, client="billing-0") as classic,
    ):
        await newer.take(3)
        await classic.take(8)
        await commit_for(kafka.bootstrap, ["kinds.alone"], topic, 4)
        found = rows(await probe.poll([exactly(topic)]), "kinds.newer", "kinds.classic", "kinds.alone")
        assert found["kinds.classic", 0] == GroupProgress(
            "kinds.classic", topic, 0, committed=10, low=2, end=10, last_stable=10, members=1, member="billing-0",
            retention_s=3600.0,
        )  # fmt: skip
        newer_row = found["kinds.newer", 0]
        assert (newer_row.committed, newer_row.members, newer_row.member) == (5, 1, "newer-taker")
        alone = found["kinds.alone", 0]
        assert (alone.committed, alone.members, alone.member) == (4, None, None)
        assert ("kinds.alone", 1) not in found
    found = rows(await probe.poll([exactly(topic)]), "kinds.newer", "kinds.classic")
    assert (found["kinds.classic", 0].members, found["kinds.newer", 0].members) == (0, 0)


async def test_a_pattern_finds_topics_and_other_topics_are_not_told(kafka: KafkaServer, probe: KafkaProbe, topic: str):
    for name in (f"{topic}.a", f"{topic}.b", "probe.elsewhere"):
        await create_topic(kafka.bootstrap, name)
        await send(kafka.bootstrap, name, [Sent(b"1")])
        await commit_for(kafka.bootstrap, ["patterns"], name, 1)
    progress = await probe.poll([Filter("pattern", None, re.compile(re.escape(topic) + ".*"))])
    assert {one.address for one in progress.groups or ()} == {f"{topic}.a", f"{topic}.b"}


async def test_times_are_those_of_the_record_or_the_next_one(kafka: KafkaServer, probe: KafkaProbe, topic: str):
    await create_topic(kafka.bootstrap, topic)
    messages = [Sent(b"%d" % number, timestamp_ms=1_700_000_000_000 + number * 1000) for number in range(20)]
    await send(kafka.bootstrap, topic, messages, compression_type="gzip")
    await delete_before(kafka.bootstrap, topic, 0, 5)
    await commit_for(kafka.bootstrap, ["times"], topic, 7)
    await probe.poll([exactly(topic)])
    asked = [Position(topic, 0, 5), Position(topic, 0, 12), Position(topic, 0, 20), Position("absent", 0, 1), Position(topic, 0, 0)]  # fmt: skip
    second_ns = 10**9
    assert await probe.times(asked) == [
        (1_700_000_000 + 5) * second_ns,
        (1_700_000_000 + 12) * second_ns,
        None,  # nothing is there yet
        None,
        None,  # deleted: the oldest that is there is another position
    ]


async def test_times_are_asked_at_most_fifty_times_a_second(kafka: KafkaServer, probe: KafkaProbe, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, topic, [Sent(b"1")] * 30)
    await commit_for(kafka.bootstrap, ["pace"], topic, 7)
    await probe.poll([exactly(topic)])
    began_s = time.monotonic()
    found = await probe.times([Position(topic, 0, number) for number in range(30)])
    assert time.monotonic() - began_s >= 29 / 50
    assert None not in found


async def test_open_transaction_is_beyond_the_last_stable_offset(kafka: KafkaServer, probe: KafkaProbe, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, topic, [Sent(b"1")])
    await commit_for(kafka.bootstrap, ["stable"], topic, 1)
    async with producer(kafka.bootstrap, transactional_id=topic) as client:
        await client.begin_transaction()
        await client.send_and_wait(topic, b"2")
        found = rows(await probe.poll([exactly(topic)]), "stable")["stable", 0]
        assert (found.end, found.last_stable) == (2, 1)
        await client.commit_transaction()


async def test_topic_deleted_while_it_is_looked_at_is_no_error(kafka: KafkaServer, probe: KafkaProbe, topic: str):
    await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, topic, [Sent(b"1")])
    await commit_for(kafka.bootstrap, ["gone"], topic, 1)
    assert rows(await probe.poll([exactly(topic)]), "gone")["gone", 0].end == 1
    await delete_topic(kafka.bootstrap, topic)
    for _ in range(3):
        found = rows(await probe.poll([exactly(topic)]), "gone").get(("gone", 0))
        assert found is None or found.end is None


async def test_many_groups_are_asked_page_by_page_and_the_others_seldom(
    kafka: KafkaServer, probe: KafkaProbe, topic: str
):
    await create_topic(kafka.bootstrap, topic)
    await create_topic(kafka.bootstrap, f"{topic}.other")
    await send(kafka.bootstrap, topic, [Sent(b"1")] * 9)
    await send(kafka.bootstrap, f"{topic}.other", [Sent(b"1")])
    names = [f"many.{number:04}" for number in range(450)]
    await commit_for(kafka.bootstrap, names, topic, 3)
    await commit_for(kafka.bootstrap, [f"other.{number:04}" for number in range(450)], f"{topic}.other", 1)
    progress = await probe.poll([exactly(topic)])
    found = rows(progress, *names)
    assert len(found) == 450
    assert {one.committed for one in found.values()} == {3}
    assert not any(one.group.startswith("other.") for one in progress.groups or ())
    await commit_for(kafka.bootstrap, ["other.0007"], topic, 5)
    assert rows(await probe.poll([exactly(topic)]), "other.0007")["other.0007", 0].committed == 5
    await commit_for(kafka.bootstrap, names[:1], topic, 4)
    assert rows(await probe.poll([exactly(topic)]), names[0])[names[0], 0].committed == 4


async def test_a_wrong_password_is_refused_and_nothing_is_unreachable(kafka_secure: KafkaServer):
    credentials = CredentialSettings("PLAIN", "watch", Secret("wrong"))
    wrong = KafkaProbe("production", ServerSettings(kafka_secure.sasl_plaintext, credentials=credentials))
    with pytest.raises(Refused, match="does not accept the credentials"):
        await wrong.poll([exactly("x")])
    await wrong.close()
    [port] = free_ports(1)
    absent = KafkaProbe("production", ServerSettings(f"127.0.0.1:{port}", connect_timeout_s=2.0))
    with pytest.raises(Unreachable, match="no broker answers"):
        await absent.poll([exactly("x")])
    assert await absent.times([Position("x", 0, 1)]) == [None]
    assert "wrong" not in repr(wrong)


async def test_a_killed_broker_is_disconnected_and_asked_again_when_it_is_back(servers_folder: Path):
    server = KafkaServer(servers_folder / "kafka-probed")
    try:
        await asyncio.to_thread(server.start)
        await create_topic(server.bootstrap, "killed")
        await send(server.bootstrap, "killed", [Sent(b"1")] * 3)
        await commit_for(server.bootstrap, ["billing"], "killed", 1)
        probe = KafkaProbe("production", ServerSettings(server.bootstrap, connect_timeout_s=2.0))
        assert rows(await probe.poll([exactly("killed")]), "billing")["billing", 0].committed == 1
        before = len(asyncio.all_tasks())
        await asyncio.to_thread(server.kill)
        with pytest.raises((Disconnected, Unreachable)):
            await probe.poll([exactly("killed")])
        assert len(asyncio.all_tasks()) < before  # nothing of the lost connection runs on
        await asyncio.to_thread(server.start)
        end_s = time.monotonic() + 20
        while True:
            found = rows(await probe.poll([exactly("killed")]), "billing").get(("billing", 0))
            if found is not None and found.committed == 1:
                break
            assert time.monotonic() < end_s
            await asyncio.sleep(0.2)
        await probe.close()
        await probe.close()
        assert len(asyncio.all_tasks()) == 1
    finally:
        await asyncio.to_thread(server.stop)


def assignment(topics: list[tuple[str, list[int]]]) -> bytes:
    parts = [struct.pack(">hi", 0, len(topics))]
    for name, partitions in topics:
        coded = name.encode()
        parts.append(
            struct.pack(">h", len(coded)) + coded + struct.pack(f">i{len(partitions)}i", len(partitions), *partitions)
        )
    return b"".join(parts) + struct.pack(">i", -1)


@given(st.lists(st.tuples(st.text("abé.", max_size=5), st.lists(st.integers(0, 9), max_size=4)), max_size=4))
def test_an_assignment_is_read_as_it_was_written(topics):
    expected = [TopicPartition(name, number) for name, numbers in topics for number in numbers]
    assert assigned_partitions(assignment(topics)) == expected


@given(st.binary(max_size=60), st.integers(0, 40))
def test_an_assignment_of_strangers_is_empty_or_short(noise, cut):
    whole = assignment([("orders", [0, 1, 2])])
    for given_bytes in (noise, whole[:cut] + noise, b"\x00\x00\x7f\xff\xff\xff" + noise):
        assert len(assigned_partitions(given_bytes)) <= len(given_bytes)
