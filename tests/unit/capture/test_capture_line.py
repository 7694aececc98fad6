"""A capture line read and written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.model.batch import Batch, ObservationGap
from asyncwatch.taps.capture.line import BrokenLine, End, Missed, Record, read_line, write_end, write_lines


def batch(payload, key, headers, live=True, gap=None):
    return Batch(
        server="s", filter="a", partition=3, addresses=None, payloads=[payload], headers=[headers], keys=[key],
        positions=[41], sent_ns=[1_790_000_000_123_000_000], time_source="producer",
        observed_ns=[1_790_000_000_200_000_000], live=live, gap=gap,
    )  # fmt: skip


bytes_or_none = st.none() | st.binary(max_size=40) | st.text(max_size=10).map(str.encode)
header = st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), bytes_or_none)


@given(bytes_or_none, bytes_or_none, st.lists(header, max_size=4), st.booleans())
def test_what_is_written_is_read_back_to_the_byte(payload, key, headers, live):
    (line, rest) = write_lines(batch(payload, key, headers, live), "a").split(b"\n")
    assert rest == b""
    record = read_line(line)
    assert isinstance(record, Record)
    assert (record.payload, record.key, list(record.headers), record.live) == (payload, key, headers, live)
    assert (record.server, record.address, record.partition, record.offset) == ("s", "a", 3, 41)
    assert record.sent_ns == 1_790_000_000_123_000_000
    assert record.observed_ns == 1_790_000_000_200_000_000


def test_a_gap_is_written_before_the_messages_that_follow_it():
    first, second, _ = write_lines(batch(b"x", None, [], gap=ObservationGap(4, 40, 36, "trimmed")), "a").split(b"\n")
    assert read_line(first) == Missed("s", "a", 3, 4, 40, 36, "trimmed")
    assert isinstance(read_line(second), Record)


def test_the_end_is_a_moment():
    assert read_line(write_end(1_790_000_000_000_000_000)) == End(1_790_000_000_000_000_000)


def test_numbers_booleans_and_null_are_header_values():
    record = read_line(b'{"address":"a","headers":[["n",7],["t",true],["z",null],["b",{"base64":"/w=="}]]}')
    assert list(record.headers) == [("n", 7), ("t", True), ("z", None), ("b", b"\xff")]


def test_what_may_be_missing_may_be_missing():
    record = read_line(b'{"address":"a","payload":"x"}')
    assert (record.server, record.partition, record.offset, record.sent_ns, record.live) == (
        None,
        None,
        None,
        None,
        True,
    )


@pytest.mark.parametrize(
    "line",
    [
        b"", b"x", b"[]", b"1", b'"a"', b"{", b'{"payload":"x"}', b'{"address":7}', b'{"address":"a","offset":-1}',
        b'{"address":"a","offset":1.5}', b'{"address":"a","partition":true}', b'{"address":"a","timestamp":"noon"}',
        b'{"address":"a","headers":{"a":"b"}}', b'{"address":"a","headers":[["a"]]}',
        b'{"address":"a","headers":[["a",{"b":1}]]}', b'{"address":"a","payload_base64":"***"}',
        b'{"address":"a","key":7}', b'{"address":"a","live":"yes"}', b'{"address":"a","paylod":"x"}',
        b'{"gap":7}', b'{"gap":{"from":"x","to":3}}', b'{"end":7}', b'{"address":"a","timestamp_source":"me"}',
        b'{"a":' * 2000, b"\xff\xfe", b'{"address":"a","properties":[1]}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_capture_line_is_refused_without_telling_its_values(line):
    with pytest.raises(BrokenLine) as told:
        read_line(line)
    assert "***" not in str(told.value)
    assert len(str(told.value)) < 200


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(line):
    try:
        read_line(line)
    except BrokenLine:
        pass


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(["address", "key", "headers", "payload", "gap", "end", "offset", "timestamp", "payload_base64", "live", "properties"]), x, max_size=6), max_leaves=12))  # fmt: skip
def test_any_json_is_read_or_refused(value):
    try:
        read_line(json.dumps(value).encode())
    except BrokenLine:
        pass
