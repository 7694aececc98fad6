"""What the dashboard needs beyond the report; the API's snapshot is a report with one `view` more.

Source: interfaces.md §7, looks/guide.md §11.
"""

from __future__ import annotations

from msgspec import Struct

from asyncwatch.model.report import Buckets, FindingRow, Report

WINDOW_COLUMNS = 10
"""Columns of a sparkline."""
WINDOW_STEP_S = 6
"""Seconds a column stands for; ten of them are the last minute."""

TREND_COLUMNS = 20
"""Columns of a longer trend: of a finding, of a group's lag."""
TREND_STEP_S = 15
"""Seconds a column of a trend stands for; twenty of them are five minutes."""


class ServerView(Struct):
    """A server's connection as the header and the banner tell it."""

    server: str
    title: str
    protocol: str
    address: str
    state: str
    since: str
    attempt: int = 0
    """How many tries since the connection was lost; 0 while connected."""
    next_try: str | None = None
    """When the next try is due, None while connected or trying."""
    last_connected: str | None = None
    error: str | None = None
    hint: str | None = None


class ChannelView(Struct):
    """The moving numbers of a channel; stands at the same index as its row in `report.channels`."""

    window: list[float | None]
    """Messages a second in each of the last WINDOW_COLUMNS steps, oldest first; None = not looked at."""
    message_rates: dict[str, float]
    last_seen: str | None
    violations: int
    """Occurrences of findings of severity error or warning about payload, headers, key or message."""
    checked: bool
    """False = the document gives no rule to check against."""
    missing: bool
    """The broker has no such address."""
    stale: bool
    """The server is away: these are the last values."""
    partitions: int | None
    late: int | None
    p50: float | None
    p99: float | None
    context_share: float | None
    """Share of messages with a usable trace context; None when none was seen."""
    last_on_broker: str | None = None
    """Time of the newest message that the broker holds, where the tap knows it."""
    recent: Buckets | None = None
    """The latencies behind p50 and p99; given only where snapshots are to be added up."""


class OutletView(Struct):
    """An outlet and what waits in it. `state`: ok, queueing, down."""

    name: str
    state: str
    queued: int
    capacity: int | None
    dropped: int
    delivered: int
    error: str | None = None
    reasons: dict[str, int] = {}
    """Dropped by reason, where the outlet knows more than one: queue_full, rejected, timeout, too_large."""
    suppressed: int = 0
    """Told by their number only, because too many came at once."""


class FindingView(Struct):
    """The moving numbers of a finding group; stands at the same index as its row in `report.findings`.

    Shape: `window` holds occurrences a second in TREND_COLUMNS steps, oldest first; None = not looked at.
    """

    rate: float
    """Occurrences a second over the last minute."""
    window: list[float | None]
    file: str | None
    """The document that holds the rule that was broken; None where no line of a document says it."""
    line: int | None


class SenderShare(Struct):
    """Who sent bad messages.

    `source` says where the name comes from: cloudevents, document, or the name of a header or AMQP property; `unknown`
    where nothing tells, `several` for the senders beyond the first twenty together.
    """

    sender: str
    version: str | None
    source: str
    bad: int
    messages: int | None
    """All messages of this sender on the channel; None = not counted."""


class SampleField(Struct):
    """One field of a sample message: its name and kind, never its value unless values are asked for.

    `kind`: `string(36)`, `number`, `object`, `absent` and the like.
    """

    path: str
    kind: str
    failing: bool
    value: str | None = None


class Excerpt(Struct):
    """Lines of the document around the rule that was broken; `failing` is the number of the line that says it."""

    file: str
    first_line: int
    lines: list[str]
    failing: int | None


class FindingDetail(Struct):
    """Everything known about one finding group: what `GET /api/v1/findings/{fingerprint}` carries."""

    finding: FindingRow
    view: FindingView
    protocol: str | None
    share: float | None
    """Which share of the messages of its kind it concerns; None where that is no share of messages."""
    senders: list[SenderShare]
    sample: list[SampleField] | None
    """None = no message was kept, or the finding is no single message's."""
    excerpt: Excerpt | None
    schema: str | None = None
    """What the message's schema says at `schema_path`, in one line."""


class LagView(Struct):
    """The moving numbers of a lag row; stands at the same index as its row in `report.lag`.

    Shape: `window` holds messages behind in TREND_COLUMNS steps, oldest first.
    Units: rates messages a second.
    """

    window: list[float | None]
    committed: int | None
    end: int | None
    commit_age_seconds: float | None
    member: str | None
    rate_in: float | None
    rate_out: float | None
    retention_share: float | None
    risk: str | None
    """`risk` or `high` (retention), else None."""
    source: str | None
    """How the seconds are known: read, probe, estimated."""
    reading: str | None = None
    """One sentence of what the numbers prove; only on rows of a group as a whole."""
    records: int | None = None
    """Records that are really there between committed and end; positions have holes."""
    unknown: int = 0
    """Partitions whose lag is not known, and which the sums of a group leave out."""


class ReloadView(Struct):
    """How documents and configuration were last read again.

    `refused`: since when what lies on disk is not what runs, because `reasons` keep it from being taken over; None = it
    is what runs.
    """

    taken: str | None
    refused: str | None
    reasons: list[str]
    restart: list[str] = []
    """Keys of the configuration that say something else by now and count from the next start on."""


class View(Struct):
    """What the screens show beside the report."""

    now: str
    since: str
    """Where the reading began: now, earliest, or a time."""
    command: str
    """The command line that was given, to build lines to copy from."""
    rate: float
    window: list[float | None]
    valid_window: list[float | None]
    """Share of valid messages in each step, None where nothing was checked."""
    servers: list[ServerView]
    channels: list[ChannelView]
    outlets: list[OutletView]
    groups: int
    """Finding groups by now, also those that the report leaves out."""
    findings: list[FindingView] = []
    lag: list[LagView] | None = None
    checked_window: list[float | None] = []
    """Checked messages a second in each step: what `valid_window` gives shares of."""
    reload: ReloadView | None = None
    """None = nothing was read again by now."""


class Snapshot(Report):
    """The report with its view: what `GET /api/v1/snapshot` and the stream's `snapshot` event carry."""

    view: View
