"""Headers that instrumentation and protocols add: no document describes them, and none is expected to (settled 19)."""

from __future__ import annotations

from typing import Final

_NAMES: Final = frozenset(
    {
        "traceparent", "tracestate", "baggage", "b3", "uber-trace-id", "content-type", "contenttype",
        "content-encoding", "__key_schema_id", "__value_schema_id",
    }
)  # fmt: skip
_PREFIXES: Final = ("x-b3-", "x-datadog-", "ce_", "ce-", "uberctx-", "apicurio.", "nats-")


def is_of_protocol(folded: str) -> bool:
    """Tell whether a header belongs to instrumentation or protocol; `folded`: its name in lower case."""
    return folded in _NAMES or folded.startswith(_PREFIXES)
