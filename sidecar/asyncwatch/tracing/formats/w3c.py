"""W3C `traceparent`, as a protocol header and as the CloudEvents extension.

Source: facts on telemetry §1; CloudEvents distributed tracing extension.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.tracing.attributes import FORMAT_CLOUDEVENTS, FORMAT_W3C
from asyncwatch.tracing.formats.base import Format, Verdict
from asyncwatch.tracing.traceparent import EXTENSIONS, HEADER, judge_traceparent


def read(values: Sequence[object]) -> Verdict:
    """Read the first value that is there."""
    reason: str | None = None
    for value in values:
        if value is not None:
            verdict = judge_traceparent(value)
            if isinstance(verdict, bytes):
                return verdict
            reason = reason or verdict
    return reason


TRACECONTEXT: Final = Format(FORMAT_W3C, (HEADER,), signs=(0,), read=read)
CLOUDEVENTS: Final = Format(FORMAT_CLOUDEVENTS, EXTENSIONS, signs=(0, 1), read=read)
