"""A live run whose messages a test hands in: the service, pump, ledger and reloader of `run`, over a capture tap."""

import asyncio
import contextlib
import json

from asyncwatch.pipeline.build import load_contracts, make_ledger, make_plan, make_pump
from asyncwatch.pipeline.reload import Reloader
from asyncwatch.pipeline.runner import Runner
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.pipeline.service import Service
from asyncwatch.taps.base import Start
from asyncwatch.taps.capture import CaptureTap
from engine import BASE_NS, KEY_HASH


class HandedIn:
    """Lines as a test hands them in."""

    def __init__(self):
        self._pieces = asyncio.Queue()
        self._number = 0

    def put(self, messages):
        lines = []
        for one in messages:
            self._number += 1
            lines.append(("test", self._number, json.dumps(one).encode()))
        self._pieces.put_nowait(lines)

    async def open(self):
        pass

    async def lines(self):
        return await self._pieces.get()

    def close(self):
        pass


class LiveRun:
    """A run over one document on one server called production."""

    def __init__(self, path, document):
        self.path = path
        path.write_text(document)
        options = BuildOptions(specs=[str(path)])
        self.plan = make_plan(options, load_contracts(options.specs), KEY_HASH)
        self.ledger = make_ledger(self.plan, KEY_HASH, BASE_NS)
        self.pump = make_pump(self.plan, self.ledger, [])
        self.service = Service(self.plan.routes, self.ledger, self.pump, [], since="now", command="asyncwatch")
        self.lines = HandedIn()
        tap = CaptureTap(self.lines, ["production"], lambda *told: None, live_clock=True)
        self.runner = Runner(
            tap,
            self.ledger.servers["production"],
            self.plan.filters["production"],
            Start(),
            self.service.take,
            "nothing",
        )
        self.service.runners.append(self.runner)
        self.told = []
        self.reloader = Reloader(options, KEY_HASH, self.plan, self.pump, self.service, self.told.extend)

    async def send(self, *messages):
        """Hand messages in and wait until they are judged."""
        wanted = self.pump.taken + len(messages)
        self.lines.put(messages)
        async with asyncio.timeout(10):
            while self.pump.taken < wanted:
                await asyncio.sleep(0.005)

    async def reload(self, document):
        self.path.write_text(document)
        return await self.reloader.reload()

    def rows(self):
        """Give messages in total by channel (or address) in the snapshot."""
        return {row.channel or f"({row.address})": row.messages.total for row in self.service.snapshot().channels}


@contextlib.asynccontextmanager
async def running(path, document):
    """Run until the test is done."""
    run = LiveRun(path, document)
    await run.service.start()
    try:
        yield run
    finally:
        await run.service.stop()
