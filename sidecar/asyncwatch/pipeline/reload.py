"""Documents and configuration read again in the middle of a run.

Rule 1: what cannot be used changes nothing: the run goes on with what it had, says so once, and tries again when asked.
Rule 2: routes are compiled beside the old ones and taken over between two batches; one that judges as before keeps its
checks with all their state. A changed one is judged anew and goes on counting; findings stay.
Rule 3: servers that did not change keep their connection; one that is left is closed; one that moved goes on where its
reading was if it is the same cluster, and else at the moment of the move.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final, Protocol

from asyncwatch.contract.entities import Contract
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.answers import ReloadOutcome, ServerChanges
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.outlets.base import Documented
from asyncwatch.pipeline.build import Plan, document_rows, server_record
from asyncwatch.pipeline.preparing import Prepared, Preparing
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.reload_state import ReloadState
from asyncwatch.pipeline.runner import Runner
from asyncwatch.pipeline.service import Service
from asyncwatch.pipeline.wanted import Wanted
from asyncwatch.reading.files import read_file
from asyncwatch.route import Adoption
from asyncwatch.telemetry.happenings import Reloaded, ReloadRefused, TapMisconfigured, Warned, emit

_BREATH_S: Final = 0.005


class Opener(Protocol):
    """Opens and closes what reads the servers of a run."""

    def open(self, name: str, wanted: Wanted, before: Runner | None = None) -> None:
        """Open a server of the plan; `before`: what read it until now, if it moved. Raises: Misconfigured."""

    def close(self, server: str) -> list[asyncio.Task[None]]:
        """Let a server go; give the tasks whose end closes its connections."""

    def look_as(self, wanted: Wanted) -> list[asyncio.Task[None]]:
        """Look at consumers as it is wanted by now; give the tasks that end."""


class Reloader:
    """Takes over what `preparing` makes. `plan` is changed in place: it is what the run reads by now.

    `told` is given the documents that were taken over.
    """

    def __init__(
        self,
        wanted: Wanted,
        preparing: Preparing,
        plan: Plan,
        pump: Pump,
        service: Service,
        opener: Opener,
        told: Callable[[Sequence[Contract]], None],
    ) -> None:
        self.preparing = preparing
        self._wanted = wanted
        self._plan = plan
        self._pump = pump
        self._service = service
        self._opener = opener
        self._told = told
        self._state = ReloadState()
        self._turn = asyncio.Lock()

    async def reload(self) -> ReloadOutcome:
        """Read, compile and take over; reading and compiling hold no batch up.

        Raises: MisconfiguredAll with everything that is wrong; nothing has changed then.
        """
        async with self._turn:
            try:
                prepared = await self.preparing.prepare(read_file)
            except MisconfiguredAll as error:
                emit(ReloadRefused(reason=str(error)))
                self._state.refuse(error)
                self._service.reload_view = self._state.view
                raise
            outcome = await self.switch(prepared)
        say(outcome)
        return outcome

    async def reload_quietly(self) -> None:
        """Reload because a signal or a file asked for it: what is wrong is logged, and nobody waits for the outcome."""
        try:
            await self.reload()
        except MisconfiguredAll:
            return

    async def switch(self, prepared: Prepared) -> ReloadOutcome:
        """Take a plan over: its routes between two batches, since nothing waits until they are; then its servers."""
        plan, wanted, service = prepared.plan, prepared.wanted, self._service
        servers = changes_of(self._plan, plan)
        before = {one.record.server: one for one in service.runners if one.record.server in servers.moved}
        ending = [task for name in (*servers.removed, *servers.moved) for task in self._opener.close(name)]
        adoption = self._take_routes(prepared, servers)
        for name in servers.added:
            self._open(name, wanted)
        ending += self._opener.look_as(wanted)
        self._wanted = wanted
        self.preparing.take(prepared.read, wanted.files, plan.contracts)
        self._state.take(wanted.restart)
        service.reload_view = self._state.view
        await _gradually(chain(service.ledger.write_out(), service.past.write_out()))
        if ending:
            await asyncio.wait(ending)
        for name in servers.removed:
            service.forget(name)
        for name in servers.moved:
            service.forget(name)
            self._open(name, wanted, before.get(name))
        return outcome_of(self._plan, adoption, servers, wanted)

    def _take_routes(self, prepared: Prepared, servers: ServerChanges) -> Adoption:
        """Go on with other routes, all of it in one step.

        Cost: bench loop[reload], by channel.
        """
        plan, fresh, service, wanted = self._plan, prepared.plan, self._service, prepared.wanted
        ledger, now_ns = service.ledger, time.time_ns()
        adoption = plan.routes.adopt(fresh.routes)
        self._pump.retire([*adoption.replaced, *adoption.removed], now_ns)
        service.past.retire(adoption.replaced, adoption.removed)
        plan.take(fresh)
        name_servers(plan, ledger.servers, servers, now_ns)
        ledger.retire(adoption.replaced, adoption.removed, document_rows(fresh.contracts), servers.moved)
        ledger.describe(fresh.contracts)
        ledger.groups.regrade(plan.routes.all())
        if wanted.shown != self._wanted.shown:
            ledger.show_values(wanted.shows)
        service.describe(Documented(plan.routes.documented(), plan.titles(), wanted.tracing))
        service.follow(fresh.filters)
        self._told(fresh.contracts)
        return adoption

    def _open(self, name: str, wanted: Wanted, before: Runner | None = None) -> None:
        try:
            self._opener.open(name, wanted, before)
        except Misconfigured as error:
            record = self._service.ledger.servers[name]
            record.change("misconfigured", time.time_ns(), error=error.message, hint=error.hint)
            emit(TapMisconfigured(server=name, reason=str(error)))


async def _gradually(steps: Iterator[None]) -> None:
    """Take steps without holding the event loop."""
    until_s = time.monotonic() + _BREATH_S
    for _ in steps:
        if time.monotonic() >= until_s:
            await asyncio.sleep(0)
            until_s = time.monotonic() + _BREATH_S


def outcome_of(plan: Plan, adoption: Adoption, servers: ServerChanges, wanted: Wanted) -> ReloadOutcome:
    """Say what a switch did."""
    return ReloadOutcome(
        documents=document_rows(plan.contracts), kept=len(adoption.kept), changed=len(adoption.changed),
        added=len(adoption.added), removed=len(adoption.removed), servers=servers, restart=list(wanted.restart),
    )  # fmt: skip


def say(outcome: ReloadOutcome) -> None:
    """Log what a reload did."""
    servers = outcome.servers
    words = {"are new": servers.added, "are left": servers.removed, "are reached another way": servers.moved}
    told = "; ".join(f"servers that {what}: {', '.join(names)}" for what, names in words.items() if names)
    emit(
        Reloaded(
            kept=outcome.kept, changed=outcome.changed, added=outcome.added, removed=outcome.removed, servers=told
        )
    )  # fmt: skip
    for key in outcome.restart:
        emit(Warned(what=f"'{key}' has changed in the configuration: it counts from the next start on"))


def name_servers(plan: Plan, records: dict[str, ServerRecord], changes: ServerChanges, now_ns: int) -> None:
    """Bring the records of servers up to date; counts of their connections go on."""
    for name in changes.removed:
        records.pop(name, None)
    for name in changes.added:
        records[name] = server_record(plan.servers[name], now_ns)
    for name, server in plan.servers.items():
        record = records.get(name)
        if record is not None:
            record.title = server.title or server.id
            if name in changes.moved:
                record.move(server.host, now_ns)


def changes_of(before: Plan, after: Plan) -> ServerChanges:
    """Tell what became of servers; one whose protocol, address, login or options are others has moved."""
    old, new = before.settings, after.settings
    return ServerChanges(
        added=[name for name in new if name not in old],
        removed=[name for name in old if name not in new],
        moved=[name for name in new if name in old and new[name] != old[name]],
    )
