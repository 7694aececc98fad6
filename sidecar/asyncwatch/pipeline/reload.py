"""Documents read again in the middle of a run.

Rule 1: documents that cannot be used change nothing: the run goes on with those of before.
Rule 2: routes are compiled beside the old ones and taken over between two batches; one that judges as before keeps its
checks with all their state. A changed one begins anew; its messages stay in the report's sums, and its findings stay.
Rule 3: servers are what a run is started for: a document that adds, leaves out or moves one asks for a new start.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from asyncwatch.contract.entities import Contract
from asyncwatch.model.answers import ReloadOutcome
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.build import Plan, document_rows, load_contracts, make_plan
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.pipeline.service import Service
from asyncwatch.telemetry.happenings import Reloaded, ReloadRefused, emit


class Reloader:
    """Reads the documents of a live run again. `plan` is changed in place: it is what the run reads by now.

    `told` is given the documents that were taken over.
    """

    def __init__(
        self,
        options: BuildOptions,
        key_hash: Callable[[bytes], str],
        plan: Plan,
        pump: Pump,
        service: Service,
        told: Callable[[Sequence[Contract]], None],
    ) -> None:
        self._options = options
        self._key_hash = key_hash
        self._plan = plan
        self._pump = pump
        self._service = service
        self._told = told
        self._turn = asyncio.Lock()

    async def reload(self) -> ReloadOutcome:
        """Read, compile and take over; reading and compiling hold no batch up.

        Raises: MisconfiguredAll with everything that is wrong; nothing has changed then.
        """
        async with self._turn:
            try:
                fresh = await asyncio.to_thread(self._compile)
                self._see_same_servers(fresh)
            except MisconfiguredAll as error:
                emit(ReloadRefused(reason=str(error)))
                raise
            except Misconfigured as error:
                emit(ReloadRefused(reason=str(error)))
                raise MisconfiguredAll([error]) from None
            return self._take_over(fresh)

    async def reload_quietly(self) -> None:
        """Reload because a signal asked for it: what is wrong is logged, and nobody waits for the outcome."""
        try:
            await self.reload()
        except MisconfiguredAll:
            return

    def _compile(self) -> Plan:
        contracts = load_contracts(self._options.specs)
        return make_plan(self._options, contracts, self._key_hash)

    def _see_same_servers(self, fresh: Plan) -> None:
        """Raises: MisconfiguredAll."""
        old, new = self._plan.settings, fresh.settings
        changes = [
            *(f"server '{name}' is new" for name in new if name not in old),
            *(f"server '{name}' is not there any more" for name in old if name not in new),
            *(f"server '{name}' is reached another way" for name in new if name in old and new[name] != old[name]),
        ]
        if changes:
            raise MisconfiguredAll(
                [Misconfigured(f"{one}: a reload changes no servers", hint="start asyncwatch anew") for one in changes]
            )

    def _take_over(self, fresh: Plan) -> ReloadOutcome:
        """Switch; all of it between two batches, since nothing here waits."""
        plan, ledger, now_ns = self._plan, self._service.ledger, time.time_ns()
        adoption = plan.routes.adopt(fresh.routes)
        gone = [*adoption.replaced, *adoption.removed]
        self._pump.retire(gone, now_ns)
        documents = document_rows(fresh.contracts)
        ledger.retire(adoption.replaced, adoption.removed, documents)
        self._service.past.retire(adoption.replaced, adoption.removed)
        ledger.describe(fresh.contracts)
        plan.contracts, plan.filters = fresh.contracts, fresh.filters
        self._service.follow(fresh.filters)
        self._told(fresh.contracts)
        outcome = ReloadOutcome(
            documents=documents, kept=len(adoption.kept), changed=len(adoption.changed), added=len(adoption.added),
            removed=len(adoption.removed),
        )  # fmt: skip
        emit(
            Reloaded(kept=outcome.kept, changed=outcome.changed, added=outcome.added, removed=outcome.removed)
        )  # fmt: skip
        return outcome
