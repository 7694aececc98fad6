"""OTLP requests and answers as protobuf bytes.

Source: opentelemetry-proto v1.11.0, trace_service.proto, trace.proto, resource.proto; facts on telemetry §4 (Resources).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from asyncwatch import __version__
from asyncwatch.model.route import Route
from asyncwatch.tracing import attributes as keys
from asyncwatch.tracing.protobuf import attribute, clip, field, text_value
from asyncwatch.tracing.span_constants import is_cluster_id

_SCOPE = field(1, field(1, clip(keys.SCOPE_NAME)) + field(2, clip(__version__)))  # ScopeSpans.scope
_SCHEMA_URL = field(3, clip(keys.SCHEMA_URL))  # ScopeSpans.schema_url, ResourceSpans.schema_url


def service_name(route: Route, service: str | None, title: str | None) -> str:
    """Name the broker's service: as configured, else the server's title, else system and cluster.

    The server's key in the document does not count: keys like `production` would merge clusters.
    """
    if service:
        return service
    if title:
        return title
    system = keys.SYSTEMS.get(route.protocol, route.protocol)
    return f"{system} {route.cluster if is_cluster_id(route) else route.host or route.cluster}"


def broker_resource(name: str) -> bytes:
    """Write the resource of a broker: what was observed, not who observed it."""
    written = (
        (keys.SERVICE_NAME, name),
        (keys.DISTRO_NAME, "asyncwatch"),
        (keys.DISTRO_VERSION, __version__),
    )
    return field(1, b"".join(attribute(1, key, text_value(text)) for key, text in written))


def encode_request(spans: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write an export request from (resource, span) pairs; spans of one resource stand together, in their order."""
    by_resource: dict[bytes, list[bytes]] = {}
    for resource, span in spans:
        by_resource.setdefault(resource, []).append(span)
    return b"".join(
        field(1, resource + field(2, _SCOPE + b"".join(own) + _SCHEMA_URL) + _SCHEMA_URL)
        for resource, own in by_resource.items()
    )


@dataclass(frozen=True, slots=True)
class PartialSuccess:
    """What a receiver took exception to although it said 200."""

    rejected: int = 0
    message: str = ""


def decode_partial_success(body: bytes) -> PartialSuccess:
    """Read an ExportTraceServiceResponse; fields it does not know are passed over.

    Raises: nothing; bytes that are no such message say nothing.
    """
    try:
        partial = _fields(body).get(1, b"")
        if not isinstance(partial, bytes):
            return PartialSuccess()
        found = _fields(partial)
    except ValueError:
        return PartialSuccess()
    rejected, message = found.get(1, 0), found.get(2, b"")
    return PartialSuccess(
        rejected=rejected if isinstance(rejected, int) and rejected < 1 << 63 else 0,
        message=message.decode("utf-8", "replace") if isinstance(message, bytes) else "",
    )


def _fields(data: bytes) -> dict[int, int | bytes]:
    """Take a message apart: varints and length-delimited fields by number, the last one counts."""
    found: dict[int, int | bytes] = {}
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        kind = tag & 7
        if kind == 0:
            found[tag >> 3], place = _varint(data, place)
            continue
        length, place = _varint(data, place) if kind == 2 else ({1: 8, 5: 4}.get(kind, -1), place)
        if length < 0 or place + length > len(data):
            raise ValueError("cut off, or a wire type that is not used")
        if kind == 2:
            found[tag >> 3] = data[place : place + length]
        place += length
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ValueError("cut off inside a number")
        digit = data[place]
        place += 1
        number |= (digit & 0x7F) << shift
        if digit < 0x80:
            return number, place
    raise ValueError("a number of more than ten bytes")
