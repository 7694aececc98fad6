"""An OTLP receiver on a real socket that misbehaves as told, request by request."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

KINDS = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
}


@dataclass
class Reply:
    """`hang`: never answer; `reset`: cut the connection; else a status with headers and body."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False
    reset: bool = False


def partial_success(rejected: int, message: str) -> Reply:
    partial = ExportTracePartialSuccess(rejected_spans=rejected, error_message=message)
    return Reply(body=ExportTraceServiceResponse(partial_success=partial).SerializeToString())


class Receiver:
    """Answers with `replies`, one after the other, then with 200; keeps what it accepted.

    `signal`: the path that `endpoint` names; every signal's path is served.
    """

    def __init__(self, *replies: Reply, signal: str = "traces", tls: ssl.SSLContext | None = None) -> None:
        self.replies = list(replies)
        self.signal = signal
        self.tls = tls
        self.requests: list = []
        self.heads: list[tuple[str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.times: list[float] = []
        self.connections = 0
        self.in_flight = self.most_in_flight = 0
        self.answering = asyncio.Event()
        self.answering.set()
        self.on_request: Callable[[], None] = lambda: None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def endpoint(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/v1/{self.signal}"

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
                }
                body = await reader.readexactly(int(headers["content-length"]))
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
                try:
                    await self._answer(head[0], headers, body, writer)
                finally:
                    self.in_flight -= 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, line: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        self.times.append(asyncio.get_running_loop().time())
        self.heads.append((line, headers))
        self.bodies.append(body)
        self.on_request()
        await self.answering.wait()
        reply = self.replies.pop(0) if self.replies else Reply()
        if reply.hang:
            await asyncio.Event().wait()
        if reply.reset:
            writer.transport.abort()
            raise ConnectionResetError
        if 200 <= reply.status < 300:
            plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
            kind = KINDS.get(line.split()[1])
            self.requests.append(plain if kind is None else kind.FromString(plain))
        extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        writer.write(
            f"HTTP/1.1 {reply.status} X\r\ncontent-length: {len(reply.body)}\r\n{extra}\r\n".encode() + reply.body
        )
        await writer.drain()

    def spans(self) -> list:
        return [
            span
            for one in self.requests
            if isinstance(one, ExportTraceServiceRequest)
            for part in one.resource_spans
            for scope in part.scope_spans
            for span in scope.spans
        ]

    def records(self) -> list:
        return [
            record
            for one in self.requests
            if isinstance(one, ExportLogsServiceRequest)
            for part in one.resource_logs
            for scope in part.scope_logs
            for record in scope.log_records
        ]

    def span_ids(self) -> Counter[bytes]:
        return Counter(span.span_id for span in self.spans())
