"""A TCP proxy in front of a Kafka broker: notes which requests pass, and cuts, stalls or refuses on demand.

The broker's advertised address must be the proxy's, or clients go past it after the first contact.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from types import TracebackType
from typing import Self

REQUESTS = {0: "Produce", 1: "Fetch", 2: "ListOffsets", 3: "Metadata", 8: "OffsetCommit", 9: "OffsetFetch",
            10: "FindCoordinator", 11: "JoinGroup", 15: "DescribeGroups", 16: "ListGroups", 17: "SaslHandshake", 18: "ApiVersions", 19: "CreateTopics",
            32: "DescribeConfigs", 36: "SaslAuthenticate", 60: "DescribeCluster", 69: "ConsumerGroupDescribe"}  # fmt: skip
"""Names of the requests that a report may have to name."""


class RecordingProxy:
    """Passes bytes both ways; `requests` counts (client id, api key) of every request frame.

    Rule: a request frame is length (4 bytes), api key (2), version (2), correlation id (4), client id (2 + n).
    """

    def __init__(self, port: int, upstream_port: int) -> None:
        self.port = port
        self.requests: Counter[tuple[str, int]] = Counter()
        self.frames: list[tuple[str, int, bytes]] = []
        """Metadata requests in full, to look at what they ask."""
        self._upstream_port = upstream_port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def open(self) -> None:
        """Take connections (again)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Close every connection, and refuse new ones until `open`."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for task in list(self._connections):
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)
        if server is not None:
            await server.wait_closed()

    def stall(self) -> None:
        """Let nothing pass and close nothing, as a broken network does."""
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

    def keys_of(self, prefix: str) -> set[int]:
        """Give the api keys that clients whose id begins so have sent."""
        return {key for client, key in self.requests if client.startswith(prefix)}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        upstream: asyncio.StreamWriter | None = None
        try:
            answers, upstream = await asyncio.open_connection("127.0.0.1", self._upstream_port)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_requests(reader, upstream))
                both.create_task(self._pass_answers(answers, writer))
        except* (OSError, EOFError):
            pass
        except* asyncio.CancelledError:
            pass
        finally:
            for end in (writer, upstream):
                if end is not None:
                    end.transport.abort()
                    with contextlib.suppress(OSError, asyncio.CancelledError):
                        await end.wait_closed()

    async def _pass_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            size = await reader.readexactly(4)
            frame = await reader.readexactly(int.from_bytes(size, "big"))
            key = int.from_bytes(frame[:2], "big")
            length = max(int.from_bytes(frame[8:10], "big", signed=True), 0)
            client = frame[10 : 10 + length].decode(errors="replace")
            self.requests[client, key] += 1
            if key == 3:
                self.frames.append((client, int.from_bytes(frame[2:4], "big"), frame[10 + length :]))
            await self._flows.wait()
            writer.write(size + frame)
            await writer.drain()

    async def _pass_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
        raise EOFError
