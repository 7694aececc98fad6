"""Every key of the configuration file: what it means, what it takes, what counts where it is not given.

The model grows with the product: a key stands here once what it sets exists.
Source: interfaces.md §6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from asyncwatch.config.kinds import (
    EXPRESSION,
    GLOB,
    PATH,
    SECRET,
    TEXT,
    Address,
    Boolean,
    Duration,
    HttpUrl,
    Kind,
    ListOf,
    Ratio,
    ServerUrl,
    Size,
    WebPrefix,
    Whole,
    Word,
)
from asyncwatch.model.rules import FAMILIES, RULES
from asyncwatch.model.severity import SEVERITIES


@dataclass(frozen=True, slots=True)
class Key:
    """A value. `default` and `example` are as they are written in the file."""

    kind: Kind
    meaning: str
    default: str | None = None
    example: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Keys under a key; in `kebab` ones `lost-after` is read as `lost_after`."""

    meaning: str
    keys: Mapping[str, Node]
    kebab: bool = False


@dataclass(frozen=True, slots=True)
class Each:
    """One node for each name that the user gives; `names` None = any name."""

    meaning: str
    what: str
    node: Node
    example: str
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """A value, or one for each pattern of channels."""

    key: Key
    each: Each


Node: TypeAlias = Key | Section | Each | Either

_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_FORMATS: Final = ("tracecontext", "cloudevents", "b3", "datadog", "jaeger", "xray", "ottrace")
_IDENTIFIERS: Final = ("messaging.kafka.message.key", "cloudevents.event_subject", "messaging.destination.name")

_TLS: Final = Section("TLS to the server; a document's secure protocol switches it on by itself", {
    "ca_file": Key(PATH, "authorities to trust, PEM; those of the system where it is not given", None, "ca.pem"),
    "cert_file": Key(PATH, "our certificate, PEM", None, "client.pem"),
    "key_file": Key(PATH, "its key, PEM", None, "client.key"),
    "verify": Key(Boolean(), "false accepts any certificate, for a test cluster only", "true"),
})  # fmt: skip
_CREDENTIALS: Final = Section("who we are to the server", {
    "mechanism": Key(Word(_MECHANISMS, folded=True), "the document's security scheme where it is not given", None, "SCRAM-SHA-512"),
    "username": Key(TEXT, "the name to log in with", None, "asyncwatch"),
    "password": Key(SECRET, "a reference; its file is read again when it changes", None, "${file:/run/secrets/kafka}"),
    "token": Key(SECRET, "a reference, where the protocol takes a token", None, "${env:BROKER_TOKEN}"),
})  # fmt: skip
_SERVER: Final = Section("how the server is reached", {
    "url": Key(ServerUrl(), "the address instead of the document's, several with commas", None, "kafka-1:9092,kafka-2:9092"),
    "tls": _TLS,
    "credentials": _CREDENTIALS,
    "read_committed": Key(Boolean(), "Kafka: leave out messages of aborted transactions", "false"),
    "nats": Key(Word(("auto", "core", "jetstream")), "NATS: streams where there are some, or one way only", "auto"),
    "requests": Key(
        Boolean(), "NATS: also read subjects that carry requests; then a requester without a service waits in vain", "false"
    ),
})  # fmt: skip
_SEVERITY: Final = Key(Word(SEVERITIES), "severity of a rule", None, "warning")
_ORDERING: Final = Section("where a sequence and its event time stand, and how patient we are", {
    "sequence": Section("the producer's own numbers", {
        "location": Key(EXPRESSION, "where the number stands", None, "$message.header#/sequence_id"),
        "key": Key(EXPRESSION, "what it counts for; found out by itself where it is not given", None, "$message.payload#/accountId"),
        "start": Key(Whole(), "the first number", None, "1"),
        "step": Key(Whole(1), "from one number to the next", "1"),
    }, kebab=True),
    "event_time": Section("when the event happened", {
        "location": Key(EXPRESSION, "where the time stands", None, "$message.header#/timestamp"),
        "unit": Key(Word(("auto", "s", "ms", "us", "ns")), "unit of a number; auto tells by its digits", "auto"),
    }, kebab=True),
    "id": Key(EXPRESSION, "what names a message", None, "$message.header#/message_id"),
    "scope": Key(Word(("channel", "partition", "key")), "what a sequence runs over; found out where it is not given", None, "key"),
    "modulus": Key(Whole(1), "the number after which a sequence starts again at 0", None, "65536"),
    "window": Key(Whole(1), "later numbers after which a missing one is lost", "1000"),
    "lost_after": Key(Duration(), "time after which a missing number is lost", "60s"),
    "allowed_lateness": Key(Duration(), "how far an event may be behind its key's newest", "10s"),
}, kebab=True)  # fmt: skip

