"""Snapshots added up: the moving numbers of several workers or sidecars beside their added reports.

Rule 1: a column that one part did not look at is not known; a part that has ended adds nothing (`settle`).
Rule 2: servers that share a name and not an address are different ones, and are told apart by their address.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TypeVar

from msgspec import structs

from asyncwatch.model.adding import add_reports, finding_identity, lag_identity, together, total, worst_state
from asyncwatch.model.adding_channels import add_buckets, add_channels, channel_identity, quantile
from asyncwatch.model.report import ChannelRow, FindingRow, LagRow, ServerRow, Share
from asyncwatch.model.view import ChannelView, FindingView, LagView, OutletView, ReloadView, ServerView, Snapshot, View

Column = list[float | None]
RowT = TypeVar("RowT", ChannelRow, FindingRow, LagRow, ServerRow, ServerView)
_ENDED = "ended"
"""The reason of what waited in a process that is gone."""
_OUTLETS_BY_TROUBLE = ("down", "queueing", "ok")


def add_snapshots(snapshots: Sequence[Snapshot], names: Sequence[str] = ()) -> Snapshot:
    """Add up snapshots, at least one; rates are those of the last minute.

    `names`: what each part is called where servers differ between parts.
    """
    if len(snapshots) == 1:
        return snapshots[0]
    parts = tell_servers_apart(snapshots)
    report = add_reports(parts, names)
    channels = add_channels([(one, 0.0) for one in parts], None)
    fields = {name: getattr(report, name) for name in report.__struct_fields__}
    fields["channels"] = channels
    return Snapshot(**fields, view=_add_views(parts, channels, report.findings, report.lag))


def settle(snapshot: Snapshot) -> Snapshot:
    """Give what is left of a part that has ended: its counts, and no movement, connection or waiting any more.

    What waited in its outlets is lost and counts as dropped.
    """
    view = snapshot.view
    still: Column = [0.0] * len(view.window)
    servers = [structs.replace(row, state="connected", since="", error=None) for row in snapshot.servers]
    channels = [structs.replace(row, rate=None if row.rate is None else 0.0) for row in snapshot.channels]
    views = [
        structs.replace(
            one, window=_still(one.window), message_rates=dict.fromkeys(one.message_rates, 0.0), stale=False, missing=False,
            p50=None, p99=None, recent=None,
        )
        for one in view.channels
    ]  # fmt: skip
    outlets = [
        structs.replace(
            one,
            state="ok",
            queued=0,
            dropped=one.dropped + one.queued,
            error=None,
            reasons=one.reasons | ({_ENDED: one.reasons.get(_ENDED, 0) + one.queued} if one.queued else {}),
        )
        for one in view.outlets
    ]
    return structs.replace(
        snapshot, servers=servers, channels=channels, lag=None,
        sidecar=structs.replace(snapshot.sidecar, rss_bytes=0, behind_seconds=0.0),
        view=structs.replace(
            view, rate=0.0, window=still, valid_window=[None] * len(still), checked_window=still, servers=[],
            channels=views, outlets=outlets, lag=None,
            findings=[structs.replace(one, rate=0.0, window=[0.0] * len(one.window)) for one in view.findings],
        ),
    )  # fmt: skip


def without_documents(snapshot: Snapshot, known: Container[tuple[str, str | None, str]]) -> Snapshot:
    """Give what a part that has ended has counted, when other documents count by now.

    `known`: the channels of those, by server, channel and address; rows of others are left out, their messages stay in the sums.
    """
    kept = [
        (row, view)
        for row, view in zip(snapshot.channels, snapshot.view.channels, strict=False)
        if row.channel is None or channel_identity(row) in known
    ]
    coverage = structs.replace(
        snapshot.coverage,
        channels=structs.replace(snapshot.coverage.channels, documented=0, seen=0),
        messages=structs.replace(snapshot.coverage.messages, documented=0, seen=0, unseen=[]),
        fields=Share(0, 0), enum_values=Share(0, 0), by_message=[], undocumented=[],
    )  # fmt: skip
    return structs.replace(
        snapshot, documents=[], channels=[row for row, _ in kept], coverage=coverage,
        view=structs.replace(snapshot.view, channels=[view for _, view in kept]),
    )  # fmt: skip


def _still(window: Column) -> Column:
    return [0.0] * len(window)


def tell_servers_apart(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Rename servers that share a name and have different addresses: `production (kafka-a:9092)`."""
    addresses: dict[str, set[str]] = {}
    for snapshot in snapshots:
        for server in snapshot.view.servers:
            addresses.setdefault(server.server, set()).add(server.address)
    shared = {name for name, found in addresses.items() if len(found) > 1}
    if not shared:
        return list(snapshots)
    return [
        _rename(one, {s.server: f"{s.server} ({s.address})" for s in one.view.servers if s.server in shared})
        for one in snapshots
    ]


