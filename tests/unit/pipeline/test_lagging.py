"""Polling a probe: when, what a failure does, what reaches ledger and findings."""

import asyncio
import time

import pytest

from asyncwatch.config.settings import LagSettings
from asyncwatch.contract.load import load_contract
from asyncwatch.model.errors import Disconnected, Unreachable
from asyncwatch.model.progress import GroupProgress, Progress
from asyncwatch.pipeline import lagging as module
from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.lagging import Lagging, documented_groups
from asyncwatch.pipeline.runner import Runner
from asyncwatch.taps.base import Start
from engine import KEY_HASH, kafka_document, plan_of

DOCUMENT = kafka_document("""
  orders: {address: orders, messages: {Order: {}}}
  moved: {address: 'shipments.{carrier}', parameters: {carrier: {}}, messages: {Moved: {}}}
""")


class Script:
    """A probe that answers what it was given, the last answer for ever."""

    def __init__(self, *answers, record_ns=None):
        self.answers = list(answers)
        self.polled_s = []
        self.asked = []
        self.closed = False
        self.record_ns = record_ns

    async def poll(self, wanted):
        self.polled_s.append(time.monotonic())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Progress("production", time.time_ns(), answer, [], 0) if not isinstance(answer, Progress) else answer

    async def times(self, wanted):
        self.asked += wanted
        return [self.record_ns] * len(wanted)

    async def close(self):
        self.closed = True


def row(committed=3, end=10, *, group="billing", address="orders", partition=0, members=1):
    return GroupProgress(group, address, partition, committed, 0, end, members=members)


def polling(probe, interval_s=0.1):
    plan = plan_of(DOCUMENT)
    ledger = make_ledger(plan, KEY_HASH, time.time_ns())
    pump = make_pump(plan, ledger, [])
    runner = Runner(None, ledger.servers["production"], plan.filters["production"], Start(), pump.take, "")
    return Lagging(probe, runner, plan.routes, ledger, pump, LagSettings(interval_s=interval_s)), ledger


async def until(ready):
    async with asyncio.timeout(10):
        while not ready():
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "FIRST_S", (0.0, 0.05, 0.1))


async def test_polls_come_quickly_at_first_and_then_at_the_interval():
    probe = Script([row()])
    looking, _ = polling(probe, interval_s=0.4)
    task = asyncio.create_task(looking.run())
    await until(lambda: len(probe.polled_s) >= 5)
    task.cancel()
    await asyncio.wait([task])
    gaps = [later - earlier for earlier, later in zip(probe.polled_s, probe.polled_s[1:], strict=False)]
    assert all(gap < 0.3 for gap in gaps[:2])
    assert all(gap > 0.3 for gap in gaps[2:])
    assert probe.closed


async def test_groups_stand_in_the_report_with_their_views():
    probe = Script([row(), row(7, 10, partition=1)], record_ns=time.time_ns() - 50 * 10**9)
    looking, ledger = polling(probe)
    assert ledger.lag.rows() is None
    assert await looking._poll(1.0)
    rows, views = ledger.lag.rows(), ledger.lag.views()
    assert [(one.group, one.address, one.partition, one.messages, one.status) for one in rows] == [
        ("billing", "orders", None, 10, "unknown"),
        ("billing", "orders", 0, 7, "unknown"),
        ("billing", "orders", 1, 3, "unknown"),
    ]
    assert rows[0].seconds == pytest.approx(50, abs=1)
    assert [one.position for one in probe.asked] == [3, 7]
    assert len(views) == 3
    assert (views[1].committed, views[1].end, views[1].source) == (3, 10, "probe")
    assert views[0].window == [None] * 19 + [10.0]
    assert views[0].reading


async def test_an_address_with_placeholders_is_written_as_documented():
    probe = Script([row(address="shipments.dhl"), row(address="shipments.ups", group="tracking")])
    looking, ledger = polling(probe)
    await looking._poll(1.0)
    assert {one.address for one in ledger.lag.rows()} == {"shipments.{carrier}"}


async def test_topics_under_one_address_with_placeholders_are_one_row():
    probe = Script([row(address="shipments.dhl"), row(address="shipments.ups")])
    looking, ledger = polling(probe)
    await looking._poll(1.0)
    assert [(one.partition, one.messages) for one in ledger.lag.rows()] == [(None, 14)]


async def test_a_broker_that_is_away_makes_everything_unknown_until_it_is_back(monkeypatch):
    told = []
    monkeypatch.setattr(module, "emit", lambda happening: told.append(happening.text()))
    probe = Script([row()], [row()], Disconnected("server 'production': gone"), Unreachable("still"), [row()])
    looking, ledger = polling(probe)
    task = asyncio.create_task(looking.run())
    await until(lambda: len(probe.polled_s) >= 3)
    await until(lambda: {one.status for one in ledger.lag.rows()} == {"unknown"})
    assert {one.messages for one in ledger.lag.rows()} == {None}
    await until(lambda: {one.messages for one in ledger.lag.rows()} == {7})
    task.cancel()
    await asyncio.wait([task])
    assert told == ["server 'production': gone; consumers cannot be asked how far they are, their lag is not known"]


async def test_groups_that_may_not_be_asked_are_null_and_the_right_is_named():
    hidden = Progress("production", time.time_ns(), None, ["no group is visible"], 0)
    looking, ledger = polling(Script([row()], hidden))
    await looking._poll(1.0)
    assert ledger.lag.rows()
    assert await looking._poll(1.0)
    assert ledger.lag.rows() is None
    assert ledger.servers["production"].row().rights_missing == ["no group is visible"]


async def test_no_group_is_an_empty_list():
    looking, ledger = polling(Script([]))
    await looking._poll(1.0)
    assert ledger.lag.rows() == []


async def test_a_state_is_announced_once():
    gone = Script([row()], [row()], [row(group="other")])
    looking, ledger = polling(gone)
    for _ in range(6):
        await looking._poll(1.0)
    found = {(one.rule, one.group, one.channel): one.count for one in ledger.groups.rows()}
    assert found == {("lag.abandoned", "billing", "orders"): 1}


async def test_rows_beyond_the_bound_are_the_mildest(monkeypatch):
    from asyncwatch.ledger import lag as record

    monkeypatch.setattr(record, "MOST_ROWS", 20)
    rows = [row(3, 10 + number, group=f"g{number:02}") for number in range(30)]
    looking, ledger = polling(Script(rows))
    await looking._poll(1.0)
    kept = ledger.lag.rows()
    assert len(kept) == 20
    assert {one.messages for one in kept} == set(range(17, 37))


def test_groups_that_a_document_names_are_found():
    text = DOCUMENT + (
        "operations:\n"
        "  takeOrders:\n    action: receive\n    channel: {$ref: '#/channels/orders'}\n"
        "    bindings: {kafka: {groupId: {type: string, enum: [billing, dunning]}}}\n"
        "  moveOrders:\n    action: receive\n    channel: {$ref: '#/channels/moved'}\n"
        "    bindings: {kafka: {groupId: {const: tracking}}}\n"
    )
    contract = load_contract("document.yaml", lambda _: text.encode())
    assert documented_groups([contract]) == {"billing", "dunning", "tracking"}
