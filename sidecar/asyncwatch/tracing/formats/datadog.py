"""Datadog: decimal ids of 64 bits, the upper half of the trace id among the tags.

Rule 1: a sampling priority of 0 or less drops, any other keeps; an absent or unreadable one leaves it open: kept.
Rule 2: tags that do not hold 16 lower-case hex digits for the upper half say nothing about it.
Source: facts on telemetry §2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from asyncwatch.tracing.formats.base import NO_SPAN_ID, NO_TRACE_ID, Format, Verdict, as_text, context

_DECIMAL: Final = re.compile(rb"[0-9]{1,20}")
_PRIORITY: Final = re.compile(rb"[+-]?[0-9]{1,9}")
_UPPER: Final = re.compile(rb"(?:^|,)\s*_dd\.p\.tid=([0-9a-f]{16})\s*(?:,|$)")


def read(values: Sequence[object]) -> Verdict:
    """Read the values of HEADERS."""
    texts: list[bytes | None] = []
    for value in values:
        text = None if value is None else as_text(value)
        if isinstance(text, str):
            return text
        texts.append(text)
    trace_id, span_id, priority, tags = texts
    if trace_id is None:
        return None if span_id is None else NO_TRACE_ID
    if span_id is None:
        return NO_SPAN_ID
    upper = None if tags is None else _UPPER.search(tags)
    low, span = _word(trace_id), _word(span_id)
    whole = None if low is None else (b"0" * 16 if upper is None else upper[1]) + low
    dropped = priority is not None and _PRIORITY.fullmatch(priority) is not None and int(priority) <= 0
    if low is not None and not low.strip(b"0"):
        whole = b"0" * 32  # the low half alone names the trace for Datadog: zero means none
    return context(whole, span, sampled=not dropped)


def _word(text: bytes) -> bytes | None:
    """Give a decimal number of 64 bits as 16 hex digits; None = it is none."""
    if _DECIMAL.fullmatch(text) is None or int(text) >= 1 << 64:
        return None
    return b"%016x" % int(text)


DATADOG: Final = Format(
    "datadog",
    ("x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-sampling-priority", "x-datadog-tags"),
    signs=(0, 1),
    read=read,
)