def _renamed(rows: Sequence[RowT], names: Mapping[str, str]) -> list[RowT]:
    return [structs.replace(row, server=names.get(row.server, row.server)) for row in rows]


def _rename(snapshot: Snapshot, names: dict[str, str]) -> Snapshot:
    if not names:
        return snapshot

    return structs.replace(
        snapshot,
        servers=_renamed(snapshot.servers, names),
        channels=_renamed(snapshot.channels, names),
        findings=_renamed(snapshot.findings, names),
        lag=None if snapshot.lag is None else _renamed(snapshot.lag, names),
        view=structs.replace(snapshot.view, servers=_renamed(snapshot.view.servers, names)),
    )  # fmt: skip


def _add_views(
    parts: Sequence[Snapshot], channels: Sequence[ChannelRow], findings: Sequence[FindingRow], lag: list[LagRow] | None
) -> View:
    views = [one.view for one in parts]
    checked = [one.checked_window for one in views]
    return View(
        now=max(one.now for one in views),
        since=", ".join(sorted({word for one in views for word in one.since.split(", ")})),
        command=views[0].command,
        rate=sum(one.rate for one in views),
        window=add_windows([one.window for one in views]),
        valid_window=_add_shares([one.valid_window for one in views], checked),
        checked_window=add_windows(checked),
        servers=[_add_server(same) for same in together((s for one in views for s in one.servers), lambda s: s.server)],
        channels=_add_channel_views(parts, channels),
        outlets=[_add_outlet(same) for same in together((o for one in views for o in one.outlets), lambda o: o.name)],
        groups=len(findings) + sum(max(one.view.groups - len(one.findings), 0) for one in parts),
        findings=_add_finding_views(parts, findings),
        lag=_newest_lag_views(parts, lag),
        reload=_add_reloads([one.reload for one in views if one.reload is not None]),
    )


def _add_reloads(found: Sequence[ReloadView]) -> ReloadView | None:
    """Tell the oldest refusal, with the reasons of all."""
    if len(found) <= 1:
        return found[0] if found else None
    return ReloadView(
        taken=max((one.taken for one in found if one.taken is not None), default=None),
        refused=min((one.refused for one in found if one.refused is not None), default=None),
        reasons=list(dict.fromkeys(reason for one in found for reason in one.reasons)),
        restart=list(dict.fromkeys(key for one in found for key in one.restart)),
    )


def add_windows(windows: Sequence[Column]) -> Column:
    """Add columns; a column that one part does not know is not known."""
    return [total(column) for column in zip(*windows, strict=False)]


def _add_shares(shares: Sequence[Column], weights: Sequence[Column]) -> Column:
    """Give the share of all from the shares of the parts, each weighted with what it is a share of."""
    added: Column = []
    for column, weight in zip(zip(*shares, strict=False), zip(*weights, strict=False), strict=False):
        if None in weight:
            added.append(None)
            continue
        whole = sum(w for w in weight if w is not None)
        good = sum(s * w for s, w in zip(column, weight, strict=True) if s is not None and w is not None)
        added.append(good / whole if whole else None)
    return added


def _add_server(rows: Sequence[ServerView]) -> ServerView:
    if len(rows) == 1:
        return rows[0]
    state, since = worst_state([(row.state, row.since) for row in rows])
    worst = [row for row in rows if row.state == state]
    return structs.replace(
        min(worst, key=repr), since=since, attempt=max(row.attempt for row in worst),
        next_try=min((row.next_try for row in worst if row.next_try is not None), default=None),
        last_connected=max((row.last_connected for row in rows if row.last_connected is not None), default=None),
    )  # fmt: skip


def _add_outlet(rows: Sequence[OutletView]) -> OutletView:
    if len(rows) == 1:
        return rows[0]
    worst = min(rows, key=lambda row: (_rank(row.state), repr(row)))
    reasons: dict[str, int] = {}
    for row in rows:
        for reason, count in row.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
    return structs.replace(
        worst, queued=sum(row.queued for row in rows), capacity=total(row.capacity for row in rows),
        dropped=sum(row.dropped for row in rows), delivered=sum(row.delivered for row in rows), reasons=reasons,
        suppressed=sum(row.suppressed for row in rows),
    )  # fmt: skip


