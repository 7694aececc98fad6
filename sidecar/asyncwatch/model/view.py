"""What the dashboard needs beyond the report; the API's snapshot is a report with one `view` more.

Source: interfaces.md §7, looks/guide.md §11.
"""

from __future__ import annotations

from msgspec import Struct

from asyncwatch.model.report import Report

WINDOW_COLUMNS = 10
"""Columns of a sparkline."""
WINDOW_STEP_S = 6
"""Seconds a column stands for; ten of them are the last minute."""


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


class OutletView(Struct):
    """An outlet and what waits in it. `state`: ok, queueing, down."""

    name: str
    state: str
    queued: int
    capacity: int | None
    dropped: int
    delivered: int
    error: str | None = None


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


class Snapshot(Report):
    """The report with its view: what `GET /api/v1/snapshot` and the stream's `snapshot` event carry."""

    view: View
