"""AWS X-Ray: `Root=1-8hex-24hex;Parent=16hex;Sampled=1`, in any order, among keys that are not known.

Rule 1: without a parent there is no span to hang on: legal, and no context.
Rule 2: a sampling state that is absent or asked for (`?`) is not sampled, as the usual propagators take it.
Source: facts on telemetry §2; AWS X-Ray, tracing header.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.tracing.formats.base import (
    BAD_FORM,
    BAD_SAMPLING,
    BAD_TRACE_ID,
    NO_TRACE_ID,
    Format,
    Verdict,
    as_text,
    context,
    hex_id,
)

_MOST_FIELDS: Final = 32


def read(values: Sequence[object]) -> Verdict:
    """Read the header, or else the attribute of AWS's own queues."""
    given = next((value for value in values if value is not None), None)
    if given is None:
        return None
    text = as_text(given)
    if isinstance(text, str):
        return text
    found: dict[bytes, bytes] = {}
    fields = text.split(b";", _MOST_FIELDS)
    for field in fields[:_MOST_FIELDS]:
        key, equals, value = field.strip(b" \t").partition(b"=")
        if equals:
            found[key.lower()] = value.strip(b" \t")
        elif key:
            return BAD_FORM
    root, parent = found.get(b"root"), found.get(b"parent")
    if root is None:
        return NO_TRACE_ID
    if parent is None:
        return None
    state = found.get(b"sampled", b"?")
    if state not in {b"0", b"1", b"?"}:
        return BAD_SAMPLING
    version, _, rest = root.partition(b"-")
    time, _, unique = rest.partition(b"-")
    head, tail = hex_id(time, (8,), 8), hex_id(unique, (24,), 24)
    if version != b"1" or head is None or tail is None:
        return BAD_TRACE_ID
    return context(head + tail, hex_id(parent, (16,), 16), sampled=state == b"1")


XRAY: Final = Format("xray", ("x-amzn-trace-id", "awstraceheader"), signs=(0, 1), read=read)
