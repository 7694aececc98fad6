"""A compiled road: what every check and outlet needs to know about the messages of one address of one server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import Pattern
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from msgspec import Struct

from asyncwatch.model.form import PLAIN_JSON, Form
from asyncwatch.model.strength import Strength

if TYPE_CHECKING:
    from asyncwatch.model.check import Check
    from asyncwatch.model.described import Described
    from asyncwatch.model.view import SampleField
    from asyncwatch.model.writer_schema import WriterSchemas

JsonType: TypeAlias = Literal["null", "boolean", "integer", "number", "string", "array", "object"]
Scope: TypeAlias = Literal["channel", "partition", "key"]

MOST_MESSAGE_BYTES: Final = 1_500_000
"""Payloads above this are not read unless told so: with the default limit of Kafka (1 MiB) none is."""


class SchemaFault(Struct, frozen=True):
    """One way in which a value breaks a schema; holds no part of the value but its JSON type.

    `path` is a JSON pointer; names that the schema does not declare are written `*` in it (settled 17b).
    `group_path` has `*` for array indexes as well.
    """

    path: str
    group_path: str
    schema_path: str
    keyword: str
    expected: str
    actual: str
    summary: str


class Schema(Protocol):
    """A schema compiled once; judging never reaches the network and never raises."""

    def is_valid(self, value: object, /) -> bool:
        """Give the verdict only: the fast road."""

    def explain(self, value: object, /, limit: int = 16) -> list[SchemaFault]:
        """Say why a value is not valid, in a stable order; at most `limit` faults, at least one for an invalid value."""

    def sketch(
        self, value: object, /, failing: str | None = None, shows: Callable[[str], bool] | None = None
    ) -> list[SampleField]:
        """Give a value's fields by declared name and kind, the failing one marked; the slow road, bounded.

        `shows` tells for a path whether its value may be shown; None = none may.
        """

    def property_types(self, name: str, /) -> frozenset[JsonType] | None:
        """Tell which JSON types a top-level property may have; None = not declared, or anything."""

    def described(self) -> Described:
        """Give the fields and values that it documents: what traffic can show of it."""


@dataclass(frozen=True, slots=True)
class OrderingRule:
    """Where a sequence and its event time are found, and how patient the tracker is.

    `location`, `key`, `event_time` and `identity` are AsyncAPI runtime expressions (`$message.header#/x`); None = look
    in the usual places, `scope` None = probe.
    Source: facts on ordering, A1; interfaces.md §5.
    """

    location: str | None = None
    key: str | None = None
    start: int | None = None
    step: int = 1
    modulus: int | None = None
    scope: Scope | None = None
    window: int = 1000
    lost_after_s: float = 60.0
    event_time: str | None = None
    event_time_unit: Literal["auto", "s", "ms", "us", "ns"] = "auto"
    allowed_lateness_s: float = 10.0
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A documented message that the messages of a route are compared with.

    `channels` names every (channel id, message key) it stands for: equal messages of several channels on one address
    are one candidate; the first is the row it counts in (settled 1).
    """

    channels: tuple[tuple[str, str], ...]
    name: str | None
    title: str | None
    content_type: str
    payload: Schema | None
    """None = the document gives no schema for the payload, or `unchecked` says why it cannot be used."""
    unchecked: str | None
    """Why the payload cannot be checked (`schema format …`), or None."""
    headers: Schema | None
    key: Schema | None
    header_names: tuple[str, ...] | None = None
    """The declared header names when the header schema looks at no others, else None."""
    ordering: OrderingRule | None = None
    operation: str | None = None
    """The operation that documents it: one that sends before one that receives, then document order."""
    strength: Strength = field(default_factory=Strength)
    """How much the document says about it."""
    form: Form = PLAIN_JSON
    """How its payloads are written."""
    schema_id_place: Literal["header", "payload"] | None = None
    """Where the id of its schema stands, if the document says so."""
    schema_id_encoding: str | None = None
    """How that id is written before the data (`4`, `confluent`, `apicurio-legacy`, …), if the document says so."""

    @property
    def channel(self) -> str:
        return self.channels[0][0]

    @property
    def message(self) -> str:
        return self.channels[0][1]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What may stand in one place of an address: one of `values`, or text that fits `schema`; both None = anything.

    `location` is the runtime expression of the place in the message that holds the same value.
    """

    name: str
    values: tuple[str, ...] | None = None
    schema: Schema | None = field(default=None, repr=False, compare=False)
    schema_identity: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class AddressParameters:
    """What one channel says of the placeholders of its address; `pattern` has a group `p0`, `p1`… for each of them."""

    channel: str
    pattern: Pattern[str] = field(compare=False)
    placeholders: tuple[Placeholder, ...]


@dataclass(slots=True, eq=False)
class Route:
    """Everything constant about one address of one server, bound once.

    `slots` maps each wanted header name (lower case) to its column in `Observation.fields`.
    """

    server: str
    protocol: str
    """The family: kafka, amqp, mqtt, nats, redis, ws."""
    cluster: str
    """What names the broker in derived ids: cluster id, or host and port."""
    host: str
    port: int | None
    filter: str
    address: str
    """The documented address with its placeholders; the real one where nothing is documented."""
    document: str | None
    """The source of the document, None for an undocumented address."""
    spec_id: str | None
    channels: tuple[str, ...]
    """Channel ids on this address, the one that the route's own numbers count in first; empty if undocumented."""
    candidates: tuple[Candidate, ...]
    severities: Mapping[str, str]
    """Rule id -> severity, after configuration; every rule is present."""
    ordering: OrderingRule = OrderingRule()
    wildcard: bool = False
    compacted: bool = False
    split: bool = False
    """Others read some of its partitions, so nobody sees all its messages."""
    context_formats: tuple[str, ...] = ("tracecontext", "cloudevents", "b3", "datadog", "jaeger", "xray")
    """Which kinds of trace context are read, in the order in which they are tried."""
    sources: tuple[str, ...] = ()
    """The documents that `channels` stand in, one each."""
    pattern: Pattern[str] | None = None
    """Of the address's placeholders and wildcards; None = the address is literal."""
    subscription: str | None = None
    """What a broker with wildcards is asked for to take in all that the pattern matches."""
    parameters: tuple[AddressParameters, ...] = ()
    """What each channel allows in the place of placeholders; an address is right that is right for one of them."""
    identity: str = ""
    """Equal for routes that judge alike."""
    most_bytes: int = MOST_MESSAGE_BYTES
    """Payloads above this are not read (`limits.message_size`)."""
    schemas: WriterSchemas | None = None
    """What the server's schema registry says; None = there is none."""
    slots: dict[str, int] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()

    @property
    def documented(self) -> bool:
        return bool(self.channels)

    @property
    def channel(self) -> str | None:
        return self.channels[0] if self.channels else None
