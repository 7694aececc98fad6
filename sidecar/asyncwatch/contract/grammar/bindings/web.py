"""The WebSockets binding, 0.1.0, and the HTTP binding, 0.2.0 and 0.3.0."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.bindings.versions import SCHEMA, Fields, binding
from asyncwatch.contract.grammar.language import Number, one_of

_EARLIER: Final = ("0.1.0",)
_METHODS: Final = one_of("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE")
_OPERATION: Final[Fields] = {"method": _METHODS, "query": SCHEMA}

WS_CHANNEL: Final = binding("ws", {"0.1.0": {"method": one_of("GET", "POST"), "query": SCHEMA, "headers": SCHEMA}})
# An HTTP binding without a version is judged as the latest.
HTTP_OPERATION: Final = binding("http", {"0.3.0": _OPERATION, "0.2.0": _OPERATION}, earlier=_EARLIER)
HTTP_MESSAGE: Final = binding(
    "http",
    {"0.3.0": {"headers": SCHEMA, "statusCode": Number(integer=False)}, "0.2.0": {"headers": SCHEMA}},
    earlier=_EARLIER,
)
