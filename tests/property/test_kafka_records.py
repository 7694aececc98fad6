"""Records taken as lists are the records that aiokafka gives one by one; columns are what each row must say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult, PartitionRecords
from aiokafka.consumer.subscription_state import Assignment
from aiokafka.record._crc32c import crc as crc32c
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.model.batch import ObservationGap
from asyncwatch.taps.kafka.columns import batches_of
from asyncwatch.taps.kafka.records import Drain
from property.oracle_kafka_columns import rows_of

PLACE = TopicPartition("orders", 0)
ABORTED_PRODUCER = 7


@dataclass
class Written:
    """A record batch as the broker holds it: records at some of its offsets (compaction leaves holes)."""

    kept: list[bool]
    codec: int
    aborted: bool


WRITTEN = st.builds(
    Written,
    st.lists(st.booleans(), min_size=1, max_size=6),
    st.sampled_from([0, 1, 2, 3, 4]),
    st.booleans(),
)


def encode(base: int, written: Written) -> bytes:
    producer = ABORTED_PRODUCER if written.aborted else -1
    # A batch whose last record was compacted away is kept without compression.
    codec = written.codec if any(written.kept) else 0
    builder = DefaultRecordBatchBuilder(2, codec, int(written.aborted), producer, 0, 0, 1 << 20)
    for delta, kept in enumerate(written.kept):
        if kept:
            builder.append(delta, 1_000 + base + delta, b"k", b"%d" % (base + delta), [("h", b"v")])
    data = bytearray(builder.build())
    data[0:8] = base.to_bytes(8, "big")
    data[23:27] = (len(written.kept) - 1).to_bytes(4, "big")
    data[17:21] = crc32c(bytes(data[21:])).to_bytes(4, "big")
    return bytes(data)


def encode_all(all_written: list[Written]) -> tuple[list[tuple[int, int]], list[bytes]]:
    """Give the range of offsets of each batch, and its bytes."""
    ranges, parts, base = [], [], 0
    for written in all_written:
        ranges.append((base, base + len(written.kept)))
        parts.append(encode(base, written))
        base += len(written.kept)
    return ranges, parts


def source_of(data: bytes, start: int, isolation: int) -> PartitionRecords:
    aborted = [(ABORTED_PRODUCER, 0)]
    return PartitionRecords(PLACE, MemoryRecords(data), aborted, start, None, None, True, isolation)


async def drain(
    data: bytes, start: int, end: int, isolation: int, sizes: list[int]
) -> tuple[list[Any], int, list[tuple[int, int]]]:
    """Take everything in lists of these sizes; give records, the position, and what was lost."""
    assignment = Assignment([PLACE])
    state = assignment.state_value(PLACE)
    state.seek(start)
    state.highwater = end
    source = source_of(data, start, isolation)
    answer = FetchResult(PLACE, assignment=assignment, partition_records=source, backoff=0.1)
    lost: list[tuple[int, int]] = []
    taking = Drain(PLACE, answer, lambda _, first, after: lost.append((first, after)))
    records: list[Any] = []
    for turn in range(1_000):
        if not answer.has_more():
            break
        size = sizes[turn % len(sizes)]
        taken = taking.take(size)
        assert len(taken) <= size
        records += taken
    return records, state.position, lost


def shown(records: list[Any]) -> list[tuple[Any, ...]]:
    return [(one.offset, one.timestamp, one.timestamp_type, one.key, one.value, list(one.headers)) for one in records]


SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@given(st.lists(WRITTEN, min_size=1, max_size=5), st.integers(0, 12), SIZES, st.sampled_from([0, READ_COMMITTED]))
def test_lists_hold_the_records_that_the_library_gives_one_by_one(all_written, start, sizes, isolation):
    ranges, parts = encode_all(all_written)
    end = ranges[-1][1]
    start = min(start, end - 1)
    # The broker begins its answer with the batch that holds the wanted offset.
    data = b"".join(part for part, (_, after) in zip(parts, ranges, strict=True) if after > start)
    twin = source_of(data, start, isolation)
    expected = list(twin)
    records, position, lost = asyncio.run(drain(data, start, end, isolation, sizes))
    assert shown(records) == shown(expected)
    assert position == twin.next_fetch_offset == end
    assert lost == []


@given(st.lists(WRITTEN, min_size=1, max_size=5), SIZES, st.data())
def test_a_broken_batch_is_lost_alone_and_told(all_written, sizes, data):
    ranges, parts = encode_all(all_written)
    broken = data.draw(st.integers(0, len(parts) - 1))
    bad = bytearray(parts[broken])
    place = data.draw(st.integers(61, len(bad) - 1)) if len(bad) > 61 else 17
    bad[place] ^= 0x55
    parts[broken] = bytes(bad)
    expected = [
        base + delta
        for number, (written, (base, _)) in enumerate(zip(all_written, ranges, strict=True))
        for delta, kept in enumerate(written.kept)
        if kept and number != broken
    ]
    records, position, lost = asyncio.run(drain(b"".join(parts), 0, ranges[-1][1], 0, sizes))
    assert [one.offset for one in records] == expected
    assert position == ranges[-1][1]
    [(first, after)] = lost
    assert first <= ranges[broken][0]
    assert after == ranges[broken][1]
    assert not any(first <= offset < after for offset in expected)


@given(st.binary(max_size=400), st.integers(0, 5), SIZES)
def test_any_bytes_end_without_an_exception(garbage, start, sizes):
    _, position, lost = asyncio.run(drain(garbage, start, 50, READ_COMMITTED, sizes))
    assert position >= start
    assert all(first < after for first, after in lost)


@dataclass
class Record:
    offset: int
    timestamp: int | None
    timestamp_type: int | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


RECORDS = st.lists(
    st.builds(
        Record,
        st.integers(0, 60),
        st.one_of(st.none(), st.integers(-2, 2**41)),
        st.just(0),
        st.none() | st.binary(max_size=3),
        st.none() | st.binary(max_size=3),
        st.lists(st.tuples(st.text(max_size=2), st.none() | st.binary(max_size=2)), max_size=2),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda one: one.offset,
)


@given(RECORDS, st.integers(0, 70), st.integers(0, 20), st.booleans())
def test_columns_say_what_each_record_says(records, live_from, changed_at, wildcard):
    records.sort(key=lambda one: one.offset)
    for record in records[changed_at:]:
        record.timestamp_type = 1
    gap = ObservationGap(0, 1, None, "test")
    batches = batches_of(
        records,
        server="s",
        filter_id="f",
        topic="t",
        wildcard=wildcard,
        partition=3,
        live_from=live_from,
        observed_ns=5,
        gap=gap,
    )
    rows = [
        {
            "position": batch.positions[row],
            "payload": batch.payloads[row],
            "key": batch.keys[row],
            "headers": list(batch.headers[row]),
            "sent_ns": batch.sent_ns[row],
            "time_source": batch.time_source,
            "live": batch.live,
        }
        for batch in batches
        for row in range(len(batch))
    ]
    assert rows == rows_of(records, live_from)
    assert [batch.gap for batch in batches] == [gap, *[None] * (len(batches) - 1)]
    for batch in batches:
        assert (batch.server, batch.filter, batch.partition) == ("s", "f", 3)
        assert batch.addresses == (["t"] * len(batch) if wildcard else None)
        assert batch.observed_ns == [5] * len(batch)
