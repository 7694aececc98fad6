"""Protobuf messages taken apart without a library: our own bytes, and short answers of strangers.

Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
FIXED32: Final = 5
_SIZES: Final = {FIXED64: 8, FIXED32: 4}


def read_message(data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Give each field: its number, its wire type, its value for a varint (else 0), its content (else b"").

    Raises: ValueError (no protobuf message).
    """
    place = 0
    while place < len(data):
        tag, place = read_varint(data, place)
        kind = tag & 7
        if kind == VARINT:
            number, place = read_varint(data, place)
            yield tag >> 3, kind, number, b""
            continue
        length, place = read_varint(data, place) if kind == LENGTH else (_SIZES.get(kind, -1), place)
        if length < 0 or place + length > len(data):
            raise ValueError("cut off, or a wire type that is not used")
        yield tag >> 3, kind, 0, data[place : place + length]
        place += length


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """Give the number at a place, and the place after it.

    Raises: ValueError (no varint).
    """
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
