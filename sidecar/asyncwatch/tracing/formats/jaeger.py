"""Jaeger's own header, `{trace}:{span}:{parent}:{flags}`.

Rule 1: ids may have lost their leading zeros; colons may be percent-encoded.
Source: facts on telemetry §2; Jaeger client libraries, propagation format.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.tracing.formats.base import BAD_FORM, BAD_SAMPLING, Format, Verdict, as_text, context, hex_id

_TRACE_DIGITS: Final = range(1, 33)
_SPAN_DIGITS: Final = range(1, 17)


def read(values: Sequence[object]) -> Verdict:
    """Read the value of the one header."""
    if values[0] is None:
        return None
    text = as_text(values[0])
    if isinstance(text, str):
        return text
    parts = text.replace(b"%3A", b":").replace(b"%3a", b":").split(b":")
    if len(parts) != 4:
        return BAD_FORM
    flags = hex_id(parts[3], range(1, 9), 8)
    if flags is None:
        return BAD_SAMPLING
    return context(
        hex_id(parts[0], _TRACE_DIGITS, 32), hex_id(parts[1], _SPAN_DIGITS, 16), sampled=bool(int(flags, 16) & 1)
    )


JAEGER: Final = Format("jaeger", ("uber-trace-id",), signs=(0,), read=read)
