"""Everything a run knows by now; asked for reports and views, never in anyone's way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import structs

from asyncwatch import __version__
from asyncwatch.ledger.coverage import coverage
from asyncwatch.ledger.groups import FindingGroups
from asyncwatch.ledger.rows import added, channel_rows, checks_of
from asyncwatch.ledger.series import RecentLatency, Series
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.clock import format_time
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.report import ChannelRow, Counts, DocumentRow, Report, SidecarRow
from asyncwatch.model.route import Route
from asyncwatch.model.state import AMBIGUOUS, INVALID, UNDECODABLE, VALID
from asyncwatch.model.view import WINDOW_STEP_S, ChannelView, OutletView, Snapshot, View


class _RouteSeries:
    """The moving numbers of a route."""

    __slots__ = ("latency", "messages", "total")

    def __init__(self) -> None:
        self.total = Series()
        self.messages: dict[int, Series] = {}
        self.latency = RecentLatency()


class Ledger:
    """Counters of all routes, finding groups, servers and series.

    `documented` and `undocumented` give the routes as they are by now. Units: `started_ns` nanoseconds since the epoch.
    """

    def __init__(
        self,
        documents: Sequence[DocumentRow],
        documented: Callable[[], Sequence[Route]],
        undocumented: Callable[[], Sequence[Route]],
        key_hash: Callable[[bytes], str],
        started_ns: int,
    ) -> None:
        self._documents = list(documents)
        self._documented = documented
        self._undocumented = undocumented
        self.groups = FindingGroups(key_hash)
        self.servers: dict[str, ServerRecord] = {}
        self.started_ns = started_ns
        self._series: dict[int, _RouteSeries] = {}
        self._good = Series()
        self._checked = Series()
        self._all = Series()
        self._ticks = 0
        self.tap_status: dict[tuple[str, str], tuple[bool | None, int | None, int | None]] = {}
        """(server, filter) → does the address exist, partitions, time of the newest message on the broker (ns)."""

    def take(self, obs: Observation) -> None:
        """Take the faults of a batch; its counts stand in the checks."""
        if obs.faults:
            self.groups.take(obs)

    def announce(self, findings: Sequence[Finding]) -> None:
        """Take findings that belong to no message."""
        if findings:
            self.groups.announce(findings)

    def tick(self) -> None:
        """Sample the series: once a second."""
        self._ticks += 1
        everything = good = checked = 0
        for route in (*self._documented(), *self._undocumented()):
            volume = checks_of(route).volume.statistics()
            series = self._series.setdefault(id(route), _RouteSeries())
            looked = self._is_connected(route.server)
            total = volume.total
            everything += total
            series.total.sample(total, looked=looked)
            for index, by_state in volume.states.items():
                series.messages.setdefault(index, Series()).sample(sum(by_state), looked=looked)
                right = by_state[VALID] + by_state[AMBIGUOUS]
                good += right
                checked += right + by_state[INVALID] + by_state[UNDECODABLE]
            if self._ticks % WINDOW_STEP_S == 0:
                series.latency.mark(volume.latency)
        connected = any(record.state == "connected" for record in self.servers.values()) or not self.servers
        self._all.sample(everything, looked=connected)
        self._good.sample(good, looked=connected)
        self._checked.sample(checked, looked=connected)

    def _is_connected(self, server: str) -> bool:
        record = self.servers.get(server)
        return record is None or record.state == "connected"

    def rate(self) -> float | None:
        """Give the messages a second over the last minute."""
        return self._all.rate()

    def totals(self) -> Counts:
        """Give the messages of all channels by state."""
        return self._rows(None)[1]

    def report(self, now_ns: int, sidecar: SidecarRow, *, whole_run: bool) -> Report:
        """Make the report; `whole_run` gives rates over the whole run instead of the last minute."""
        rows, totals = self._rows(max(now_ns - self.started_ns, 0) / 1e9 if whole_run else None)
        return Report(
            asyncwatch=__version__, documents=list(self._documents), started=format_time(self.started_ns),
            ended=format_time(now_ns), servers=[record.row() for record in self.servers.values()], messages=totals,
            channels=rows, lag=None, findings=self.groups.rows(),
            coverage=coverage(self._documented(), self._undocumented()), sidecar=sidecar,
        )  # fmt: skip

    def snapshot(
        self, now_ns: int, sidecar: SidecarRow, outlets: Sequence[OutletView], *, since: str, command: str
    ) -> Snapshot:
        """Make the report with its view."""
        report = self.report(now_ns, sidecar, whole_run=False)
        views = [view for route in self._all_routes() for view in self._channel_views(route)]
        good, checked = self._good.columns(), self._checked.columns()
        view = View(
            now=format_time(now_ns), since=since, command=command, rate=self._all.rate() or 0.0,
            window=self._all.columns(),
            valid_window=[
                None if not total or right is None else right / total
                for right, total in zip(good, checked, strict=True)
            ],
            servers=[record.view() for record in self.servers.values()], channels=views, outlets=list(outlets),
            groups=len(self.groups),
        )  # fmt: skip
        return Snapshot(**structs.asdict(report), view=view)

    def _all_routes(self) -> list[Route]:
        return [*self._documented(), *self._undocumented()]

    def _rows(self, elapsed_s: float | None) -> tuple[list[ChannelRow], Counts]:
        rows: list[ChannelRow] = []
        totals = Counts()
        for route in self._all_routes():
            series = self._series.get(id(route))
            rate = series.total.rate() if series else None
            if elapsed_s is not None:
                rate = checks_of(route).volume.statistics().total / elapsed_s if elapsed_s else None
            for row in channel_rows(route, rate):
                rows.append(row)
                totals = added(totals, row.messages)
        return rows, totals

    def _channel_views(self, route: Route) -> list[ChannelView]:
        checks = checks_of(route)
        volume = checks.volume.statistics()
        series = self._series.setdefault(id(route), _RouteSeries())
        recent = series.latency.recent(volume.latency)
        context = checks.context.statistics()
        carrying = context.w3c + context.cloudevents + context.b3 + context.jaeger + context.datadog + context.xray
        total = carrying + context.none + context.invalid
        exists, partitions, newest_ns = self.tap_status.get((route.server, route.filter), (None, None, None))
        checked = any(candidate.unchecked is None and candidate.payload is not None for candidate in route.candidates)
        views: list[ChannelView] = []
        for position, channel in enumerate(route.channels or (None,)):
            first = position == 0
            rates = {
                route.candidates[index].message: one.rate() or 0.0
                for index, one in series.messages.items()
                if index >= 0 and route.candidates[index].channel == channel
            }
            views.append(
                ChannelView(
                    window=series.total.columns() if first else [None] * len(series.total.columns()),
                    message_rates=rates,
                    last_seen=format_time(volume.last_seen_ns) if first and volume.last_seen_ns is not None else None,
                    violations=self.groups.violations(route.server, channel or route.address), checked=checked,
                    missing=exists is False, stale=not self._is_connected(route.server),
                    partitions=partitions if first else None,
                    late=checks.freshness.statistics().late if first else None,
                    p50=recent.quantile(0.5) if first else None, p99=recent.quantile(0.99) if first else None,
                    context_share=carrying / total if first and total else None,
                    last_on_broker=None if newest_ns is None else format_time(newest_ns),
                )
            )  # fmt: skip
        return views
