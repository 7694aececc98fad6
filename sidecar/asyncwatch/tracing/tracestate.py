"""W3C `tracestate`: the headers of one message → what a span passes on, or nothing.

Source: facts on telemetry §2; W3C Trace Context Level 2 §3.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MAX_MEMBERS: Final = 32
MAX_KEPT: Final = 512
"""Characters a span carries at most; the standard asks for at least as many."""

LONG_MEMBER: Final = 128
"""Members longer than this go first when the whole is too long."""

_MAX_RAW_BYTES: Final = 32_768
"""Above 32 members of the greatest legal length (513 characters each) together."""

_MEMBER: Final = re.compile(
    rb"[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)


def parse_tracestate(values: Iterable[object]) -> bytes:
    """Join the values of all `tracestate` headers of a message, in their order; members stay as they were written.

    Shape: printable ASCII, at most MAX_KEPT bytes; b"" = nothing to pass on, also when any member breaks the grammar.
    Raises: nothing.
    """
    members: list[bytes] = []
    raw_bytes = 0
    for value in values:
        if isinstance(value, str):
            if not value.isascii():
                return b""
            text = value.encode("ascii")
        elif isinstance(value, bytes):
            text = value
        else:
            return b""
        raw_bytes += len(text)
        if raw_bytes > _MAX_RAW_BYTES:
            return b""
        members += [member for part in text.split(b",") if (member := part.strip(b" \t"))]
        if len(members) > MAX_MEMBERS:
            return b""
    if not all(map(_MEMBER.fullmatch, members)):
        return b""
    return shorten(members)


def shorten(members: list[bytes]) -> bytes:
    """Join members with commas; over MAX_KEPT the long ones go first, the last of them first, then from the end."""
    excess = sum(map(len, members)) + len(members) - 1 - MAX_KEPT
    if excess > 0:
        kept = members.copy()
        for only_long in (True, False):
            for place in range(len(kept) - 1, -1, -1):
                if excess <= 0:
                    break
                if not only_long or len(kept[place]) > LONG_MEMBER:
                    excess -= len(kept.pop(place)) + 1
        members = kept
    return b",".join(members)
