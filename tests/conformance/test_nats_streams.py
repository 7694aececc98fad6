"""Streams, work queues and subscriptions side by side: what a tap makes of what a NATS server can do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import pytest
from nats.aio.client import Client

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import Batch
from asyncwatch.taps.base import Filter, Start, Tap
from asyncwatch.taps.nats import SPEC
from conformance.harness import exactly, payloads, read_count, read_to_end
from fault.nats_proxy import NatsProxy
from servers.nats import NatsServer
from servers.nats_services import Sent, api, make_stream, publish, service, wait_stored
from servers.process import free_ports

pytestmark = pytest.mark.nats


def wild(template: str) -> Filter:
    pattern = re.compile(re.escape(template).replace(r"\{x\}", "[^.]+"))
    return Filter(template, None, pattern, template=template)


@pytest.fixture
async def client(nats: NatsServer) -> AsyncIterator[Client]:
    async with service(nats.bootstrap) as client:
        yield client


@pytest.fixture
async def tap(nats: NatsServer) -> AsyncIterator[Tap]:
    options = {"refresh_s": 0.2, "poll_s": 0.05, "heartbeat_s": 0.5}
    tap = SPEC.open("production", ServerSettings(nats.bootstrap, protocol="nats"), options)
    await tap.connect()
    yield tap
    await tap.close()


async def until(tap: Tap, condition: Callable[[], bool]) -> list[Batch]:
    """Read on until something holds; give what came."""
    found: list[Batch] = []
    async with asyncio.timeout(10):
        while not condition():
            try:
                found += await asyncio.wait_for(tap.read(), 0.2)
            except TimeoutError:
                continue
    return found


def received(batches: list[Batch]) -> list[tuple[str, str | None, bytes | None]]:
    return sorted(
        (batch.filter, batch.addresses[row] if batch.addresses else None, batch.payloads[row])
        for batch in batches
        for row in range(len(batch))
    )


async def test_a_message_comes_once_whatever_covers_it(client: Client, tap: Tap):
    await make_stream(client, "cover", ["cover.eu.>"])
    wanted = [
        exactly("cover.eu.a"), wild("cover.{x}.a"), wild("cover.eu.{x}"), exactly("cover.us.b"),
        wild("cover.{x}.{x}"), wild("cover.us.{x}"), Filter("", None, re.compile(r"cover\..*")),
    ]  # fmt: skip
    await tap.follow(wanted, Start())
    for subject in ("cover.eu.a", "cover.eu.b", "cover.us.a", "cover.us.b", "cover.us.c", "cover.eu.x.y", "cover.z"):
        await publish(client, subject, [Sent(subject.encode())])
    batches = await read_count(tap, 7)
    with pytest.raises(TimeoutError):
        batches += await asyncio.wait_for(tap.read(), 0.3)
    assert received(batches) == sorted(
        [
            ("cover.eu.a", None, b"cover.eu.a"), ("cover.eu.{x}", "cover.eu.b", b"cover.eu.b"),
            ("cover.{x}.a", "cover.us.a", b"cover.us.a"), ("cover.us.b", None, b"cover.us.b"),
            ("cover.{x}.{x}", "cover.us.c", b"cover.us.c"), ("", "cover.eu.x.y", b"cover.eu.x.y"),
            ("", "cover.z", b"cover.z"),
        ]
    )  # fmt: skip
    sources = {payload: batch.time_source for batch in batches for payload in batch.payloads}
    assert {payload for payload, source in sources.items() if source == "broker"} == {
        b"cover.eu.a", b"cover.eu.b", b"cover.eu.x.y"
    }  # fmt: skip
    assert all(len(set(batch.addresses or [])) == 1 for batch in batches if batch.filter == "")


async def test_what_a_stream_tells_comes_with_each_message(client: Client, tap: Tap):
    await make_stream(client, "told", ["told.>"])
    await publish(client, "told.other", [Sent(b"0")])
    await publish(client, "told.a", [Sent(b"1", [("Nats-Msg-Id", b"7"), ("x", b"1")])])
    await wait_stored(client, "told", 2)
    await tap.follow([exactly("told.a")], Start("earliest"))
    [batch] = await read_count(tap, 1)
    assert (batch.positions, batch.time_source, batch.partition, batch.gap) == ([2], "broker", None, None)
    assert batch.headers == [[("Nats-Msg-Id", b"7"), ("x", b"1")]]
    assert batch.properties is not None
    assert batch.properties[0] == {"stream": "told", "sequence": 2}


async def test_a_work_queue_is_read_and_left_as_it_is(client: Client, tap: Tap):
    await make_stream(client, "jobs", ["jobs.>"], retention="workqueue")
    await publish(client, "jobs.a", [Sent(b"%d" % number, [("n", b"%d" % number)]) for number in range(100)])
    await publish(client, "jobs.b", [Sent(b"other")])
    await wait_stored(client, "jobs", 101)
    await tap.follow([exactly("jobs.a")], Start("earliest", until_end=True))
    batches = await read_to_end(tap)
    assert payloads(batches) == [b"%d" % number for number in range(100)]
    assert [header for batch in batches for header in batch.headers][7] == [("n", b"7")]
    assert not any(batch.live for batch in batches)
    state = await api(client, "STREAM.INFO.jobs")
    assert (state["state"]["messages"], state["state"]["consumer_count"]) == (101, 0)


async def test_a_job_that_is_settled_before_it_was_read_is_a_gap_of_ours(client: Client, nats: NatsServer):
    await make_stream(client, "quick", ["quick"], retention="workqueue")
    worker = await client.jetstream().pull_subscribe("quick", durable="worker")
    async with NatsProxy(free_ports(1)[0], nats.port) as proxy:
        settings = ServerSettings(f"127.0.0.1:{proxy.port}", protocol="nats")
        tap = SPEC.open("production", settings, {"poll_s": 0.05})
        await tap.connect()
        await tap.follow([exactly("quick")], Start())
        await publish(client, "quick", [Sent(b"0")])
        await read_count(tap, 1)
        proxy.stall()
        await publish(client, "quick", [Sent(b"%d" % number) for number in range(1, 10)])
        for message in await worker.fetch(7, timeout=5):
            await message.ack_sync()
        proxy.flow()
        batches = await read_count(tap, 3)
        await tap.close()
    assert payloads(batches) == [b"7", b"8", b"9"]
    gap = batches[0].gap
    assert gap is not None
    assert (gap.start, gap.end, gap.count) == (2, 8, 6)


@pytest.mark.parametrize("retention", ["limits", "workqueue"])
async def test_a_stream_that_is_deleted_and_made_again_is_read_from_its_start(client: Client, tap: Tap, retention: str):
    name, address = f"again-{retention}", f"again.{retention}"
    await make_stream(client, name, [address], retention=retention)
    await tap.follow([exactly(address)], Start())
    await publish(client, address, [Sent(b"%d" % number) for number in range(5)])
    assert [one for batch in await read_count(tap, 5) for one in batch.positions] == [1, 2, 3, 4, 5]
    await api(client, f"STREAM.DELETE.{name}")
    assert await until(tap, lambda: tap.statistics().addresses[address].exists is False) == []
    await make_stream(client, name, [address], retention=retention)
    await publish(client, address, [Sent(b"new %d" % number) for number in range(3)])
    batches = await until(tap, lambda: tap.statistics().addresses[address].exists is True)
    batches += await read_count(tap, 3 - sum(map(len, batches)))
    assert payloads(batches) == [b"new 0", b"new 1", b"new 2"]
    assert [one for batch in batches for one in batch.positions] == [1, 2, 3]
    assert batches[0].gap is not None
    assert batches[0].live


async def test_a_consumer_that_vanishes_is_made_again_without_loss(client: Client, tap: Tap):
    await make_stream(client, "vanish", ["vanish"])
    await tap.follow([exactly("vanish")], Start())
    await publish(client, "vanish", [Sent(b"1")])
    await read_count(tap, 1)
    [consumer] = (await api(client, "CONSUMER.LIST.vanish"))["consumers"]
    await api(client, f"CONSUMER.DELETE.vanish.{consumer['name']}")
    await publish(client, "vanish", [Sent(b"2"), Sent(b"3")])
    batches = await read_count(tap, 2)
    assert payloads(batches) == [b"2", b"3"]
    assert all(batch.gap is None for batch in batches)


async def test_a_stream_that_is_purged_while_it_is_read_has_an_end(client: Client, tap: Tap):
    await make_stream(client, "purged", ["purged"])
    await publish(client, "purged", [Sent(b"x" * 1_000)] * 60_000)
    await wait_stored(client, "purged", 60_000)
    await tap.follow([exactly("purged")], Start("earliest", until_end=True))
    await api(client, "STREAM.PURGE.purged")
    found = await read_to_end(tap, timeout_s=60)
    assert 0 <= sum(map(len, found)) < 60_000


async def test_what_was_deleted_while_we_were_away_is_a_gap_of_ours(client: Client, tap: Tap):
    await make_stream(client, "short", ["short"], max_msgs=3)
    await tap.follow([exactly("short")], Start())
    await publish(client, "short", [Sent(b"0")])
    await read_count(tap, 1)
    await tap.close()
    await publish(client, "short", [Sent(b"%d" % number) for number in range(1, 11)])
    await wait_stored(client, "short", 11)
    await tap.connect()
    await tap.follow([exactly("short")], Start())
    batches = await read_count(tap, 3)
    assert payloads(batches) == [b"8", b"9", b"10"]
    assert batches[0].gap is not None
    assert (batches[0].gap.start, batches[0].gap.end) == (2, 9)


async def test_a_filter_that_joins_begins_earlier_and_repeats_nothing(client: Client, tap: Tap):
    await make_stream(client, "filters", ["filters.>"])
    await publish(client, "filters.a", [Sent(b"a")] * 3)
    await publish(client, "filters.b", [Sent(b"b")] * 3)
    await wait_stored(client, "filters", 6)
    await tap.follow([exactly("filters.a")], Start("earliest"))
    assert payloads(await read_count(tap, 3)) == [b"a"] * 3
    await tap.follow([exactly("filters.a"), exactly("filters.b")], Start("earliest"))
    assert payloads(await read_count(tap, 3)) == [b"b"] * 3
    await publish(client, "filters.a", [Sent(b"c")])
    assert payloads(await read_count(tap, 1)) == [b"c"]


async def test_what_comes_faster_than_it_is_judged_is_counted(client: Client, nats: NatsServer):
    tap = SPEC.open("production", ServerSettings(nats.bootstrap, protocol="nats"), {"ring_messages": 1_000})
    await tap.connect()
    await tap.follow([exactly("fast"), exactly("other")], Start())
    await publish(client, "fast", [Sent(b"%d" % number) for number in range(5_000)])
    await client.flush()
    async with asyncio.timeout(5):
        while (tap.statistics().missed or 0) < 4_000:
            await asyncio.sleep(0.01)
    await publish(client, "fast", [Sent(b"dropped too")])
    async with asyncio.timeout(5):
        while (tap.statistics().missed or 0) < 4_001:
            await asyncio.sleep(0.01)
    batches = await read_count(tap, 1_000)
    await publish(client, "fast", [Sent(b"after")])
    batches += await read_count(tap, 1)
    await tap.close()
    assert payloads(batches) == [*(b"%d" % number for number in range(1_000)), b"after"]
    assert all(batch.gap is None for batch in batches[:-1])
    assert batches[-1].gap is not None
    assert batches[-1].gap.count == 4_001
    assert tap.statistics().missed == 4_001


async def test_without_jetstream_everything_is_read_by_subscription(servers_folder):
    server = NatsServer(servers_folder / "nats-plain", jetstream=False)
    server.start()
    try:
        tap = SPEC.open("production", ServerSettings(server.bootstrap, protocol="nats"), {})
        await tap.connect()
        await tap.follow([exactly("a.b")], Start("earliest"))
        async with service(server.bootstrap) as client:
            await publish(client, "a.b", [Sent(b"1")])
        assert payloads(await read_count(tap, 1)) == [b"1"]
        assert tap.statistics().rights_missing == []
        await tap.close()
    finally:
        server.stop()


async def test_an_address_that_is_no_subject_does_not_exist(client: Client, tap: Tap):
    await tap.follow([exactly("with space"), exactly("a..b"), exactly("fine")], Start())
    statistics = tap.statistics()
    assert [statistics.addresses[one].exists for one in ("with space", "a..b", "fine")] == [False, False, None]
    assert sum("no subject of nats" in one for one in statistics.rights_missing) == 2


async def test_statistics_are_told_at_any_moment_while_filters_are_taken_over(client: Client, tap: Tap):
    await make_stream(client, "taking-over", ["taking.*"])
    await publish(client, "taking.a", [Sent(b"1")])
    await wait_stored(client, "taking-over", 1)
    for wanted in ([exactly("taking.a")], [exactly("taking.b"), exactly("taking.c")]):
        following = asyncio.create_task(tap.follow(wanted, Start("earliest")))
        asked = 0
        while not following.done():
            tap.statistics()
            asked += 1
            await asyncio.sleep(0)
        await following
        assert asked > 1
        assert tap.statistics().addresses.keys() == {one.id for one in wanted}
