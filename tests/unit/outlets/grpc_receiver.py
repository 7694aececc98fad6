"""An OTLP receiver over gRPC on a real port that misbehaves as told, call by call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": ExportTraceServiceRequest,
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export": ExportLogsServiceRequest,
}


@dataclass
class GrpcReply:
    """`hang`: never answer; a `code` with a RetryInfo of so many seconds, or none; else a body."""

    code: str | None = None
    retry_s: float | None = None
    body: bytes = b""
    hang: bool = False


class GrpcReceiver:
    """Answers with `replies`, one after the other, then with success; keeps what it accepted."""

    def __init__(self, *replies: GrpcReply, credentials: grpc.ServerCredentials | None = None) -> None:
        self.replies = list(replies)
        self.credentials = credentials
        self.requests: list = []
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.times: list[float] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        # Without this option a second server takes a port that is in use.
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers([self])
        place = f"127.0.0.1:{self.port}"
        if self.credentials is None:
            self.port = self._server.add_insecure_port(place)
        else:
            self.port = self._server.add_secure_port(place, self.credentials)
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(None)

    @property
    def endpoint(self) -> str:
        return f"http{'s' if self.credentials else ''}://127.0.0.1:{self.port}"

    def service(self, details):
        """Give the handler of a call, as grpc asks for it."""
        method = details.method
        headers = dict(details.invocation_metadata)

        async def export(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
            self.times.append(asyncio.get_running_loop().time())
            self.calls.append((method, headers))
            reply = self.replies.pop(0) if self.replies else GrpcReply()
            if reply.hang:
                await asyncio.Event().wait()
            if reply.code is not None:
                await self._refuse(context, reply)
            self.requests.append(KINDS[method].FromString(request))
            return reply.body

        return grpc.unary_unary_rpc_method_handler(export) if method in KINDS else None

    async def _refuse(self, context: grpc.aio.ServicerContext, reply: GrpcReply) -> None:
        code = getattr(grpc.StatusCode, reply.code)
        if reply.retry_s is not None:
            status = Status(code=code.value[0], message="later")
            first, second = Any(), Any()
            first.Pack(ErrorInfo(reason="BUSY"))
            info = RetryInfo()
            info.retry_delay.FromNanoseconds(round(reply.retry_s * 1e9))
            second.Pack(info)
            status.details.extend([first, second])
            context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
        await context.abort(code, "told to refuse")

    def spans(self) -> list:
        return [
            span
            for one in self.requests
            if isinstance(one, ExportTraceServiceRequest)
            for part in one.resource_spans
            for scope in part.scope_spans
            for span in scope.spans
        ]
