"""Everything a run knows by now; asked for reports and views, never in anyone's way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

from asyncwatch import __version__
from asyncwatch.contract.entities import Contract
from asyncwatch.ledger.coverage import coverage
from asyncwatch.ledger.evidence import Witness
from asyncwatch.ledger.finding_views import FindingViews
from asyncwatch.ledger.groups import FindingGroups
from asyncwatch.ledger.lag import LagRecord
from asyncwatch.ledger.recent_spans import RecentSpans
from asyncwatch.ledger.route_record import RouteRecord, TapStatus
from asyncwatch.ledger.rows import added, channel_rows, checks_of, counts
from asyncwatch.ledger.series import Series
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.clock import format_time
from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.report import ChannelRow, Counts, DocumentRow, Report, SidecarRow
from asyncwatch.model.route import Route
from asyncwatch.model.state import AMBIGUOUS, INVALID, STATES, UNDECODABLE, VALID
from asyncwatch.model.view import WINDOW_STEP_S, ChannelView, FindingDetail, OutletView, Snapshot, View

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
        self.recent_spans = RecentSpans()
        self.servers: dict[str, ServerRecord] = {}
        self.lag = LagRecord()
        self.started_ns = started_ns
        self._records: dict[Route, RouteRecord] = {}
        self._past = [0] * len(STATES)
        self._left: list[Route] = []
        """Routes that a reload took out of the run; their counts stay in the sums."""
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
        gone = self._gone()
        everything, good, judged = sum(gone), 0, 0
        connected = {server: self._is_connected(server) for server in self.servers}
        for route in self._all_routes():
            record = self._record(route)
            record.sample(connected=connected.get(route.server, True), ends_column=ends_column)
            everything += record.total
            good += record.good
            judged += record.judged
        self._finding_views.tick(connected)
        right = gone[VALID] + gone[AMBIGUOUS]
        any_connected = any(connected.values()) or not connected
        self._all.sample(everything, looked=any_connected)
        self._good.sample(good + right, looked=any_connected)
        self._checked.sample(judged + right + gone[INVALID] + gone[UNDECODABLE], looked=any_connected)

    def _record(self, route: Route) -> RouteRecord:
        record = self._records.get(route)
        if record is None:
            record = self._records[route] = RouteRecord(route)
        return record

    def retire(self, routes: Sequence[Route], documents: Sequence[DocumentRow]) -> None:
        """Let routes go that a reload replaced: their counts stay in the sums, their rows are gone.

        Messages that were read for them before may still come; those of an earlier call are counted to the end.
        """
        self._past = self._gone()
        self._left = list(routes)
        self._documents = list(documents)
        self.recent_spans.forget(routes)
        for route in routes:
            self._records.pop(route, None)

    def _gone(self) -> list[int]:
        """Count the messages of retired routes by state code."""
        found = list(self._past)
        for route in self._left:
            for by_state in checks_of(route).volume.statistics().states.values():
                found = [one + more for one, more in zip(found, by_state, strict=True)]
        return found

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
            coverage=coverage(self._documented(), self._undocumented(), lambda route: self._record(route).checks),
            sidecar=sidecar,
        )  # fmt: skip

    def snapshot(
        self, now_ns: int, sidecar: SidecarRow, outlets: Sequence[OutletView], *, since: str, command: str
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
            lag=self.lag.views(),
        )  # fmt: skip
        return Snapshot(**{name: getattr(report, name) for name in Report.__struct_fields__}, view=view)

    def describe(self, contracts: Sequence[Contract]) -> None:
        """Take the documents, so that findings have their lines; called again when they were read anew."""
        self._finding_views.describe(contracts)

    def show_values(self, shows: Callable[[str], bool] | None) -> None:
        """Say for the path of a field whether samples may hold its value; None = none may."""
        self.groups.witness = Witness(shows)

    def finding_detail(self, fingerprint: str) -> FindingDetail | None:
        """Give everything known about a finding group; None if there is none of that name."""
        return self._finding_views.detail(fingerprint, self._all_routes())

    def routes(self) -> list[Route]:
        """Give the routes as they are by now, the documented ones first."""
        return self._all_routes()

    def _all_routes(self) -> list[Route]:
        return [*self._documented(), *self._undocumented()]

    def _rows(self, elapsed_s: float | None) -> tuple[list[ChannelRow], Counts]:
        rows: list[ChannelRow] = []
        totals = counts(self._gone())
        for route in self._all_routes():
            checks = checks_of(route)
            if elapsed_s is None:
                rate = self._record(route).rate()
            else:
                rate = checks.volume.statistics().total / elapsed_s if elapsed_s else None
            for row in channel_rows(route, rate, checks):
                rows.append(row)
                totals = added(totals, row.messages)
        return rows, totals

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
        every = [counts(self._gone()), *(row.messages for row in rows)]
        return rows, views, Counts(*map(sum, zip(*map(_NUMBERS, every), strict=True)))
