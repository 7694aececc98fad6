"""What leaves us on the wire, seen by a recording proxy, and what a broken wire does to us."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import Disconnected
from asyncwatch.model.progress import Position
from asyncwatch.taps.base import Filter, Start, Tap
from asyncwatch.taps.kafka import SPEC
from asyncwatch.taps.kafka.probe import KafkaProbe
from conformance.harness import exactly, payloads, read_count
from conftest import require
from fault.proxy import REQUESTS, RecordingProxy
from servers.install import missing_for_kafka
from servers.kafka import KafkaServer
from servers.kafka_admin import Sent, add_partitions, create_topic, delete_topic, inventory, send
from servers.kafka_consumers import commit_for, member, newer_member
from servers.process import free_ports

pytestmark = pytest.mark.kafka

READING = {1, 2, 3, 17, 18, 36}
"""Fetch, ListOffsets, Metadata, SaslHandshake, ApiVersions, SaslAuthenticate: the allow-list."""


@pytest.fixture(scope="module")
def proxied(servers_folder: Path) -> Iterator[KafkaServer]:
    """A broker whose advertised address is a proxy's, with automatic topic creation on."""
    require("kafka", missing_for_kafka())
    server = KafkaServer(servers_folder / "kafka-proxied", auto_create=True, advertised_port=free_ports(1)[0])
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
async def proxy(proxied: KafkaServer) -> AsyncIterator[RecordingProxy]:
    async with RecordingProxy(proxied.advertised_port, proxied.port) as proxy:
        yield proxy


@pytest.fixture
async def tap(proxy: RecordingProxy) -> AsyncIterator[Tap]:
    options = {"refresh_s": 0.3, "away_after_s": 0.5, "request_timeout_s": 1.0}
    tap = SPEC.open("production", ServerSettings(f"127.0.0.1:{proxy.port}", connect_timeout_s=2.0), options)
    await tap.connect()
    yield tap
    await tap.close()


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    return request.node.name.removeprefix("test_")


async def test_only_reading_requests_leave_us(proxy: RecordingProxy, tap: Tap, topic: str):
    address = f"127.0.0.1:{proxy.port}"
    await create_topic(address, topic)
    wanted = [exactly(topic), exactly("absent"), Filter("all", None, re.compile(topic + r".*"))]
    await tap.follow(wanted, Start("time", time.time_ns() - 10**9))
    await send(address, topic, [Sent(b"1")])
    await read_count(tap, 1)
    await add_partitions(address, topic, 2)
    await send(address, topic, [Sent(b"2", partition=1)])
    await read_count(tap, 1)
    await delete_topic(address, topic)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tap.read(), 1.0)
    await tap.close()
    sent = proxy.keys_of("asyncwatch-")
    assert {1, 2, 3, 18} <= sent
    assert sent <= READING, {REQUESTS.get(key, key) for key in sent - READING}


async def test_no_metadata_request_allows_creation(proxy: RecordingProxy, tap: Tap, topic: str):
    address = f"127.0.0.1:{proxy.port}"
    await create_topic(address, topic)
    await tap.follow([exactly(topic), exactly("absent")], Start())
    await send(address, topic, [Sent(b"1")])
    await read_count(tap, 1)
    asked = [(version, body) for client, version, body in proxy.frames if client.startswith("asyncwatch-")]
    assert any(b"absent" in body for _, body in asked)
    assert any(topic.encode() in body for _, body in asked)
    # From version 4 on the switch is the last byte; these versions have no tagged fields.
    assert all(version == 5 and body[-1] == 0 for version, body in asked)


async def test_a_deleted_topic_does_not_make_us_ask_without_pause(proxy: RecordingProxy, tap: Tap, topic: str):
    address = f"127.0.0.1:{proxy.port}"
    await create_topic(address, topic)
    await tap.follow([exactly(topic)], Start())
    await send(address, topic, [Sent(b"1")])
    await read_count(tap, 1)
    await delete_topic(address, topic)
    before = proxy.requests.total()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tap.read(), 2.0)
    assert proxy.requests.total() - before < 60


