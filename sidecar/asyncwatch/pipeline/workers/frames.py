"""What a worker and its parent say to each other: length, kind, MessagePack.

setup ──► worker      ready | failed ◄── worker      beat, beat, … ◄── worker      stop ──► worker      end ◄── worker
question ──► worker      answer ◄── worker
prepare ──► worker      prepared ◄── worker      switch ──► worker      beat, switched ◄── worker
"""

from __future__ import annotations

import asyncio
import struct
from typing import Final

import msgspec
from msgspec import Struct

from asyncwatch.model.answers import TraceRow
from asyncwatch.model.errors import Disconnected
from asyncwatch.model.report import Report, SidecarRow
from asyncwatch.model.view import FindingDetail

READY: Final = b"R"
FAILED: Final = b"F"
BEAT: Final = b"B"
END: Final = b"E"
SETUP: Final = b"S"
STOP: Final = b"X"
QUESTION: Final = b"Q"
ANSWER: Final = b"A"
PREPARE: Final = b"P"
PREPARED: Final = b"p"
SWITCH: Final = b"W"
SWITCHED: Final = b"w"

LONGEST_BYTES: Final = 1 << 30
_HEAD: Final = struct.Struct(">cI")

PlaceRow = tuple[str, int, int, int | None]
"""(address, partition, where reading goes on, where it stops or None)."""


class Fault(Struct):
    """Why a worker could not start: something the user can change."""

    message: str
    detail: str | None
    hint: str | None


class Beat(Struct):
    """A worker's numbers at one moment, and the places that belong to them: a new worker goes on there.

    `connected` None = not known yet. `snapshot` holds an encoded Snapshot, decoded only where it is asked for. `ended`:
    the sidecar's row if the worker ended now, with what waits counted as dropped.
    """

    time_ns: int
    connected: bool | None
    done: bool
    messages: int
    places: dict[str, list[PlaceRow]]
    snapshot: bytes
    ended: SidecarRow
    points: bytes = b""
    """Its metrics, packed, where they are wanted."""


class End(Struct):
    """The last words of a worker: the report of its whole run."""

    report: Report
    last: Beat


class Question(Struct):
    """What lies in a worker's memory only: the details of a finding group, or else the traces that are kept."""

    number: int
    fingerprint: str | None = None
    trace_id: str | None = None


class Answer(Struct):
    """What a worker knows of it."""

    number: int
    detail: FindingDetail | None = None
    traces: list[TraceRow] = []


class Prepare(Struct):
    """Documents and configuration to make a plan of, as the parent has read them; nothing switches yet."""

    number: int
    files: dict[str, bytes]


class Readiness(Struct):
    """Whether a worker could take such a plan over: it can where nothing is wrong."""

    number: int
    faults: list[Fault]


def write(writer: asyncio.StreamWriter, kind: bytes, content: object = None) -> None:
    """Queue a frame; whoever writes often drains in between."""
    body = msgspec.msgpack.encode(content)
    writer.write(_HEAD.pack(kind, len(body)))
    writer.write(body)


async def read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Wait for a frame; give its kind and its body.

    Raises: Disconnected when the other side is gone.
    """
    try:
        kind, length = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        if length > LONGEST_BYTES:
            raise Disconnected("a frame is too long")
        return kind, await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError) as error:
        raise Disconnected("the other process is gone") from error
