"""Protobuf wire bytes of attributes, written once per constant instead of once per span.

Source: protobuf.dev/programming-guides/encoding; opentelemetry-proto v1.11.0, common.proto.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

MAX_TEXT_BYTES: Final = 256
"""String values are cut here, at a character's border."""

_DOUBLE: Final = Struct("<d")
_SMALL: Final = tuple(bytes((number,)) for number in range(128))


def varint(number: int) -> bytes:
    """Write a number of at most 64 bits, shortest form; negative ones in two's complement, as int64 does."""
    if 0 <= number < 128:
        return _SMALL[number]
    number &= 0xFFFF_FFFF_FFFF_FFFF
    written = bytearray()
    while number > 127:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def field(number: int, content: bytes) -> bytes:
    """Write a length-delimited field: text, bytes, or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def clip(text: str, most_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """Encode a text as valid UTF-8 of at most so many bytes; what cannot be encoded becomes `?`."""
    encoded = text[:most_bytes].encode("utf-8", "replace")
    if len(encoded) <= most_bytes:
        return encoded
    return encoded[:most_bytes].decode("utf-8", "ignore").encode("utf-8")


def text_value(text: str) -> bytes:
    """Write an AnyValue that holds a text."""
    return field(1, clip(text))


def bool_value(truth: bool) -> bytes:
    """Write an AnyValue that holds a boolean."""
    return b"\x10\x01" if truth else b"\x10\x00"


def int_value(number: int) -> bytes:
    """Write an AnyValue that holds a whole number of 64 bits."""
    return b"\x18" + varint(number)


def any_value(value: str | float) -> bytes:
    """Write an AnyValue that holds a text, a whole number or another number."""
    if isinstance(value, str):
        return text_value(value)
    return int_value(value) if isinstance(value, int) else b"\x21" + _DOUBLE.pack(value)


def attribute(number: int, key: str, value: bytes) -> bytes:
    """Write a KeyValue as field `number` of the message around it; `value` is an AnyValue's bytes."""
    return field(number, field(1, key.encode()) + field(2, value))


def attribute_head(number: int, key: str, value_bytes: int) -> bytes:
    """Write an attribute up to its value, for a value (an AnyValue) of that many bytes."""
    before = field(1, key.encode()) + b"\x12" + varint(value_bytes)
    return varint(number << 3 | 2) + varint(len(before) + value_bytes) + before
