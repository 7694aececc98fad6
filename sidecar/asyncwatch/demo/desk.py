"""What every service of the demo has: its connection, its chance, its pace, its way to send and to take.

Rule 1: a service knows the broker and its neighbours' subjects, nothing of who watches.
Rule 2: what it does follows from the seed and its own count, so that two demos tell the same story.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingCame
from nats.js.api import ConsumerConfig
from nats.js.client import JetStreamContext


class Trace:
    """A W3C trace context as services hand it on."""

    def __init__(self, trace_id: str, *, sampled: bool) -> None:
        self._trace_id = trace_id
        self._flags = "01" if sampled else "00"

    @classmethod
    def begin(cls, *, sampled: bool) -> Trace:
        """Begin a trace, with an id that is never used again."""
        return cls(secrets.token_hex(16), sampled=sampled)

    @classmethod
    def of(cls, message: Msg) -> Trace | None:
        """Take over the trace of a message."""
        parent = (message.headers or {}).get("traceparent", "")
        parts = parent.split("-")
        return cls(parts[1], sampled=parts[3] == "01") if len(parts) == 4 else None

    def header(self) -> str:
        """Give the header of a new span in this trace."""
        return f"00-{self._trace_id}-{secrets.token_hex(8)}-{self._flags}"


class Desk:
    """One service's connection."""

    def __init__(self, name: str, version: str, seed: int) -> None:
        self.name = name
        self.version = version
        self.chance = random.Random(seed)  # noqa: S311 # a story, no secret
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None

    async def open(self, address: str) -> None:
        """Connect to the broker."""
        self._client = await nats.connect(f"nats://{address}", name=self.name, allow_reconnect=False)
        self._stream = self._client.jetstream()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def send(
        self, subject: str, payload: object, *, sequence: int | None = None, trace: Trace | None = None
    ) -> None:
        """Publish to the stream, and wait until it is kept."""
        assert self._stream is not None  # opened before any service runs
        await self._stream.publish(subject, orjson.dumps(payload), headers=self._headers(sequence, trace))

    async def shout(self, subject: str, payload: object) -> None:
        """Publish without a stream: who does not listen has missed it."""
        assert self._client is not None  # opened before any service runs
        await self._client.publish(subject, orjson.dumps(payload), headers=self._headers(None, None))

    def _headers(self, sequence: int | None, trace: Trace | None) -> dict[str, str]:
        headers = {"x-service-name": self.name, "x-service-version": self.version}
        if trace is not None:
            headers["traceparent"] = trace.header()
        if sequence is not None:
            headers["sequence_id"] = str(sequence)
        return headers

    async def take(self, subject: str, consumer: str, work: Callable[[Msg], Awaitable[None]]) -> None:
        """Take messages one by one as a durable consumer, for ever."""
        assert self._stream is not None  # opened before any service runs
        subscription = await self._stream.pull_subscribe(
            subject, durable=consumer, config=ConsumerConfig(max_ack_pending=100)
        )
        while True:
            try:
                messages = await subscription.fetch(10, timeout=5)
            except NothingCame:
                continue
            for message in messages:
                await work(message)
                await message.ack()

    @staticmethod
    async def ticks(per_second: float) -> AsyncIterator[int]:
        """Count 1, 2, 3, … at a steady pace; what was missed is made up for."""
        clock = asyncio.get_running_loop().time
        began_s, count = clock(), 0
        while True:
            count += 1
            await asyncio.sleep(max(began_s + count / per_second - clock(), 0.0))
            yield count


def now() -> str:
    """Give the time as payloads carry it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
