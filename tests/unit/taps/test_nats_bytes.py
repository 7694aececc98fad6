"""What a server sends, taken apart: frames, headers, ack subjects, and answers of the API."""

import asyncio
import base64
import itertools

import pytest

from asyncwatch.taps.nats.columns import StreamProperties
from asyncwatch.taps.nats.deliveries import read_deliveries
from asyncwatch.taps.nats.framing import MOST_BYTES, Parser
from asyncwatch.taps.nats.headers import MOST_HEADERS, find_header, read_headers, read_status
from asyncwatch.taps.nats.jetstream import Stored, read_consumer, read_stored, read_stream


def parse(*chunks):
    entries, lines, sizes = [], [], []

    async def control(line):
        lines.append(line)

    async def run():
        parser = Parser({b"1": entries.append}, control, sizes.append)
        for chunk in chunks:
            await parser.parse(chunk)

    asyncio.run(run())
    return entries, lines, sizes


def test_messages_with_and_without_reply_and_headers():
    entries, lines, sizes = parse(
        b"MSG a.b 1 2\r\nhi\r\nPING\r\nMSG a 1 r.1 0\r\n\r\nHMSG h 1 12 14\r\nNATS/1.0\r\n\r\nok\r\n"
        b"HMSG h 1 rr 12 12\r\nNATS/1.0\r\n\r\n\r\nMSG a 9 1\r\nx\r\n+OK\r\n"
    )
    assert entries == [
        (b"1", b"a.b", None, None, b"hi"), (b"1", b"a", b"r.1", None, b""), (b"1", b"h", None, b"NATS/1.0\r\n\r\n", b"ok"),
        (b"1", b"h", b"rr", b"NATS/1.0\r\n\r\n", b""),
    ]  # fmt: skip
    assert lines == [b"PING", b"+OK"]
    assert len(sizes) == 1
    assert sizes[0] > 14 + 12


def test_a_payload_may_look_like_the_protocol():
    entries, _, _ = parse(b"MSG a 1 14\r\nMSG b 1 1\r\nx\r\n\r\n")
    assert entries == [(b"1", b"a", None, None, b"MSG b 1 1\r\nx\r\n")]


