"""One immutable model for all versions of AsyncAPI, after references and traits.

Direction is told as the described application sees it: `send` = it produces, `receive` = it consumes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from re import Pattern
from typing import Literal

from asyncwatch.contract.addresses.channel_address import ChannelAddress
from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.origins import Origins
from asyncwatch.model.route import JsonType, OrderingRule, Schema
from asyncwatch.model.strength import Strength

Family = Literal["kafka", "amqp", "mqtt", "nats", "redis", "ws", "other"]


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """`type` as the specification names it: userPassword, plain, scramSha256, scramSha512, X509, …"""

    id: str
    type: str
    scopes: tuple[str, ...] = ()
    location: str | None = None
    """Where an apiKey or httpApiKey goes: user, password, query, header, cookie."""
    name: str | None = None
    """The name of an httpApiKey's header, query parameter or cookie."""
    scheme: str | None = None
    """The HTTP authentication scheme, such as bearer."""


@dataclass(frozen=True, slots=True)
class ServerVariable:
    """A placeholder of a server's address; `values` None = anything."""

    name: str
    default: str | None
    values: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Server:
    """A broker. `host` has its variables filled in where they have a default; `missing_variables` names the others."""

    id: str
    title: str | None
    host: str
    path: str | None
    protocol: str
    family: Family
    tls: bool
    security: tuple[SecurityScheme, ...]
    bindings: Mapping[str, object]
    missing_variables: tuple[str, ...] = ()
    variables: tuple[ServerVariable, ...] = ()
    host_template: str | None = None
    """The host with its placeholders, as it is documented."""
    path_template: str | None = None
    protocol_version: str | None = None
    url: str | None = None
    """As it is documented, in 2.x."""
    extensions: Mapping[str, object] = field(default_factory=dict)
    """What stands under names with `x-`, here and below."""


@dataclass(frozen=True, slots=True)
class PayloadSchema:
    """A schema with its format. `compiled` None = cannot be checked, and `reason` says why."""

    format: str
    compiled: Schema | None
    reason: str | None
    identity: str
    """Equal for equal schemas after references: a digest of the schema's meaning."""
    declared: tuple[str, ...] | None = None
    """Names of the top-level properties, when the schema looks at no others; else None."""
    origins: Origins | None = field(default=None, compare=False, repr=False)
    """Where its parts stand; None where it is not compiled."""
    native: object | None = field(default=None, compare=False, repr=False)
    """What a decoder of the format's own bytes goes by: AvroSchema, ProtobufSchema; None for JSON."""
    strength: Strength | None = field(default=None, compare=False)
    """How much of it a rule constrains; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Example:
    """A documented example of a message. `payload` and `headers` may be null; `has_payload` tells null from absent."""

    name: str | None
    payload: object
    has_payload: bool
    headers: object
    has_headers: bool
    position: Position


@dataclass(frozen=True, slots=True)
class Match:
    """What tells a message from others: the value at a place of it (`x-asyncwatch`)."""

    location: str
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Message:
    """A documented message. `key` is its name in the channel (2.x: messageId, name, or the reference's last part)."""

    key: str
    name: str | None
    title: str | None
    content_type: str | None
    """After traits; None = the document's default, else nothing is said."""
    payload: PayloadSchema | None
    headers: PayloadSchema | None
    kafka_key: PayloadSchema | None
    correlation: str | None
    ordering: OrderingRule | None
    bindings: Mapping[str, object]
    position: Position
    examples: tuple[Example, ...] = ()
    id: str | None = None
    """What the document calls it: the key in 3.x, messageId in 2.x, else what refers to it; None = nothing does."""
    identity: str = ""
    """Where it is described, after references: equal for one message that stands under several keys."""
    match: Match | None = None
    extensions: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A placeholder of an address; `values` None = anything that `schema` (2.x) allows, None = anything at all."""

    name: str
    values: tuple[str, ...] | None
    location: str | None
    """The runtime expression of the place in a message that holds the same value."""
    schema: PayloadSchema | None = None
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """An address with its messages. `address` None = unknown until run time.

    `pattern` is None when the address is literal; else it matches real addresses, with a named group `p0`, `p1`… a
    placeholder. `servers` are ids. `directions`: what the application does here. `addresses`: where it lies on servers
    of each family; `address` and `pattern` are the first one's.
    """

    id: str
    address: str | None
    pattern: Pattern[str] | None
    parameters: tuple[Parameter, ...]
    servers: tuple[str, ...]
    messages: tuple[Message, ...]
    directions: frozenset[Literal["send", "receive"]]
    ordering: OrderingRule | None
    bindings: Mapping[str, object]
    position: Position
    ignored_rules: frozenset[str] = frozenset()
    quiet: bool = False
    extensions: Mapping[str, object] = field(default_factory=dict)
    addresses: Mapping[Family, ChannelAddress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """Where the answer to an operation is expected: `location` is the runtime expression of its address.

    `messages` are keys of the reply channel's messages; () = all.
    """

    channel: str | None
    location: str | None
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """What the application does on a channel; `messages` are keys of that channel's messages."""

    id: str
    action: Literal["send", "receive"]
    channel: str
    messages: tuple[str, ...]
    reply_channel: str | None
    has_reply: bool
    bindings: Mapping[str, object] = field(default_factory=dict)
    reply: Reply | None = None
    security: tuple[SecurityScheme, ...] = ()
    position: Position | None = None
    extensions: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contract:
    """A document, ready to be compiled to routes. Broken parts are left out, each with a finding that says so."""

    id: str | None
    title: str | None
    version: str | None
    spec_version: str
    default_content_type: str | None
    source: str
    servers: Mapping[str, Server]
    channels: Mapping[str, Channel]
    operations: Mapping[str, Operation]
    findings: tuple[DocumentFinding, ...] = field(default=())
    texts: Mapping[str, str] = field(default_factory=dict)
    """The text of each file that was read, by the name that positions give it; the document itself first."""
    extensions: Mapping[str, object] = field(default_factory=dict)


__all__ = [
    "Channel", "ChannelAddress", "Contract", "DocumentFinding", "Example", "Family", "JsonType", "Match", "Message", "Operation", "Parameter",
    "PayloadSchema", "Position", "Reply", "SecurityScheme", "Server", "ServerVariable",
]  # fmt: skip
