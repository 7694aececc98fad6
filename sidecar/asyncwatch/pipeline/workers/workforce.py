"""All workers of a run: started, started again, stopped together, their numbers added up.

Rule 1: a worker that dies is shown until it reads again, and its time away is a blind span of its servers.
Rule 2: what a dead worker has counted stays; the new one goes on at the places that belong to those counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import structs

from asyncwatch.ledger.ledger import Ledger
from asyncwatch.model.adding import add_reports
from asyncwatch.model.adding_views import add_snapshots, settle, without_documents
from asyncwatch.model.answers import TraceRow
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.model.report import Report
from asyncwatch.model.route import Route
from asyncwatch.model.view import FindingDetail, ReloadView, Snapshot
from asyncwatch.pipeline.backoff import Backoff
from asyncwatch.pipeline.cost import cpu_seconds, rss_bytes, sidecar_row
from asyncwatch.pipeline.workers.asking import add_details, add_traces
from asyncwatch.pipeline.workers.findings_file import FindingsFile
from asyncwatch.pipeline.workers.frames import Answer, Beat, PlaceRow, Prepare
from asyncwatch.pipeline.workers.process import WorkerProcess
from asyncwatch.telemetry.adding_points import AddedPoints
from asyncwatch.telemetry.carried_points import unpack_points
from asyncwatch.telemetry.happenings import COUNTS, WorkerEnded, emit
from asyncwatch.telemetry.measuring.ourselves import own_points
from asyncwatch.telemetry.measuring.readings import Readings
from asyncwatch.telemetry.measuring.servers import server_points
from asyncwatch.telemetry.points import Point

Resume = dict[str, list[PlaceRow]]

STOP_S: Final = 4.5
"""With what comes after it stopping stays under 5 s."""
_PIPE_BYTES: Final = 1 << 20
_START_S: Final = 30.0


class _Slot:
    """A worker's place: the process in it now, and what those before it have counted."""

    def __init__(self, index: int) -> None:
        self.name = f"worker {index}"
        self.index = index
        self.process: WorkerProcess | None = None
        self.beat: Beat | None = None
        self.past: list[Snapshot] = []
        self.past_points = AddedPoints()
        self.connected: bool | None = None
        self.done = False
        self.down: str | None = None
        """Why nobody reads for it at the moment."""
        self.blind_from_ns = 0
        self._decoded: tuple[Beat, Snapshot] | None = None

    def snapshot(self) -> Snapshot | None:
        """Give the newest snapshot of the process that runs."""
        if self.beat is None:
            return None
        if self._decoded is None or self._decoded[0] is not self.beat:
            self._decoded = (self.beat, msgspec.msgpack.decode(self.beat.snapshot, type=Snapshot))
        return self._decoded[1]

    def retire(self) -> None:
        """Keep what the process that is gone has told."""
        last, beat = self.snapshot(), self.beat
        if last is not None and beat is not None:
            ended = settle(structs.replace(last, sidecar=structs.replace(beat.ended, rss_bytes=0)))
            self.past = [add_snapshots([*self.past, ended])] if self.past else [ended]
        if beat is not None:
            self.past_points.take(AddedPoints(unpack_points(beat.points)).settled())
        self.beat = None


