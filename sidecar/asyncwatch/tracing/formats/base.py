"""What every format of trace context shares: its headers, and ids brought to one length.

Rule 1: a reader gives a context of 55 bytes, a reason why there is none, or None where the format is not used.
Rule 2: no reason holds a part of a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Verdict: TypeAlias = bytes | str | None

MOST_BYTES: Final = 4096
"""A header value longer than this is no context."""

TOO_LONG: Final = "longer than any context"
NOT_TEXT: Final = "not a text of ASCII characters"
BAD_TRACE_ID: Final = "trace id does not parse"
BAD_SPAN_ID: Final = "span id does not parse"
ZERO_TRACE_ID: Final = "trace id is all zeros"
ZERO_SPAN_ID: Final = "span id is all zeros"
NO_SPAN_ID: Final = "span id is missing"
NO_TRACE_ID: Final = "trace id is missing"
BAD_SAMPLING: Final = "sampling state does not parse"
BAD_FORM: Final = "fields are not in the form of the format"

_HEX: Final = re.compile(rb"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a trace context into headers.

    `word` is how reports and spans name it. `headers`: names in lower case; at least one of `signs`, which index
    `headers`, stands in every message that uses the format. `read` takes the values of the headers in that order.
    """

    word: str
    headers: tuple[str, ...]
    signs: tuple[int, ...]
    read: Callable[[Sequence[object]], Verdict]


def as_text(value: object) -> bytes | str:
    """Give a header value as ASCII bytes without white space around it, or the reason why it is none."""
    if isinstance(value, str):
        if not value.isascii():
            return NOT_TEXT
        value = value.encode("ascii")
    if not isinstance(value, bytes):
        return NOT_TEXT
    return TOO_LONG if len(value) > MOST_BYTES else value.strip(b" \t")


def hex_id(text: bytes, lengths: Sequence[int], to: int) -> bytes | None:
    """Read a hex id of one of the lengths, in either case, and pad it with zeros on the left; None = no such id."""
    if len(text) not in lengths:
        return None
    lower = text.lower()
    return lower.rjust(to, b"0") if _HEX.fullmatch(lower) else None


def context(trace_id: bytes | None, span_id: bytes | None, *, sampled: bool) -> bytes | str:
    """Write the normalised context from 32 and 16 hex digits; a part that is None did not parse."""
    if trace_id is None:
        return BAD_TRACE_ID
    if span_id is None:
        return BAD_SPAN_ID
    if not trace_id.strip(b"0"):
        return ZERO_TRACE_ID
    if not span_id.strip(b"0"):
        return ZERO_SPAN_ID
    return b"00-" + trace_id + b"-" + span_id + (b"-01" if sampled else b"-00")
