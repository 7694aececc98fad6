"""W3C trace context: a `traceparent` value → the normalised context of 55 bytes, or why it is none.

Rule 1: one bad field makes the whole header invalid.
Rule 2: a version higher than 00 is read by its first four fields and used as 00.
Source: facts on telemetry §2; W3C Trace Context Level 2 §3.2.
"""

from __future__ import annotations

from typing import Final

HEADER: Final = "traceparent"
EXTENSIONS: Final = ("ce_traceparent", "ce-traceparent")
"""The CloudEvents extension as Kafka and as NATS, HTTP and AMQP write it."""

CONTEXT_LENGTH: Final = 55
"""`00-` + 32 hex digits + `-` + 16 hex digits + `-` + 2 hex digits."""

NO_TRACE: Final = b"0" * 32
NO_SPAN: Final = b"0" * 16

SAMPLED_DIGITS: Final = b"13579bdf"
"""Last characters of a context whose flag bit 0 is set: `context[54] in SAMPLED_DIGITS`."""

_HEX: Final = frozenset(b"0123456789abcdef")

SHAPE_TABLE: Final = bytes(ord("h") if code in _HEX else code if code == ord("-") else ord("x") for code in range(256))
"""Translates a good value to SHAPE, and no other value of any length."""

SHAPE: Final = b"hh-" + b"h" * 32 + b"-" + b"h" * 16 + b"-hh"

TOO_SHORT: Final = "shorter than 55 characters"
TOO_LONG: Final = "longer than 55 characters in version 00"
BAD_VERSION: Final = "version is not two hex digits in lower case, or ff"
BAD_TRACE_ID: Final = "trace id is not 32 hex digits in lower case"
ZERO_TRACE_ID: Final = "trace id is all zeros"
BAD_PARENT_ID: Final = "parent id is not 16 hex digits in lower case"
ZERO_PARENT_ID: Final = "parent id is all zeros"
BAD_FLAGS: Final = "flags are not two hex digits in lower case"
BAD_REST: Final = "no dash after the flags"
BAD_DASHES: Final = "fields are not separated by dashes"
NOT_TEXT: Final = "not a text of ASCII characters"

REASONS: Final = (
    TOO_SHORT, TOO_LONG, BAD_VERSION, BAD_TRACE_ID, ZERO_TRACE_ID, BAD_PARENT_ID, ZERO_PARENT_ID, BAD_FLAGS,
    BAD_REST, BAD_DASHES, NOT_TEXT,
)  # fmt: skip
"""Every reason that `judge_traceparent` gives; none of them holds a part of the value."""


def parse_traceparent(value: object) -> bytes | None:
    """Read a header value as it came from the wire, bytes or text.

    Shape: 55 bytes, version 00; None = no valid context.
    Raises: nothing.
    """
    verdict = judge_traceparent(value)
    return verdict if isinstance(verdict, bytes) else None


def judge_traceparent(value: object) -> bytes | str:
    """Read a header value; where it is not valid give one of REASONS instead."""
    if isinstance(value, str):
        if not value.isascii():
            return NOT_TEXT
        value = value.encode("ascii")
    if not isinstance(value, bytes):
        return NOT_TEXT
    text = value.strip(b" \t")
    if len(text) < CONTEXT_LENGTH:
        return TOO_SHORT
    version, trace_id, parent_id, flags = text[:2], text[3:35], text[36:52], text[53:55]
    if text[2] != 45 or text[35] != 45 or text[52] != 45:  # 45 is the dash
        return BAD_DASHES
    if not _HEX.issuperset(version) or version == b"ff":
        return BAD_VERSION
    if len(text) > CONTEXT_LENGTH and (version == b"00" or text[55] != 45):
        return TOO_LONG if version == b"00" else BAD_REST
    if not _HEX.issuperset(trace_id):
        return BAD_TRACE_ID
    if trace_id == NO_TRACE:
        return ZERO_TRACE_ID
    if not _HEX.issuperset(parent_id):
        return BAD_PARENT_ID
    if parent_id == NO_SPAN:
        return ZERO_PARENT_ID
    if not _HEX.issuperset(flags):
        return BAD_FLAGS
    return b"00" + text[2:CONTEXT_LENGTH]