def _rank(state: str) -> int:
    return _OUTLETS_BY_TROUBLE.index(state) if state in _OUTLETS_BY_TROUBLE else -1


def _add_channel_views(parts: Sequence[Snapshot], channels: Sequence[ChannelRow]) -> list[ChannelView]:
    """Give the views in the order of the added rows."""
    found: dict[tuple[str, str | None, str], list[ChannelView]] = {}
    for one in parts:
        for row, view in zip(one.channels, one.view.channels, strict=False):
            found.setdefault(channel_identity(row), []).append(view)
    return [_add_channel_view(found.get(channel_identity(row), []), row) for row in channels]


def _add_channel_view(views: Sequence[ChannelView], row: ChannelRow) -> ChannelView:
    if len(views) == 1:
        return views[0]
    rates: dict[str, float] = {}
    for view in views:
        for name, rate in view.message_rates.items():
            rates[name] = rates.get(name, 0.0) + rate
    moved = [view for view in views if view.recent is not None or view.p50 is not None]
    recent = [view.recent for view in moved if view.recent is not None]
    whole = add_buckets(recent) if recent and len(recent) == len(moved) else None
    largest = None if row.latency is None else row.latency.max
    only = moved[0] if len(moved) == 1 else None
    return ChannelView(
        window=add_windows([view.window for view in views]), message_rates=rates,
        last_seen=_latest([view.last_seen for view in views]), violations=sum(view.violations for view in views),
        checked=any(view.checked for view in views), missing=all(view.missing for view in views),
        stale=any(view.stale for view in views),
        partitions=max((view.partitions for view in views if view.partitions is not None), default=None),
        late=None if row.ordering is None else row.ordering.late,
        # Percentiles cannot be added: they come from buckets, or from the only part that has any.
        p50=quantile(whole, 0.5, largest) if whole else only.p50 if only else None,
        p99=quantile(whole, 0.99, largest) if whole else only.p99 if only else None,
        context_share=_context_share(row), last_on_broker=_latest([view.last_on_broker for view in views]), recent=whole,
    )  # fmt: skip


def _latest(moments: Sequence[str | None]) -> str | None:
    """Give the newest; a part that has never seen any takes nothing away."""
    return max((moment for moment in moments if moment is not None), default=None)


def _context_share(row: ChannelRow) -> float | None:
    context = row.context
    if context is None:
        return None
    carrying = context.w3c + context.cloudevents + context.b3 + context.jaeger + context.datadog + context.xray
    messages = carrying + context.none + context.invalid
    return carrying / messages if messages else None


def _add_finding_views(parts: Sequence[Snapshot], findings: Sequence[FindingRow]) -> list[FindingView]:
    """Give the views in the order of the added groups; none where a part has none."""
    found: dict[tuple[str, str], list[FindingView]] = {}
    for one in parts:
        if len(one.view.findings) != len(one.findings):
            return []
        for row, view in zip(one.findings, one.view.findings, strict=True):
            found.setdefault(finding_identity(row), []).append(view)
    if any(finding_identity(row) not in found for row in findings):
        return []
    return [_add_finding_view(found[finding_identity(row)]) for row in findings]


def _add_finding_view(views: Sequence[FindingView]) -> FindingView:
    placed = min((view for view in views), key=lambda view: (view.file is None, view.file or "", view.line or 0))
    return structs.replace(
        placed, rate=sum(view.rate for view in views), window=add_windows([view.window for view in views])
    )


def _newest_lag_views(parts: Sequence[Snapshot], lag: Sequence[LagRow] | None) -> list[LagView] | None:
    if lag is None:
        return None
    found: dict[tuple[str, str, str, int | None], list[tuple[LagRow, LagView]]] = {}
    for one in parts:
        if one.lag is not None and one.view.lag is not None:
            for row, view in zip(one.lag, one.view.lag, strict=False):
                found.setdefault(lag_identity(row), []).append((row, view))
    if any(lag_identity(row) not in found for row in lag):
        return None
    return [max(found[lag_identity(row)], key=lambda one: (one[0].as_of, repr(one[0])))[1] for row in lag]
