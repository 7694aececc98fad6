"""B3, in one header or in several.

Rule 1: the single header wins over the others.
Rule 2: a sampling state that is absent is deferred to who reads: it counts as sampled; `d` (debug) is sampled.
Rule 3: a sampling state without ids is legal, and no context.
Source: facts on telemetry §2; openzipkin b3-propagation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.tracing.formats.base import (
    BAD_FORM,
    BAD_SAMPLING,
    BAD_SPAN_ID,
    NO_SPAN_ID,
    NO_TRACE_ID,
    Format,
    Verdict,
    as_text,
    context,
    hex_id,
)

_STATES: Final = {b"0": False, b"1": True, b"d": True}
_MULTI_STATES: Final = {b"0": False, b"1": True, b"false": False, b"true": True}


def read(values: Sequence[object]) -> Verdict:
    """Read the values of HEADERS."""
    single, *several = values
    return _read_several(several) if single is None else _read_single(single)


def _read_single(value: object) -> Verdict:
    text = as_text(value)
    if isinstance(text, str):
        return text
    if text in _STATES:
        return None
    parts = text.split(b"-")
    if not 2 <= len(parts) <= 4:
        return BAD_FORM
    sampled = True
    if len(parts) > 2:
        if parts[2] not in _STATES:
            return BAD_SAMPLING
        sampled = _STATES[parts[2]]
    if len(parts) == 4 and hex_id(parts[3], (16,), 16) is None:
        return BAD_SPAN_ID
    return context(hex_id(parts[0], (16, 32), 32), hex_id(parts[1], (16,), 16), sampled=sampled)


def _read_several(values: Sequence[object]) -> Verdict:
    texts: list[bytes | None] = []
    for value in values:
        text = None if value is None else as_text(value)
        if isinstance(text, str):
            return text
        texts.append(text)
    trace_id, span_id, state, flags = texts
    if trace_id is None and span_id is None:
        return None
    if trace_id is None:
        return NO_TRACE_ID
    if span_id is None:
        return NO_SPAN_ID
    sampled = True
    if flags != b"1" and state is not None:
        known = _MULTI_STATES.get(state.lower())
        if known is None:
            return BAD_SAMPLING
        sampled = known
    return context(hex_id(trace_id, (16, 32), 32), hex_id(span_id, (16,), 16), sampled=sampled)


B3: Final = Format(
    "b3", ("b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"), signs=(0, 1, 2), read=read
)
