"""Which state a channel is in, and who is responsible for its numbers being old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from asyncwatch.model.report import Report
from asyncwatch.model.view import ServerView, Snapshot
from asyncwatch_tui.durations import seconds_between

GRACE_S: Final = 10.0
"""A connection may be gone this long before a banner speaks of it."""
_LIVE_READER: Final = {"ok": "ok", "warning": "lagging", "stalled": "stalled", "stopped": "stopped", "unknown": "ok"}
"""Statuses of groups that count for a channel's lag; rewound, idle and abandoned ones do not."""
_WORST_READER: Final = ("stopped", "stalled", "lagging", "ok")


class Reader(NamedTuple):
    """The slowest live consumer group of an address. Units: `seconds` behind, None = not known."""

    seconds: float | None
    state: str
    at: int = -1
    """Where the slowest group stands in the report."""


def slowest_readers(report: Report) -> dict[tuple[str, str], Reader]:
    """Give the slowest live reader by server and address; empty where groups were not asked."""
    readers: dict[tuple[str, str], Reader] = {}
    for at, row in enumerate(report.lag or ()):
        state = _LIVE_READER.get(row.status)
        if row.partition is not None or state is None:
            continue
        key = (row.server, row.address)
        known = readers.get(key)
        seconds, slowest = row.seconds, at
        if known is not None:
            state = min(state, known.state, key=_WORST_READER.index)
            if seconds is None or (known.seconds is not None and known.seconds > seconds):
                seconds, slowest = known.seconds, known.at
        readers[key] = Reader(seconds, state, slowest)
    return readers


def judge_channels(snapshot: Snapshot, readers: Mapping[tuple[str, str], Reader], *, all_stale: bool) -> list[str]:
    """Give the state of every channel, in the order of the report.

    Shape: as long as `report.channels`; each a key of SIGNS. What was not checked is never ok.
    Cost: one pass, no object a row; 5,000 rows a frame.
    """
    states: list[str] = []
    add = states.append
    for row, view in zip(snapshot.channels, snapshot.view.channels, strict=False):
        counts = row.messages
        if view.missing:
            add("missing")
        elif all_stale or view.stale:
            add("stale")
        elif row.channel is None:
            add("undocumented")
        elif not counts.total:
            add("waiting")
        elif counts.invalid or counts.undecodable:
            add("invalid")
        elif (ordering := row.ordering) is not None and ordering.lost:
            add("lost")
        elif readers and (reader := readers.get((row.server, row.address))) is not None and reader.state != "ok":
            add(reader.state)
        elif ordering is not None and ordering.missing:
            add("gap")
        elif view.violations:
            add("warning")
        elif not view.checked:
            add("no-rule")
        elif counts.valid or counts.ambiguous:
            add("ok")
        else:
            add("opaque")
    return states


def condition_of(server: ServerView, now_ns: int) -> str:
    """Tell how a server's connection is to be shown.

    Shape: one of up, connecting, reconnecting, down, refused, misconfigured.
    """
    if server.state == "connected":
        return "up"
    if server.state in {"refused", "misconfigured"}:
        return server.state
    away_s = seconds_between(server.since, now_ns)
    if away_s is not None and away_s >= GRACE_S:
        return "down"
    return "connecting" if server.state == "connecting" else "reconnecting"


def servers_away(snapshot: Snapshot, now_ns: int) -> list[ServerView]:
    """Give the servers that a banner has to speak of, the one away for the longest first."""
    away = [server for server in snapshot.view.servers if condition_of(server, now_ns) in _AWAY]
    return sorted(away, key=lambda server: server.since)


_AWAY: Final = frozenset({"down", "refused", "misconfigured"})