async def test_a_cut_connection_is_survived_without_loss(proxy: RecordingProxy, tap: Tap, topic: str):
    address = f"127.0.0.1:{proxy.port}"
    await create_topic(address, topic)
    await tap.follow([exactly(topic)], Start())
    await send(address, topic, [Sent(b"1")])
    await read_count(tap, 1)
    await proxy.cut()
    await proxy.open()
    await send(address, topic, [Sent(b"2")])
    assert payloads(await read_count(tap, 1)) == [b"2"]


@pytest.mark.parametrize("how", ["refused", "stalled"])
async def test_a_cluster_out_of_reach_is_disconnected_and_resumed(
    proxy: RecordingProxy, tap: Tap, topic: str, how: str
):
    name = re.sub(r"\W", "-", topic)
    address = f"127.0.0.1:{proxy.port}"
    await create_topic(address, name)
    await tap.follow([exactly(name)], Start())
    await send(address, name, [Sent(b"1")])
    await read_count(tap, 1)
    if how == "refused":
        await proxy.cut()
    else:
        proxy.stall()
    before = time.monotonic()
    with pytest.raises(Disconnected, match="no broker of"):
        await asyncio.wait_for(tap.read(), 12)
    assert time.monotonic() - before < (3 if how == "refused" else 8)
    before = time.monotonic()
    await tap.close()
    assert time.monotonic() - before < 2
    if how == "refused":
        await proxy.open()
    else:
        proxy.flow()
        await proxy.cut()
        await proxy.open()
    await send(address, name, [Sent(b"2")])
    await tap.connect()
    await tap.follow([exactly(name)], Start())
    await send(address, name, [Sent(b"3")])
    assert payloads(await read_count(tap, 2)) == [b"2", b"3"]


ASKING = READING | {9, 15, 16, 32, 60, 69}
"""And what the probe asks: OffsetFetch, DescribeGroups, ListGroups, DescribeConfigs, DescribeCluster, ConsumerGroupDescribe."""


async def test_only_reading_requests_leave_the_probe_and_nothing_is_left_behind(proxy: RecordingProxy, topic: str):
    address, name = f"127.0.0.1:{proxy.port}", topic[:60]
    probe = KafkaProbe("production", ServerSettings(address, connect_timeout_s=2.0))
    wanted = [exactly(name), exactly("absent")]
    assert (await probe.poll(wanted)).groups == []
    await create_topic(address, name)
    await send(address, name, [Sent(b"1"), Sent(b"2"), Sent(b"3")])
    async with newer_member(address, "newer", name) as newer, member(address, "older", name) as older:
        await newer.take(1)
        await older.take(2)
        await commit_for(address, ["alone"], name, 1)
        before = await inventory(address)
        await probe.close()
        progress = await probe.poll(wanted)
        assert sorted(one.group for one in progress.groups or ()) == ["alone", "newer", "older"]
        assert None not in await probe.times([Position(name, 0, 1), Position(name, 0, 2)])
        assert await inventory(address) == before
    await probe.close()
    sent = proxy.keys_of("asyncwatch-")
    assert {1, 2, 3, 9, 15, 16, 18, 32, 60, 69} <= sent
    assert sent <= ASKING, {REQUESTS.get(key, key) for key in sent - ASKING}
    # From version 4 on the switch that allows creation is the last byte.
    asked = [(version, body) for client, version, body in proxy.frames if client.startswith("asyncwatch-")]
    assert all(version == 5 and body[-1] == 0 for version, body in asked)


async def test_asking_a_fresh_cluster_makes_no_internal_topic(servers_folder: Path):
    require("kafka", missing_for_kafka())
    server = KafkaServer(servers_folder / "kafka-fresh", auto_create=True)
    try:
        await asyncio.to_thread(server.start)
        probe = KafkaProbe("production", ServerSettings(server.bootstrap))
        assert (await probe.poll([exactly("absent")])).groups == []
        await probe.close()
        assert (await inventory(server.bootstrap)).topics == {}
    finally:
        await asyncio.to_thread(server.stop)