MODEL: Final = Section("the configuration of asyncwatch", {
    "specs": Key(ListOf(PATH), "AsyncAPI documents, where the command names none", None, "[orders.yaml]"),
    "servers": Each("servers of the documents, by their names there", "server", _SERVER, "production"),
    "references": Section("where references of documents may lead beside the folder of the document", {
        "folder": Key(PATH, "files at or below this folder too", None, "../shared"),
        "allow": Key(ListOf(WebPrefix()), "http(s) addresses that may be fetched; nothing is where none is given", None,
                     "['https://schemas.example.com/common/']"),
        "cache": Key(PATH, "folder for what was fetched, read where a host does not answer; below XDG_CACHE_HOME where it is not given",
                     None, "references"),
        "timeout": Key(Duration(0.1), "how long one reference may take", "1.2s"),
        "size": Key(Size(20_000_000), "bytes of one fetched file at most", "5MB"),
    }),
    "channels": Section("which channels are read; patterns are compared with ids and addresses", {
        "include": Key(ListOf(GLOB), "these only", None, "['orders.*']"),
        "exclude": Key(ListOf(GLOB), "not these", None, "['*.dlq']"),
        "undocumented": Key(ListOf(GLOB), "addresses to read though no document names them", None, "['audit.*']"),
    }),
    "checks": Section("what is judged, and how severely", {
        "rules": Each(
            "severity by rule or family of rules; or by pattern of channels below a rule", "rule or family",
            Either(_SEVERITY, Each("severity by pattern of channels", "pattern", _SEVERITY, "'orders.*'")),
            "payload.schema", (*RULES, *FAMILIES),
        ),
        "values": Key(Boolean(), "true keeps values of messages in samples of findings", "false"),
        "show_fields": Key(ListOf(GLOB), "with values: of these fields only, by name or path", None, "['status', '/order/*']"),
        "mask_fields": Key(ListOf(GLOB), "never of these fields, by name or path", None, "['*name', '/card/*']"),
    }),
    "ordering": Each("sequences and event times by pattern of addresses; wins over the document", "pattern", _ORDERING, "'orders.*'"),
    "lag": Section("how far consumer groups are behind", {
        "enabled": Key(Boolean(), "false asks no broker for groups", "true"),
        "interval": Key(Duration(1.0), "how often brokers are asked", "10s"),
        "granularity": Key(Word(("topic", "partition")), "partition: metrics for each partition of a group too", "topic"),
    }),
    "tracing": Section("messages as spans", {
        "service": Key(TEXT, "service name of the broker's spans instead of the server's title", None, "orders-kafka"),
        "relation": Key(Word(("parent", "link")), "how a span hangs on the producer's", "parent"),
        "sampling": Key(Ratio(), "share of the sampled traces that get our spans", "1.0"),
        "formats": Key(ListOf(Word(_FORMATS)), "trace contexts that are read, the first that parses wins",
                       f"[{', '.join(_FORMATS[:-1])}]"),
        "identifiers": Each(
            "attributes that may hold personal data and are wanted all the same", "attribute",
            Key(Word(("full", "hash")), "in full, or hashed", None, "hash"), "messaging.kafka.message.key", _IDENTIFIERS,
        ),
    }),
    "exporters": Section("where results go beside the API", {
        "otlp": Section("OpenTelemetry; the OTEL_ variables win over these keys", {
            "endpoint": Key(HttpUrl(), "nothing is sent where none is given", None, "http://localhost:4318"),
            "protocol": Key(Word(("http/protobuf", "http/json", "grpc")), "form of the requests", "http/protobuf"),
            "violations": Key(Word(("log", "span_event", "both")), "where findings of messages stand", "both"),
        }),
        "findings": Key(PATH, "file of `run` for findings as JSON lines", None, "findings.jsonl"),
    }),
    "listen": Section("the HTTP listeners", {
        "address": Key(Address(), "of the API; any other than loopback needs a token", "127.0.0.1:7464"),
        "token": Key(SECRET, "what a client must send", None, "${env:ASYNCWATCH_TOKEN}"),
        "tls": Section("certificate of the API", {
            "cert_file": Key(PATH, "chain, PEM", None, "api.pem"),
            "key_file": Key(PATH, "its key, PEM", None, "api.key"),
        }),
        "health": Key(Address(), "of /healthz, /readyz and /metrics", "127.0.0.1:7465"),
    }),
    "limits": Section("what one message or run may cost", {
        "message_size": Key(Size(1_000_000_000), "bytes of a payload that is still read; larger ones are counted as unchecked", "1500kB"),
    }),
    "reload": Section("documents and this file in the middle of a run", {
        "watch": Key(Boolean(), "false: a change is read again on SIGHUP or over the API only", "true"),
    }),
    "log": Section("log lines on standard error", {
        "level": Key(Word(("debug", "info", "warning", "error")), "least level; `check` and `replay` begin at warning", "info"),
        "format": Key(Word(("text", "json")), "form of the lines", "text"),
    }),
    "tui": Section("the dashboard", {
        "theme": Key(Word(("night", "light", "colour-blind", "terminal")), "its colours", "night"),
        "ascii": Key(Boolean(), "plain ASCII signs", "false"),
        "reduced_motion": Key(Boolean(), "nothing moves by itself", "false"),
    }),
})  # fmt: skip
"""The whole tree."""
