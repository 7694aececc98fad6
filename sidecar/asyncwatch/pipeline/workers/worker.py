"""A worker's life: the same run as without workers, told to the parent about once a second.

Rule 1: a beat holds counts and places of one moment, so whoever goes on at the places counts nothing twice.
Rule 2: a worker whose parent is gone stops by itself.
Rule 3: documents are read by the parent only: a worker compiles what it is given, and switches when it is told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from itertools import chain
from typing import Any, Final

import msgspec

from asyncwatch.model.errors import Disconnected, MisconfiguredAll
from asyncwatch.pipeline.cost import sidecar_row
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.pipeline.preparing import Prepared
from asyncwatch.pipeline.recording import Replayed
from asyncwatch.pipeline.reload import Reloader
from asyncwatch.pipeline.service import Service
from asyncwatch.pipeline.workers.frames import (
    ANSWER,
    BEAT,
    END,
    PREPARE,
    PREPARED,
    QUESTION,
    STOP,
    SWITCH,
    SWITCHED,
    Answer,
    Beat,
    End,
    Fault,
    PlaceRow,
    Prepare,
    Question,
    Readiness,
    read,
    write,
)
from asyncwatch.taps.base import Shareable
from asyncwatch.telemetry.carried_points import pack_points
from asyncwatch.telemetry.log import QUIET
from asyncwatch.telemetry.measuring.walk import Measuring

_PERIOD_S: Final = 1.0
_SHARE_OF_TIME: Final = 20
"""A beat that takes long to make is made more seldom: at most a twentieth of the time goes into it."""


async def work(
    service: Service,
    reloader: Reloader,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    connect_timeout_s: float,
    measuring: Measuring | None = None,
) -> None:
    """Run a service until the parent says stop, or is gone; `measuring`: beats carry metrics too."""
    settle_garbage()
    service.ledger.addable = True
    await service.start()
    connecting = asyncio.create_task(service.wait_connected(connect_timeout_s))
    done = asyncio.create_task(service.done.wait())

    def tell() -> None:
        write(writer, BEAT, _beat(service, connecting, measuring))

    parent = _Parent(service, reloader, writer, tell)
    stopped = asyncio.create_task(parent.hear(reader))
    news: set[asyncio.Task[bool]] = {connecting, done}
    while not stopped.done():
        began_s = time.monotonic()
        tell()
        pause_s = max(_PERIOD_S, (time.monotonic() - began_s) * _SHARE_OF_TIME)
        try:
            await writer.drain()
        except OSError:
            break
        news = {task for task in news if not task.done()}
        await asyncio.wait({stopped, *news}, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
    for task in (connecting, done, stopped):
        task.cancel()
    await service.stop()
    write(writer, END, End(service.report(), _beat(service, connecting, measuring)))
    try:
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    except OSError:
        return  # nobody listens any more


class _Parent:
    """What the parent says, and what is done about it. `tell` sends a beat."""

    def __init__(
        self, service: Service, reloader: Reloader, writer: asyncio.StreamWriter, tell: Callable[[], None]
    ) -> None:
        self._service = service
        self._reloader = reloader
        self._writer = writer
        self._tell = tell
        self._prepared: tuple[int, Prepared] | None = None
        self._busy: asyncio.Task[None] | None = None

    async def hear(self, reader: asyncio.StreamReader) -> None:
        """Do what is asked until told to stop."""
        try:
            while True:
                kind, body = await read(reader)
                if kind == STOP:
                    return
                if kind == QUESTION:
                    write(
                        self._writer, ANSWER, _answer(self._service, msgspec.msgpack.decode(body, type=Question))
                    )  # fmt: skip
                elif kind == PREPARE:
                    await self._begin(self._prepare(msgspec.msgpack.decode(body, type=Prepare)))
                elif kind == SWITCH:
                    await self._begin(self._switch(msgspec.msgpack.decode(body, type=int)))
        except Disconnected:
            return

    async def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do one after the other, and hear on meanwhile."""
        if self._busy is not None:
            await self._busy
        self._busy = asyncio.create_task(work)

    async def _prepare(self, asked: Prepare) -> None:
        self._prepared = None
        quiet = QUIET.set(True)  # the parent has said it all
        try:
            self._prepared = asked.number, await self._reloader.preparing.prepare(Replayed(asked.files))
            faults = []
        except MisconfiguredAll as error:
            faults = [Fault(one.message, one.detail, one.hint) for one in error.faults]
        finally:
            QUIET.reset(quiet)
        write(self._writer, PREPARED, Readiness(asked.number, faults))

    async def _switch(self, number: int) -> None:
        prepared = self._prepared
        if prepared is None or prepared[0] != number:
            return  # the parent starts a worker anew that does not answer
        self._prepared = None
        await self._reloader.switch(prepared[1])
        self._tell()
        write(self._writer, SWITCHED, number)


def _answer(service: Service, question: Question) -> Answer:
    if question.fingerprint is not None:
        return Answer(question.number, detail=service.finding_detail(question.fingerprint))
    return Answer(question.number, traces=service.ledger.recent_spans.traces(trace_id=question.trace_id))


def _beat(service: Service, connecting: asyncio.Task[bool], measuring: Measuring | None) -> Beat:
    known = connecting.done() and not connecting.cancelled()
    snapshot = service.snapshot()
    return Beat(
        time_ns=time.time_ns(), connected=connecting.result() if known else None, done=service.done.is_set(),
        messages=snapshot.messages.total, places=_places(service), snapshot=msgspec.msgpack.encode(snapshot),
        ended=sidecar_row(service.outlet_statistics(), service.behind_s(), measured=True, ended=True),
        points=b"" if measuring is None else pack_points(chain.from_iterable(measuring.pieces())),
    )  # fmt: skip


def _places(service: Service) -> dict[str, list[PlaceRow]]:
    return {
        runner.record.server: [
            (address, partition, *where) for (address, partition), where in runner.tap.places().items()
        ]
        for runner in service.runners
        if isinstance(runner.tap, Shareable)
    }
