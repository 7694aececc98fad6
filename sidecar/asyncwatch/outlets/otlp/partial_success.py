"""What a receiver took exception to although it accepted a request; read from protobuf bytes without a library.

Source: opentelemetry-proto v1.11.0, Export…ServiceResponse and Export…PartialSuccess, alike for all signals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import orjson

from asyncwatch.tracing.wire import LENGTH, VARINT, read_message

_REJECTED: Final = ("rejectedSpans", "rejectedLogRecords", "rejectedDataPoints")


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


def decode_json_partial_success(body: bytes) -> PartialSuccess:
    """Read the same in JSON form, where whole numbers of 64 bits are texts.

    Raises: nothing; what is no such object says nothing.
    """
    try:
        answer = orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return PartialSuccess()
    partial = answer.get("partialSuccess") if isinstance(answer, dict) else None
    if not isinstance(partial, dict):
        return PartialSuccess()
    found = next((partial[name] for name in _REJECTED if name in partial), 0)
    number = str(found) if isinstance(found, str | int) else ""
    message = partial.get("errorMessage")
    return PartialSuccess(
        rejected=int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0,
        message=message if isinstance(message, str) else "",
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
    for number, kind, value, content in read_message(data):
        if kind == VARINT:
            yield number, value
        elif kind == LENGTH:
            yield number, content
