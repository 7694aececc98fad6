"""Everything about a route's spans that no message changes, as protobuf bytes.

Source: facts on telemetry §4 (names, attributes) and settled 17b (resolved addresses stay out).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from asyncwatch.model.route import Candidate, Route
from asyncwatch.model.state import STATES
from asyncwatch.tracing import attributes as keys
from asyncwatch.tracing.identity import span_stem, trace_stem
from asyncwatch.tracing.protobuf import (
    attribute,
    attribute_head,
    bool_value,
    clip,
    field,
    int_value,
    text_value,
    varint,
)

ATTRIBUTES: Final = 9
"""Span.attributes"""

_KIND_INTERNAL: Final = b"\x30\x01"  # Span.kind; service graphs count producers and consumers only

_SHARED_ADDRESS: Final = "_other"
"""The address of the one route that stands for many (interfaces.md §3)."""

_TEMPORARY: Final = {"nats": "_INBOX", "amqp": "amq.gen-"}
"""How names begin that a broker or client made up for one connection."""


def text_attribute(key: str, text: str) -> bytes:
    """Write a span attribute that holds a text."""
    return attribute(ATTRIBUTES, key, text_value(text))


STATE_ATTRIBUTES: Final = tuple(text_attribute(keys.VALIDATION_RESULT, word) for word in STATES)
REPLAY: Final = attribute(ATTRIBUTES, keys.REPLAY, bool_value(True))
CLOCK_SKEW: Final = attribute(ATTRIBUTES, keys.CLOCK_SKEW, bool_value(True))
TOMBSTONE: Final = attribute(ATTRIBUTES, keys.KAFKA_TOMBSTONE, bool_value(True))
W3C: Final = text_attribute(keys.CONTEXT_FORMAT, keys.FORMAT_W3C)
SOURCES: Final = {word: text_attribute(keys.TIMESTAMP_SOURCE, word) for word in ("broker", "producer", "none")}
OFFSET_HEADS: Final = {n: attribute_head(ATTRIBUTES, keys.KAFKA_OFFSET, n + 1) + b"\x18" for n in range(1, 11)}
"""The offset attribute up to its number, by how many bytes the number takes."""

ID_HEADS: Final = tuple(
    attribute_head(ATTRIBUTES, keys.MESSAGE_ID, len(field(1, bytes(n)))) + b"\x0a" + varint(n) for n in range(257)
)
"""The message id attribute up to its text, by how many bytes the text takes."""


def size_attribute(size_bytes: int) -> bytes:
    """Write the size of a payload."""
    return attribute(ATTRIBUTES, keys.BODY_SIZE, int_value(size_bytes))


@dataclass(frozen=True, slots=True)
class Place:
    """What all messages of one partition of one real address share."""

    span_stem: bytes
    trace_stem: bytes
    partition: bytes
    """The partition attribute; b"" = no partition."""
    id_stem: bytes | None
    """The message id up to the offset; None = the id would give a resolved address away, or there is none."""


class SpanConstants:
    """The constant bytes of one route's spans."""

    __slots__ = ("candidates", "cluster", "is_kafka", "named", "route", "shared", "system")

    def __init__(self, route: Route) -> None:
        self.route = route
        self.cluster = route.cluster
        self.system = keys.SYSTEMS.get(route.protocol, route.protocol)
        self.is_kafka = route.protocol == "kafka"
        self.named = is_named(route)
        self.shared = field(5, clip("transit " + _display_name(route))) + _KIND_INTERNAL + self._attributes()
        self.candidates = (*(_message(candidate) for candidate in route.candidates), _channel(route.channel))
        """Channel and message by `Observation.message`; the last one, -1, is for none."""

    def _attributes(self) -> bytes:
        key = keys.DESTINATION_NAME if self.named else keys.DESTINATION_TEMPLATE
        return (
            text_attribute(keys.OPERATION_NAME, keys.OPERATION_TRANSIT)
            + text_attribute(key, self.route.address)
            + broker_attributes(self.route, ATTRIBUTES)
        )

    def place(self, address: str, partition: int | None) -> Place:
        """Compile what a partition's messages share."""
        stem_of = (self.system, self.cluster, address, partition)
        id_stem = f"{address}.{partition}.".encode("utf-8", "replace") if self.is_kafka and self.named else None
        return Place(
            span_stem=span_stem("T", *stem_of),
            trace_stem=trace_stem(*stem_of),
            partition=b"" if partition is None else text_attribute(keys.PARTITION_ID, str(partition)),
            id_stem=None if partition is None else id_stem,
        )


def is_named(route: Route) -> bool:
    """Tell whether the route's address is one real address, and so may stand on a span."""
    stands_for_many = not route.documented and route.address == _SHARED_ADDRESS
    return not (route.wildcard or stands_for_many)


def broker_attributes(route: Route, number: int) -> bytes:
    """Write which broker and document a route belongs to, as attributes that are field `number` of what they stand on."""
    texts = {
        keys.SYSTEM: keys.SYSTEMS.get(route.protocol, route.protocol),
        keys.SERVER_ADDRESS: route.host or None,
        keys.KAFKA_CLUSTER_ID: route.cluster if route.protocol == "kafka" and is_cluster_id(route) else None,
        keys.SPEC_ID: route.spec_id,
    }
    written = [attribute(number, key, text_value(text)) for key, text in texts.items() if text is not None]
    if route.port is not None:
        written.append(attribute(number, keys.SERVER_PORT, int_value(route.port)))
    return b"".join(written)


def is_cluster_id(route: Route) -> bool:
    """Tell a cluster's own id from the host and port that stand in for it."""
    return bool(route.cluster) and route.cluster != route.host and ":" not in route.cluster and "," not in route.cluster


def _display_name(route: Route) -> str:
    """Give template or name, unless it was made up for one connection: then the server."""
    made_up = _TEMPORARY.get(route.protocol)
    if made_up is not None and not route.documented and route.address.startswith(made_up):
        return route.host if route.port is None else f"{route.host}:{route.port}"
    return route.address


def _channel(channel: str | None) -> bytes:
    return b"" if channel is None else text_attribute(keys.CHANNEL, channel)


def _message(candidate: Candidate) -> bytes:
    written = _channel(candidate.channel) + text_attribute(keys.MESSAGE_NAME, candidate.name or candidate.message)
    if candidate.operation is not None:
        written += text_attribute(keys.OPERATION_ID, candidate.operation)
    return written
