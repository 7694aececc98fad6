"""Every format by the name that settings give it, and the order in which they are tried."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from asyncwatch.tracing.formats.b3 import B3
from asyncwatch.tracing.formats.base import Format
from asyncwatch.tracing.formats.datadog import DATADOG
from asyncwatch.tracing.formats.jaeger import JAEGER
from asyncwatch.tracing.formats.ottrace import OTTRACE
from asyncwatch.tracing.formats.w3c import CLOUDEVENTS, TRACECONTEXT
from asyncwatch.tracing.formats.xray import XRAY

FORMATS: Final[dict[str, Format]] = {
    "tracecontext": TRACECONTEXT,
    "cloudevents": CLOUDEVENTS,
    "b3": B3,
    "datadog": DATADOG,
    "jaeger": JAEGER,
    "xray": XRAY,
    "ottrace": OTTRACE,
}

DEFAULT_ORDER: Final = ("tracecontext", "cloudevents", "b3", "datadog", "jaeger", "xray")


def chosen(names: Iterable[str]) -> tuple[Format, ...]:
    """Give the formats of these names, in their order; unknown names are left out."""
    return tuple(FORMATS[name] for name in dict.fromkeys(names) if name in FORMATS)
