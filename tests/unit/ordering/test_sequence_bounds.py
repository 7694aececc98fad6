"""Memory and time stay bounded, whatever is sent."""

from __future__ import annotations

import gc
import time
import tracemalloc

import pytest

from asyncwatch.model.batch import Batch
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import OrderingRule
from asyncwatch.ordering.digests import DigestRing
from asyncwatch.ordering.keys import KeyTable, pack, unpack
from asyncwatch.ordering.patience import Patience
from asyncwatch.ordering.rows import Rows
from asyncwatch.ordering.tracker import Tracker
from unit.ordering.streams import BEGIN, Row, Stream, make_route, numbered

KEY = OrderingRule(scope="key")


@pytest.mark.slow
def test_an_in_order_key_costs_at_most_160_bytes() -> None:
    keys, size = 200_000, 800
    route = make_route(KEY)
    tracker = Tracker(Patience(), digests=1)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for base in range(0, keys, size):
            batch = Batch(
                server="prod", filter="orders", partition=0, addresses=None, payloads=[b""] * size,
                headers=[()] * size, keys=[b"customer-%05d" % n for n in range(base, base + size)],
                positions=range(base, base + size), sent_ns=[None] * size, time_source="none",
                observed_ns=[BEGIN] * size,
            )  # fmt: skip
            rows = Rows(Observation(batch, route), BEGIN)
            tracker.track(rows, batch.keys, [123_456] * size, [0] * size, 0, size)
        del batch, rows
        gc.collect()
        bytes_a_key = (tracemalloc.get_traced_memory()[0] - before) / keys
    finally:
        tracemalloc.stop()
    assert tracker.counts.keys == keys
    assert bytes_a_key <= 160, bytes_a_key


def test_one_key_more_than_the_bound_evicts_the_one_not_used_for_longest() -> None:
    keys = [b"%d" % n for n in range(8)]
    stream = Stream(make_route(KEY), keys=8).feed([Row(1, key=key) for key in keys])
    stream.feed([Row(2, key=keys[0])])
    assert stream.row.evicted == 0
    stream.feed([Row(1, key=b"one more")])
    assert (stream.row.evicted, stream.row.keys) == (1, 9)
    stream.feed([Row(3, key=keys[0])]).feed([Row(9, key=keys[1])]).tick(100)
    assert (stream.row.gaps, stream.row.evicted, stream.row.in_order) == (0, 2, 12)


def test_evicted_keys_blame_nobody_for_what_they_missed() -> None:
    rows = [row for n in range(50) for row in (Row(1, key=b"%d" % n), Row(5, key=b"%d" % n))]
    stream = Stream(make_route(KEY), keys=4).feed(rows)
    assert (stream.row.evicted, stream.row.keys) == (46, 50)
    assert (stream.row.missing, stream.row.unobserved, stream.row.gaps) == (12, 138, 50)
    assert stream.check.open_gaps() == 4


def test_an_evicted_key_does_not_miss_its_declared_start() -> None:
    rows = [Row(n, key=b"%d" % key) for n in (1, 2) for key in range(10)]
    stream = Stream(make_route(OrderingRule(scope="key", start=1)), keys=4).feed(rows).tick(100)
    assert (stream.row.gaps, stream.row.evicted > 0) == (0, True)


def test_a_key_remembers_at_most_a_thousand_ranges() -> None:
    rule = OrderingRule(scope="key", window=100_000)
    stream = Stream(make_route(rule)).feed(numbered(range(0, 6000, 2)))
    assert stream.row.missing + stream.row.lost == 2999
    assert stream.row.missing <= 1000
    assert set(stream.tick(0.1).rules()) == {"lost"}
    assert "too many gaps at once" in stream.summaries()[0]


def test_all_keys_together_remember_a_bounded_number_of_ranges() -> None:
    tracker = Tracker(Patience(), ranges=50)
    stream = Stream(make_route(KEY))
    stream.check._tracker = tracker
    stream.feed([row for n in range(400) for row in (Row(1, key=b"%d" % n), Row(5, key=b"%d" % n))])
    assert (stream.row.missing, stream.row.lost) == (150, 1050)
    assert len(tracker._states) == 50
    stream.feed([Row(2, key=b"0"), Row(6, key=b"0"), Row(2, key=b"399")]).tick(100)
    assert (stream.row.out_of_order, stream.row.duplicates, stream.row.in_order) == (1, 1, 801)


def test_hostile_streams_take_bounded_time() -> None:
    rule = OrderingRule(scope="channel")
    jumps = numbered([number for n in range(2000) for number in (n * 10**9, n * 10**9 - 5)])
    backwards = numbered(range(10**9, 10**9 - 4000, -1))
    again = numbered([7, 8, *([7] * 4000)], payload=b"same")
    for rows in (jumps, backwards, again):
        began = time.process_time()
        Stream(make_route(rule)).feed(rows).tick(100)
        assert time.process_time() - began < 4


def test_the_ring_forgets_the_oldest_and_finds_the_newest() -> None:
    ring = DigestRing(5)
    for n in range(5):
        ring.add(n, n * 10)
    assert [ring.find(n) for n in range(6)] == [0, 10, 20, 30, 40, None]
    ring.extend([1, 8, 9], [99, 80, 90])
    assert [ring.find(n) for n in (0, 1, 2, 3, 4, 8, 9)] == [None, 99, None, 30, 40, 80, 90]
    ring.extend(list(range(100, 112)), list(range(12)))
    assert [ring.find(n) for n in (9, 106, 107, 111)] == [None, None, 7, 11]


def test_an_integer_holds_first_and_highest() -> None:
    for first, highest, step in ((1, 1, 1), (-7, 90, 1), (10, 10**15 + 10, 1000), (3, 33, 10)):
        assert unpack(pack(first, highest, step), step) == (first, highest)
    assert unpack(pack(0, 10**18, 1), 1)[1] == 10**18


def test_a_frozen_key_thaws_with_its_time() -> None:
    table = KeyTable(10)
    table.current.update({"a": 1, "b": 2})
    table.freeze([0])
    assert table.take("a") == (1, 0)
    table.put("a", 5, 1)
    assert table.take("a") == (5, 1)
    assert table.is_blind(0, 0)
    assert not table.is_blind(0, 1)
    assert not table.is_blind(1, 0)
    for _ in range(200):
        table.current["c"] = 7
        table.freeze([1])
        table.take("c")
    assert table.take("b") == (2, 0)


def test_a_key_that_awaited_something_comes_back_among_those_of_its_time() -> None:
    table = KeyTable(10)
    for name, origin in (("a", 0), ("b", 1), ("c", 2)):
        table.current[name] = 1
        table.freeze([origin])
    table.put("late", 9, 1)
    assert table.take("late") == (9, 1)
    table.put("early", 9, 0)
    assert table.take("early") == (9, 0)
