"""The laws of docs/laws/tap.md, for every registered tap. A test's name without `test_` is the law's id."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
import time

import pytest

from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import AsyncwatchError, Disconnected, Refused, Unreachable
from asyncwatch.taps.base import MAX_BATCH, Filter, Guarantee, Start
from asyncwatch.taps.planned import Wish
from conformance.harness import (
    SECRET,
    SERVER,
    Harness,
    Message,
    belongings,
    by_partition,
    exactly,
    open_tap,
    payloads,
    read_count,
    read_everything,
    read_to_end,
    run_reader,
    send_and_read,
)


def need(harness: Harness, *guarantees: Guarantee, live: bool = False) -> None:
    """Skip a law that the tap does not claim."""
    for guarantee in guarantees:
        if guarantee not in harness.spec.guarantees:
            pytest.skip(f"{harness.spec.name} does not claim {guarantee.value}")
    if live and not harness.live:
        pytest.skip(f"{harness.spec.name} has no messages that arrive later")


def numbered(count: int, first: int = 0) -> list[Message]:
    return [Message(b"%d" % number, key=b"k%d" % (number % 7)) for number in range(first, first + count)]


async def test_close_is_legal_without_connect_and_twice(harness: Harness):
    tap = open_tap(harness)
    await tap.close()
    await tap.close()
    await tap.connect()
    await tap.close()
    await tap.close()


async def test_nobody_there_is_told_in_time(harness: Harness):
    tap = open_tap(harness, harness.absent())
    before = time.monotonic()
    with pytest.raises(harness.absent_errors) as raised:
        await tap.connect()
    assert time.monotonic() - before < 5
    assert SERVER in str(raised.value)
    url = harness.absent().url
    assert (url.rpartition(":")[0] or url) in str(raised.value)
    await tap.close()


async def test_nothing_is_left_running(harness: Harness):
    address = await harness.make_address(2)
    await send_and_read(harness, address, numbered(10))
    gc.collect()
    await asyncio.sleep(0)
    before = belongings()
    for _ in range(3):
        await send_and_read(harness, address, numbered(10))
        tap = open_tap(harness, harness.absent())
        with pytest.raises(AsyncwatchError):
            await tap.connect()
        await tap.close()
    await asyncio.sleep(0)
    assert belongings() == before


async def test_every_message_comes_once_in_order(harness: Harness):
    address = await harness.make_address(3)
    total = 3 * MAX_BATCH + 17
    tap = open_tap(harness)
    await tap.connect()
    if harness.history:
        await harness.send(address, numbered(total))
        await tap.follow([exactly(address)], Start("earliest", until_end=True))
    else:
        await tap.follow([exactly(address)], Start())
        await harness.send(address, numbered(total))
    batches: list[Batch] = []
    while sum(map(len, batches)) < total:
        round_ = await tap.read()
        assert 1 <= sum(map(len, round_)) <= MAX_BATCH
        batches += round_
    if harness.history:
        with pytest.raises(AsyncwatchError, match="end of stream"):
            await tap.read()
    await tap.close()
    found = [int(payload or b"") for payload in payloads(batches)]
    assert sorted(found) == list(range(total))
    if Guarantee.POSITIONS in harness.spec.guarantees:
        first = harness.first_position
        for positions in by_partition(batches).values():
            assert positions == list(range(first, first + len(positions)))
    if Guarantee.ORDERED in harness.spec.guarantees:
        in_order: dict[int | None, list[int]] = {}
        for batch in batches:
            in_order.setdefault(batch.partition, []).extend(int(payload or b"") for payload in batch.payloads)
        assert all(numbers == sorted(numbers) for numbers in in_order.values())


async def test_columns_are_equally_long_and_of_their_types(harness: Harness):
    now_ns = time.time_ns()
    address = await harness.make_address(2)
    sent = [Message(b"x", b"k", [("a", b"1"), ("b", b"2")]), Message(b"y"), Message(None, b"k")]
    wildcard = Filter("some", None, re.compile(re.escape(address)))
    for filter_ in (exactly(address), wildcard):
        if filter_ is wildcard and harness.history:
            batches = await read_everything(harness, filter_)
        else:
            batches = await send_and_read(harness, address, sent, filter_)
        assert sum(map(len, batches)) == 3
        for batch in batches:
            n = len(batch)
            assert (batch.server, batch.filter) == (SERVER, filter_.id)
            assert batch.addresses == ([address] * n if filter_ is wildcard else None)
            columns = (batch.payloads, batch.headers, batch.keys, batch.positions, batch.sent_ns, batch.observed_ns)
            assert {len(column) for column in columns} == {n}
            assert batch.properties is None or len(batch.properties) == n
            assert all(type(value) in {bytes, type(None)} for value in (*batch.payloads, *batch.keys))
            assert all(type(value) is int for value in (*batch.positions, *batch.observed_ns))
            assert all(
                type(name) is str and isinstance(value, bytes | int | float | None)
                for headers in batch.headers
                for name, value in headers
            )
            assert batch.time_source in {"broker", "producer", "none"}
            if Guarantee.SENT_TIME in harness.spec.guarantees:
                assert all(abs(sent_ns - now_ns) < 60e9 for sent_ns in batch.sent_ns if sent_ns is not None)
                assert None not in batch.sent_ns


async def test_headers_keep_their_order_repeats_and_bytes(harness: Harness):
    need(harness, Guarantee.HEADERS)
    address = await harness.make_address(1)
    headers = [("b", b"1"), ("a", b"\xff\xfe\x00"), ("b", b"2"), ("A", b""), ("n\u00e4me", b"3"), ("none", None)]
    if not harness.nulls:
        headers = [(name, value) for name, value in headers if value is not None]
    batches = await send_and_read(harness, address, [Message(b"x", headers=headers), Message(b"y")])
    assert [list(found) for batch in batches for found in batch.headers] == [headers, []]


async def test_a_tombstone_is_not_an_empty_message(harness: Harness):
    if not harness.nulls:
        pytest.skip(f"{harness.spec.name} has neither nulls nor keys")
    address = await harness.make_address(1)
    sent = [Message(None, b"k"), Message(b"", b"k"), Message(b"x", None), Message(b"x", b"")]
    batches = await send_and_read(harness, address, sent)
    assert payloads(batches) == [None, b"", b"x", b"x"]
    assert [key for batch in batches for key in batch.keys] == [b"k", b"k", None, b""]


async def test_big_messages_come_whole(harness: Harness):
    address = await harness.make_address(1)
    big = [bytes([number]) * 900_000 for number in range(4)]
    assert payloads(await send_and_read(harness, address, [Message(payload) for payload in big])) == big


async def test_a_cancelled_read_loses_nothing(harness: Harness):
    need(harness, Guarantee.REPLAY, live=True)
    address = await harness.make_address(2)
    tap = open_tap(harness)
    await tap.connect()
    await tap.follow([exactly(address)], Start())
    sending = asyncio.create_task(harness.send(address, numbered(2_000)))
    batches: list[Batch] = []
    pause_s = 0.0
    while sum(map(len, batches)) < 2_000:
        reading = asyncio.create_task(tap.read())
        await asyncio.wait([reading], timeout=pause_s)
        reading.cancel()
        await asyncio.wait([reading])
        if not reading.cancelled():
            batches += reading.result()
        pause_s = (pause_s + 0.0007) % 0.03
    await sending
    await tap.close()
    assert sorted(int(payload or b"") for payload in payloads(batches)) == list(range(2_000))


async def test_now_begins_with_the_next_message(harness: Harness):
    need(harness, live=True)
    address = await harness.make_address(2)
    await harness.send(address, numbered(20))
    tap = open_tap(harness)
    await tap.connect()
    await tap.follow([exactly(address)], Start())
    await harness.send(address, numbered(20, first=20))
    batches = await read_count(tap, 20)
    await tap.close()
    assert sorted(int(payload or b"") for payload in payloads(batches)) == list(range(20, 40))
    assert all(batch.live for batch in batches)


async def test_a_time_begins_with_the_first_message_not_older(harness: Harness):
    need(harness, Guarantee.REPLAY, Guarantee.SENT_TIME, live=True)
    address = await harness.make_address(1)
    await harness.send(address, numbered(10))
    await asyncio.sleep(0.02)
    between_ns = time.time_ns()
    await asyncio.sleep(0.02)
    await harness.send(address, numbered(10, first=10))
    for time_ns, expected in ((between_ns, list(range(10, 20))), (time.time_ns() + 10**12, [])):
        tap = open_tap(harness)
        await tap.connect()
        await tap.follow([exactly(address)], Start("time", time_ns, until_end=True))
        assert [int(payload or b"") for payload in payloads(await read_to_end(tap))] == expected
        await tap.close()


async def test_until_end_stops_at_the_ends_seen_at_the_start(harness: Harness):
    need(harness, Guarantee.REPLAY, live=True)
    address, empty = await harness.make_address(2), await harness.make_address(1)
    await harness.send(address, numbered(50))
    tap = open_tap(harness)
    await tap.connect()
    await tap.follow([exactly(address), exactly(empty)], Start("earliest", until_end=True))
    await harness.send(address, numbered(50, first=50))
    await harness.send(empty, numbered(1, first=100))
    found = sorted(int(payload or b"") for payload in payloads(await read_to_end(tap)))
    statistics = tap.statistics()
    await tap.close()
    assert found == list(range(50))
    assert statistics.addresses[empty].exists is True


async def test_what_was_there_before_is_not_live(harness: Harness):
    need(harness, Guarantee.REPLAY, live=True)
    address = await harness.make_address(1)
    await harness.send(address, numbered(10))
    tap = open_tap(harness)
    await tap.connect()
    await tap.follow([exactly(address)], Start("earliest"))
    await harness.send(address, numbered(10, first=10))
    live = {int(payload or b""): batch.live for batch in await read_count(tap, 20) for payload in batch.payloads}
    await tap.close()
    assert live == {number: number >= 10 for number in range(20)}


async def test_following_again_goes_on_without_a_hole(harness: Harness):
    need(harness, live=True)
    first, second = await harness.make_address(2), await harness.make_address(1)
    tap = open_tap(harness)
    await tap.connect()
    await tap.follow([exactly(first)], Start())
    await harness.send(first, numbered(30))
    batches = list(await tap.read())
    await harness.send(second, numbered(5, first=1_000))
    await tap.follow([exactly(first), exactly(second)], Start())
    await harness.send(first, numbered(30, first=30))
    await harness.send(second, numbered(5, first=2_000))
    batches += await read_count(tap, 65 - sum(map(len, batches)))
    await tap.follow([exactly(second)], Start())
    await harness.send(first, numbered(5, first=3_000))
    await harness.send(second, numbered(5, first=4_000))
    batches += await read_count(tap, 5)
    await tap.close()
    found = sorted(int(payload or b"") for payload in payloads(batches))
    assert found == [*range(60), *range(2_000, 2_005), *range(4_000, 4_005)]


async def test_an_absent_address_is_told(harness: Harness):
    need(harness, live=True)
    address = await harness.make_address(3)
    tap = open_tap(harness)
    await tap.connect()
    await tap.follow([exactly(address), exactly("law.absent")], Start())
    addresses = tap.statistics().addresses
    await tap.close()
    if not harness.absence:
        assert (addresses[address].exists, addresses["law.absent"].exists) == (None, None)
        return
    assert addresses[address].exists is True
    assert addresses[address].partitions in {3, None}
    assert addresses["law.absent"].exists is False
    assert addresses["law.absent"].partitions is None


async def test_a_killed_server_costs_nothing_under_replay(harness: Harness):
    need(harness, Guarantee.REPLAY, Guarantee.POSITIONS, live=True)
    if not harness.kills:
        pytest.skip(f"{harness.spec.name} has no server to kill")
    address = await harness.make_address(3)
    tap = open_tap(harness)
    await tap.connect()
    wanted = [exactly(address)]
    await tap.follow(wanted, Start())
    await harness.send(address, numbered(3_000))
    batches = list(await tap.read())
    await harness.kill()
    try:
        with pytest.raises(Disconnected):
            while True:
                batches += await asyncio.wait_for(tap.read(), 15)
        await tap.close()
        with pytest.raises(Unreachable):
            await tap.connect()
    finally:
        await harness.restart()
    await harness.send(address, numbered(500, first=3_000))
    await tap.connect()
    await tap.follow(wanted, Start())
    await harness.send(address, numbered(500, first=3_500))
    batches += await read_count(tap, 4_000 - sum(map(len, batches)))
    await tap.close()
    assert sorted(int(payload or b"") for payload in payloads(batches)) == list(range(4_000))
    first = harness.first_position
    assert all(positions == list(range(first, first + len(positions))) for positions in by_partition(batches).values())
    assert all(batch.gap is None for batch in batches)


async def test_the_footprint_is_the_same_before_during_and_after(harness: Harness):
    address = await harness.make_address(2)
    await harness.send(address, numbered(10))
    before = await harness.inventory()
    tap = open_tap(harness)
    await tap.connect()
    await tap.follow([exactly(address), Filter("all", None, re.compile(r"law\..*"))], Start("earliest"))
    if harness.history:
        await tap.read()
    assert await harness.inventory_during() == before
    await tap.close()
    assert await harness.inventory() == before


async def test_a_killed_reader_leaves_nothing(harness: Harness):
    need(harness, live=True)
    address = await harness.make_address(1)
    if harness.history:
        await harness.send(address, numbered(10))
    before = await harness.inventory()
    process = await run_reader(harness, address)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 15) == b"following\n"
    if not harness.history:
        await harness.send(address, numbered(10))
    assert await asyncio.wait_for(process.stdout.readline(), 15) == b"read\n"
    process.kill()
    await process.wait()
    until_s = time.monotonic() + harness.gone_after_s
    while await harness.inventory() != before and time.monotonic() < until_s:
        await asyncio.sleep(0.2)
    assert await harness.inventory() == before


async def test_secrets_are_never_shown(harness: Harness, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    settings = harness.absent()
    tap = open_tap(harness, settings)
    with pytest.raises(AsyncwatchError) as raised:
        await tap.connect()
    await tap.close()
    shown = [repr(tap), repr(settings), str(raised.value), repr(raised.value.__dict__), caplog.text]
    assert not any(SECRET in text for text in shown)
    assert not isinstance(raised.value, Refused)


async def test_a_plan_leaves_nothing_and_tells_what_reading_creates(harness: Harness):
    spec = harness.spec
    if spec.survey is None or spec.outlook is None:
        pytest.skip(f"{spec.name} is no server that could be looked at")
    address = await harness.make_address(2)
    await harness.send(address, numbered(3))
    wanted = [exactly(address)]
    gc.collect()
    before, running = await harness.inventory(), belongings()
    survey = await spec.survey(SERVER, harness.settings(), wanted, Wish())
    await asyncio.sleep(0)
    assert belongings() == running
    assert await harness.inventory() == before
    [reading] = survey.outlook.readings
    assert (reading.left, survey.rights_missing) == (None, [])
    assert reading.how
    assert set(reading.needs) >= set(survey.outlook.rights)
    if harness.absence:
        assert survey.found[0].exists is True
    tap = open_tap(harness)
    await tap.connect()
    await tap.follow(wanted, Start())
    assert len(tap.statistics().creates) == len(reading.creates)
    await tap.close()
    with pytest.raises(harness.absent_errors):
        await spec.survey(SERVER, harness.absent(), wanted, Wish())
    [unasked] = spec.outlook(SERVER, harness.absent(), wanted, Wish()).readings
    assert unasked.how
    assert unasked.needs
