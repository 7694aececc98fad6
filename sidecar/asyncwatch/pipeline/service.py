"""The life of a live run: start taps and outlets, keep the clock, stop within five seconds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from asyncwatch.ledger.ledger import Ledger
from asyncwatch.model.batch import Batch
from asyncwatch.model.finding import Finding
from asyncwatch.model.report import Report
from asyncwatch.model.route import Route
from asyncwatch.model.view import FindingDetail, OutletView, ReloadView, Snapshot
from asyncwatch.outlets.base import Documented, Following, Outlet, OutletStatistics
from asyncwatch.pipeline.cost import sidecar_row
from asyncwatch.pipeline.draining import drain_outlets
from asyncwatch.pipeline.drops import DropWatch
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.runner import Runner
from asyncwatch.route import Routes
from asyncwatch.taps.base import Filter
from asyncwatch.telemetry.happenings import (
    ChannelMissing,
    ChoreBroke,
    OutletBroke,
    OutletStateChanged,
    RightMissing,
    emit,
)
from asyncwatch.telemetry.measuring.past import PastPoints

Chore = Callable[[], Awaitable[None]]


class Service:
    """Taps, pump, ledger and outlets of one run, and the clock that drives them.

    `limit`: stop after exactly so many messages.
    """

    def __init__(
        self, routes: Routes, ledger: Ledger, pump: Pump, outlets: Sequence[Outlet], *, since: str, command: str
    ) -> None:
        self.ledger = ledger
        self.runners: list[Runner] = []
        self._chores: dict[str, list[Chore]] = {}
        self.past = PastPoints()
        """What routes counted that a reload took out."""
        self.reload_view: ReloadView | None = None
        self.limit: int | None = None
        self.done = asyncio.Event()
        """Set when the limit is reached or every tap has ended."""
        self._routes = routes
        self._pump = pump
        self._outlets = list(outlets)
        self._since = since
        self._command = command
        self._tasks: list[asyncio.Task[None]] = []
        self._of_server: dict[str, list[asyncio.Task[None]]] = {}
        """Those of the tasks that read one server, and look at its consumers."""
        self._runs = False
        self._ended = False
        self._missing: set[tuple[str, str]] = set()
        self._rights: set[tuple[str, str]] = set()
        self._outlet_states: dict[str, str] = {}
        self._drops = DropWatch()

    def take(self, batch: Batch) -> None:
        """Hand a batch to the pump, up to the limit."""
        if self.limit is not None:
            room = self.limit - self._pump.taken
            if room <= 0:
                return
            if len(batch) > room:
                batch = batch.head(room)
        self._pump.take(batch)
        if self.limit is not None and self._pump.taken >= self.limit:
            self.done.set()

    async def start(self) -> None:
        """Start outlets first, then taps, so that nothing is offered to an outlet that does not run."""
        self._tasks = [asyncio.create_task(_run_outlet(outlet), name="outlet") for outlet in self._outlets]
        self._runs = True
        for runner in self.runners:
            self._begin(runner.record.server, self._run_tap(runner), "tap")
        for server, chores in self._chores.items():
            for chore in chores:
                self._begin(server, _run_chore(chore), "chore")
        self._tasks.append(asyncio.create_task(self._keep_time(), name="clock"))

    def add(self, runner: Runner) -> None:
        """Add a server; it is read at once where the run has started."""
        self.runners.append(runner)
        if self._runs:
            self._begin(runner.record.server, self._run_tap(runner), "tap")

    def add_chore(self, server: str, chore: Chore) -> None:
        """Add what runs beside a server's tap until the end: it never ends by itself and never raises for a broker's trouble."""
        self._chores.setdefault(server, []).append(chore)
        if self._runs:
            self._begin(server, _run_chore(chore), "chore")

    def _begin(self, server: str, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        self._of_server.setdefault(server, []).append(task)

    def cut(self, server: str, *, only_chores: bool = False) -> list[asyncio.Task[None]]:
        """Let a server go: from this step on nothing of it is taken; its tap is closed when the tasks have ended."""
        tasks = self._of_server.pop(server, [])
        kept = [task for task in tasks if only_chores and task.get_name() == "tap"]
        if kept:
            self._of_server[server] = kept
        if not only_chores:
            self.runners = [runner for runner in self.runners if runner.record.server != server]
        self._chores.pop(server, None)
        ended = [task for task in tasks if task not in kept]
        for task in ended:
            task.cancel()
            self._tasks.remove(task)
        return ended

    def forget(self, server: str) -> None:
        """Let what was known about a server's tap go: another one begins there, or none."""
        self._missing = {place for place in self._missing if place[0] != server}
        self._rights = {right for right in self._rights if right[0] != server}
        self.ledger.forget_server(server)

    async def _run_tap(self, runner: Runner) -> None:
        # The cluster's name goes into derived ids: it must be known before the first message.
        runner.on_connected = lambda: self._name_cluster(runner)
        await runner.run()
        if runner.ended and all(one.ended or one.record.state == "misconfigured" for one in self.runners):
            self.done.set()

    async def _keep_time(self) -> None:
        """Once a second: time passes for the checks, taps and outlets are looked at, series are sampled."""
        while True:
            await asyncio.sleep(1.0 - time.time() % 1.0)
            self.tick(time.time_ns())

    def tick(self, now_ns: int) -> None:
        """Do what is due once a second."""
        self._look_at_taps(now_ns)
        self._pump.advance(now_ns)
        self._look_at_outlets()
        self.ledger.tick()

    def _look_at_taps(self, now_ns: int) -> None:
        for runner in self.runners:
            statistics = runner.statistics()
            server = runner.record.server
            runner.record.rights_missing = list(statistics.rights_missing)
            runner.record.creates = list(statistics.creates)
            if statistics.missed is not None:
                runner.record.missed = max(runner.record.missed or 0, statistics.missed)
            for right in statistics.rights_missing:
                if (server, right) not in self._rights:
                    self._rights.add((server, right))
                    emit(RightMissing(server=server, right=right))
            for route in self._routes.of_server(server):
                status = statistics.addresses.get(route.filter)
                if status is None:
                    continue
                self.ledger.tap_status[server, route.filter] = (
                    status.exists, status.partitions, status.last_on_broker_ns,
                )  # fmt: skip
                place = (server, route.filter)
                if status.exists is False and not route.wildcard:
                    if place not in self._missing:
                        self._missing.add(place)
                        self._say_missing(route, now_ns)
                elif status.exists:
                    self._missing.discard(place)

    def _name_cluster(self, runner: Runner) -> None:
        cluster = runner.statistics().cluster
        if cluster is not None:
            for route in self._routes.of_server(runner.record.server):
                route.cluster = cluster

    def describe(self, documented: Documented) -> None:
        """Tell the outlets which routes there are by now."""
        for outlet in self._outlets:
            if isinstance(outlet, Following):
                outlet.follow(documented)

    def follow(self, filters: Mapping[str, Sequence[Filter]]) -> None:
        """Read other addresses from the next read of each tap on; by server."""
        for runner in self.runners:
            wanted = list(filters.get(runner.record.server, ()))
            if wanted != runner.filters:
                runner.follow(wanted)
            self._name_cluster(runner)

    def _say_missing(self, route: Route, now_ns: int) -> None:
        severity = route.severities["channel.missing"]
        emit(ChannelMissing(server=route.server, address=route.address))
        if severity != "off":
            self._pump.announce(
                [
                    Finding(
                        rule="channel.missing", severity=severity, server=route.server, channel=route.channel,
                        address=route.address, time_ns=now_ns, summary="the documented channel does not exist on the broker",
                    )
                ]
            )  # fmt: skip

    def _look_at_outlets(self) -> None:
        for one in self.outlet_statistics():
            before = self._outlet_states.get(one.name, "ok")
            if one.state != before:
                self._outlet_states[one.name] = one.state
                emit(OutletStateChanged(outlet=one.name, state=one.state, reason=one.error or ""))
            self._drops.look(one)

    async def wait_connected(self, timeout_s: float) -> bool:
        """Wait until every tap has tried once and any is connected, unless none will try again in time; tell whether any is."""
        deadline_ns = time.time_ns() + int(timeout_s * 1e9)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(*(runner.first_try.wait() for runner in self.runners))
                while not any(runner.record.state == "connected" or runner.ended for runner in self.runners):
                    if all(runner.record.rests(deadline_ns) for runner in self.runners):
                        return False
                    await asyncio.sleep(0.05)
        for runner in self.runners:
            if not runner.first_try.is_set():
                runner.say_silent(timeout_s)
        return any(runner.record.state == "connected" or runner.ended for runner in self.runners)

    async def stop(self) -> None:
        """End taps, let the last findings out, flush the outlets; bounded by 5 s."""
        self._runs = False
        taps = [task for task in self._tasks if task.get_name() != "outlet"]
        await _cancel(taps)
        now_ns = time.time_ns()
        self._look_at_taps(now_ns)
        for runner in self.runners:
            runner.record.end(now_ns)
        self._pump.finish(now_ns)
        await drain_outlets(self._outlets)
        await _cancel([task for task in self._tasks if task.get_name() == "outlet"])
        self._ended = True

    def add_outlet(self, outlet: Outlet) -> None:
        """Add an outlet that is offered nothing, because it reads for itself what the run counts; before the start."""
        self._outlets.append(outlet)

    def outlet_statistics(self) -> list[OutletStatistics]:
        return [outlet.statistics() for outlet in self._outlets]

    def behind_s(self) -> float | None:
        """Give how far our reading is behind the brokers: messages not read yet over our rate; None = not known."""
        behind = [runner.statistics().behind_messages for runner in self.runners]
        known = [one for one in behind if one is not None]
        if not known:
            return None
        rate = self.ledger.rate()
        return sum(known) / rate if rate else (0.0 if not sum(known) else None)

    def report(self) -> Report:
        """Make the report of the run so far."""
        row = sidecar_row(self.outlet_statistics(), self.behind_s(), measured=True, ended=self._ended)
        return self.ledger.report(time.time_ns(), row, whole_run=True)

    def finding_detail(self, fingerprint: str) -> FindingDetail | None:
        """Give everything known about a finding group; None if there is none of that name."""
        return self.ledger.finding_detail(fingerprint)

    def snapshot(self) -> Snapshot:
        """Make the snapshot that the API serves."""
        statistics = self.outlet_statistics()
        row = sidecar_row(statistics, self.behind_s(), measured=True)
        outlets = [
            OutletView(
                name=one.name, state=one.state, queued=one.queued, capacity=one.capacity, dropped=one.dropped,
                delivered=one.delivered, error=one.error, reasons=dict(one.reasons), suppressed=one.suppressed,
            )
            for one in statistics
        ]  # fmt: skip
        return self.ledger.snapshot(
            time.time_ns(), row, outlets, since=self._since, command=self._command,
            reload=self.reload_view,
        )  # fmt: skip


async def _run_outlet(outlet: Outlet) -> None:
    """Run an outlet; our own mistake in one is told, and the road goes on."""
    try:
        await outlet.run()
    except Exception as error:  # noqa: BLE001 # fail open
        emit(OutletBroke(outlet=outlet.statistics().name), exception=error)


async def _run_chore(chore: Chore) -> None:
    """Run a chore; our own mistake in one is told, and the road goes on."""
    try:
        await chore()
    except Exception as error:  # noqa: BLE001 # fail open
        emit(ChoreBroke(chore=getattr(chore, "__qualname__", "chore")), exception=error)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task
