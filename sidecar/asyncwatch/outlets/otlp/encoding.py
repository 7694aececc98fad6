"""OTLP requests as protobuf bytes.

Source: opentelemetry-proto v1.11.0, trace_service.proto, trace.proto, resource.proto; facts on telemetry §4 (Resources).
"""

from __future__ import annotations

from collections.abc import Iterable

from asyncwatch import __version__
from asyncwatch.config.settings import ResourceSettings
from asyncwatch.model.route import Route
from asyncwatch.telemetry.resource import own_resource
from asyncwatch.tracing import attributes as keys
from asyncwatch.tracing.protobuf import attribute, clip, field, text_value
from asyncwatch.tracing.span_constants import is_cluster_id

_SCOPE = field(1, field(1, clip(keys.SCOPE_NAME)) + field(2, clip(__version__)))  # Scope….scope
_SCHEMA_URL = field(3, clip(keys.SCHEMA_URL))  # Scope….schema_url, Resource….schema_url


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


def self_resource(settings: ResourceSettings) -> bytes:
    """Write the resource of what we say about ourselves: metrics, and events about messages."""
    return field(1, b"".join(attribute(1, key, text_value(text)) for key, text in own_resource(settings).items()))


def encode_request(things: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write an export request from (resource, thing) pairs; things of one resource stand together, in their order.

    Shape: a resource is field 1 of Resource…, a thing field 2 of Scope…, each with tag and length: spans, log records
    and metrics have the same numbers there.
    """
    by_resource: dict[bytes, list[bytes]] = {}
    for resource, thing in things:
        by_resource.setdefault(resource, []).append(thing)
    return b"".join(
        field(1, resource + field(2, _SCOPE + b"".join(own) + _SCHEMA_URL) + _SCHEMA_URL)
        for resource, own in by_resource.items()
    )