@pytest.mark.parametrize(
    "broken",
    [
        b"MSG a 1\r\n", b"MSG a 1 b c 5\r\n", b"MSG a 1 -5\r\n", b"MSG a 1 x\r\n", b"HMSG a 1 5 4\r\n", b"HMSG a 1 4\r\n",
        b"MSG a 1 %d\r\n" % (MOST_BYTES + 1), b"MSG a 1 99999999999999999999\r\n", b"MSGS a 1 1\r\nx\r\n", b"x" * 9_000, b"MSG " + b"a" * 9_000 + b" 1 0\r\n\r\n",
        b"INFO " + b"x" * 1_100_000,
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_bytes_that_are_no_protocol_end_the_connection(broken):
    with pytest.raises(ValueError):
        parse(broken)


def test_a_big_message_in_small_pieces_is_not_copied_again_and_again():
    payload = bytes(8 << 20)
    data = b"MSG a 1 %d\r\n" % len(payload) + payload + b"\r\n"
    entries, _, _ = parse(*(data[at : at + 32_768] for at in range(0, len(data), 32_768)))
    assert entries[0][4] == payload


def test_headers_keep_order_repeats_and_bytes():
    block = b"NATS/1.0\r\nb: 1\r\nA:2\r\nb:  \xff \r\nempty:\r\nno colon\r\nn\xc3\xa4me: x:y\r\n\xff: z\r\n\r\n"
    assert list(read_headers(block)) == [
        ("b", b"1"), ("A", b"2"), ("b", b"\xff"), ("empty", b""), ("näme", b"x:y"), ("\\xff", b"z")
    ]  # fmt: skip
    assert list(read_headers(None)) == list(read_headers(b"")) == []
    assert len(read_headers(b"NATS/1.0\r\n" + b"a: 1\r\n" * 50_000 + b"\r\n")) == MOST_HEADERS


def test_a_status_line_is_told_from_a_plain_one():
    assert read_status(b"NATS/1.0 503\r\n\r\n") == (503, "")
    assert read_status(b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 7\r\n\r\n") == (100, "Idle Heartbeat")
    assert (
        read_status(b"NATS/1.0\r\na: 1\r\n\r\n") == read_status(None) == read_status(b"HTTP/1.1 200\r\n") == (None, "")
    )
    assert find_header(b"NATS/1.0 100\r\nNats-Last-Consumer: 7\r\n\r\n", "nats-last-consumer") == "7"
    assert find_header(None, "x") is None


def acked(*replies):
    return [(b"1", b"a", reply, None, b"") for reply in replies]


def test_what_the_broker_tells_of_a_message():
    for form in (
        b"$JS.ACK.S.C.1.%d.%d.%d.%d",
        b"$JS.ACK._.acc.S.C.1.%d.%d.%d.%d",
        b"$JS.ACK.hub.acc.S.C.1.%d.%d.%d.%d.tok",
    ):
        found = read_deliveries(acked(form % (7, 1, 1_000, 4), form % (9, 2, 2_000, 3)))
        assert (found.sequences, found.times_ns) == ([7, 9], [1_000, 2_000])
        assert (found.first, found.last, found.pending_at_first, found.pending) == (1, 2, 4, 3)


@pytest.mark.parametrize(
    "reply", [None, b"", b"_INBOX.x", b"$JS.ACK.S.C.1.x.1.1.1", b"$JS.ACK.S.C.1.1", b"$JS.FC.a.b.c.d.e.f.g"]
)
def test_a_reply_that_is_none_of_jetstreams_is_an_error(reply):
    with pytest.raises((ValueError, IndexError)):
        read_deliveries(acked(reply))


def test_properties_are_made_when_somebody_looks():
    found = StreamProperties("orders", [3, 5, 9])
    assert (len(found), found[1], list(found[1:])) == (3, {"stream": "orders", "sequence": 5}, [found[1], found[2]])


@pytest.mark.parametrize(
    "answer", [None, 1, [], {}, {"config": {}}, {"config": {"name": "a b"}}, {"config": {"name": "a.b"}}, {"config": {"name": 7}}]
)  # fmt: skip
def test_what_is_no_stream_is_left_out(answer):
    assert read_stream(answer) is None


def test_a_stream_with_odd_numbers_is_read_with_care():
    found = read_stream({
        "config": {"name": "a", "subjects": ["x", 7, None], "max_age": -1}, "created": 5,
        "state": {"first_seq": "1", "last_seq": True, "last_ts": "never"},
    })  # fmt: skip
    assert found is not None
    assert (found.subjects, found.first, found.last, found.max_age_s, found.last_ns) == (("x",), 1, 0, None, None)


def test_a_consumer_says_none_where_the_server_says_nothing():
    found = read_consumer(
        {"name": "c", "num_pending": -1, "ack_floor": [], "config": {"filter_subject": "a", "filter_subjects": 3}}
    )
    assert found is not None
    assert (found.filters, found.pending, found.ack_floor, found.pull, found.bound) == (("a",), None, None, True, False)
    assert read_consumer({"name": 1}) is read_consumer("c") is None


def test_a_stored_message_is_decoded_or_left_out():
    good = {"subject": "a", "seq": 3, "time": "2026-11-23T00:00:00.000000001Z", "data": base64.b64encode(b"x").decode()}
    assert read_stored(good) == Stored("a", 3, 1_795_392_000_000_000_001, None, b"x")
    for key, value in (("seq", -1), ("subject", None), ("time", "x"), ("data", "§"), ("hdrs", "!"), ("data", 7)):
        assert read_stored(good | {key: value}) is None
