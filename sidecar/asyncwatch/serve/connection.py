"""A connection of the API that cannot be used against us: bounded in number, in time to ask, and in time to listen.

Rule 1: connections have their share of descriptors, brokers and back ends keep theirs.
Rule 2: who does not finish a question, or does not take an answer for a while, is cut.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from asyncwatch.serve.problems import PROBLEM_TYPE, problem_body

MOST_CONNECTIONS: Final = 400
ASK_S: Final = 10.0
"""How long a question may take to come, its body included."""
STALL_S: Final = 30.0
"""How long an answer may wait for a reader who takes nothing."""


class Connection(H11Protocol):
    """HTTP/1.1 with bounds on what the other side can make us hold."""

    _asking: asyncio.TimerHandle | None = None
    _stalling: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the class above
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._answer_at_once(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections are open", "Retry-After: 5\r\n")
            return
        self._wait_for_question()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_asking()
        self._stop_stalling()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._wait_for_question()

    def _wait_for_question(self) -> None:
        """Let time run while a question has begun and not ended."""
        cycle = self.cycle
        if cycle is None or cycle.more_body or self.conn.their_state is h11.SEND_BODY:
            self._asking = self._asking or self.loop.call_later(ASK_S, self._cut)
        else:
            self._stop_asking()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._stop_asking()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalling = self._stalling or self.loop.call_later(STALL_S, self._cut)

    def resume_writing(self) -> None:
        self._stop_stalling()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Say that what came is no HTTP, or too long."""
        self._answer_at_once(HTTPStatus.BAD_REQUEST, "this is no HTTP request, or its head is too long")

    def _answer_at_once(self, status: HTTPStatus, detail: str, more: str = "") -> None:
        body = problem_body(status, detail)
        head = (
            f"HTTP/1.1 {int(status)} {status.phrase}\r\nContent-Type: {PROBLEM_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _stop_stalling(self) -> None:
        if self._stalling is not None:
            self._stalling.cancel()
            self._stalling = None

    def _cut(self) -> None:
        self.transport.abort()
