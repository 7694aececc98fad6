"""How far JetStream's consumers are, seen by the probe: nothing is changed, and nothing is made up."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import Unreachable
from asyncwatch.model.progress import GroupProgress, Position
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.nats import SPEC, open_probe
from asyncwatch.taps.nats.probe import NatsProbe
from conformance.harness import exactly, read_count
from servers.nats import NatsServer
from servers.nats_services import Sent, api, inventory, make_stream, publish, service, wait_stored
from servers.process import free_ports

pytestmark = pytest.mark.nats


@pytest.fixture
async def client(nats: NatsServer) -> AsyncIterator[Client]:
    async with service(nats.bootstrap) as client:
        yield client


@pytest.fixture
async def probe(nats: NatsServer) -> AsyncIterator[NatsProbe]:
    probe = open_probe("production", ServerSettings(nats.bootstrap, protocol="nats"))
    yield probe
    await probe.close()


async def rows(probe: NatsProbe, *wanted: Filter) -> dict[str, GroupProgress]:
    progress = await probe.poll(wanted)
    assert progress.rights_missing == []
    assert progress.groups is not None
    assert abs(progress.as_of_ns - time.time_ns()) < 10**9
    return {one.group: one for one in progress.groups}


async def test_a_consumer_that_stopped_at_a_known_moment(client: Client, probe: NatsProbe):
    await make_stream(client, "lag", ["lag.>"], max_age=3_600 * 10**9)
    worker = await client.jetstream().pull_subscribe("lag.a", durable="scoring")
    await publish(client, "lag.a", [Sent(b"%d" % number) for number in range(10)])
    await publish(client, "lag.b", [Sent(b"other")] * 5)
    for message in await worker.fetch(4, timeout=5):
        await message.ack_sync()
    await asyncio.sleep(0.3)
    stopped_ns = time.time_ns()
    await publish(client, "lag.a", [Sent(b"later")] * 2)
    await wait_stored(client, "lag", 17)
    for message in await worker.fetch(6, timeout=5):
        await message.ack_sync()
    await publish(client, "lag.b", [Sent(b"other")] * 3)
    await wait_stored(client, "lag", 20)
    found = (await rows(probe, exactly("lag.a")))["scoring"]
    assert (found.address, found.partition, found.pending, found.end, found.low) == ("lag.a", None, 2, 21, 1)
    assert found.committed == 11
    assert (found.members, found.retention_s) == (0, 3_600.0)
    assert found.commit_ns is not None
    assert abs(found.commit_ns - time.time_ns()) < 5 * 10**9
    # Sequences 11 to 15 are lag.b: the first that this consumer has not read is 16.
    [first_ns] = await probe.times([Position("lag.a", None, found.committed)])
    assert first_ns is not None
    assert abs(first_ns - stopped_ns) < 0.3e9


async def test_every_kind_of_consumer_has_its_row(client: Client, nats: NatsServer, probe: NatsProbe):
    await make_stream(client, "kinds", ["kinds.>"])
    js = client.jetstream()
    pull = await js.pull_subscribe("kinds.a", durable="pull-waiting")
    idle = await js.pull_subscribe("kinds.a", durable="pull-idle")
    await js.subscribe("kinds.>", durable="push-bound")
    await publish(client, "kinds.a", [Sent(b"1")] * 3)
    await wait_stored(client, "kinds", 3)
    busy = await js.pull_subscribe("kinds.a", durable="pull-busy")
    await busy.fetch(2, timeout=5)
    for message in await pull.fetch(3, timeout=5):
        await message.ack_sync()
    waiting = asyncio.create_task(pull.fetch(1, timeout=20))
    tap = SPEC.open("production", ServerSettings(nats.bootstrap, protocol="nats"), {})
    await tap.connect()
    await tap.follow([exactly("kinds.a")], Start("earliest"))
    await read_count(tap, 3)
    wanted = [exactly("kinds.a"), exactly("kinds.b")]
    async with asyncio.timeout(5):
        while (found := await rows(probe, *wanted))["pull-waiting"].members != 1:
            await asyncio.sleep(0.05)
    await tap.close()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert idle is not None
    assert sorted(found) == ["pull-busy", "pull-idle", "pull-waiting", "push-bound"]
    assert {name: one.members for name, one in found.items()} == {
        "pull-waiting": 1, "pull-idle": 0, "pull-busy": None, "push-bound": 1
    }  # fmt: skip
    assert {name: one.pending for name, one in found.items()} == {
        "pull-waiting": 0, "pull-idle": 3, "pull-busy": 3, "push-bound": 3
    }  # fmt: skip
    # It reads several documented addresses, so nobody can tell on which of them its messages are.
    assert found["push-bound"].address == "kinds.>"
    assert found["pull-idle"].address == "kinds.a"


async def test_a_wide_address_names_its_consumers(client: Client, probe: NatsProbe):
    await make_stream(client, "wide", ["wide.>"])
    await client.jetstream().pull_subscribe("wide.eu.created", durable="eu")
    await publish(client, "wide.eu.created", [Sent(b"1")])
    await wait_stored(client, "wide", 1)
    template = "wide.{region}.created"
    wanted = Filter(template, None, re.compile(r"wide\.[^.]+\.created"), template=template)
    found = (await rows(probe, wanted))["eu"]
    assert (found.address, found.committed, found.pending) == (template, 1, 1)
    assert await probe.times([Position(template, None, 1), Position("nobody.asked", None, 1)]) != [None, None]


async def test_probing_changes_nothing(client: Client, nats: NatsServer, probe: NatsProbe):
    await make_stream(client, "probed", ["probed"])
    await client.jetstream().pull_subscribe("probed", durable="worker")
    await publish(client, "probed", [Sent(b"1")])
    await wait_stored(client, "probed", 1)
    before = await inventory(nats)
    info = await api(client, "CONSUMER.INFO.probed.worker")
    [row] = (await rows(probe, exactly("probed"))).values()
    await probe.times([Position("probed", None, row.committed or 0)])
    await probe.close()
    assert await inventory(nats) == before
    after = await api(client, "CONSUMER.INFO.probed.worker")
    assert {key: value for key, value in after.items() if key != "ts"} == {
        key: value for key, value in info.items() if key != "ts"
    }


async def test_a_stream_or_consumer_that_goes_leaves_no_row(client: Client, probe: NatsProbe):
    await make_stream(client, "going", ["going"])
    await client.jetstream().pull_subscribe("going", durable="worker")
    wanted = exactly("going")
    assert list(await rows(probe, wanted)) == ["worker"]
    await api(client, "CONSUMER.DELETE.going.worker")
    assert await rows(probe, wanted) == {}
    await api(client, "STREAM.DELETE.going")
    assert await rows(probe, wanted) == {}
    assert await probe.times([Position("going", None, 1)]) == [None]


async def test_a_server_without_jetstream_has_no_groups(servers_folder):
    server = NatsServer(servers_folder / "nats-no-groups", jetstream=False)
    server.start()
    try:
        probe = open_probe("production", ServerSettings(server.bootstrap, protocol="nats"))
        progress = await probe.poll([exactly("a")])
        await probe.close()
        assert (progress.groups, progress.rights_missing) == ([], [])
    finally:
        server.stop()


async def test_a_probe_of_nobody_is_unreachable():
    [port] = free_ports(1)
    probe = open_probe("production", ServerSettings(f"127.0.0.1:{port}", protocol="nats", connect_timeout_s=1.0))
    with pytest.raises(Unreachable):
        await probe.poll([exactly("a")])
    await probe.close()
    await probe.close()
