"""What reads the servers of a run: a tap and its loop, and a look at the consumers beside it; opened at the start and by reloads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from asyncwatch.cli.dividing import Part, check_dividing, footprint, tap_options
from asyncwatch.cli.observing import Observing
from asyncwatch.ledger.ledger import Ledger
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.build import Plan
from asyncwatch.pipeline.lagging import Lagging, documented_groups
from asyncwatch.pipeline.own_group import OthersProbe
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.room import Room
from asyncwatch.pipeline.runner import Runner
from asyncwatch.pipeline.service import Service
from asyncwatch.pipeline.wanted import Wanted
from asyncwatch.taps.base import Guarantee, Shareable, Start, TapSpec
from asyncwatch.taps.registry import tap_for


@dataclass(slots=True)
class Readers:
    """Opens what reads a server of the plan, in the share that this process has."""

    observing: Observing
    plan: Plan
    ledger: Ledger
    pump: Pump
    service: Service
    start: Start
    room: Room | None
    part: Part | None
    lagging: dict[str, Lagging] = field(default_factory=dict)
    """By server."""

    def check(self, plan: Plan) -> None:
        """See that everything a plan needs could be opened. Raises: MisconfiguredAll."""
        faults: list[Misconfigured] = []
        for attempt in (lambda: check_dividing(self.observing, plan.contracts, plan), *self._openings(plan)):
            try:
                attempt()
            except MisconfiguredAll as error:
                faults += error.faults
            except Misconfigured as error:
                faults.append(error)
        if faults:
            raise MisconfiguredAll(faults)

    def _openings(self, plan: Plan) -> list[Callable[[], object]]:
        return [
            lambda name=name, settings=settings, spec=spec: spec.open(name, settings, self._options(spec, name))  # type: ignore[misc] # bound one by one
            for name, settings in plan.settings.items()
            if (spec := self._spec(name, plan)) is not None
        ]

    def _spec(self, name: str, plan: Plan) -> TapSpec | None:
        """Give the tap of a server; None where another process reads it."""
        spec = tap_for(plan.settings[name].protocol)
        assert spec is not None  # the plan holds servers with a tap only
        return None if self.part is not None and not self.part.reads(spec) else spec

    def _options(self, spec: TapSpec, name: str, before: Runner | None = None) -> dict[str, object]:
        left = None
        if before is not None and isinstance(before.tap, Shareable):
            left = before.statistics().cluster, before.tap.places()
        return tap_options(spec, name, self.observing.group, self.part, left)

    def open(self, name: str, wanted: Wanted, before: Runner | None = None) -> None:
        """Open a server of the plan; `before`: what read it until now, if that was at another address or not so.

        Raises: Misconfigured.
        """
        spec = self._spec(name, self.plan)
        if spec is None:
            self.ledger.servers.pop(name, None)
            return
        settings = self.plan.settings[name]
        tap = spec.open(name, settings, self._options(spec, name, before))
        record = self.ledger.servers[name]
        runner = Runner(
            tap, record, self.plan.filters[name], self.start, self.service.take,
            footprint(spec, self.observing.group), self.room,
        )  # fmt: skip
        if before is not None:
            runner.move(record.since_ns, is_blind=Guarantee.REPLAY not in spec.guarantees)
        self.service.add(runner)
        if wanted.lag.enabled:
            self._look_at_consumers(name, spec, runner, wanted)

    def _look_at_consumers(self, name: str, spec: TapSpec, runner: Runner, wanted: Wanted) -> None:
        if spec.probe is None or (self.part is not None and self.part.index > 0):
            return
        settings = self.plan.settings[name]
        probe = spec.probe(name, settings)
        if self.observing.group is not None:
            probe = OthersProbe(probe, self.observing.group)
        looking = Lagging(
            probe, runner, self.plan.routes, self.ledger, self.pump, wanted.lag,
            read_committed=settings.read_committed, named=documented_groups(self.plan.contracts),
        )  # fmt: skip
        self.lagging[name] = looking
        self.service.add_chore(name, looking.run)

    def close(self, server: str) -> list[asyncio.Task[None]]:
        """Let a server go; give the tasks whose end closes its connections."""
        self.lagging.pop(server, None)
        return self.service.cut(server)

    def look_as(self, wanted: Wanted) -> list[asyncio.Task[None]]:
        """Look at consumers as it is wanted by now: as often, of the groups that the documents name, or not at all."""
        if not wanted.lag.enabled:
            self.lagging.clear()
            for server in self.plan.settings:
                self.ledger.lag.forget(server)
            return [task for server in self.plan.settings for task in self.service.cut(server, only_chores=True)]
        named = documented_groups(self.plan.contracts)
        for runner in list(self.service.runners):
            name = runner.record.server
            looking = self.lagging.get(name)
            if looking is not None:
                looking.follow(wanted.lag, named)
            elif (spec := self._spec(name, self.plan)) is not None:
                self._look_at_consumers(name, spec, runner, wanted)
        return []
