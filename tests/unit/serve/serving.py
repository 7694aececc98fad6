"""The API over a real socket, above a ledger that changes with every look."""

import asyncio
import contextlib
import json

import httpx

from asyncwatch.pipeline.build import make_ledger, make_pump
from asyncwatch.pipeline.cost import sidecar_row
from asyncwatch.serve.api import build_api
from asyncwatch.serve.broadcast import Broadcast
from asyncwatch.serve.listener import Listener, open_socket
from asyncwatch.serve.source import Source
from engine import BASE_NS, KEY_HASH, kafka_document, plan_of

DOCUMENT = kafka_document("  orders: {address: orders, messages: {Order: {payload: {type: object, required: [id]}}}}")


class Pictures:
    """Snapshots of a ledger that changes with every look."""

    def __init__(self, document=DOCUMENT):
        self.plan = plan_of(document)
        self.ledger = make_ledger(self.plan, KEY_HASH, BASE_NS)
        self.pump = make_pump(self.plan, self.ledger, [])
        self.looks = 0

    def __call__(self):
        self.looks += 1
        row = sidecar_row([], float(self.looks), measured=True)
        return self.ledger.snapshot(BASE_NS + self.looks, row, [], since="now", command="asyncwatch orders.yaml")


@contextlib.asynccontextmanager
async def served(token=None, *, source=None, broadcast=None, tls=None, **client_options):
    """Serve pictures, or a source; give a client, the broadcast and the pictures."""
    pictures = Pictures()
    source = source or Source(snapshot=pictures)
    broadcast = broadcast or Broadcast(source.snapshot)
    with open_socket("127.0.0.1", 0) as listening:
        listener = Listener(build_api(source, broadcast, token), listening, tls)
        tasks = [asyncio.create_task(listener.run()), asyncio.create_task(broadcast.run())]
        try:
            async with httpx.AsyncClient(base_url=listener.url, timeout=5, trust_env=False, **client_options) as client:
                yield client, broadcast, pictures
        finally:
            listener.stop()
            tasks[1].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def events(client, count, **request):
    """Read so many events of the stream: (id, name, data)."""
    found = []
    async with client.stream("GET", "/api/v1/stream", **request) as stream:
        assert stream.status_code == 200
        number = name = ""
        async for line in stream.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "id":
                number = value
            elif field == "event":
                name = value
            elif field == "data":
                found.append((number, name, json.loads(value)))
                if len(found) == count:
                    break
    return found


async def condition(ready):
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not ready():
            await asyncio.sleep(0.01)