class Workforce:
    """The workers of one run.

    `setup`: what worker number n is told, given where it goes on (None = at the start) and the file its findings go to.
    `shared`: the servers whose partitions are divided. `ledger` holds no messages: the servers of the documents, and what
    is known about the workers' own absence.
    """

    def __init__(
        self,
        count: int,
        program: str,
        setup: Callable[[int, Resume | None, str | None], object],
        ledger: Ledger,
        shared: Sequence[str],
        findings: FindingsFile | None,
        *,
        since: str,
        command: str,
    ) -> None:
        self.done = asyncio.Event()
        """Set when every worker has read to the end."""
        self.ledger = ledger
        self._slots = [_Slot(index) for index in range(count)]
        self._program = program
        self._setup = setup
        self._shared = list(shared)
        self._findings = findings
        self._since = since
        self._command = command
        self._tasks: list[asyncio.Task[None]] = []
        self._collectors: set[asyncio.Task[None]] = set()
        self._heard = asyncio.Event()
        self._stopping = False
        self.reload_view: ReloadView | None = None
        self._number = 0
        """Of the last plan that the workers were asked to prepare."""
        self._prepared: dict[int, WorkerProcess] = {}
        """Who has prepared it, by the worker's index."""
        self._ends: list[Report] = []

    async def start(self) -> None:
        """Start all workers; those that cannot be built are told at once.

        Raises: MisconfiguredAll.
        """
        if self._findings is not None:
            await self._findings.open()
        self._tasks = [asyncio.create_task(self._keep(slot), name=slot.name) for slot in self._slots]
        faults: dict[str, Misconfigured] = {}
        await asyncio.sleep(0)  # each task makes its process in its first step
        for slot in self._slots:
            assert slot.process is not None
            try:
                async with asyncio.timeout(_START_S):
                    await asyncio.shield(slot.process.ready)
            except MisconfiguredAll as error:
                faults.update({str(fault): fault for fault in error.faults})
            except Misconfigured as error:
                faults[str(error)] = error
            except TimeoutError:
                faults["start"] = Misconfigured(f"{slot.name} was not built within {_START_S:g} s")
        if faults:
            await self.stop()
            raise MisconfiguredAll(list(faults.values()))

    async def _keep(self, slot: _Slot) -> None:
        """Keep a worker running until the run ends."""
        backoff = Backoff()
        resume: Resume | None = None
        while not self._stopping:
            slot.blind_from_ns = time.time_ns()
            pipe = self._open_pipe()
            setup = self._setup(slot.index, resume, None if pipe is None else f"/dev/fd/{pipe}")
            slot.process = WorkerProcess(self._program, setup, lambda beat: self._hear(slot, beat, backoff), pipe)
            how = await slot.process.run()
            slot.process.ready.exception()  # told where it matters: at the start
            if slot.process.end is not None:
                self._ends.append(slot.process.end.report)
                slot.beat = slot.process.end.last
                return
            if slot.beat is not None:
                resume = slot.beat.places
                slot.blind_from_ns = slot.beat.time_ns
            slot.retire()
            if not self._stopping:
                await self._rest(slot, how, backoff.next_s())

    async def _rest(self, slot: _Slot, how: str, pause_s: float) -> None:
        """Say that a worker is gone, and wait before the next try."""
        slot.down = f"{slot.name} ended ({how})"
        self._show_down()
        emit(WorkerEnded(worker=slot.index, how=how, next_try_s=pause_s))
        await asyncio.sleep(pause_s)

    async def prepare(self, files: Mapping[str, bytes]) -> None:
        """Let all workers make the same plan; a worker that is away at the moment starts with it later.

        Raises: MisconfiguredAll where any of them cannot.
        """
        self._number += 1
        wanted = Prepare(self._number, dict(files))
        asked = {slot.index: slot.process for slot in self._slots if slot.process is not None and slot.down is None}
        answers = await asyncio.gather(*(process.prepare(wanted) for process in asked.values()))
        self._prepared = {
            index: process
            for (index, process), found in zip(asked.items(), answers, strict=True)
            if found is not None and not found
        }
        faults = {
            (one.message, one.detail): Misconfigured(one.message, detail=one.detail, hint=one.hint)
            for found in answers
            for one in found or ()
        }
        if faults:
            raise MisconfiguredAll(list(faults.values()))

    async def switch(self, documented: Sequence[Route], shared: Sequence[str]) -> None:
        """Let all workers go over to the plan; one that does not is started anew. `documented`: the routes by now."""
        self._shared = list(shared)
        known = {(one.server, channel, one.address) for one in documented for channel in one.channels}
        for slot in self._slots:
            slot.past = [without_documents(one, known) for one in slot.past]
        prepared, self._prepared = self._prepared, {}
        switched = await asyncio.gather(*(process.switch(self._number) for process in prepared.values()))
        came = {index for index, done in zip(prepared, switched, strict=True) if done}
        for slot in self._slots:
            if slot.process is not None and slot.index not in came and not self._stopping:
                slot.process.kill()
        self._show_down()

    def _open_pipe(self) -> int | None:
        if self._findings is None:
            return None
        reading, writing = os.pipe()
        with contextlib.suppress(OSError):  # a pipe that stays small only makes a worker wait more often
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        collector = asyncio.create_task(self._findings.collect(reading))
        self._collectors.add(collector)
        collector.add_done_callback(self._collectors.discard)
        return writing

    def _hear(self, slot: _Slot, beat: Beat, backoff: Backoff) -> None:
        slot.beat = beat
        self._heard.set()
        slot.connected = slot.connected if beat.connected is None else beat.connected
        slot.done = beat.done
        if slot.down is not None and beat.connected:
            for name in self._shared if slot.index else self.ledger.servers:
                record = self.ledger.servers[name]
                record.breaks += 1
                record.was_blind(
                    slot.blind_from_ns, beat.time_ns,
                    f"{slot.down}; a new one goes on where its numbers end, its sequences begin anew",
                )  # fmt: skip
            slot.down = None
            self._show_down()
            backoff.reset()
        if all(one.done for one in self._slots):
            self.done.set()

    def _show_down(self) -> None:
        """Say in the servers' state whether a worker is missing."""
        down = [slot.down for slot in self._slots if slot.down is not None]
        error = "; ".join(f"{one}; it is started again" for one in down) or None
        for name in self.ledger.servers if self._slots[0].down is not None else self._shared:
            state = "reconnecting" if down else "connected"
            self.ledger.servers[name].state = state  # type: ignore[assignment] # one of the two words
            self.ledger.servers[name].since_ns = time.time_ns()
            self.ledger.servers[name].error = error

    async def wait_connected(self, timeout_s: float) -> bool:
        """Wait until every worker has tried; tell whether any of them is connected."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s + _START_S):
                while any(slot.connected is None for slot in self._slots):
                    self._heard.clear()
                    await self._heard.wait()
        return any(slot.connected for slot in self._slots)

    async def stop(self) -> None:
        """Stop all workers together and keep their last words; bounded by 5 s."""
        self._stopping = True
        for slot in self._slots:
            if slot.process is not None:
                slot.process.ask_to_stop()
        pending = {task for task in self._tasks if not task.done()}
        if pending:
            _, pending = await asyncio.wait(pending, timeout=STOP_S)
        for slot in self._slots:
            if slot.process is not None:
                slot.process.kill()
        for task in pending:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._collectors:
            _, late = await asyncio.wait(set(self._collectors), timeout=0.4)
            for collector in late:
                collector.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._findings is not None:
            self._findings.close()

    @property
    def messages(self) -> int:
        """How many messages all have judged by now."""
        past = sum(one.messages.total for slot in self._slots for one in slot.past)
        return past + sum(slot.beat.messages for slot in self._slots if slot.beat is not None)

    def points(self) -> Iterator[Iterable[Point]]:
        """Give the metrics of all workers together, and of this process, in pieces."""
        added = AddedPoints(own_points(Readings(cpu_s=cpu_seconds(), rss_bytes=rss_bytes()), dict(COUNTS)))
        if any(slot.down is not None for slot in self._slots):
            added.take(server_points(self.ledger.servers.values(), {}))
        for slot in self._slots:
            yield ()
            added.take(slot.past_points)
            if slot.beat is not None:
                yield ()
                added.take(unpack_points(slot.beat.points))
        yield added

    async def finding_detail(self, fingerprint: str) -> FindingDetail | None:
        """Give everything the workers know about a finding group; None if there is none of that name."""
        answers = await self._ask(fingerprint=fingerprint)
        return add_details([one.detail for one in answers if one.detail is not None])

    async def traces(self, channel: str | None, trace_id: str | None) -> list[TraceRow]:
        """Give the traces that the workers keep, put together."""
        return add_traces([one.traces for one in await self._ask(trace_id=trace_id)], channel)

    async def _ask(self, **question: str | None) -> list[Answer]:
        running = [slot.process for slot in self._slots if slot.process is not None]
        answers = await asyncio.gather(*(process.ask(**question) for process in running))
        return [one for one in answers if one is not None]

    def snapshot(self) -> Snapshot:
        """Make the snapshot of all workers together."""
        parts: list[Snapshot] = []
        names: list[str] = []
        for slot in self._slots:
            live = slot.snapshot()
            for one in [*slot.past, *([] if live is None else [live])]:
                parts.append(one)
                names.append(slot.name)
        return add_snapshots([self._frame(settled=bool(parts)), *parts], ["", *names])

    def _frame(self, *, settled: bool) -> Snapshot:
        """Give what belongs to no worker: this process's own cost, and the workers' absence."""
        own = self.ledger.snapshot(
            time.time_ns(), sidecar_row([], 0.0, measured=True), [], since=self._since, command=self._command,
            reload=self.reload_view,
        )  # fmt: skip
        if not settled:
            return own
        away = any(slot.down is not None for slot in self._slots)
        rest = settle(own)
        return rest if not away else structs.replace(rest, servers=own.servers, view=structs.replace(rest.view, servers=own.view.servers))  # fmt: skip

    def report(self) -> Report:
        """Make the report of the whole run, at its end."""
        snapshot = self._frame(settled=bool(self._ends))
        parts = [*self._ends, *(one for slot in self._slots for one in slot.past), snapshot]
        return add_reports([_as_report(one) for one in parts])


def _as_report(part: Report) -> Report:
    """Give a part for the report of a whole run: a snapshot's rates are of its last minute only."""
    fields = {name: getattr(part, name) for name in Report.__struct_fields__}
    if isinstance(part, Snapshot):
        fields["channels"] = [structs.replace(row, rate=None) for row in part.channels]
    return Report(**fields)
