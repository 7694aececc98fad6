"""Everything a run knows by now; asked for reports and views, never in anyone's way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from operator import attrgetter
from typing import Final

from asyncwatch import __version__
from asyncwatch.contract.entities import Contract
from asyncwatch.ledger.coverage import coverage
from asyncwatch.ledger.evidence import Witness
from asyncwatch.ledger.field_coverage import FieldCoverage
from asyncwatch.ledger.finding_views import FindingViews
from asyncwatch.ledger.groups import FindingGroups
from asyncwatch.ledger.lag import LagRecord
from asyncwatch.ledger.past import Past, rows_on_top
from asyncwatch.ledger.recent_spans import RecentSpans
from asyncwatch.ledger.route_record import RouteRecord, TapStatus
from asyncwatch.ledger.rows import added, channel_rows
from asyncwatch.ledger.series import Series
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.clock import format_time
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.report import ChannelRow, Counts, DocumentRow, Report, SidecarRow
from asyncwatch.model.route import Route
from asyncwatch.model.view import WINDOW_STEP_S, ChannelView, FindingDetail, OutletView, ReloadView, Snapshot, View

_NUMBERS: Final = attrgetter(*Counts.__struct_fields__)


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
        self._finding_views = FindingViews(self.groups)
        self._fields = FieldCoverage()
        self.recent_spans = RecentSpans()
        self.servers: dict[str, ServerRecord] = {}
        self.lag = LagRecord()
        self.started_ns = started_ns
        self._records: dict[Route, RouteRecord] = {}
        self._past = Past()
        self._going: dict[tuple[str, str], RouteRecord] = {}
        """Routes that a reload took out and that are not written out yet, by server and address."""
        self._leaving: list[RouteRecord] = []
        """Routes of the last reload without another in their place: batches that were on their way may still come."""
        self._good = Series()
        self._checked = Series()
        self._all = Series()
        self._ticks = 0
        self.addable = False
        """Whether snapshots are to be added to those of other workers."""
        self.tap_status: dict[tuple[str, str], TapStatus] = {}
        """(server, filter) → does the address exist, partitions, time of the newest message on the broker (ns)."""

    def take(self, obs: Observation) -> None:
        """Take the faults of a batch; its counts stand in the checks."""
        record = self._records.get(obs.route)
        if record is not None:
            record.touched = True
        self.recent_spans.take(obs)
        if obs.faults:
            self.groups.take(obs)

    def announce(self, findings: Sequence[Finding]) -> None:
        """Take findings that belong to no message."""
        if findings:
            self.groups.announce(findings)

    def tick(self) -> None:
        """Sample the series: once a second."""
        self._ticks += 1
        ends_column = self._ticks % WINDOW_STEP_S == 0
        everything = good = judged = 0
        connected = {server: self._is_connected(server) for server in self.servers}
        for route in self._all_routes():
            record = self._record(route)
            record.sample(connected=connected.get(route.server, True), ends_column=ends_column)
            everything += record.total
            good += record.good
            judged += record.judged
        self._finding_views.tick(connected)
        gone = self._gone()
        everything += gone.total
        right = gone.valid + gone.ambiguous
        any_connected = any(connected.values()) or not connected
        self._all.sample(everything, looked=any_connected)
        self._good.sample(good + right, looked=any_connected)
        self._checked.sample(judged + right + gone.invalid + gone.undecodable, looked=any_connected)

    def _record(self, route: Route) -> RouteRecord:
        record = self._records.get(route)
        if record is None:
            before = self._going.pop((route.server, route.address), None)
            if before is not None:
                self._keep(before)
            record = self._records[route] = RouteRecord(route, self._past.hand_out(route))
            if before is not None:
                record.go_on(before)
        return record

    def retire(
        self,
        replaced: Sequence[Route],
        removed: Sequence[Route],
        documents: Sequence[DocumentRow],
        moved: Collection[str] = (),
    ) -> None:
        """Let routes go that a reload took out; the rows of those that replace them go on from their counts.

        Messages that were read for removed ones may still come; those of an earlier call are counted to the end.
        `moved`: servers that are reached at another address now.
        """
        self._documents = list(documents)
        self.recent_spans.forget([*replaced, *removed])
        going, left = list(map(self._record, replaced)), list(map(self._record, removed))
        for record in (*going, *left):
            record.is_elsewhere = record.route.server in moved
            del self._records[record.route]
        for record in (*self._leaving, *going):
            self._let_go(record)
        self._leaving = left
        for server in moved:
            self._past.forget_positions(server)

    def _let_go(self, record: RouteRecord) -> None:
        place = (record.route.server, record.route.address)
        if place in self._going:
            self._keep(record)
        else:
            self._going[place] = record

    def _keep(self, record: RouteRecord) -> None:
        self._past.keep(record.route, record.before, is_elsewhere=record.is_elsewhere)

    def write_out(self) -> Iterator[None]:
        """Bring everything that a reload took out to where it stays, a route a step; what is asked for is there before."""
        for route in self._all_routes():
            self._record(route)
            yield
        while self._going:
            self._keep(self._going.popitem()[1])
            yield

    def _gone(self) -> Counts:
        """Count the messages that no row of today shows."""
        total = self._past.counts()
        for record in (*self._going.values(), *self._leaving):
            total = added(total, record.counts())
        return total

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
        return self._report(now_ns, sidecar, rows, totals)

    def _report(self, now_ns: int, sidecar: SidecarRow, rows: list[ChannelRow], totals: Counts) -> Report:
        return Report(
            asyncwatch=__version__, documents=list(self._documents), started=format_time(self.started_ns),
            ended=format_time(now_ns), servers=[record.row() for record in self.servers.values()], messages=totals,
            channels=rows, lag=self.lag.rows(), findings=self.groups.rows(),
            coverage=coverage(self._documented(), self._undocumented(), self._record, self._fields),
            sidecar=sidecar,
        )  # fmt: skip

    def snapshot(
        self,
        now_ns: int,
        sidecar: SidecarRow,
        outlets: Sequence[OutletView],
        *,
        since: str,
        command: str,
        reload: ReloadView | None = None,
    ) -> Snapshot:
        """Make the report with its view."""
        rows, views, totals = self._write_rows()
        report = self._report(now_ns, sidecar, rows, totals)
        good, checked = self._good.columns(), self._checked.columns()
        view = View(
            now=format_time(now_ns), since=since, command=command, rate=self._all.rate() or 0.0,
            window=self._all.columns(),
            valid_window=[
                None if not total or right is None else right / total
                for right, total in zip(good, checked, strict=True)
            ],
            servers=[record.view() for record in self.servers.values()], channels=views, outlets=list(outlets),
            groups=len(self.groups), checked_window=checked, findings=self._finding_views.views(),
            lag=self.lag.views(), reload=reload,
        )  # fmt: skip
        return Snapshot(**{name: getattr(report, name) for name in Report.__struct_fields__}, view=view)

    def describe(self, contracts: Sequence[Contract]) -> None:
        """Take the documents, so that findings have their lines; called again when they were read anew."""
        self._finding_views.describe(contracts)

    def forget_server(self, server: str) -> None:
        """Let go what a server's tap and probe told: they have ended."""
        self.lag.forget(server)
        self.tap_status = {place: one for place, one in self.tap_status.items() if place[0] != server}

    def show_values(self, shows: Callable[[str], bool] | None) -> None:
        """Say for the path of a field whether samples may hold its value; None = none may. Samples are taken anew."""
        self.groups.witness = Witness(shows)
        self.groups.forget_samples()
        self._fields.show_names(shows)

    def finding_detail(self, fingerprint: str) -> FindingDetail | None:
        """Give everything known about a finding group; None if there is none of that name."""
        return self._finding_views.detail(fingerprint, map(self._record, self._all_routes()))

    def routes(self) -> list[Route]:
        """Give the routes as they are by now, the documented ones first."""
        return self._all_routes()

    def _all_routes(self) -> list[Route]:
        return [*self._documented(), *self._undocumented()]

    def _rows(self, elapsed_s: float | None) -> tuple[list[ChannelRow], Counts]:
        rows: list[ChannelRow] = []
        totals = Counts()
        for route in self._all_routes():
            record = self._record(route)
            rate = record.rate()
            if elapsed_s is not None:
                rate = record.counted() / elapsed_s if elapsed_s else None
            for row in rows_on_top(channel_rows(route, rate, record.checks), record.before):
                rows.append(row)
                totals = added(totals, row.messages)
        return rows, added(totals, self._gone())

    def _write_rows(self) -> tuple[list[ChannelRow], list[ChannelView], Counts]:
        """Give the rows of all channels with their views at the same indexes; rows that did not change are the same objects."""
        rows: list[ChannelRow] = []
        views: list[ChannelView] = []
        connected = {server: self._is_connected(server) for server in self.servers}
        status, violations = self.tap_status, self.groups.violations
        for route in self._all_routes():
            server = route.server
            of_route, of_views = self._record(route).write(
                connected=connected.get(server, True), status=status.get((server, route.filter)),
                violations=[violations(server, channel) for channel in route.channels or (route.address,)],
                addable=self.addable,
            )  # fmt: skip
            rows += of_route
            views += of_views
        every = [self._gone(), *(row.messages for row in rows)]
        return rows, views, Counts(*map(sum, zip(*map(_NUMBERS, every), strict=True)))
