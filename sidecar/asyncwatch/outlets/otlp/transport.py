"""How an export request travels: one contract, over HTTP, gRPC or to standard output.

Source: facts on telemetry §7.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from asyncwatch.config.settings import OtlpSettings
from asyncwatch.outlets.otlp.answer import Answer
from asyncwatch.outlets.otlp.signals import Signal


class Transport(Protocol):
    """A connection to the receiver of one signal, kept alive between requests; an async context manager."""

    @property
    def address(self) -> str:
        """The address without user and password."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def send(self, request: bytes) -> Answer:
        """Send one export request: the bytes of an Export…ServiceRequest.

        Raises: nothing but cancellation; every failure is an Answer.
        """


def open_transport(signal: Signal, settings: OtlpSettings) -> Transport:
    """Open the transport that the settings' protocol names; nothing is connected to yet.

    Raises: Misconfigured (address, headers or certificates cannot be used; a library that is not installed).
    """
    if settings.protocol == "grpc":
        from asyncwatch.outlets.otlp.grpc_transport import GrpcTransport  # noqa: PLC0415 # a large library

        return GrpcTransport(signal, settings)
    if settings.protocol == "console":
        from asyncwatch.outlets.otlp.console_transport import ConsoleTransport  # noqa: PLC0415 # seldom wanted

        return ConsoleTransport(signal, settings)
    from asyncwatch.outlets.otlp.http_transport import HttpTransport  # noqa: PLC0415 # a client that is slow to load

    return HttpTransport(signal, settings)
