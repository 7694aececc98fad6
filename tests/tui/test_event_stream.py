"""Server-sent events, however the bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch_tui.event_stream import EventReader, LineTooLong, ServerEvent

STREAM = (
    b': keep\n\nevent: snapshot\nid: 1\ndata: {"a":\ndata: 1}\n\n'
    b"event: change\r\ndata:[]\r\n\r\ndata: x\r\revent: finding\n\nevent: e\xff\ndata\n\n"
)  # fmt: skip
EVENTS = [
    ServerEvent("snapshot", b'{"a":\n1}'),
    ServerEvent("change", b"[]"),
    ServerEvent("message", b"x"),
    ServerEvent("e�", b""),
]


def test_events_are_cut_out_of_a_stream():
    assert EventReader().feed(STREAM) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_do_not_depend_on_how_the_bytes_come(cuts):
    reader, found, start = EventReader(), [], 0
    for cut in [*sorted(cuts), len(STREAM)]:
        found += reader.feed(STREAM[start:cut])
        start = cut
    assert found == EVENTS


def test_byte_by_byte_is_the_same():
    reader = EventReader()
    assert [event for byte in STREAM for event in reader.feed(bytes([byte]))] == EVENTS


@pytest.mark.parametrize("chunks", [[b"data: " + b"x" * 200], [b"x"] * 200, [b"data: 0123456789\n"] * 20])
def test_a_line_without_end_is_refused(chunks):
    reader = EventReader(longest_bytes=100)
    with pytest.raises(LineTooLong):
        for chunk in chunks:
            reader.feed(chunk)


def test_many_chunks_of_one_line_cost_linear_time():
    reader = EventReader()
    for _ in range(200_000):
        reader.feed(b"x" * 16)
    assert reader.feed(b"\n\n") == []
