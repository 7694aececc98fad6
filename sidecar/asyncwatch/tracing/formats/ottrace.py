"""OpenTracing's basic tracer, deprecated: read only when asked for.

Source: facts on telemetry §2; OpenTelemetry specification, OT Trace propagator.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.tracing.formats.base import NO_SPAN_ID, NO_TRACE_ID, Format, Verdict, as_text, context, hex_id

_SAMPLED: Final = frozenset({b"true", b"1"})


def read(values: Sequence[object]) -> Verdict:
    """Read the values of HEADERS."""
    texts: list[bytes | None] = []
    for value in values:
        text = None if value is None else as_text(value)
        if isinstance(text, str):
            return text
        texts.append(text)
    trace_id, span_id, state = texts
    if trace_id is None:
        return None if span_id is None else NO_TRACE_ID
    if span_id is None:
        return NO_SPAN_ID
    return context(
        hex_id(trace_id, range(1, 33), 32), hex_id(span_id, range(1, 17), 16),
        sampled=state is not None and state.lower() in _SAMPLED,
    )  # fmt: skip


OTTRACE: Final = Format(
    "ottrace", ("ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"), signs=(0, 1), read=read
)
