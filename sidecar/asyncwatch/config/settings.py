"""The settings model: one tree, all defaults in one place.

Source: interfaces.md §6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from asyncwatch.config.secret import Secret


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How a TLS connection is made; `verify` off accepts any certificate and is said at start."""

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    verify: bool = True


@dataclass(frozen=True, slots=True)
class CredentialSettings:
    """Who we are to a server. `mechanism`: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; None = the document's scheme decides."""

    mechanism: str | None = None
    username: str | None = None
    password: Secret | None = None
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How one server is reached, after document, file, environment and flags were put together.

    Units: `connect_timeout_s` seconds.
    """

    url: str
    """host:port, several separated by commas."""
    protocol: str = "kafka"
    tls: TlsSettings | None = None
    credentials: CredentialSettings | None = None
    read_committed: bool = False
    nats: Literal["auto", "core", "jetstream"] = "auto"
    """How NATS is read: streams where there are some and subscriptions elsewhere, or one of the two only."""
    requests: bool = False
    """Also subscribe to addresses that carry requests; then a requester without a service waits for its answer."""
    connect_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class ReferenceSettings:
    """Where references of documents may lead beside the folder of the document itself.

    `folder`: files at or below it too. `allow`: prefixes of http(s) addresses that may be fetched; none = nothing is.
    `cache`: the folder for what was fetched, None = none is kept. Units: `timeout_s` seconds for one reference.
    """

    folder: str | None = None
    allow: tuple[str, ...] = ()
    cache: str | None = None
    timeout_s: float = 1.2
    size_bytes: int = 5_000_000


@dataclass(frozen=True, slots=True)
class TracingSettings:
    """How messages become spans.

    `service` names the broker's spans; `relation` parent or link; `ratio` cuts down what the flag would keep.
    `formats`: which kinds of context headers are read, the first that parses wins. `identifiers`: attributes that may
    hold personal data and are wanted all the same, each in full or hashed (facts on telemetry §4); none by default.
    """

    service: str | None = None
    relation: Literal["parent", "link"] = "parent"
    ratio: float = 1.0
    formats: tuple[str, ...] = ("tracecontext", "cloudevents", "b3", "datadog", "jaeger", "xray")
    identifiers: Mapping[str, Literal["full", "hash"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListenTls:
    """Certificate chain and key of the API's listener, as PEM files."""

    cert_file: str
    key_file: str


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """Where the API listens and who may ask. Without a token only loopback addresses are listened on."""

    host: str = "127.0.0.1"
    port: int = 7464
    token: Secret | None = None
    tls: ListenTls | None = None


@dataclass(frozen=True, slots=True)
class LagSettings:
    """How often groups are asked how far they are; `enabled` off asks no broker. Units: `interval_s` seconds.

    `granularity`: whether metrics have a group's lag on each partition too.
    """

    enabled: bool = True
    interval_s: float = 10.0
    granularity: Literal["topic", "partition"] = "topic"


@dataclass(frozen=True, slots=True)
class Limits:
    """The standard limits of a span or log record, where they were set; None = ours only, which are tighter mostly.

    Units: `value_chars` characters of a text attribute; the others count.
    """

    value_chars: int | None = None
    attributes: int | None = None
    events: int | None = None
    links: int | None = None


@dataclass(frozen=True, slots=True)
class ResourceSettings:
    """Who we are in telemetry that is about ourselves: logs and metrics, not spans."""

    service_name: str = "asyncwatch"
    attributes: Mapping[str, str] = field(default_factory=dict)
    instance_id: str = field(default_factory=lambda: str(uuid4()))
    """Names this process; an attribute `service.instance.id` wins."""


@dataclass(frozen=True, slots=True)
class OtlpSettings:
    """Where one signal goes. Units: `timeout_s` seconds for one request."""

    endpoint: str
    """The address that requests are sent to, with its path for HTTP; over gRPC its scheme only says whether with TLS."""
    headers: Mapping[str, Secret] = field(default_factory=dict)
    compression: Literal["gzip", "none"] = "gzip"
    timeout_s: float = 10.0
    protocol: Literal["http/protobuf", "http/json", "grpc", "console"] = "http/protobuf"
    ca_file: str | None = None
    cert_file: str | None = None
    """Who we are to the receiver, with `key_file`."""
    key_file: str | None = None
    queue_size: int = 65_536
    batch_size: int = 2_048
    linger_s: float = 2.0
    retry_age_s: float = 300.0
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """Which signals are sent where; None = not at all. `violations`: where findings of messages stand."""

    traces: OtlpSettings | None = None
    logs: OtlpSettings | None = None
    metrics: OtlpSettings | None = None
    violations: Literal["log", "span_event", "both"] = "both"
    resource: ResourceSettings = field(default_factory=ResourceSettings)
