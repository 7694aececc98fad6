"""The exporter `console`: each request a line of OTLP JSON on standard output.

Rule 1: nothing here waits for a reader longer than a request may take: a pipe nobody reads is a receiver that is away.
Rule 2: a line that got only half way is gone on with where it stopped, so that no reader sees a broken line.
"""

from __future__ import annotations

import asyncio
import os
import select
import threading
import time
from types import TracebackType
from typing import Final, Self

from asyncwatch.config.settings import OtlpSettings
from asyncwatch.outlets.otlp.answer import Answer
from asyncwatch.outlets.otlp.json_form import json_form
from asyncwatch.outlets.otlp.signals import Signal

_STANDARD_OUTPUT: Final = 1
_PIECE_BYTES: Final = 4096
"""A pipe that can be written to takes so much without waiting."""


class _Output:
    """Standard output, shared by the signals: one line after the other."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._unfinished = b""

    def write(self, line: bytes, most_s: float) -> str | None:
        """Write a line; give what stopped it, None = it is written, or will be before any other."""
        give_up_s = time.monotonic() + most_s
        if not self._turn.acquire(timeout=most_s):
            return "nobody reads it"
        try:
            stopped = self._go_on(give_up_s)
            if stopped is None:
                self._unfinished = line
                stopped = self._go_on(give_up_s)
                if len(self._unfinished) == len(line):
                    self._unfinished = b""  # nothing of it stands there: it may be sent again as a whole
                else:
                    stopped = None
            return stopped
        finally:
            self._turn.release()

    def _go_on(self, give_up_s: float) -> str | None:
        """Write what is left of the line before."""
        while self._unfinished:
            poll = select.poll()
            poll.register(_STANDARD_OUTPUT, select.POLLOUT)
            if not poll.poll(max(give_up_s - time.monotonic(), 0.0) * 1000):
                return "nobody reads it"
            try:
                written = os.write(_STANDARD_OUTPUT, self._unfinished[:_PIECE_BYTES])
            except OSError as error:
                return (error.strerror or type(error).__name__).lower()
            self._unfinished = self._unfinished[written:]
        return None


_OUTPUT: Final = _Output()


class ConsoleTransport:
    """Standard output as a receiver of one signal."""

    def __init__(self, signal: Signal, settings: OtlpSettings) -> None:
        self._signal = signal
        self._timeout_s = settings.timeout_s

    @property
    def address(self) -> str:
        return "standard output"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def send(self, request: bytes) -> Answer:
        """Write one line. Raises: nothing but cancellation."""
        stopped = await asyncio.to_thread(self._write, request)
        if stopped is None:
            return Answer("accepted")
        return Answer("again", said=f"{self.address}: {stopped}", reached=False)

    def _write(self, request: bytes) -> str | None:
        return _OUTPUT.write(json_form(self._signal, request) + b"\n", self._timeout_s)
