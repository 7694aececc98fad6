"""What a receiver took exception to although it accepted a request; read from protobuf bytes without a library.

Source: opentelemetry-proto v1.11.0, Export…ServiceResponse and Export…PartialSuccess, alike for all signals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartialSuccess:
    """How many things were rejected, and why."""

    rejected: int = 0
    message: str = ""


def decode_partial_success(body: bytes) -> PartialSuccess:
    """Read an Export…ServiceResponse; fields it does not know are passed over.

    Raises: nothing; bytes that are no such message say nothing.
    """
    try:
        partial = read_fields(body).get(1, b"")
        if not isinstance(partial, bytes):
            return PartialSuccess()
        found = read_fields(partial)
    except ValueError:
        return PartialSuccess()
    rejected, message = found.get(1, 0), found.get(2, b"")
    return PartialSuccess(
        rejected=rejected if isinstance(rejected, int) and rejected < 1 << 63 else 0,
        message=message.decode("utf-8", "replace") if isinstance(message, bytes) else "",
    )


def read_fields(data: bytes) -> dict[int, int | bytes]:
    """Take a message apart: varints and length-delimited fields by number, the last one counts.

    Raises: ValueError (no protobuf message).
    """
    return dict(iter_fields(data))


def iter_fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Give a message's varints and length-delimited fields in their order, by number.

    Raises: ValueError (no protobuf message).
    """
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        kind = tag & 7
        if kind == 0:
            number, place = _varint(data, place)
            yield tag >> 3, number
            continue
        length, place = _varint(data, place) if kind == 2 else ({1: 8, 5: 4}.get(kind, -1), place)
        if length < 0 or place + length > len(data):
            raise ValueError("cut off, or a wire type that is not used")
        if kind == 2:
            yield tag >> 3, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ValueError("cut off inside a number")
        digit = data[place]
        place += 1
        number |= (digit & 0x7F) << shift
        if digit < 0x80:
            return number, place
    raise ValueError("a number of more than ten bytes")
