"""Asking a server's consumers how far they are, on a timer, beside the reading.

Source: facts on lag, B4 (0, 1, 3, 6 and 10 s after the start, then every `lag.interval`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Final

from asyncwatch.checks.progress import ProgressCheck
from asyncwatch.config.settings import LagSettings
from asyncwatch.contract.entities import Contract
from asyncwatch.lag.consumers import Consumers
from asyncwatch.lag.position_times import PositionTimes
from asyncwatch.lag.standing import Standing
from asyncwatch.ledger.ledger import Ledger
from asyncwatch.model.errors import AsyncwatchError
from asyncwatch.model.finding import Finding
from asyncwatch.model.route import Route
from asyncwatch.pipeline.backoff import Backoff
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.runner import Runner
from asyncwatch.route import Routes
from asyncwatch.taps.base import Probe
from asyncwatch.telemetry.happenings import LagUnknown, RightMissing, Warned, emit

FIRST_S: Final = (0.0, 1.0, 3.0, 6.0, 10.0)
"""When the first polls are due, counted from the start."""
_TIMES_A_SECOND: Final = 50
_TIMES_A_POLL: Final = 200
_BREATH_S: Final = 0.005
"""Judging many groups gives way to the reading after so long."""
_CLOSE_S: Final = 2.0
_LEAST_INTERVAL_S: Final = 0.1
_KEPT_ADDRESSES: Final = 10_000


class Lagging:
    """The consumers of one server, polled until the end; `reading` knows which addresses are read by now."""

    def __init__(
        self,
        probe: Probe,
        reading: Runner,
        routes: Routes,
        ledger: Ledger,
        pump: Pump,
        settings: LagSettings,
        *,
        read_committed: bool = False,
        named: frozenset[str] = frozenset(),
    ) -> None:
        self.server = reading.record.server
        self.looked = asyncio.Event()
        """Set as soon as the first poll has ended, however it did."""
        self._probe = probe
        self._reading = reading
        self._routes = routes
        self._ledger = ledger
        self._pump = pump
        self._interval_s = max(settings.interval_s, _LEAST_INTERVAL_S)
        self._consumers = Consumers(
            self.server, self._route_of, self._times_of, read_committed=read_committed, named=named
        )  # fmt: skip
        self._backoff = Backoff()
        self._known: list[Route] = []
        self._found: dict[str, Route | None] = {}
        """Address of the broker → its route, for the routes of `_known`."""
        self._rights: set[str] = set()
        self._is_silent = False
        self._left_out = 0

    def follow(self, settings: LagSettings, named: frozenset[str]) -> None:
        """Go on with other settings, and with the groups that documents name by now."""
        self._interval_s = max(settings.interval_s, _LEAST_INTERVAL_S)
        self._consumers.named = named

    async def run(self) -> None:
        """Poll for ever; the probe is closed whatever happens."""
        began_s = time.monotonic()
        polls = 0
        try:
            while True:
                sound = await self._poll(self._next_s(polls))
                self.looked.set()
                polls += 1
                if sound:
                    self._backoff.reset()
                    due_s = began_s + FIRST_S[polls] if polls < len(FIRST_S) else 0.0
                    if polls >= len(FIRST_S):
                        steps = max(int((time.monotonic() - began_s - FIRST_S[-1]) / self._interval_s), 0) + 1
                        due_s = began_s + FIRST_S[-1] + steps * self._interval_s
                    await asyncio.sleep(max(due_s - time.monotonic(), 0.0))
                else:
                    await asyncio.sleep(self._backoff.next_s())
        finally:
            self.looked.set()
            await self._close()

    def _next_s(self, polls: int) -> float:
        """Give the seconds until the poll after this one is due."""
        return FIRST_S[polls + 1] - FIRST_S[polls] if polls + 1 < len(FIRST_S) else self._interval_s

    async def _poll(self, next_s: float) -> bool:
        """Ask once and conclude; tell whether the server answered."""
        try:
            progress = await self._probe.poll(self._reading.filters)
            self._look_at_routes()
            self._say_rights(progress.rights_missing)
            if progress.groups is None:
                self._ledger.lag.forget(self.server)
                return True
            await self._gradually(self._consumers.take(progress))
            wanted = self._consumers.wanted(min(int(_TIMES_A_SECOND * next_s), _TIMES_A_POLL))
            if wanted:
                self._consumers.learn(wanted, list(await self._probe.times(wanted)))
        except AsyncwatchError as error:
            if not self._is_silent:
                self._is_silent = True
                emit(LagUnknown(server=self.server, reason=error.message))
            self._consumers.lose_sight(time.time_ns())
            await self._conclude(0)
            return False
        self._is_silent = False
        await self._conclude(progress.left_out)
        return True

    async def _conclude(self, left_out: int) -> None:
        """Judge every group; `left_out`: groups that were not asked."""
        groups: list[tuple[Standing, list[Standing]]] = []
        findings: list[Finding] = []
        breath_s = time.monotonic()
        for whole, parts, told in self._consumers.judge():
            groups.append((whole, parts))
            findings += told
            if time.monotonic() - breath_s > _BREATH_S:
                await asyncio.sleep(0)
                breath_s = time.monotonic()
        if groups or not self._is_silent:
            left_out += self._ledger.lag.take(self.server, groups)
            if left_out > self._left_out:
                emit(
                    Warned(what=f"server '{self.server}': {left_out} consumer groups are left out: there are too many")
                )
            self._left_out = max(self._left_out, left_out)
        if findings:
            self._pump.announce(findings)

    async def _gradually(self, steps: Iterator[None]) -> None:
        breath_s = time.monotonic()
        for _ in steps:
            if time.monotonic() - breath_s > _BREATH_S:
                await asyncio.sleep(0)
                breath_s = time.monotonic()

    def _say_rights(self, rights: Sequence[str]) -> None:
        self._ledger.servers[self.server].lag_rights_missing = list(rights)
        for right in rights:
            if right not in self._rights:
                self._rights.add(right)
                emit(RightMissing(server=self.server, right=right))

    def _look_at_routes(self) -> None:
        """Forget what was found in routes that a reload has replaced."""
        routes = self._routes.of_server(self.server)
        if routes != self._known:
            self._known = routes
            self._found.clear()

    def _route_of(self, address: str) -> Route | None:
        """Find the documented route that an address of the broker is read under, exact addresses first."""
        if address in self._found:
            return self._found[address]
        routes = self._known
        by_filter = {route.filter: route for route in routes}
        fitting = [one for one in self._reading.filters if one.id in by_filter and one.covers(address)]
        fitting.sort(key=lambda one: one.pattern is not None)
        found = by_filter[fitting[0].id] if fitting else None
        if found is None:
            # A probe may name a documented address with its placeholders.
            found = next((route for route in routes if address in {route.address, route.filter}), None)
        if len(self._found) >= _KEPT_ADDRESSES:
            self._found.clear()
        self._found[address] = found
        return found

    def _times_of(self, address: str, partition: int | None) -> PositionTimes | None:
        route = self._route_of(address)
        if route is None:
            return None
        check = next((check for check in route.checks if isinstance(check, ProgressCheck)), None)
        return None if check is None else check.times(address, partition)

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._probe.close()
        except TimeoutError:
            pass


def documented_groups(contracts: Sequence[Contract]) -> frozenset[str]:
    """Give the consumer groups that the documents name (Kafka operation binding, `groupId`)."""
    names: set[str] = set()
    for contract in contracts:
        for operation in contract.operations.values():
            binding = operation.bindings.get("kafka")
            group = binding.get("groupId") if isinstance(binding, dict) else None
            if isinstance(group, str):
                names.add(group)
            elif isinstance(group, dict):
                allowed = group.get("enum")
                values = [group.get("const"), *(allowed if isinstance(allowed, list) else ())]
                names |= {value for value in values if isinstance(value, str)}
    return frozenset(names)
