"""A worker's life: the same run as without workers, told to the parent about once a second.

Rule 1: a beat holds counts and places of one moment, so whoever goes on at the places counts nothing twice.
Rule 2: a worker whose parent is gone stops by itself.
"""

from __future__ import annotations

import asyncio
import time
from itertools import chain
from typing import Final

import msgspec

from asyncwatch.model.errors import Disconnected
from asyncwatch.pipeline.cost import sidecar_row
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.pipeline.service import Service
from asyncwatch.pipeline.workers.frames import (
    ANSWER,
    BEAT,
    END,
    QUESTION,
    STOP,
    Answer,
    Beat,
    End,
    PlaceRow,
    Question,
    read,
    write,
)
from asyncwatch.taps.base import Shareable
from asyncwatch.telemetry.carried_points import pack_points
from asyncwatch.telemetry.measuring.walk import Measuring

_PERIOD_S: Final = 1.0
_SHARE_OF_TIME: Final = 20
"""A beat that takes long to make is made more seldom: at most a twentieth of the time goes into it."""


async def work(
    service: Service,
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
    stopped = asyncio.create_task(_wait_for_stop(service, reader, writer))
    news: set[asyncio.Task[bool]] = {connecting, done}
    while not stopped.done():
        began_s = time.monotonic()
        write(writer, BEAT, _beat(service, connecting, measuring))
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


async def _wait_for_stop(service: Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer questions until told to stop."""
    try:
        while True:
            kind, body = await read(reader)
            if kind == STOP:
                return
            if kind == QUESTION:
                write(writer, ANSWER, _answer(service, msgspec.msgpack.decode(body, type=Question)))
    except Disconnected:
        return


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
