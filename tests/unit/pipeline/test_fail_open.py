"""What happens when a part of ours is broken: the rest runs on, and nothing counts as valid because of it."""

import asyncio

import pytest

from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import EndOfStream
from asyncwatch.pipeline.backoff import LONGEST_S, Backoff
from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.runner import Runner
from asyncwatch.taps.base import Start, TapStatistics
from asyncwatch.telemetry.happenings import COUNTS
from engine import BASE_NS, KEY_HASH, kafka_document, plan_of

DOCUMENT = kafka_document("  orders: {address: orders, messages: {Order: {payload: {type: object}}}}")


def batch(n=3):
    return Batch(
        server="production", filter="orders", partition=0, addresses=None, payloads=[b"{}"] * n, headers=[[]] * n,
        keys=[None] * n, positions=list(range(n)), sent_ns=[None] * n, time_source="none", observed_ns=[BASE_NS] * n,
    )  # fmt: skip


def broken(*_):
    raise RuntimeError("a mistake of ours")


@pytest.fixture
def road():
    plan = plan_of(DOCUMENT)
    ledger = make_ledger(plan, KEY_HASH, BASE_NS)
    (route,) = plan.routes.documented()
    return make_pump(plan, ledger, []), ledger, {type(check).__name__: check for check in route.checks}


def test_a_broken_state_check_leaves_nothing_valid_and_is_told_once(road, monkeypatch):
    pump, ledger, checks = road
    monkeypatch.setattr(checks["ContractCheck"], "observe", broken)
    before = COUNTS["CheckBroke"]
    pump.take(batch())
    pump.take(batch())
    assert (ledger.totals().unchecked, ledger.totals().valid) == (6, 0)
    assert COUNTS["CheckBroke"] == before + 1


def test_a_check_that_breaks_on_the_clock_stops_neither_clock_nor_others(road, monkeypatch):
    pump, ledger, checks = road
    monkeypatch.setattr(checks["FreshnessCheck"], "advance", broken)
    monkeypatch.setattr(checks["SequenceCheck"], "finish", broken)
    pump.take(batch())
    pump.advance(BASE_NS)
    pump.advance(BASE_NS + 10**9)
    pump.finish(BASE_NS + 2 * 10**9)
    assert ledger.totals().valid == 3


class BreakingTap:
    """A tap with a mistake: the first two reads raise what no tap may raise."""

    def __init__(self):
        self.reads = 0

    async def connect(self):
        pass

    async def follow(self, wanted, start):
        pass

    async def read(self):
        self.reads += 1
        if self.reads <= 2:
            raise ZeroDivisionError
        if self.reads == 3:
            return [batch()]
        raise EndOfStream

    async def close(self):
        pass

    def statistics(self):
        return TapStatistics()


def test_a_tap_that_breaks_is_tried_again_and_then_read():
    taken = []
    record = ServerRecord("production", "production", "kafka", "h:1", [], BASE_NS)
    runner = Runner(BreakingTap(), record, [], Start(), taken.append, "nothing")
    before = COUNTS["TapBroke"]
    asyncio.run(asyncio.wait_for(runner.run(), 10))
    assert [len(one) for one in taken] == [3]
    assert runner.ended
    assert COUNTS["TapBroke"] == before + 2
    assert record.breaks == 2


def test_waits_grow_to_half_a_minute_and_never_march_in_step():
    waits = [Backoff() for _ in range(50)]
    first = [one.next_s() for one in waits]
    assert all(0.125 <= one <= 0.25 for one in first)
    assert len(set(first)) > 1
    for _ in range(12):
        last = [one.next_s() for one in waits]
    assert all(LONGEST_S / 2 <= one <= LONGEST_S for one in last)
