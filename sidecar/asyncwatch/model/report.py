"""The report: what ledger builds, serve serves, tui draws and check writes.

Rule 1: a number that is not known is None, never 0.
Rule 2: times are RFC 3339 in UTC, durations seconds, sizes bytes.
Source: interfaces.md §3; the order of the fields is the order of the JSON.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field


class DocumentRow(Struct):
    """A document that was read."""

    id: str | None
    title: str | None
    version: str | None
    source: str


class Blind(Struct):
    """A span of time in which a server could not be seen."""

    start: str = field(name="from")
    end: str | None = field(name="to")
    reason: str = ""


class ServerRow(Struct):
    """A server and how we are connected to it.

    `state`: connecting, connected, reconnecting, refused, misconfigured.
    """

    server: str
    protocol: str
    state: str
    since: str
    breaks: int = 0
    missed: int | None = None
    blind: list[Blind] = []
    creates: list[str] = []
    rights_missing: list[str] = []
    error: str | None = None


class Counts(Struct):
    """Messages by result state; `total` is the sum of the others."""

    total: int = 0
    valid: int = 0
    invalid: int = 0
    ambiguous: int = 0
    undecodable: int = 0
    tombstone: int = 0
    unchecked: int = 0
    unknown: int = 0

    @property
    def valid_share(self) -> float | None:
        """Give the share of valid messages among the checked ones; None when none was checked."""
        good = self.valid + self.ambiguous
        checked = good + self.invalid + self.undecodable
        return good / checked if checked else None


class Buckets(Struct):
    """An exponential histogram: bucket i of `counts` is ]base^(offset+i), base^(offset+i+1)]."""

    scale: int
    zero: int
    offset: int
    counts: list[int]


class Latency(Struct):
    """Seconds from the message's timestamp to our seeing it; live messages only."""

    source: str
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None
    buckets: Buckets


class OrderingRow(Struct):
    """What became of a channel's sequence numbers (facts on ordering, A3)."""

    source: str | None = None
    scope: str | None = None
    keys: int = 0
    evicted: int = 0
    in_order: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unsequenced: int = 0
    late: int = 0
    restarts: int = 0
    gaps: int = 0
    missing: int = 0
    filled: int = 0
    lost: int = 0
    unobserved: int = 0


class ContextRow(Struct):
    """Messages by the format of their trace context; `duplicate` is a flag beside the format."""

    w3c: int = 0
    cloudevents: int = 0
    b3: int = 0
    jaeger: int = 0
    datadog: int = 0
    xray: int = 0
    none: int = 0
    invalid: int = 0
    duplicate: int = 0
    ottrace: int | UnsetType = UNSET
    """Only where this format is asked for."""


class ChannelRow(Struct):
    """One (server, channel), or one undocumented address (`channel` None)."""

    document: str | None
    server: str
    channel: str | None
    address: str
    protocol: str
    messages: Counts
    per_message: dict[str, Counts]
    unchecked_reasons: dict[str, int]
    bytes: int
    rate: float | None
    positions: dict[str, list[tuple[int, int]]] | None
    latency: Latency | None
    ordering: OrderingRow | None
    context: ContextRow | None
    strength: float | None = None
    """Share of the documented leaves of its messages that a rule constrains; None where that is not known."""


class LagRow(Struct):
    """A consumer group on an address; `partition` None = the group as a whole."""

    server: str
    group: str
    address: str
    partition: int | None
    as_of: str
    messages: int | None
    seconds: float | None
    status: str
    velocity: float | None
    catch_up_seconds: float | None
    retention_seconds: float | None
    members: int | None


class Place(Struct):
    """Where and when an occurrence was seen."""

    time: str
    partition: int | None
    offset: int | None
    trace_id: str | None
    key_hash: str | None


class FindingRow(Struct):
    """Findings of one cause, grouped by fingerprint."""

    rule: str
    severity: str
    server: str
    channel: str | None
    address: str | None
    message: str | None
    group: str | None
    path: str | None
    schema_path: str | None
    keyword: str | None
    expected: str | None
    actual: str | None
    count: int
    fingerprint: str
    summary: str
    first: Place
    last: Place


class ChannelCoverage(Struct):
    documented: int
    seen: int
    undocumented: list[str]


class MessageCoverage(Struct):
    documented: int
    seen: int
    unseen: list[str]


class Share(Struct):
    documented: int | None
    seen: int | None


class ShownMessage(Struct):
    """What the traffic has shown of one documented message.

    `unseen_fields` and `unseen_values` are the first of each; a header's name begins with `header `. `marks`: which
    version of the schema, and in hex a bit for each field and each value that was seen, so that reports can be added.
    """

    document: str
    channel: str
    message: str
    fields: Share
    enum_values: Share
    unseen_fields: list[str]
    unseen_values: list[str]
    marks: str


class UndocumentedRow(Struct):
    """What came at a documented place of a message and is not described there.

    `part`: payload or headers; `path` ends in `*`, `messages` are those among the ones looked at. `names` only where
    values are asked for.
    """

    document: str
    channel: str
    message: str
    part: str
    path: str
    messages: int
    names: list[str] = []


class ContractStrength(Struct):
    """Documented leaves of all messages that are judged, how many a rule constrains, and what is not judged at all."""

    leaves: int
    constrained: int
    unread: int
    """Messages with a schema that is not judged by."""
    hollow: list[str]
    """Messages of which no leaf is constrained: `valid` says nothing about them."""


class Coverage(Struct):
    """What of the document the traffic has shown.

    Fields and values are those of the messages that were looked at closely, `looked_at` of all.
    """

    channels: ChannelCoverage
    messages: MessageCoverage
    fields: Share | None
    enum_values: Share | None
    strength: ContractStrength | None = None
    looked_at: int | None = None
    by_message: list[ShownMessage] = []
    undocumented: list[UndocumentedRow] = []


class Tally(Struct):
    spans: int = 0
    events: int = 0


class SidecarRow(Struct):
    """What we cost, and what we dropped."""

    cpu_seconds: float | None
    rss_bytes: int | None
    behind_seconds: float | None
    dropped: Tally
    exported: Tally


class Report(Struct):
    """Everything observed from `started` to `ended`."""

    asyncwatch: str
    documents: list[DocumentRow]
    started: str
    ended: str
    servers: list[ServerRow]
    messages: Counts
    channels: list[ChannelRow]
    lag: list[LagRow] | None
    findings: list[FindingRow]
    coverage: Coverage
    sidecar: SidecarRow
