"""`OTEL_PROPAGATORS`: which kinds of trace context are read, in which order.

Rule 1: we only read contexts, so `baggage` changes nothing; `none` reads no context at all.
Rule 2: the CloudEvents extension is W3C's form: it is read right after `tracecontext`, unless it is named itself.
Source: OpenTelemetry specification 1.60, SDK environment variables; facts on telemetry §1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VARIABLE: Final = "OTEL_PROPAGATORS"

_FORMATS: Final = {
    "tracecontext": "tracecontext",
    "cloudevents": "cloudevents",
    "b3": "b3",
    "b3multi": "b3",
    "jaeger": "jaeger",
    "xray": "xray",
    "xray-lambda": "xray",
    "ottrace": "ottrace",
    "datadog": "datadog",
}
_SILENT: Final = frozenset({"baggage", "none", ""})


def read_propagators(environ: Mapping[str, str]) -> tuple[tuple[str, ...] | None, list[str]]:
    """Give the formats in their order, with a warning for each name that is not known.

    Shape: None = the variable says nothing; () = no context is read.
    """
    given = environ.get(VARIABLE, "").strip()
    if not given:
        return None, []
    names = [name.strip().lower() for name in given.split(",")]
    warnings = [
        f"{VARIABLE} names a propagator that is not known here (number {place}), it is ignored"
        for place, name in enumerate(names, 1)
        if name not in _FORMATS and name not in _SILENT
    ]
    known = [_FORMATS[name] for name in names if name in _FORMATS]
    if not known and "none" not in names and warnings:
        return None, warnings
    if "cloudevents" not in known and "tracecontext" in known:
        known.insert(known.index("tracecontext") + 1, "cloudevents")
    return tuple(dict.fromkeys(known)), warnings
