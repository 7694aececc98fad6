"""What a span takes from the headers beside its parent: the trace state, and a link to a second context.

Source: facts on telemetry §1 (precedence) and §4; opentelemetry-proto v1.11.0, Span.Link.
"""

from __future__ import annotations

from binascii import unhexlify
from typing import Final

from asyncwatch.model.batch import Headers
from asyncwatch.tracing import attributes as keys
from asyncwatch.tracing.protobuf import attribute, field, text_value
from asyncwatch.tracing.traceparent import parse_traceparent
from asyncwatch.tracing.tracestate import parse_tracestate

_KNOWN_REMOTE: Final = 0x300
"""SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK and SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK."""

REMOTE_FLAGS: Final = {b"%02x" % flags: _KNOWN_REMOTE | flags & 3 for flags in range(256)}
"""Span and link flags by the two flag digits of the context they come from: sampled and random pass, others do not."""

TRACESTATE: Final = "tracestate"
_EXTENSION_STATES: Final = frozenset({"ce_tracestate", "ce-tracestate"})

_ORIGIN: Final = attribute(4, keys.LINK_KIND, text_value(keys.LINK_CE_ORIGIN))


def extension_state(headers: Headers) -> bytes:
    """Give the trace state that the CloudEvents extension carries."""
    return parse_tracestate([value for name, value in headers if name.lower() in _EXTENSION_STATES])


def header_link(context: bytes, tracestate: bytes) -> bytes:
    """Write the link of a span that does not take the header context as its parent."""
    state = field(3, tracestate) if tracestate else b""
    return _link(context, state)


def origin_link(context: bytes, extension: object) -> bytes:
    """Write a link to the start of the transmission, where the extension names another span than the header."""
    origin = parse_traceparent(extension)
    if origin is None or origin[3:52] == context[3:52]:
        return b""
    return _link(origin, _ORIGIN)


def _link(context: bytes, rest: bytes) -> bytes:
    trace_id, span_id = unhexlify(context[3:35]), unhexlify(context[36:52])
    flags = REMOTE_FLAGS[context[53:55]].to_bytes(4, "little")
    return field(13, field(1, trace_id) + field(2, span_id) + rest + b"\x35" + flags)  # 0x35: field 6, fixed32
