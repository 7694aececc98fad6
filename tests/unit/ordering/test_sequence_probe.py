"""The scope that nobody declared is found, and a field that counts nothing is left alone."""

from __future__ import annotations

import random

import pytest

from asyncwatch.model.route import OrderingRule
from unit.ordering.streams import Row, Stream, make_route

KEYS = [b"a", b"b", b"c", b"d"]


def per_key(count: int) -> list[Row]:
    return [Row(n, key=key, partition=0, at=n / 10) for n in range(1, count + 1) for key in KEYS]


def test_a_sequence_per_record_key_is_found_and_its_faults_so_far_are_taken_over() -> None:
    rows = [row for row in per_key(120) if (row.number, row.key) != (5, b"b")]
    stream = Stream(make_route()).feed(rows).tick(200)
    assert stream.row.scope == "key"
    assert (stream.row.in_order, stream.row.lost, stream.row.gaps) == (479, 1, 1)
    assert sorted(stream.rules()) == ["gap", "lost"]
    assert [finding.position for finding in stream.findings] == [20, 20]
    assert stream.row.unsequenced == 0


def test_nothing_is_told_while_the_scope_is_unknown() -> None:
    rows = [row for row in per_key(40) if (row.number, row.key) != (5, b"b")]
    stream = Stream(make_route()).feed(rows).tick(10)
    assert stream.findings == []
    assert stream.row.scope is None
    assert stream.row.unsequenced == len(rows)
    assert stream.observations[-1].scope_key is None


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_probe_ends_at_the_same_message_wherever_batches_are_cut(size: int) -> None:
    rows = [row for row in per_key(120) if row.number not in {5, 110}]
    stream = Stream(make_route()).feed(rows, frozenset(range(0, len(rows), size))).tick(200)
    whole = Stream(make_route()).feed(rows).tick(200)
    assert stream.row == whole.row
    assert sorted(stream.summaries()) == sorted(whole.summaries())
    keys = [key for obs in stream.observations for key in obs.scope_key or [None] * len(obs.batch)]
    assert keys == list(whole.observations[0].scope_key or [])


def test_a_tie_goes_to_the_wider_scope() -> None:
    stream = Stream(make_route()).feed([Row(n, at=n / 100) for n in range(300)]).tick(1)
    assert stream.row.scope == "channel"


def test_a_sequence_per_partition_is_found() -> None:
    rows = [Row(n, key=b"%d" % (n % 7), partition=p, at=n / 10) for n in range(300) for p in range(3)]
    assert Stream(make_route()).feed(rows).tick(40).row.scope == "partition"


def test_one_sequence_over_all_partitions_is_found() -> None:
    rows = [
        Row(n * 3 + p, key=b"%d" % (n % 7), partition=p)
        for block in range(0, 300, 5) for p in range(3) for n in range(block, block + 5)
    ]  # fmt: skip
    assert Stream(make_route()).feed(rows).tick(40).row.scope == "channel"


def test_a_sequence_per_producer_header_is_found() -> None:
    rows = [
        Row(n, key=b"%d" % (n % 5), headers=[("producer_id", p)]) for n in range(250) for p in (b"p1", b"p2", b"p3")
    ]  # fmt: skip
    stream = Stream(make_route()).feed(rows).tick(1)
    assert stream.row.scope == "producer"
    assert stream.row.in_order == 750


def test_a_random_field_is_no_sequence_and_that_is_said_once() -> None:
    source = random.Random(7)
    rows = [Row(source.randrange(10**6), key=source.choice(KEYS), at=n / 100) for n in range(2000)]
    stream = Stream(make_route()).feed(rows).tick(30).tick(200)
    assert [(finding.rule, finding.severity) for finding in stream.findings] == [("document.sequence-scope", "info")]
    assert stream.row.unsequenced == 2000
    assert stream.row.scope is None


def test_too_few_messages_in_a_minute_leave_the_scope_open_and_say_what_to_declare() -> None:
    rows = per_key(20)
    stream = Stream(make_route()).feed(rows)
    assert stream.tick(59).findings == []
    stream.tick(61).tick(62)
    assert len(stream.findings) == 1
    assert "x-asyncwatch: {sequence: {location: '$message.header#/sequence_id'" in stream.findings[0].summary
    stream.feed([Row(5, at=70)]).tick(300)
    assert len(stream.findings) == 1
    assert stream.row.unsequenced == len(rows) + 1


def test_the_minute_ends_at_its_own_moment_whether_or_not_time_was_told() -> None:
    rows = [*per_key(20), Row(21, at=100)]
    told = Stream(make_route()).feed(rows[:-1]).tick(61).feed(rows[-1:]).tick(200)
    untold = Stream(make_route()).feed(rows).tick(200)
    assert told.findings == untold.findings


def test_a_declared_start_counts_under_the_scope_that_wins() -> None:
    rows = [row for row in per_key(120) if not (row.number == 1 and row.key == b"c")]
    stream = Stream(make_route(OrderingRule(start=1))).feed(rows).tick(200)
    assert (stream.row.scope, stream.row.lost) == ("key", 1)


def test_at_the_end_a_probe_is_decided_with_what_it_saw() -> None:
    stream = Stream(make_route()).feed(per_key(20)).finish(3)
    assert [finding.rule for finding in stream.findings] == ["document.sequence-scope"]
    assert stream.findings[0].time_ns > 0
