"""Documents and configuration of a run with workers read again: the parent reads, all workers compile, and all switch or none.

Rule 1: until every worker has said that it can take the new plan over, none does.
Rule 2: from then on there is no way back: a worker that does not come along is started anew with what is new, and goes on
where its numbers end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from asyncwatch.contract.entities import Contract
from asyncwatch.model.answers import ReloadOutcome
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.build import Plan, document_rows
from asyncwatch.pipeline.preparing import Prepared, Preparing
from asyncwatch.pipeline.reload import changes_of, name_servers, outcome_of, say
from asyncwatch.pipeline.reload_state import ReloadState
from asyncwatch.pipeline.workers.workforce import Workforce
from asyncwatch.reading.files import read_file
from asyncwatch.route import Routes
from asyncwatch.telemetry.happenings import ReloadRefused, emit


class SharedReloader:
    """Reads again for all workers. `plan` is changed in place: it is what they read by now.

    `shared` names the servers of a plan whose partitions are divided; `taken` is told what runs by now, so that a worker
    that starts later starts with it; `told` is given the documents.
    """

    def __init__(
        self,
        preparing: Preparing,
        plan: Plan,
        workforce: Workforce,
        shared: Callable[[Plan], list[str]],
        taken: Callable[[Prepared], None],
        told: Callable[[Sequence[Contract]], None],
    ) -> None:
        self.preparing = preparing
        self._plan = plan
        self._workforce = workforce
        self._shared = shared
        self._taken = taken
        self._told = told
        self._state = ReloadState()
        self._turn = asyncio.Lock()

    async def reload(self) -> ReloadOutcome:
        """Read, compile everywhere, and switch everywhere.

        Raises: MisconfiguredAll with everything that is wrong; nothing has changed then.
        """
        async with self._turn:
            try:
                prepared = await self.preparing.prepare(read_file)
                self._see_partitions_stay(prepared.plan.routes)
                await self._workforce.prepare(prepared.read.files)
            except MisconfiguredAll as error:
                emit(ReloadRefused(reason=str(error)))
                self._state.refuse(error)
                self._workforce.reload_view = self._state.view
                raise
            outcome = self._take(prepared)
            await self._workforce.switch(self._plan.routes.documented(), self._shared(self._plan))
        say(outcome)
        return outcome

    async def reload_quietly(self) -> None:
        """Reload because a signal or a file asked for it: what is wrong is logged, and nobody waits for the outcome."""
        try:
            await self.reload()
        except MisconfiguredAll:
            return

    def _see_partitions_stay(self, fresh: Routes) -> None:
        """Partitions are handed from worker to worker only by starting anew. Raises: MisconfiguredAll."""
        known = {(one.server, one.filter): one.split for one in self._plan.routes.documented()}
        faults = [
            Misconfigured(
                f"'{one.address}' on server '{one.server}': its sequence counts over "
                f"{'a part of' if one.split else 'the whole of'} the channel by now, so other workers would read it",
                hint="start asyncwatch anew",
            )
            for one in fresh.documented()
            if known.get((one.server, one.filter), one.split) != one.split
        ]
        if faults:
            raise MisconfiguredAll(faults)

    def _take(self, prepared: Prepared) -> ReloadOutcome:
        plan, fresh, wanted, ledger = self._plan, prepared.plan, prepared.wanted, self._workforce.ledger
        servers = changes_of(plan, fresh)
        adoption = plan.routes.adopt(fresh.routes)
        plan.take(fresh)
        name_servers(plan, ledger.servers, servers, time.time_ns())
        ledger.retire(adoption.replaced, adoption.removed, document_rows(plan.contracts))
        ledger.describe(plan.contracts)
        self._taken(prepared)
        self.preparing.take(prepared.read, wanted.files, plan.contracts)
        self._state.take(wanted.restart)
        self._workforce.reload_view = self._state.view
        self._told(plan.contracts)
        return outcome_of(plan, adoption, servers, wanted)
