"""Services on a nats-server, as tests need them: publishing with any headers, streams, and a look at everything."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import nats
from nats.aio.client import Client

from servers.nats import NatsServer

WAIT_S = 5.0


@dataclass
class Sent:
    """A message as a test wants it sent."""

    payload: bytes = b""
    headers: Sequence[tuple[str, bytes]] = ()
    reply: str = ""


@contextlib.asynccontextmanager
async def service(bootstrap: str, **options: Any) -> AsyncIterator[Client]:
    """Connect as a service does."""
    client = await nats.connect(f"nats://{bootstrap}", name="service", allow_reconnect=False, **options)
    try:
        yield client
    finally:
        await client.close()


async def publish(client: Client, subject: str, messages: Iterable[Sent]) -> None:
    """Publish and wait until the server has taken all; header bytes go out as they are."""
    for one in messages:
        head = f"{subject} {one.reply} " if one.reply else f"{subject} "
        if one.headers:
            block = b"NATS/1.0\r\n" + b"".join(b"%b: %b\r\n" % (name.encode(), value) for name, value in one.headers)
            block += b"\r\n"
            line = f"HPUB {head}{len(block)} {len(block) + len(one.payload)}\r\n"
            await client._send_command(line.encode() + block + one.payload + b"\r\n")
        else:
            await client._send_command(f"PUB {head}{len(one.payload)}\r\n".encode() + one.payload + b"\r\n")
        if client.pending_data_size > 500_000:
            await client._flush_pending(force_flush=True)
    await client._flush_pending(force_flush=True)
    await client.flush()


async def api(client: Client, subject: str, **body: Any) -> dict[str, Any]:
    """Ask JetStream's API."""
    answer = await client.request(f"$JS.API.{subject}", json.dumps(body).encode() if body else b"", timeout=WAIT_S)
    found: dict[str, Any] = json.loads(answer.data)
    return found


async def make_stream(client: Client, name: str, subjects: Sequence[str], **config: Any) -> None:
    answer = await api(client, f"STREAM.CREATE.{name}", name=name, subjects=list(subjects), **config)
    assert "error" not in answer, answer["error"]


async def wait_stored(client: Client, stream: str, last: int) -> None:
    """Wait until a stream has so many messages: publishing without acknowledgement does not tell."""
    async with asyncio.timeout(30):
        while (await api(client, f"STREAM.INFO.{stream}"))["state"]["last_seq"] < last:
            await asyncio.sleep(0.01)


async def inventory(server: NatsServer) -> dict[str, Any]:
    """Look at streams, consumers and subscriptions of everyone but whoever looks; looking leaves nothing."""
    found: dict[str, Any] = {"streams": {}, "consumers": {}, "subscriptions": []}
    async with service(server.bootstrap) as client:
        own = client.client_id
        names = (await api(client, "STREAM.NAMES"))["streams"] or []
        for name in sorted(names):
            stream = await api(client, f"STREAM.INFO.{name}")
            state = {key: value for key, value in stream["state"].items() if key != "consumer_count"}
            found["streams"][name] = (stream["config"], state)
            consumers = (await api(client, f"CONSUMER.LIST.{name}"))["consumers"]
            found["consumers"][name] = sorted(one["name"] for one in consumers)
        connections: Any = server.monitor("connz?subs=1&limit=10000")["connections"]
        for one in connections:
            if one["cid"] != own:
                subjects = sorted(one.get("subscriptions_list", []))
                found["subscriptions"].append((one.get("name", ""), subjects))
    found["subscriptions"].sort()
    return found
