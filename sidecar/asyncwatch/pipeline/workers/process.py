"""One worker as its parent has it: started, heard, started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from asyncwatch.model.errors import Disconnected, Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.workers.frames import (
    ANSWER,
    BEAT,
    END,
    FAILED,
    PREPARE,
    PREPARED,
    QUESTION,
    READY,
    SETUP,
    STOP,
    SWITCH,
    SWITCHED,
    Answer,
    Beat,
    End,
    Fault,
    Prepare,
    Question,
    Readiness,
    read,
    write,
)

_BEATS: Final = msgspec.msgpack.Decoder(Beat)
_GONE_S: Final = 1.0
_ANSWER_S: Final = 3.0
_MOST_QUESTIONS: Final = 100
_PREPARE_S: Final = 30.0
_SWITCH_S: Final = 10.0
T = TypeVar("T")


class WorkerProcess:
    """A process that was started once.

    `program`: the module that the interpreter runs. `setup`: what it is told first. `findings`: the pipe it writes
    findings into, closed here once it is handed on.
    """

    def __init__(self, program: str, setup: object, on_beat: Callable[[Beat], None], findings: int | None) -> None:
        self._program = program
        self._setup = setup
        self._on_beat = on_beat
        self._findings = findings
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once it is built; MisconfiguredAll when that is not possible."""
        self._asked: dict[int, asyncio.Future[Answer | None]] = {}
        self._questions = 0
        self._preparing: tuple[int, asyncio.Future[Readiness | None]] | None = None
        self._switching: tuple[int, asyncio.Future[bool]] | None = None
        self.end: End | None = None
        """Its last words, if it came to say them."""

    async def run(self) -> str:
        """Start it and hear it until it is gone; say how it ended."""
        ours, theirs = socket.socketpair()
        kept = [theirs.fileno(), *([] if self._findings is None else [self._findings])]
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._program, str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, pass_fds=kept,
                start_new_session=True,  # a Ctrl-C is the parent's to hear
            )  # fmt: skip
        finally:
            theirs.close()
            if self._findings is not None:
                os.close(self._findings)
        reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        try:
            write(self._writer, SETUP, self._setup)
            while True:
                self._take(*await read(reader))
        except Disconnected:
            pass
        finally:
            for asked in self._asked.values():
                _settle(asked, None)
            if self._preparing is not None:
                _settle(self._preparing[1], None)
            if self._switching is not None:
                _settle(self._switching[1], False)
            self._writer.close()
            await self._gone()
        how = _how(self._process.returncode)
        if not self.ready.done():
            self.ready.set_exception(Misconfigured(f"a worker could not be started: {how}"))
        return how

    def _take(self, kind: bytes, body: bytes) -> None:
        if kind == BEAT:
            self._on_beat(_BEATS.decode(body))
        elif kind == ANSWER:
            answer = msgspec.msgpack.decode(body, type=Answer)
            asked = self._asked.get(answer.number)
            if asked is not None:
                _settle(asked, answer)
        elif kind == PREPARED:
            ready = msgspec.msgpack.decode(body, type=Readiness)
            if self._preparing is not None and self._preparing[0] == ready.number:
                _settle(self._preparing[1], ready)
        elif kind == SWITCHED:
            if self._switching is not None and self._switching[0] == msgspec.msgpack.decode(body, type=int):
                _settle(self._switching[1], True)
        elif kind == END:
            self.end = msgspec.msgpack.decode(body, type=End)
        elif self.ready.done():
            return
        elif kind == READY:
            self.ready.set_result(None)
        elif kind == FAILED:
            faults = msgspec.msgpack.decode(body, type=list[Fault])
            self.ready.set_exception(
                MisconfiguredAll([Misconfigured(one.message, detail=one.detail, hint=one.hint) for one in faults])
            )

    async def _gone(self) -> None:
        assert self._process is not None  # it was started
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GONE_S):
                await self._process.wait()
                return
        self.kill()
        await self._process.wait()

    async def ask(self, *, fingerprint: str | None = None, trace_id: str | None = None) -> Answer | None:
        """Ask what lies in its memory; None when it does not answer in time."""
        if self._writer is None or self._writer.is_closing() or len(self._asked) >= _MOST_QUESTIONS:
            return None
        self._questions += 1
        number = self._questions
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        write(self._writer, QUESTION, Question(number, fingerprint, trace_id))
        try:
            async with asyncio.timeout(_ANSWER_S):
                answer: Answer | None = await asked
                return answer
        except TimeoutError:
            return None
        finally:
            del self._asked[number]

    async def prepare(self, wanted: Prepare) -> list[Fault] | None:
        """Let it make a plan and say what is wrong with it; None when it is not there or does not say in time."""
        if not self._is_there():
            return None
        asked: asyncio.Future[Readiness | None] = asyncio.get_running_loop().create_future()
        self._preparing = wanted.number, asked
        self._write(PREPARE, wanted)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PREPARE_S):
                ready = await asked
                return None if ready is None else ready.faults
        return None

    async def switch(self, number: int) -> bool:
        """Let it take over what it has prepared; False when it is not there or does not say in time."""
        if not self._is_there():
            return False
        asked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._switching = number, asked
        self._write(SWITCH, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SWITCH_S):
                return await asked
        return False

    def _is_there(self) -> bool:
        built = self.ready.done() and not self.ready.cancelled() and self.ready.exception() is None
        return built and self._writer is not None and not self._writer.is_closing()

    def _write(self, kind: bytes, content: object) -> None:
        assert self._writer is not None  # the caller looked
        write(self._writer, kind, content)

    def ask_to_stop(self) -> None:
        """Ask it to end as a run ends; it says its last words."""
        if self._writer is not None and not self._writer.is_closing():
            write(self._writer, STOP)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


def _settle(asked: asyncio.Future[T], answer: T) -> None:
    if not asked.done():
        asked.set_result(answer)


def _how(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
