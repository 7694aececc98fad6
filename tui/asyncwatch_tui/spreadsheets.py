"""What an export of each screen holds: the rows that pass its filter, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asyncwatch.model.view import Snapshot
from asyncwatch_tui.channel_list import ChannelList
from asyncwatch_tui.export import Export, Value
from asyncwatch_tui.finding_list import FindingList
from asyncwatch_tui.group_list import GroupList
from asyncwatch_tui.signs import GROUP_SIGNS, SIGNS

_CHANNEL: Final = (
    "state", "server", "channel", "address", "messages", "valid", "invalid", "undecodable", "unchecked", "rate", "violations",
    "missing", "lost", "lag_seconds", "p50_seconds", "p99_seconds", "context_share", "last_seen", "contract_strength",
)  # fmt: skip
_FINDING: Final = (
    "severity", "rule", "server", "channel", "address", "message", "group", "path", "expected", "actual", "count", "rate",
    "first", "last", "summary", "file", "line", "fingerprint",
)  # fmt: skip
_GROUP: Final = (
    "status", "server", "group", "address", "seconds", "messages", "velocity", "catch_up_seconds", "retention_seconds",
    "members", "as_of", "reading",
)  # fmt: skip


def export_channels(channels: ChannelList, snapshot: Snapshot) -> Export | None:
    """Give the channels that show; None where none does."""
    shown = [entry.row for entry in channels.entries if entry.message is None]

    def rows() -> list[Sequence[Value]]:
        table: list[Sequence[Value]] = []
        for at in shown:
            row, view, state, reader = channels.facts(at)
            counts, ordering = row.messages, row.ordering
            table.append((
                SIGNS[state].word, row.server, row.channel, row.address, counts.total, counts.valid, counts.invalid,
                counts.undecodable, counts.unchecked, row.rate, view.violations,
                None if ordering is None else ordering.missing, None if ordering is None else ordering.lost,
                None if reader is None else reader.seconds, view.p50, view.p99, view.context_share, view.last_seen,
                row.strength,
            ))  # fmt: skip
        return table

    def json() -> object:
        return [{"channel": channels.rows[at], "view": channels.views[at]} for at in shown]

    return Export("channels", len(shown), _CHANNEL, rows, json, snapshot.view.now) if shown else None


def export_findings(findings: FindingList, snapshot: Snapshot) -> Export | None:
    """Give the finding groups that show; None where none does."""
    shown = list(findings.entries)

    def rows() -> list[Sequence[Value]]:
        table: list[Sequence[Value]] = []
        for at in shown:
            row, view = findings.rows[at], findings.view(at)
            table.append((
                row.severity, row.rule, row.server, row.channel, row.address, row.message, row.group, row.path,
                row.expected, row.actual, row.count, None if view is None else view.rate, row.first.time, row.last.time,
                row.summary, None if view is None else view.file, None if view is None else view.line, row.fingerprint,
            ))  # fmt: skip
        return table

    def json() -> object:
        return [{"finding": findings.rows[at], "view": findings.view(at)} for at in shown]

    return Export("findings", len(shown), _FINDING, rows, json, snapshot.view.now) if shown else None


def export_groups(groups: GroupList, snapshot: Snapshot) -> Export | None:
    """Give the consumer groups that show; None where none does."""
    shown = list(groups.entries)

    def rows() -> list[Sequence[Value]]:
        table: list[Sequence[Value]] = []
        for at in shown:
            row, view, state = groups.groups[at]
            table.append((
                GROUP_SIGNS[state].word, row.server, row.group, row.address, row.seconds, row.messages, row.velocity,
                row.catch_up_seconds, row.retention_seconds, row.members, row.as_of,
                None if view is None else view.reading,
            ))  # fmt: skip
        return table

    def json() -> object:
        return [
            {"lag": groups.groups[at].row, "view": groups.groups[at].view,
             "partitions": [{"lag": part.row, "view": part.view} for part in groups.partitions(at)]}
            for at in shown
        ]  # fmt: skip

    return Export("groups", len(shown), _GROUP, rows, json, snapshot.view.now) if shown else None
