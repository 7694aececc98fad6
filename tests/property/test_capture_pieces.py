"""A capture's bytes, cut into pieces of any size, give the same as read whole."""

from __future__ import annotations

import asyncio
import io
import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncwatch.model.errors import EndOfStream
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.capture import CaptureTap
from asyncwatch.taps.capture.source import FileSource
from asyncwatch.taps.capture.splitting import LineSplitter

LONGEST = 120
SOAK = float(os.environ.get("ASYNCWATCH_SOAK_S", "0"))

line = st.sampled_from(
    [
        b'{"address":"a","payload":"x"}', b'{"address":"a","partition":1,"offset":7,"payload":null}', b"", b"  ", b"\r",
        b'{"address":"b.c","key":"\xc3\xa4"}', b'{"gap":{"address":"a","from":1,"to":9}}', b"\xff", b"{", b"[]",
        b'{"end":"2026-01-01T00:00:00Z"}', b'{"address":"a","timestamp":"2026-01-01T00:00:00Z"}',
        b'{"address":"a","headers":[["n","v"]],"live":false}', b"x" * LONGEST, b"x" * (LONGEST - 1), b"y" * 400,
    ]
)  # fmt: skip
capture = st.lists(line | st.binary(max_size=40), max_size=30).map(b"\n".join) | st.binary(max_size=300)
sizes = st.lists(st.integers(1, 64), min_size=1, max_size=20)


class Pieces:
    """A stream without a file that gives pieces of the sizes asked for, over and over."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._content, self._sizes, self._turn, self._place = content, sizes, 0, 0

    def fileno(self) -> int:
        raise io.UnsupportedOperation

    def read(self, most: int) -> bytes:
        size = min(self._sizes[self._turn % len(self._sizes)], most)
        self._turn += 1
        self._place += size
        return self._content[self._place - size : self._place]


def records(content: bytes, sizes: list[int]) -> tuple[list[object], list[tuple[int, str]], int]:
    told: list[tuple[int, str]] = []

    async def read() -> tuple[list[object], int]:
        source = FileSource(["-"], Pieces(content, sizes), longest=LONGEST)
        tap = CaptureTap(source, ["s"], lambda _, number, reason: told.append((number, reason)))
        await tap.connect()
        await tap.follow([Filter("a", "a")], Start())
        found: list[object] = []
        try:
            while True:
                for batch in await tap.read():
                    rows = zip(
                        batch.positions, batch.payloads, batch.keys, batch.sent_ns, batch.observed_ns, strict=True
                    )
                    headers = [list(one) for one in batch.headers]
                    found += [
                        (batch.filter, batch.partition, batch.live, batch.gap is not None and number == 0, *row, *one)
                        for number, (row, one) in enumerate(zip(rows, headers, strict=True))
                    ]
        except EndOfStream:
            assert tap.broken == len(told)
            await tap.close()
            return found, tap.clock_ns

    found, clock_ns = asyncio.run(read())
    return found, told, clock_ns


@settings(max_examples=int(300 + SOAK * 20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(capture, sizes)
def test_pieces_of_any_size_give_the_records_and_broken_lines_of_the_whole(content, sizes):
    assert records(content, sizes) == records(content, [1 << 20])


@settings(max_examples=int(500 + SOAK * 20), deadline=None)
@given(capture, sizes)
def test_lines_are_those_that_line_ends_make_and_long_ones_are_not_kept(content, sizes):
    splitter = LineSplitter(LONGEST)
    stream = Pieces(content, sizes)
    found: list[tuple[int, bytes | None]] = []
    while piece := stream.read(1 << 20):
        splitter.feed(piece)
        assert sum(map(len, splitter._begun)) <= LONGEST
        found += splitter.take(2)
    splitter.end()
    found += splitter.take(10_000)
    assert found == [(number, one if len(one) <= LONGEST else None) for number, one in enumerate(_lines(content), 1)]


def _lines(content: bytes) -> list[bytes]:
    """Cut slowly, byte by byte."""
    lines, begun = [], b""
    for value in content:
        begun += bytes([value])
        if value == 0x0A:
            lines.append(begun)
            begun = b""
    return [*lines, begun] if begun else lines
