"""A live run whose messages a test hands in: the service, pump, ledger and reloader of `run`, over capture taps."""

import asyncio
import contextlib
import json
from dataclasses import replace

from asyncwatch.pipeline.build import load_contracts, make_ledger, make_plan, make_pump
from asyncwatch.pipeline.preparing import Preparing
from asyncwatch.pipeline.recording import Recording
from asyncwatch.pipeline.reload import Reloader
from asyncwatch.pipeline.runner import Runner
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.pipeline.service import Service
from asyncwatch.pipeline.wanted import Wanted
from asyncwatch.reading.files import read_file
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
    """A run over one document; its servers are read through lines that a test hands in."""

    def __init__(self, path, document):
        self.path = path
        path.write_text(document)
        self.wanted = Wanted(BuildOptions(specs=[str(path)]))
        read = Recording(read_file)
        contracts = load_contracts(self.wanted.build.specs, read)
        self.plan = make_plan(self.wanted.build, contracts, KEY_HASH)
        self.ledger = make_ledger(self.plan, KEY_HASH, BASE_NS)
        self.outlets = []
        self.pump = make_pump(self.plan, self.ledger, self.outlets)
        self.service = Service(
            self.plan.routes, self.ledger, self.pump, self.outlets, since="now", command="asyncwatch"
        )
        self.lines = {}
        self.opened = []
        for server in self.plan.settings:
            self.open(server, self.wanted)
        self.told = []
        self.preparing = Preparing(lambda read: self.wanted, KEY_HASH, lambda plan: None, read, (), contracts)
        self.reloader = Reloader(
            self.wanted, self.preparing, self.plan, self.pump, self.service, self, self.told.extend
        )  # fmt: skip

    @property
    def runner(self):
        return self.service.runners[0]

    def open(self, name, wanted, before=None):
        self.opened.append((name, None if before is None else before.record.server))
        self.lines[name] = HandedIn()
        tap = CaptureTap(self.lines[name], [name], lambda *told: None, live_clock=True)
        record, filters = self.ledger.servers[name], self.plan.filters[name]
        self.service.add(Runner(tap, record, filters, Start(), self.service.take, "nothing"))

    def close(self, server):
        del self.lines[server]
        return self.service.cut(server)

    def look_as(self, wanted):
        return []

    def configure(self, **routes):
        """Let the next reload find other settings of routes."""
        build = replace(self.wanted.build, routes=replace(self.wanted.build.routes, **routes))
        self.wanted = replace(self.wanted, build=build)

    async def send(self, *messages, server="production"):
        """Hand messages in and wait until they are judged."""
        wanted = self.pump.taken + len(messages)
        self.lines[server].put(messages)
        async with asyncio.timeout(10):
            while self.pump.taken < wanted:
                await asyncio.sleep(0.005)

    async def reload(self, document):
        self.path.write_text(document)
        return await self.reloader.reload()

    def rows(self):
        """Give messages in total by channel (or address) in the snapshot."""
        rows = self.service.snapshot().channels
        return {row.channel or f"({row.address})": row.messages.total for row in rows}


@contextlib.asynccontextmanager
async def running(path, document):
    """Run until the test is done."""
    run = LiveRun(path, document)
    await run.service.start()
    try:
        yield run
    finally:
        await run.service.stop()
