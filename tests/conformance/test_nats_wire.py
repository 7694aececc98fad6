"""What leaves us on the wire, seen by a recording proxy, and what services notice of us: nothing."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator

import pytest
from nats.errors import NoRespondersError

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import Disconnected
from asyncwatch.taps.base import Filter, Start, Tap
from asyncwatch.taps.nats import SPEC, open_probe
from conformance.harness import exactly, payloads, read_count, read_to_end
from fault.nats_proxy import NatsProxy
from servers.nats import NatsServer
from servers.nats_services import Sent, api, inventory, make_stream, publish, service, wait_stored
from servers.process import free_ports

pytestmark = pytest.mark.nats

API = re.compile(
    r"\$JS\.API\.(STREAM\.(LIST|NAMES|INFO\..+|MSG\.GET\..+)|CONSUMER\.(LIST\..+|INFO\..+|(CREATE|DELETE)\..+\.asyncwatch-\w+))"
)
"""The allow-list of what is published, beside the answers to flow control."""
SILENT = {"CONNECT", "PING", "PONG", "UNSUB"}


@pytest.fixture
async def proxy(nats: NatsServer) -> AsyncIterator[NatsProxy]:
    async with NatsProxy(free_ports(1)[0], nats.port) as proxy:
        yield proxy


@pytest.fixture
async def tap(proxy: NatsProxy) -> AsyncIterator[Tap]:
    settings = ServerSettings(f"127.0.0.1:{proxy.port}", protocol="nats", connect_timeout_s=2.0)
    tap = SPEC.open("production", settings, {"refresh_s": 0.3, "away_after_s": 1.0})
    await tap.connect()
    yield tap
    await tap.close()


async def test_only_reading_commands_leave_us(nats: NatsServer, proxy: NatsProxy, tap: Tap):
    async with service(nats.bootstrap) as client:
        await make_stream(client, "wire", ["wire.>"])
        await make_stream(client, "wire-queue", ["work.>"], retention="workqueue")
        await publish(client, "wire.a", [Sent(b"x" * 40_000)] * 100)
        await publish(client, "work.a", [Sent(b"1")])
        await wait_stored(client, "wire", 100)
        wanted = [exactly("wire.a"), exactly("work.a"), exactly("plain.a"), exactly("absent")]
        await tap.follow(wanted, Start("time", time.time_ns() - 10**12))
        assert len(payloads(await read_count(tap, 101))) == 101
        await publish(client, "plain.a", [Sent(b"1")])
        await read_count(tap, 1)
        consumers = (await api(client, "CONSUMER.LIST.wire"))["consumers"]
        probe = open_probe("production", ServerSettings(f"127.0.0.1:{proxy.port}", protocol="nats"))
        await probe.poll([exactly("wire.a")])
        await probe.close()
        await asyncio.sleep(0.4)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(tap.read(), 0.5)
        await tap.close()
    assert {verb for verb, _ in proxy.commands} - SILENT == {"SUB", "PUB"}
    published = {subject for verb, subject in proxy.commands if verb == "PUB"}
    assert not {one for one in published if not API.fullmatch(one) and not one.startswith("$JS.FC.wire.asyncwatch-")}
    subscribed = {subject for verb, subject in proxy.commands if verb == "SUB"}
    assert {one for one in subscribed if not one.startswith("_INBOX.")} == {"plain.a", "absent"}
    [consumer] = consumers
    config = consumer["config"]
    assert (config["ack_policy"], config["max_deliver"], config["mem_storage"]) == ("none", 1, True)
    assert config["inactive_threshold"] == config["idle_heartbeat"] == 5 * 10**9
    assert config["flow_control"] is True
    assert any(subject.startswith("$JS.FC.") for subject in published)
    made = [json.loads(body)["config"] for subject, body in proxy.bodies if ".CONSUMER.CREATE." in subject]
    assert made
    assert all(one["ack_policy"] == "none" and "durable_name" not in one for one in made)


async def test_a_request_without_a_service_still_fails_at_once(nats: NatsServer, tap: Tap):
    asked = Filter("price.{id}", None, re.compile(r"price\.[^.]+"), template="price.{id}", request=True)
    wide = Filter("all", None, re.compile(r".*"))
    await tap.follow([asked, wide, exactly("_INBOX.x"), exactly("plain.b")], Start())
    async with service(nats.bootstrap) as client:
        before = time.monotonic()
        with pytest.raises(NoRespondersError):
            await client.request("price.one", b"", timeout=2.0)
        assert time.monotonic() - before < 0.5
        with pytest.raises(NoRespondersError):
            await client.request("$SRV.PING.nobody", b"", timeout=2.0)
    told = " ".join(tap.statistics().rights_missing)
    assert "subject price.*: carries requests" in told
    assert "subject >: takes in inboxes" in told
    assert "subject _INBOX.x: takes in inboxes" in told
    assert "servers.production.requests=true" in told


async def test_requests_are_read_when_the_user_agrees(nats: NatsServer):
    settings = ServerSettings(nats.bootstrap, protocol="nats", requests=True)
    tap = SPEC.open("production", settings, {})
    await tap.connect()
    await tap.follow([Filter("price.one", "price.one", request=True)], Start())
    async with service(nats.bootstrap) as client:
        await publish(client, "price.one", [Sent(b"?", reply="answers.here")])
    [batch] = await read_count(tap, 1)
    await tap.close()
    assert tap.statistics().rights_missing == []
    assert batch.properties == [{"reply": "answers.here"}]


async def test_services_receive_the_same_with_and_without_us(nats: NatsServer):
    """A durable worker of a work queue, a durable of a limits stream, and plain subscribers, with us in between."""
    received: dict[bool, dict[str, list[bytes]]] = {}
    for watched in (False, True):
        prefix = f"same{watched}".lower()
        found = received[watched] = {"queue": [], "durable": [], "plain": [], "group": []}
        async with service(nats.bootstrap) as client:
            js = client.jetstream()
            await make_stream(client, f"{prefix}-queue", [f"{prefix}.queue"], retention="workqueue")
            await make_stream(client, f"{prefix}-interest", [f"{prefix}.interest"], retention="interest")
            worker = await js.pull_subscribe(f"{prefix}.queue", durable="worker")
            durable = await js.pull_subscribe(f"{prefix}.interest", durable="durable")
            plain = await client.subscribe(f"{prefix}.plain")
            group = await client.subscribe(f"{prefix}.plain", queue="workers")
            await client.flush()
            tap = SPEC.open("production", ServerSettings(nats.bootstrap, protocol="nats"), {"poll_s": 0.02})
            reading = None
            if watched:
                await tap.connect()
                names = [f"{prefix}.{one}" for one in ("queue", "interest", "plain")]
                await tap.follow([exactly(name) for name in names], Start())
                reading = asyncio.create_task(read_count(tap, 150))
            for kind in ("queue", "interest", "plain"):
                await publish(client, f"{prefix}.{kind}", [Sent(b"%d" % number) for number in range(50)])
            if reading is not None:
                seen = payloads(await reading)
                assert sorted(seen) == sorted([b"%d" % number for number in range(50)] * 3)
            for name, pull in (("queue", worker), ("durable", durable)):
                for message in await pull.fetch(50, timeout=5):
                    found[name].append(message.data)
                    await message.ack_sync()
            for name, subscription in (("plain", plain), ("group", group)):
                found[name] = [(await subscription.next_msg(5)).data for _ in range(50)]
            left = (await api(client, f"STREAM.INFO.{prefix}-interest"))["state"]["messages"]
            await tap.close()
            assert left == 0
            info = await api(client, f"CONSUMER.INFO.{prefix}-queue.worker")
            assert (info["num_redelivered"], info["delivered"]["consumer_seq"]) == (0, 50)
    assert received[True] == received[False]


async def test_consumers_streams_and_subscriptions_are_the_same_afterwards(nats: NatsServer, tap: Tap):
    async with service(nats.bootstrap) as client:
        await make_stream(client, "feet", ["feet.>"])
        await publish(client, "feet.a", [Sent(b"1")] * 10)
        await wait_stored(client, "feet", 10)
    await tap.close()
    before = await inventory(nats)
    await tap.connect()
    await tap.follow([exactly("feet.a"), exactly("plain.c")], Start("earliest"))
    await read_count(tap, 10)
    during = await inventory(nats)
    [name] = [one for one in during["consumers"]["feet"] if one.startswith("asyncwatch-")]
    await tap.close()
    assert await inventory(nats) == before
    assert name not in (await inventory(nats))["consumers"]["feet"]


@pytest.mark.parametrize("how", ["refused", "stalled"])
async def test_a_server_out_of_reach_is_disconnected_and_resumed(
    nats: NatsServer, proxy: NatsProxy, tap: Tap, how: str
):
    async with service(nats.bootstrap) as client:
        await make_stream(client, f"away-{how}", [f"away.{how}"])
        wanted = [exactly(f"away.{how}"), exactly(f"plain.{how}")]
        await tap.follow(wanted, Start())
        await publish(client, f"away.{how}", [Sent(b"1")])
        await publish(client, f"plain.{how}", [Sent(b"1")])
        await read_count(tap, 2)
        if how == "refused":
            await proxy.cut()
        else:
            proxy.stall()
        before = time.monotonic()
        with pytest.raises(Disconnected):
            await asyncio.wait_for(tap.read(), 12)
        assert time.monotonic() - before < 3
        before = time.monotonic()
        await tap.close()
        assert time.monotonic() - before < 3
        if how == "stalled":
            proxy.flow()
            await proxy.cut()
        await proxy.open()
        await publish(client, f"away.{how}", [Sent(b"2")])
        await publish(client, f"plain.{how}", [Sent(b"lost")])
        await tap.connect()
        await tap.follow(wanted, Start())
        await publish(client, f"plain.{how}", [Sent(b"3")])
        batches = await read_count(tap, 2)
    by_filter = {batch.filter: batch for batch in batches}
    stream, plain = by_filter[f"away.{how}"], by_filter[f"plain.{how}"]
    assert (stream.payloads, stream.gap) == ([b"2"], None)
    assert plain.payloads == [b"3"]
    assert plain.gap is not None
    assert plain.gap.count is None
    assert plain.gap.start < plain.gap.end <= time.time_ns()
    assert plain.positions == [1]


async def test_flow_control_keeps_what_waits_within_bounds(nats: NatsServer, tap: Tap):
    async with service(nats.bootstrap) as client:
        await make_stream(client, "flow", ["flow"])
        await publish(client, "flow", [Sent(b"x" * 1_000)] * 60_000)
        await wait_stored(client, "flow", 60_000)
    await tap.follow([exactly("flow")], Start("earliest", until_end=True))
    [reading] = tap._readings.values()
    before = -1
    while not reading.ring or len(reading.ring) != before:
        before = len(reading.ring)
        await asyncio.sleep(0.3)
    assert 0 < before < 50_000
    assert len(payloads(await read_to_end(tap, timeout_s=60))) == 60_000
