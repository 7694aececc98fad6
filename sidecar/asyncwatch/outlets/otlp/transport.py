"""How an export request travels, and what its answer means; the same for HTTP and gRPC.

Rule 1: nothing secret stands in an answer: not a header, not a user's name in the address.
Source: facts on telemetry §7.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Protocol, Self

from asyncwatch import __version__
from asyncwatch.config.settings import OtlpSettings
from asyncwatch.outlets.otlp.signals import TRACES, Signal

IN_FLIGHT: Final = 2
"""Requests of one signal at one time."""

USER_AGENT: Final = f"asyncwatch/{__version__} OTel-OTLP-Exporter-Python/{__version__}"

_MAX_SAID: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request. `accepted`: taken, but for `rejected` things; `again`: try later; `refused`: never.

    Units: `after_s` seconds, where the receiver said when.
    """

    kind: Literal["accepted", "again", "refused"]
    rejected: int = 0
    said: str | None = None
    after_s: float | None = None
    reached: bool = True
    """False = nobody answered."""


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


def refusal(signal: Signal, said: str, *, unknown: bool) -> Answer:
    """Answer for a receiver that said no; `unknown`: because it has no place for this signal."""
    if unknown and signal is not TRACES:
        said = f"{said}; if no {signal.name} are taken there, set OTEL_{signal.name.upper()}_EXPORTER=none"
    return Answer("refused", said=said)


def printable(text: str) -> str:
    """Make a receiver's words harmless and short."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:_MAX_SAID]).strip()
