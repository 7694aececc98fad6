"""A capture through the same engine, on the capture's own clock: no broker, no waiting, the same report each time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from asyncwatch.ledger.ledger import Ledger
from asyncwatch.model.errors import Disconnected, EndOfStream
from asyncwatch.model.report import Report
from asyncwatch.outlets.base import Outlet
from asyncwatch.pipeline.cost import sidecar_row
from asyncwatch.pipeline.draining import drain_outlets
from asyncwatch.pipeline.pump import Pump
from asyncwatch.pipeline.room import Room
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.capture import CaptureTap

_SECOND_NS = 1_000_000_000


async def replay(
    tap: CaptureTap, filters: Sequence[Filter], pump: Pump, ledger: Ledger, outlets: Sequence[Outlet]
) -> Report:
    """Judge a whole capture and report.

    Raises: Misconfigured when a capture cannot be read, Disconnected when not to its end.
    """
    await tap.connect()
    await tap.follow(filters, Start())
    room = Room(outlets)
    tasks = [asyncio.create_task(outlet.run()) for outlet in outlets]
    began_ns: int | None = None
    second = -1
    try:
        while True:
            for batch in await tap.read():
                await room.wait()
                now_ns = batch.observed_ns[0]
                if began_ns is None:
                    began_ns = now_ns
                if now_ns // _SECOND_NS > second:
                    second = now_ns // _SECOND_NS
                    pump.advance(now_ns)
                pump.take(batch)
            await asyncio.sleep(0)
    except EndOfStream:
        pass
    except Disconnected:
        await drain_outlets(outlets)
        raise
    finally:
        await tap.close()
    pump.finish(tap.clock_ns)
    await room.emptied()
    await drain_outlets(outlets)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    ledger.started_ns = tap.clock_ns if began_ns is None else began_ns
    for record in ledger.servers.values():
        record.since_ns = ledger.started_ns
        record.missed = tap.broken
    row = sidecar_row([outlet.statistics() for outlet in outlets], None, measured=False, ended=True)
    return ledger.report(tap.clock_ns, row, whole_run=True)
